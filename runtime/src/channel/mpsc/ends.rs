//! The two ends of a channel, bounded or not, and the one that sends.
//!
//! They count themselves: the channel ends with the last of its senders, or
//! with its receiver.
//!
//! Next: `receiving_end.rs`, the other one.

use std::fmt;
use std::sync::Arc;

use super::channel::{Channel, Phase};
use super::receiving_end::ReceivingEnd;

/// Both ends of a new channel.
pub(super) fn ends<T>(capacity: usize) -> (SendingEnd<T>, ReceivingEnd<T>) {
    let channel = Arc::new(Channel::new(capacity));
    let sending = SendingEnd { channel: channel.clone() };
    (sending, ReceivingEnd::new(channel))
}

/// One of the senders.
pub(super) struct SendingEnd<T> {
    channel: Arc<Channel<T>>,
}

impl<T> SendingEnd<T> {
    #[inline]
    pub(super) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    pub(super) fn is_same_channel(&self, other: &SendingEnd<T>) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.channel.lock().phase() != Phase::Open
    }

    pub(super) fn downgrade(&self) -> WeakEnd<T> {
        self.channel.add_weak_sender();
        WeakEnd { channel: self.channel.clone() }
    }
}

impl<T> Clone for SendingEnd<T> {
    fn clone(&self) -> SendingEnd<T> {
        self.channel.add_sender();
        SendingEnd { channel: self.channel.clone() }
    }
}

impl<T> Drop for SendingEnd<T> {
    fn drop(&mut self) {
        self.channel.remove_sender();
    }
}

/// A sender that does not keep the channel open.
pub(super) struct WeakEnd<T> {
    channel: Arc<Channel<T>>,
}

impl<T> WeakEnd<T> {
    pub(super) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    pub(super) fn upgrade(&self) -> Option<SendingEnd<T>> {
        let alive = self.channel.revive_sender();
        alive.then(|| SendingEnd { channel: self.channel.clone() })
    }
}

impl<T> Clone for WeakEnd<T> {
    fn clone(&self) -> WeakEnd<T> {
        self.channel.add_weak_sender();
        WeakEnd { channel: self.channel.clone() }
    }
}

impl<T> Drop for WeakEnd<T> {
    fn drop(&mut self) {
        self.channel.remove_weak_sender();
    }
}

/// Prints an end as words. `None`: how many values there are is not known.
pub(super) fn fmt_end<T>(
    name: &str,
    channel: &Channel<T>,
    len: Option<usize>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let phase = channel.lock().phase();
    let mut fields = f.debug_struct(name);
    fields.field("phase", &phase);
    if let Some(len) = len {
        fields.field("len", &len);
    }
    if channel.is_bounded() {
        let free = channel.free_slots();
        fields.field("free", &free).field("capacity", &channel.capacity());
    }
    fields.finish()
}
