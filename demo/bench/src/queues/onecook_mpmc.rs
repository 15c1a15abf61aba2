//! Our mpmc channel.

use onecook::channel::mpmc as channel;

use crate::runtimes::onecook::rt;

/// For other threads.
pub(crate) fn send_blocking(sender: &channel::Sender<u64>, number: u64) {
    sender.blocking_send(number).expect("there is a receiver");
}

#[path = "async_channel_names.rs"]
mod queue;

#[path = "lines.rs"]
pub(super) mod lines;

#[path = "several.rs"]
pub(super) mod several;
