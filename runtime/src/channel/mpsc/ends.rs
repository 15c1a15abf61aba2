//! The two ends of a channel, bounded or not.
//!
//! They count themselves: the channel ends with the last of its senders, or
//! with its receiver.
//!
//! Next: `bounded.rs`, the senders that may have to wait.

use std::fmt;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::channel::{Channel, Phase};

/// Both ends of a new channel.
pub(super) fn ends<T>(capacity: usize) -> (SendingEnd<T>, ReceivingEnd<T>) {
    let channel = Arc::new(Channel::new(capacity));
    let sending = SendingEnd { channel: channel.clone() };
    (sending, ReceivingEnd { channel, drained: false })
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

/// The receiver.
pub(super) struct ReceivingEnd<T> {
    channel: Arc<Channel<T>>,
    /// The value received last left the channel empty.
    drained: bool,
}

impl<T> ReceivingEnd<T> {
    #[inline]
    pub(super) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    #[inline]
    pub(super) fn poll_recv(&mut self, newest: &Waker) -> Poll<Option<T>> {
        self.channel.poll_recv(newest, &mut self.drained)
    }

    /// Nobody can reserve or send any more.
    pub(super) fn is_closed(&self) -> bool {
        let state = self.channel.lock();
        state.senders() == 0 || state.phase() != Phase::Open
    }
}

impl<T> Drop for ReceivingEnd<T> {
    fn drop(&mut self) {
        self.channel.desert();
    }
}

/// Prints an end as words.
pub(super) fn fmt_end<T>(
    name: &str,
    channel: &Channel<T>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let state = channel.lock();
    let (phase, len, free) = (state.phase(), state.len(), state.free());
    drop(state);
    let mut fields = f.debug_struct(name);
    fields.field("phase", &phase).field("len", &len);
    if channel.is_bounded() {
        fields.field("free", &free).field("capacity", &channel.capacity());
    }
    fields.finish()
}
