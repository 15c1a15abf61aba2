//! Senders of a bounded channel: they wait while no slot is free.
//!
//! Next: `unbounded.rs`, the senders that never wait.

use std::fmt;
use std::time::Duration;

use super::ends::{SendingEnd, WeakEnd, ends, fmt_end};
use super::error::{SendError, TrySendError};
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::receiver::Receiver;
use super::send::{
    Closed, Reserve, ReserveMany, ReserveOwned, Send, SendTimeout,
};
use crate::blocked_thread::wait_for;

/// A channel with `capacity` slots: a sender that finds none free waits.
///
/// # Panics
///
/// If `capacity` is 0: there would be no slot to wait for. To hand values over
/// one by one, take a capacity of 1.
///
/// ```
/// use onecook::channel::mpsc;
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = mpsc::channel(8);
///     sender.send("A").await.unwrap();
///     assert_eq!(receiver.recv().await, Some("A"));
/// });
/// ```
#[doc(alias("Queue", "make chan"))]
#[track_caller]
#[must_use]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "an mpsc channel needs at least 1 slot: with a capacity of 0 no \
         value could ever be sent"
    );
    let (sending, receiving) = ends(capacity);
    (Sender { end: sending }, Receiver { end: receiving })
}

/// An end that sends: clone it for more senders.
///
/// ```
/// use onecook::channel::mpsc;
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = mpsc::channel(8);
///     for egg in ["A", "B"] {
///         let sender = sender.clone();
///         drop(onecook::spawn(async move { sender.send(egg).await }));
///     }
///     drop(sender); // the others are dropped by their tasks
///     assert_eq!(receiver.recv().await, Some("A"));
///     assert_eq!(receiver.recv().await, Some("B"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub struct Sender<T> {
    pub(super) end: SendingEnd<T>,
}

