//! Senders of an unbounded channel: they never wait.
//!
//! Next: `receiver.rs`, the other end of both.

use std::fmt;

use super::channel::UNBOUNDED;
use super::ends::{SendingEnd, WeakEnd, ends, fmt_end};
use super::error::SendError;
use super::receiver::UnboundedReceiver;
use super::send::Closed;

/// A channel without bounds: sending never waits, and what is not received
/// takes memory. It is given back after a burst.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::unbounded_channel();
/// for egg in 0..1000 {
///     sender.send(egg).unwrap();
/// }
/// assert_eq!(receiver.len(), 1000);
/// assert_eq!(receiver.try_recv(), Ok(0));
/// ```
#[doc(alias("Queue", "unbounded"))]
#[must_use]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (sending, receiving) = ends(UNBOUNDED);
    (UnboundedSender { end: sending }, UnboundedReceiver { end: receiving })
}

/// An end that sends without waiting: clone it for more senders.
///
/// ```
/// use onecook::channel::mpsc;
///
/// let (sender, mut receiver) = mpsc::unbounded_channel();
/// let thread = std::thread::spawn(move || sender.send("from a thread"));
/// assert_eq!(receiver.blocking_recv(), Some("from a thread"));
/// thread.join().unwrap().unwrap();
/// ```
pub struct UnboundedSender<T> {
    end: SendingEnd<T>,
}

impl<T> UnboundedSender<T> {
    /// Sends a value, without waiting.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the value if the receiver closed or is gone. After
    /// `Ok`, the value may still be dropped unseen, with the receiver.
    ///
    /// ```
    /// let (sender, receiver) =
    ///     onecook::channel::mpsc::unbounded_channel();
    /// drop(receiver);
    /// assert_eq!(sender.send("A").unwrap_err().0, "A");
    /// ```
    #[doc(alias("put_nowait", "unbounded_send"))]
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let sent = self.end.channel().try_send(value);
        sent.map_err(|error| SendError(error.into_inner()))
    }

    /// Waits until the receiver closes or goes.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, receiver) = mpsc::unbounded_channel::<u8>();
    ///     drop(receiver);
    ///     sender.closed().await;
    /// });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.end)
    }

    /// Whether the receiver closed or is gone.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel::<u8>();
    /// assert!(!sender.is_closed());
    /// receiver.close();
    /// assert!(sender.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.end.is_closed()
    }

    /// Whether both send to the same receiver.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, _receiver) = mpsc::unbounded_channel::<u8>();
    /// let (stranger, _receiver) = mpsc::unbounded_channel();
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&stranger));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &UnboundedSender<T>) -> bool {
        self.end.is_same_channel(&other.end)
    }

    /// A sender that does not keep the channel open.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, receiver) = mpsc::unbounded_channel::<u8>();
    /// let weak = sender.downgrade();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender { end: self.end.downgrade() }
    }

    /// How many senders there are, this one included.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, _receiver) = mpsc::unbounded_channel::<u8>();
    /// let other = sender.clone();
    /// assert_eq!(sender.strong_count(), 2);
    /// drop(other);
    /// assert_eq!(sender.strong_count(), 1);
    /// ```
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.end.channel().lock().senders()
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, _receiver) = mpsc::unbounded_channel::<u8>();
    /// let _weak = sender.downgrade();
    /// assert_eq!((sender.strong_count(), sender.weak_count()), (1, 1));
    /// ```
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> UnboundedSender<T> {
        UnboundedSender { end: self.end.clone() }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_end("UnboundedSender", self.end.channel(), None, f)
    }
}

/// A sender that does not keep the channel open.
///
/// ```
/// let (sender, receiver) =
///     onecook::channel::mpsc::unbounded_channel::<u8>();
/// let weak = sender.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(sender);
/// assert!(weak.upgrade().is_none());
/// assert!(receiver.is_closed());
/// ```
#[must_use = "upgrade it to send"]
pub struct WeakUnboundedSender<T> {
    end: WeakEnd<T>,
}

impl<T> WeakUnboundedSender<T> {
    /// A sender, unless the last one is gone.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// let weak = sender.downgrade();
    /// if let Some(sender) = weak.upgrade() {
    ///     sender.send("A").unwrap();
    /// }
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        Some(UnboundedSender { end: self.end.upgrade()? })
    }

    /// How many senders there are.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, _receiver) = mpsc::unbounded_channel::<u8>();
    /// let weak = sender.downgrade();
    /// assert_eq!(weak.strong_count(), 1);
    /// drop(sender);
    /// assert_eq!(weak.strong_count(), 0);
    /// ```
    #[must_use]
    pub fn strong_count(&self) -> usize {
        self.end.channel().lock().senders()
    }

    /// How many weak senders there are, this one included.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, _receiver) = mpsc::unbounded_channel::<u8>();
    /// let weak = sender.downgrade();
    /// let _other = weak.clone();
    /// assert_eq!(weak.weak_count(), 2);
    /// ```
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender { end: self.end.clone() }
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_end("WeakUnboundedSender", self.end.channel(), None, f)
    }
}
