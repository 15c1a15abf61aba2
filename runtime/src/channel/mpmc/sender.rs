//! The end that sends.
//!
//! Next: `send.rs`, what waits for a slot.

use std::fmt;
use std::sync::Arc;

use super::channel::{Channel, Closed};
use super::error::{SendError, TryReserveError, TrySendError};
use super::send::{Permit, Reserve, Send};
use super::state::UNBOUNDED;
use crate::blocked_thread;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::Wakes;

/// The end that sends. Clones send into the same channel.
///
/// When the last one is dropped the channel is closed: what was sent still
/// arrives.
///
/// ```
/// use onecook::channel::mpmc::{self, RecvError};
///
/// let (sender, receiver) = mpmc::bounded(4);
/// onecook::block_on(async {
///     sender.send("egg").await.unwrap();
///     drop(sender);
///     assert_eq!(receiver.recv().await, Ok("egg"));
///     assert_eq!(receiver.recv().await, Err(RecvError));
/// });
/// ```
#[must_use = "the channel is closed when its last sender is dropped"]
pub struct Sender<T> {
    pub(super) channel: Arc<Channel<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Sender<T> {
        Sender { channel }
    }

    /// Sends a value; waits while the channel is full.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if the channel is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropped while pending, it drops its value unsent. To keep the value,
    /// wait with [`reserve`](Sender::reserve) and then send it.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = mpmc::bounded(1);
    /// sender.send("egg").await.unwrap();
    /// assert_eq!(receiver.recv().await, Ok("egg"));
    /// # });
    /// ```
    #[doc(alias = "put")]
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send::new(self, value)
    }

    /// Sends a value if there is room for it.
    ///
    /// # Errors
    ///
    /// [`TrySendError`], with the value, if the channel is full or closed.
    ///
    /// ```
    /// # use onecook::channel::mpmc::{self, TrySendError};
    /// let (sender, receiver) = mpmc::bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// receiver.close();
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[doc(alias = "put_nowait")]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.channel.state.lock();
        match state.try_reserve() {
            Ok(()) => {
                let back = state.push(value, &mut wakes);
                drop(state);
                wakes.wake();
                drop(back);
                Ok(())
            }
            Err(TryReserveError::Full) => Err(TrySendError::Full(value)),
            Err(TryReserveError::Closed) => Err(TrySendError::Closed(value)),
        }
    }

    /// Sends a value; if the channel is full, in the place of the oldest one,
    /// which is returned.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Closed`], with the value; and [`TrySendError::Full`]
    /// if every slot is reserved, so that there is no value to replace.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// assert_eq!(sender.force_send("old"), Ok(None));
    /// assert_eq!(sender.force_send("new"), Ok(Some("old")));
    /// assert_eq!(receiver.try_recv(), Ok("new"));
    /// ```
    pub fn force_send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.channel.state.lock();
        let outcome = match state.try_reserve() {
            Ok(()) => Ok(state.push(value, &mut wakes)),
            Err(TryReserveError::Full) => state
                .replace_oldest(value)
                .map(Some)
                .map_err(TrySendError::Full),
            Err(TryReserveError::Closed) => Err(TrySendError::Closed(value)),
        };
        drop(state);
        wakes.wake();
        outcome
    }

    /// Sends a value from a thread that may block.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if the channel is closed.
    ///
    /// # Panics
    ///
    /// On a runtime's own thread.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// let thread = std::thread::spawn(move || {
    ///     sender.blocking_send(1).unwrap();
    ///     sender.blocking_send(2).unwrap();
    /// });
    /// onecook::block_on(async {
    ///     assert_eq!(receiver.recv().await, Ok(1));
    ///     assert_eq!(receiver.recv().await, Ok(2));
    /// });
    /// thread.join().unwrap();
    /// ```
    #[doc(alias = "send_blocking")]
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        blocked_thread::wait_for(
            "mpmc::Sender::blocking_send",
            self.send(value),
        )
    }

    /// Reserves a slot; waits while the channel is full. The slot is used by
    /// [`Permit::send`], which never waits.
    ///
    /// # Errors
    ///
    /// [`SendError<()>`](SendError) if the channel is closed.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost but the place in the line: a slot that it was given
    /// goes to the next.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = mpmc::bounded(1);
    /// let permit = sender.reserve().await.unwrap();
    /// assert!(sender.try_send("another").is_err()); // the slot is taken
    /// permit.send("egg");
    /// assert_eq!(receiver.recv().await, Ok("egg"));
    /// # });
    /// ```
    pub fn reserve(&self) -> Reserve<'_, T> {
        Reserve::new(self)
    }

    /// Reserves a slot if one is free.
    ///
    /// # Errors
    ///
    /// [`TryReserveError`] if the channel is full or closed.
    ///
    /// ```
    /// # use onecook::channel::mpmc::{self, TryReserveError};
    /// let (sender, _receiver) = mpmc::bounded::<u8>(1);
    /// let permit = sender.try_reserve().unwrap();
    /// assert_eq!(sender.try_reserve().unwrap_err(), TryReserveError::Full);
    /// drop(permit); // unsent: the slot is free again
    /// assert!(sender.try_reserve().is_ok());
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TryReserveError> {
        let slot = self.channel.state.lock().try_reserve();
        slot.map(|()| Permit::new(self))
    }

    /// Closes the channel for all; `false` if it was closed. What was sent
    /// still arrives, and so does what permits send.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// sender.try_send("egg").unwrap();
    /// assert!(sender.close());
    /// assert!(sender.try_send("another").is_err());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn close(&self) -> bool {
        self.channel.close(ChannelEnd::Senders)
    }

    /// Waits until the channel is closed: by either end, or because all of
    /// the receivers are gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = mpmc::unbounded::<u8>();
    /// drop(receiver);
    /// sender.closed().await;
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.channel)
    }

    /// A sender that does not keep the channel open.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::unbounded::<u8>();
    /// let weak = sender.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { channel: self.channel.clone() }
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded::<u8>();
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.state.lock().is_closed()
    }

    /// Whether no value is in the channel.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::unbounded();
    /// assert!(sender.is_empty());
    /// sender.try_send("egg").unwrap();
    /// assert!(!sender.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether no slot is free: all are filled or reserved.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::bounded::<u8>(1);
    /// let permit = sender.try_reserve().unwrap();
    /// assert!(sender.is_full() && sender.is_empty());
    /// drop(permit);
    /// assert!(!sender.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.channel.state.lock().is_full()
    }

    /// How many values are in the channel.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::bounded(2);
    /// sender.try_send("egg").unwrap();
    /// assert_eq!((sender.len(), sender.capacity()), (1, Some(2)));
    /// assert!(!sender.is_empty() && !sender.is_full());
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.state.lock().len()
    }

    /// How many values the channel can hold; `None` if it is unbounded.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::bounded::<u8>(2);
    /// assert_eq!(sender.capacity(), Some(2));
    /// let (sender, _receiver) = mpmc::unbounded::<u8>();
    /// assert_eq!(sender.capacity(), None);
    /// ```
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        let capacity = self.channel.state.lock().capacity();
        (capacity != UNBOUNDED).then_some(capacity)
    }

    /// How many receivers there are.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded::<u8>();
    /// assert_eq!(sender.receiver_count(), 1);
    /// drop(receiver);
    /// assert_eq!(sender.receiver_count(), 0);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.channel.state.lock().receivers
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::unbounded::<u8>();
    /// let other = sender.clone();
    /// assert_eq!(sender.sender_count(), 2);
    /// drop(other);
    /// assert_eq!(sender.sender_count(), 1);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.channel.state.lock().senders
    }

    /// Whether both send into one channel.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::unbounded::<u8>();
    /// let (stranger, _receiver) = mpmc::unbounded();
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&stranger));
    /// ```
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.channel.state.lock().senders += 1;
        Sender { channel: self.channel.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let closed = self.channel.state.lock().sender_gone(&mut wakes);
        wakes.wake();
        if closed {
            tell::closed::<T>(ChannelEnd::Senders);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.describe("Sender", f)
    }
}

/// A sender that does not keep the channel open. See [`Sender::downgrade`].
pub struct WeakSender<T> {
    channel: Arc<Channel<T>>,
}

impl<T> WeakSender<T> {
    /// A sender; `None` if the last one is gone.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// let weak = sender.downgrade();
    /// if let Some(sender) = weak.upgrade() {
    ///     sender.try_send("egg").unwrap();
    /// }
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let mut state = self.channel.state.lock();
        if state.senders == 0 {
            return None;
        }
        state.senders += 1;
        Some(Sender { channel: self.channel.clone() })
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        WeakSender { channel: self.channel.clone() }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.describe("WeakSender", f)
    }
}
