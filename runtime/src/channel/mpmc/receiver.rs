//! The end that receives. It is also a stream.
//!
//! Next: `recv.rs`, what waits for a value.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use parking_lot::Mutex;

use super::channel::{Channel, Closed};
use super::error::{RecvError, TryRecvError};
use super::recv::Recv;
use super::state::{UNBOUNDED, Who};
use crate::blocked_thread;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, Wakes};

/// The end that receives. Each value goes to one of its clones.
///
/// When the last one is dropped the channel is closed, and what is in it is
/// dropped.
///
/// It is a [`Stream`] of values. A stream that waits is woken when there is a
/// value, but it is not promised one as [`recv`](Receiver::recv) is: if it is
/// left aside, those who wait behind it are woken too, and the first to come
/// takes the value. So with many streams that wait, each value may wake them
/// all; `recv` wakes one.
///
/// ```
/// use onecook::channel::mpmc;
///
/// let (sender, receiver) = mpmc::unbounded();
/// let other = receiver.clone();
/// sender.try_send("egg").unwrap();
/// assert_eq!(receiver.try_recv(), Ok("egg"));
/// assert!(other.try_recv().is_err());
/// ```
#[must_use = "the channel is closed when its last receiver is dropped"]
pub struct Receiver<T> {
    channel: Arc<Channel<T>>,
    /// Where it stands in line as a stream.
    stream: Mutex<Option<Place>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Receiver<T> {
        Receiver { channel, stream: Mutex::new(None) }
    }

    pub(super) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    /// It does not wait as a stream any longer.
    pub(super) fn leave_as_stream(&self) {
        let Some(place) = self.stream.lock().take() else { return };
        let mut wakes = Wakes::new();
        let mut state = self.channel.state.lock();
        let waker = state.leave_receiving(place, &mut wakes);
        drop(state);
        wakes.wake();
        drop(waker); // user code, without the lock
    }

