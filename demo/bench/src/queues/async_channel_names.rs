//! A queue whose library has async-channel's names: async-channel's, and our
//! mpmc channel.

use super::channel;

pub(crate) use super::send_blocking;
pub use channel::{
    Receiver, Receiver as UnboundedReceiver, Sender as UnboundedSender,
    bounded, unbounded,
};

pub(crate) fn send_now(sender: &UnboundedSender<u64>, number: u64) {
    sender.try_send(number).expect("there is a receiver, and room");
}

pub(crate) fn received(
    received: Result<u64, channel::RecvError>,
) -> Option<u64> {
    received.ok()
}
