//! Every interleaving of the wake protocol, by the model checker loom.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p onecook-loom --release
//! ```
//!
//! The file under test is `runtime/src/parking.rs` itself. It is generic over
//! queue and doorbell; here they are a list behind a mutex, and a condition
//! variable: a lost doorbell is a thread that sleeps for ever, and loom says
//! "deadlock". Without `--cfg loom` this crate is empty.
//!
//! The channels are here too, as they are: `runtime/src/channel`, with what
//! they stand on. Where they say `parking_lot`, they get loom's locks under
//! that name. A thread waits in them by `blocked_thread.rs`, so a lost wake is
//! a deadlock here as well.
//!
//! What loom does not see: std's `Arc` and atomics. So the shortcut of
//! `oneshot` (whoever is alone needs no lock) is left to the tests with
//! threads.
//!
//! The models are in `models.rs`, `channel_models.rs` and `shared_models.rs`;
//! `broken.rs` and `broken_channels.rs` hold variants with a fault in each, to
//! show that the models catch it.
#![forbid(unsafe_code)]
#![cfg(loom)]
#![cfg(test)]

#[allow(dead_code)] // the models use a part of it
#[path = "../../../runtime/src/parking.rs"]
mod parking;

#[allow(dead_code)]
#[path = "../../../runtime/src/blocked_thread.rs"]
mod blocked_thread;
#[allow(dead_code, unused_imports, missing_debug_implementations)]
#[path = "../../../runtime/src/channel/mod.rs"]
mod channel;
#[path = "../../../runtime/src/patience.rs"]
mod patience;
#[allow(dead_code, unused_imports, unexpected_cfgs)]
#[path = "../../../runtime/src/trace.rs"]
mod trace;
#[allow(dead_code)]
#[path = "../../../runtime/src/wait_list.rs"]
mod wait_list;

/// No thread of a model runs a runtime.
mod executor {
    pub(crate) fn current() -> Option<()> {
        None
    }
}

/// The trace names tasks; there are none.
mod task {
    #[derive(Clone, Copy, PartialEq, Debug)]
    pub struct TaskId;
}

mod broken;
mod broken_channels;
mod channel_models;
mod doubles;
mod models;
mod shared_models;