    /// Receives a value; waits while there is none.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the channel is closed and nothing can come any more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a value that it was given goes to the next.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = mpmc::bounded(1);
    /// sender.send("egg").await.unwrap();
    /// assert_eq!(receiver.recv().await, Ok("egg"));
    /// # });
    /// ```
    #[doc(alias = "get")]
    #[doc(alias = "take")]
    pub fn recv(&self) -> Recv<'_, T> {
        Recv::new(self)
    }

    /// Receives a value if there is one that no other was promised.
    ///
    /// # Errors
    ///
    /// [`TryRecvError`] if there is none, or there will never be one again.
    ///
    /// ```
    /// # use onecook::channel::mpmc::{self, TryRecvError};
    /// let (sender, receiver) = mpmc::bounded::<u8>(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    #[doc(alias = "get_nowait")]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut wakes = Wakes::new();
        let value = self.channel.state.lock().try_take(&mut wakes);
        wakes.wake();
        value
    }

    /// Receives a value on a thread that may block.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the channel is closed and nothing can come any more.
    ///
    /// # Panics
    ///
    /// On a runtime's own thread.
    ///
    /// ```
    /// # use onecook::channel::mpmc::{self, RecvError};
    /// let (sender, receiver) = mpmc::bounded(1);
    /// let thread = std::thread::spawn(move || {
    ///     assert_eq!(receiver.blocking_recv(), Ok("egg"));
    ///     assert_eq!(receiver.blocking_recv(), Err(RecvError));
    /// });
    /// sender.blocking_send("egg").unwrap();
    /// drop(sender);
    /// thread.join().unwrap();
    /// ```
    #[doc(alias = "recv_blocking")]
    #[track_caller]
    pub fn blocking_recv(&self) -> Result<T, RecvError> {
        blocked_thread::wait_for("mpmc::Receiver::blocking_recv", self.recv())
    }

    /// Closes the channel for all; `false` if it was closed. What was sent
    /// still arrives, and so does what permits send.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// sender.try_send("egg").unwrap();
    /// assert!(receiver.close());
    /// assert!(sender.try_send("another").is_err());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn close(&self) -> bool {
        self.channel.close(ChannelEnd::Receivers)
    }

    /// Waits until the channel is closed; values may be left in it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = mpmc::unbounded();
    /// sender.try_send("egg").unwrap();
    /// drop(sender);
    /// receiver.closed().await;
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.channel)
    }

    /// A receiver that does not keep the channel open.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (_sender, receiver) = mpmc::unbounded::<u8>();
    /// let weak = receiver.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(receiver);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver { channel: self.channel.clone() }
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// sender.try_send("egg").unwrap();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.state.lock().is_closed()
    }

    /// Whether no value is in the channel.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// assert!(receiver.is_empty());
    /// sender.try_send("egg").unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether no slot is free: all are filled or reserved.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// sender.try_send("egg").unwrap();
    /// assert!(receiver.is_full());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// assert!(!receiver.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.channel.state.lock().is_full()
    }

    /// How many values are in the channel, also such as were given to a
    /// receiver that has yet to take them.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(2);
    /// sender.try_send("egg").unwrap();
    /// assert_eq!((receiver.len(), receiver.capacity()), (1, Some(2)));
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.state.lock().len()
    }

    /// How many values the channel can hold; `None` if it is unbounded.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (_sender, receiver) = mpmc::bounded::<u8>(2);
    /// assert_eq!(receiver.capacity(), Some(2));
    /// let (_sender, receiver) = mpmc::unbounded::<u8>();
    /// assert_eq!(receiver.capacity(), None);
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
    /// let (_sender, receiver) = mpmc::unbounded::<u8>();
    /// let other = receiver.clone();
    /// assert_eq!(receiver.receiver_count(), 2);
    /// drop(other);
    /// assert_eq!(receiver.receiver_count(), 1);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.channel.state.lock().receivers
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded::<u8>();
    /// assert_eq!(receiver.sender_count(), 1);
    /// drop(sender);
    /// assert_eq!(receiver.sender_count(), 0);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.channel.state.lock().senders
    }

    /// Whether both receive from one channel.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (_sender, receiver) = mpmc::unbounded::<u8>();
    /// let (_sender, stranger) = mpmc::unbounded();
    /// assert!(receiver.same_channel(&receiver.clone()));
    /// assert!(!receiver.same_channel(&stranger));
    /// ```
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let mut place = this.stream.get_mut().take();
        let value = this.poll_value(&mut place, Who::Stream, cx);
        *this.stream.get_mut() = place;
        let value = ready!(value);
        leave.spend();
        Poll::Ready(value.ok())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.channel.state.lock().receivers += 1;
        Receiver::new(self.channel.clone())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let place = self.stream.get_mut().take();
        let mut state = self.channel.state.lock();
        let waker = place.map(|place| state.leave_receiving(place, &mut wakes));
        let was_closed = state.is_closed();
        let values = state.receiver_gone(&mut wakes);
        let closed = state.is_closed() && !was_closed;
        drop(state);
        wakes.wake();
        if closed {
            tell::closed::<T>(ChannelEnd::Receivers);
        }
        drop(waker); // user code, without the lock
        drop(values); // the same
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.describe("Receiver", f)
    }
}

/// A receiver that does not keep the channel open. See
/// [`Receiver::downgrade`].
pub struct WeakReceiver<T> {
    channel: Arc<Channel<T>>,
}

impl<T> WeakReceiver<T> {
    /// A receiver; `None` if the last one is gone.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::unbounded();
    /// let weak = receiver.downgrade();
    /// sender.try_send("egg").unwrap();
    /// if let Some(receiver) = weak.upgrade() {
    ///     assert_eq!(receiver.try_recv(), Ok("egg"));
    /// }
    /// ```
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        let mut state = self.channel.state.lock();
        if state.receivers == 0 {
            return None;
        }
        state.receivers += 1;
        Some(Receiver::new(self.channel.clone()))
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> WeakReceiver<T> {
        WeakReceiver { channel: self.channel.clone() }
    }
}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.describe("WeakReceiver", f)
    }
}
