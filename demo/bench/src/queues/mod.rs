//! Queues: mpsc and mpmc channels, bounded and not.
//!
//! Each file here that is not listed below is a library's channel on a runtime:
//! `rt`, and `queue` with the names that the workloads call. These are compiled
//! once for each: `lines.rs`, and for several receivers `several.rs`.
//!
//! A `queue` has: `bounded` and `unbounded`, with the types `Sender`,
//! `Receiver`, `UnboundedSender`, `UnboundedReceiver`; `send` of a bounded
//! sender and `recv` are awaited; `send_now` never waits; `send_blocking` is
//! for other threads; `received` is what `recv` came to.

mod async_channel;
mod async_channel_tokio;
mod onecook_mpmc;
mod onecook_mpsc;
mod tokio_local_runtime;
mod tokio_local_set;
mod tokio_spawn;

use crate::case::Case;

/// async-channel on our runtime: the channels are compared, nothing else.
pub const ASYNC_CHANNEL: &str = "async-channel";
/// async-channel on tokio, which has no mpmc channel of its own.
pub const ASYNC_CHANNEL_TOKIO: &str = "async-channel, tokio";

/// Ours.
#[must_use]
pub fn onecook() -> Vec<Case> {
    let mut cases = onecook_mpsc::lines::cases("mpsc");
    cases.extend(onecook_mpmc::lines::cases("mpmc"));
    cases.extend(onecook_mpmc::several::cases());
    cases
}

/// tokio's, with `tokio::spawn`.
#[must_use]
pub fn tokio_spawn() -> Vec<Case> {
    tokio_spawn::lines::cases("mpsc")
}

/// tokio's, on a `LocalRuntime`.
#[must_use]
pub fn tokio_local_runtime() -> Vec<Case> {
    tokio_local_runtime::lines::cases("mpsc")
}

/// tokio's, on a `LocalSet`.
#[must_use]
pub fn tokio_local_set() -> Vec<Case> {
    tokio_local_set::lines::cases("mpsc")
}

/// async-channel's, on our runtime.
#[must_use]
pub fn async_channel() -> Vec<Case> {
    let mut cases = async_channel::lines::cases("mpsc");
    cases.extend(async_channel::lines::cases("mpmc"));
    cases.extend(async_channel::several::cases());
    cases
}

/// async-channel's, on tokio with `tokio::spawn`.
#[must_use]
pub fn async_channel_tokio() -> Vec<Case> {
    let mut cases = async_channel_tokio::lines::cases("mpmc");
    cases.extend(async_channel_tokio::several::cases());
    cases
}