impl<T> Sender<T> {
    /// Sends a value; waits while no slot is free.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the value if the receiver closed or is gone, also
    /// when it does so while this waits. After `Ok`, the value may still be
    /// dropped unseen, with the receiver.
    ///
    /// # Cancel safety
    ///
    /// Dropped while pending, it has not sent: its value, and no other, is
    /// dropped with it. To keep the value, [`reserve`](Sender::reserve) a slot
    /// first and send when you have it.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, receiver) = mpsc::channel(8);
    ///     sender.send("A").await.unwrap();
    ///     drop(receiver);
    ///     assert_eq!(sender.send("B").await.unwrap_err().0, "B");
    /// });
    /// ```
    #[doc(alias("put", "ch <- value"))]
    #[inline]
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send::new(&self.end, value)
    }

    /// Sends a value if a slot is free, without waiting.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] with the value if no slot is free, or the receiver
    /// closed or is gone.
    ///
    /// ```
    /// use onecook::channel::mpsc::{self, error::TrySendError};
    ///
    /// let (sender, receiver) = mpsc::channel(1);
    /// sender.try_send("A").unwrap();
    /// assert_eq!(sender.try_send("B"), Err(TrySendError::Full("B")));
    /// drop(receiver);
    /// assert_eq!(sender.try_send("C"), Err(TrySendError::Closed("C")));
    /// ```
    #[doc(alias("put_nowait", "offer"))]
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.end.channel().try_send(value)
    }

    /// Sends a value; waits for a slot at most so long.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`](super::error::SendTimeoutError) with the value if
    /// no slot became free in time, or the receiver closed or is gone.
    ///
    /// # Panics
    ///
    /// When polled outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// As with [`send`](Sender::send).
    ///
    /// ```
    /// use onecook::channel::mpsc::{self, error::SendTimeoutError};
    /// use std::time::Duration;
    ///
    /// onecook::block_on(async {
    ///     let (sender, _receiver) = mpsc::channel(1);
    ///     let limit = Duration::from_millis(1);
    ///     sender.send_timeout("A", limit).await.unwrap();
    ///     let late = sender.send_timeout("B", limit).await;
    ///     assert_eq!(late, Err(SendTimeoutError::Timeout("B")));
    /// });
    /// ```
    pub fn send_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> SendTimeout<'_, T> {
        SendTimeout::new(self.send(value), timeout)
    }

    /// Sends a value; waits with this thread, which runs no runtime.
    ///
    /// # Errors
    ///
    /// As with [`send`](Sender::send).
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
    /// let thread = std::thread::spawn(move || {
    ///     for egg in 0..3 {
    ///         sender.blocking_send(egg).unwrap();
    ///     }
    /// });
    /// onecook::block_on(async {
    ///     assert_eq!(receiver.recv().await, Some(0));
    ///     assert_eq!(receiver.recv().await, Some(1));
    ///     assert_eq!(receiver.recv().await, Some(2));
    /// });
    /// thread.join().unwrap();
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        wait_for("mpsc::Sender::blocking_send", self.send(value))
    }

    /// Waits for a slot, and reserves it.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the receiver closed or is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost but the place in the line; a slot that it was given
    /// already goes to the next.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, mut receiver) = mpsc::channel(1);
    ///     let permit = sender.reserve().await.unwrap();
    ///     assert!(sender.try_send("B").is_err()); // the slot is taken
    ///     permit.send("A");
    ///     assert_eq!(receiver.recv().await, Some("A"));
    /// });
    /// ```
    pub fn reserve(&self) -> Reserve<'_, T> {
        Reserve::new(&self.end)
    }

    /// Waits for so many slots, and reserves them.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the receiver closed or is gone, or the channel does
    /// not have so many slots at all.
    ///
    /// # Cancel safety
    ///
    /// As with [`reserve`](Sender::reserve).
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, mut receiver) = mpsc::channel(3);
    ///     let permits = sender.reserve_many(2).await.unwrap();
    ///     for (permit, egg) in permits.zip(["A", "B"]) {
    ///         permit.send(egg);
    ///     }
    ///     assert_eq!(receiver.recv().await, Some("A"));
    /// });
    /// ```
    pub fn reserve_many(&self, slots: usize) -> ReserveMany<'_, T> {
        ReserveMany::new(&self.end, slots)
    }

    /// Waits for a slot, and reserves it; the permit takes this sender along.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the receiver closed or is gone.
    ///
    /// # Cancel safety
    ///
    /// This sender is dropped with it. Clone it first to keep one.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, mut receiver) = mpsc::channel(1);
    ///     let permit = sender.reserve_owned().await.unwrap();
    ///     let cook = onecook::spawn(async move { permit.send("A") });
    ///     assert_eq!(receiver.recv().await, Some("A"));
    ///     let sender = cook.await.unwrap();
    ///     assert!(!sender.is_closed());
    /// });
    /// ```
    pub fn reserve_owned(self) -> ReserveOwned<T> {
        ReserveOwned::new(self)
    }

    /// Reserves a slot if one is free.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] if none is free, or the receiver closed or is gone.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
    /// let permit = sender.try_reserve().unwrap();
    /// assert!(sender.try_reserve().is_err());
    /// permit.send("A");
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.end.channel().try_reserve(1)?;
        Ok(Permit::new(&self.end))
    }

    /// Reserves so many slots if so many are free.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] if fewer are free, or the receiver closed or is gone.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(3);
    /// let two = sender.try_reserve_many(2).unwrap();
    /// assert!(sender.try_reserve_many(2).is_err());
    /// drop(two);
    /// assert_eq!(sender.capacity(), 3);
    /// ```
    pub fn try_reserve_many(
        &self,
        slots: usize,
    ) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        self.end.channel().try_reserve(slots)?;
        Ok(PermitIterator::new(&self.end, slots))
    }

    /// Reserves a slot if one is free; the permit takes this sender along.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] with this sender if none is free, or the receiver
    /// closed or is gone.
    ///
    /// ```
    /// # use onecook::channel::mpsc::{self, error::TrySendError};
    /// let (sender, _receiver) = mpsc::channel::<&str>(1);
    /// let permit = sender.clone().try_reserve_owned().unwrap();
    /// let Err(TrySendError::Full(sender)) = sender.try_reserve_owned() else {
    ///     panic!("the slot is taken");
    /// };
    /// drop(permit);
    /// assert_eq!(sender.capacity(), 1);
    /// ```
    pub fn try_reserve_owned(
        self,
    ) -> Result<OwnedPermit<T>, TrySendError<Sender<T>>> {
        match self.end.channel().try_reserve(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(error) => Err(error.with(self)),
        }
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
    ///     let (sender, mut receiver) = mpsc::channel::<u8>(1);
    ///     let cook = onecook::spawn(async move { sender.closed().await });
    ///     onecook::yield_now().await;
    ///     receiver.close();
    ///     cook.await.unwrap();
    /// });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.end)
    }

    /// Whether the receiver closed or is gone.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel::<u8>(8);
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
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// let (stranger, _receiver) = onecook::channel::mpsc::channel(8);
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&stranger));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.end.is_same_channel(&other.end)
    }

    /// How many slots are free now.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel(2);
    /// sender.try_send("A").unwrap();
    /// assert_eq!((sender.capacity(), sender.max_capacity()), (1, 2));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.channel().free_slots()
    }

    /// How many slots there are.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel(2);
    /// sender.try_send("A").unwrap();
    /// assert_eq!(sender.max_capacity(), 2);
    /// ```
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.end.channel().capacity()
    }

    /// A sender that does not keep the channel open.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// let weak = sender.downgrade();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { end: self.end.downgrade() }
    }

    /// How many senders there are, this one included.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(8);
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
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// let _weak = sender.downgrade();
    /// assert_eq!((sender.strong_count(), sender.weak_count()), (1, 1));
    /// ```
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender { end: self.end.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = self.end.channel();
        fmt_end("Sender", channel, Some(channel.used_slots()), f)
    }
}

/// A sender that does not keep the channel open.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
/// let weak = sender.downgrade();
/// weak.upgrade().unwrap().try_send("A").unwrap();
/// drop(sender);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(receiver.blocking_recv(), Some("A"));
/// assert_eq!(receiver.blocking_recv(), None);
/// ```
#[must_use = "upgrade it to send"]
pub struct WeakSender<T> {
    end: WeakEnd<T>,
}

impl<T> WeakSender<T> {
    /// A sender, unless the last one is gone.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// let weak = sender.downgrade();
    /// if let Some(sender) = weak.upgrade() {
    ///     sender.try_send("A").unwrap();
    /// }
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        Some(Sender { end: self.end.upgrade()? })
    }

    /// How many senders there are.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(8);
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
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// let weak = sender.downgrade();
    /// let _other = weak.clone();
    /// assert_eq!(weak.weak_count(), 2);
    /// ```
    #[must_use]
    pub fn weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        WeakSender { end: self.end.clone() }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = self.end.channel();
        fmt_end("WeakSender", channel, Some(channel.used_slots()), f)
    }
}
