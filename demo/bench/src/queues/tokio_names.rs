//! A queue whose library has tokio's names: tokio's, and our mpsc channel.

pub use super::rt::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel as bounded,
    unbounded_channel as unbounded,
};

pub(crate) fn send_now(sender: &UnboundedSender<u64>, number: u64) {
    sender.send(number).expect("there is a receiver");
}

pub(crate) fn send_blocking(sender: &Sender<u64>, number: u64) {
    sender.blocking_send(number).expect("there is a receiver");
}

pub(crate) fn received(received: Option<u64>) -> Option<u64> {
    received
}
