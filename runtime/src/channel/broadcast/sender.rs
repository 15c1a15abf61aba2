//! The end that sends.
//!
//! Next: `receiver.rs`, the other end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::error::SendError;
use super::receiver::Receiver;
use super::shared::Shared;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, Wakes};

/// The end that sends, and never waits. Clones send into the same channel.
///
/// When the last one is dropped the receivers see what is left, and then the
/// end.
///
/// ```
/// use onecook::channel::broadcast::{self, error::RecvError};
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = broadcast::channel(4);
///     sender.send("egg").unwrap();
///     drop(sender);
///     assert_eq!(receiver.recv().await, Ok("egg"));
///     assert_eq!(receiver.recv().await, Err(RecvError::Closed));
/// });
/// ```
#[doc(alias = "BroadcastChannel")]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A sender without receivers: they come with
    /// [`subscribe`](Sender::subscribe).
    ///
    /// ```
    /// # use onecook::channel::broadcast::Sender;
    /// let sender = Sender::new(4);
    /// assert!(sender.send("nobody sees it").is_err());
    /// let mut receiver = sender.subscribe();
    /// sender.send("egg").unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    ///
    /// # Panics
    ///
    /// If `capacity` is 0: no value could ever be seen.
    #[track_caller]
    pub fn new(capacity: usize) -> Sender<T> {
        assert!(
            capacity > 0,
            "a broadcast channel of capacity 0: no value could ever be seen"
        );
        Sender { shared: Shared::new(capacity) }
    }

    /// Sends a value to all receivers, and returns how many there are. When
    /// the channel is full the oldest value is dropped.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if there is no receiver.
    ///
    /// ```
    /// # use onecook::channel::broadcast::{self, error::SendError};
    /// let (sender, receiver) = broadcast::channel(4);
    /// let other = sender.subscribe();
    /// assert_eq!(sender.send("egg"), Ok(2));
    /// drop((receiver, other));
    /// assert_eq!(sender.send("another"), Err(SendError("another")));
    /// ```
    #[doc(alias = "postMessage")]
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        let receivers = state.receivers;
        if receivers == 0 {
            drop(state);
            return Err(SendError(value));
        }
        let oldest = state.ring.push(value, receivers);
        state.call_receivers(&mut wakes);
        drop(state);
        self.shared.wake(wakes);
        drop(oldest); // user code, without the lock
        Ok(receivers)
    }

    /// One more receiver. It sees what is sent from now on.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, _first) = broadcast::channel(4);
    /// sender.send("too early").unwrap();
    /// let mut second = sender.subscribe();
    /// sender.send("egg").unwrap();
    /// assert_eq!(second.try_recv(), Ok("egg"));
    /// ```
    #[must_use = "it sees what is sent from now on"]
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::subscribe(self.shared.clone())
    }

    /// Waits until the last receiver is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = broadcast::channel::<u8>(4);
    /// drop(receiver);
    /// sender.closed().await;
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        let state = Closing::WaitingForReceivers(None);
        Closed { shared: &self.shared, state }
    }

    /// A sender that does not keep the channel open.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, _receiver) = broadcast::channel::<u8>(4);
    /// let weak = sender.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(sender);
    /// assert!(weak.upgrade().is_none());
    /// ```
    #[must_use = "a weak sender does nothing by itself"]
    pub fn downgrade(&self) -> WeakSender<T> {
        self.shared.state.lock().weak_senders += 1;
        WeakSender { shared: self.shared.clone() }
    }

    /// How many values there are that some receiver has yet to see.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("A").unwrap();
    /// sender.send("B").unwrap();
    /// assert_eq!(sender.len(), 2);
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// assert_eq!(sender.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.state.lock().ring.len()
    }

    /// Whether all receivers have seen everything.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("egg").unwrap();
    /// assert!(!sender.is_empty());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// assert!(sender.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many receivers there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, receiver) = broadcast::channel::<u8>(4);
    /// let _other = sender.subscribe();
    /// assert_eq!(sender.receiver_count(), 2);
    /// drop(receiver);
    /// assert_eq!(sender.receiver_count(), 1);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.state.lock().receivers
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, _receiver) = broadcast::channel::<u8>(4);
    /// let other = sender.clone();
    /// assert_eq!(sender.strong_count(), 2);
    /// drop(other);
    /// assert_eq!(sender.strong_count(), 1);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.state.lock().senders
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, _receiver) = broadcast::channel::<u8>(4);
    /// let weak = sender.downgrade();
    /// assert_eq!((sender.strong_count(), sender.weak_count()), (1, 1));
    /// drop(weak);
    /// assert_eq!(sender.weak_count(), 0);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.state.lock().weak_senders
    }

    /// Whether both send into one channel.
    ///
    /// ```
    /// # use onecook::channel::broadcast::Sender;
    /// let sender = Sender::<u8>::new(4);
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&Sender::new(4)));
    /// ```
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.shared.state.lock().senders += 1;
        Sender { shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        state.senders -= 1;
        let last = state.senders == 0;
        if last {
            state.call_receivers(&mut wakes);
        }
        drop(state);
        wakes.wake();
        if last {
            tell::closed::<T>(ChannelEnd::Senders);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe("Sender", f)
    }
}

/// A sender that does not keep the channel open. See [`Sender::downgrade`].
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    /// A sender; `None` if the last one is gone.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// let weak = sender.downgrade();
    /// if let Some(sender) = weak.upgrade() {
    ///     sender.send("egg").unwrap();
    /// }
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let mut state = self.shared.state.lock();
        if state.senders == 0 {
            return None;
        }
        state.senders += 1;
        Some(Sender { shared: self.shared.clone() })
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast::Sender;
    /// let sender = Sender::<u8>::new(4);
    /// let weak = sender.downgrade();
    /// assert_eq!(weak.strong_count(), 1);
    /// drop(sender);
    /// assert_eq!(weak.strong_count(), 0);
    /// ```
    pub fn strong_count(&self) -> usize {
        self.shared.state.lock().senders
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast::Sender;
    /// let sender = Sender::<u8>::new(4);
    /// let weak = sender.downgrade();
    /// let _other = weak.clone();
    /// assert_eq!(weak.weak_count(), 2);
    /// ```
    pub fn weak_count(&self) -> usize {
        self.shared.state.lock().weak_senders
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        self.shared.state.lock().weak_senders += 1;
        WeakSender { shared: self.shared.clone() }
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.state.lock().weak_senders -= 1;
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe("WeakSender", f)
    }
}

/// Future of [`Sender::closed`].
#[must_use = "futures do nothing unless polled"]
pub struct Closed<'a, T> {
    shared: &'a Shared<T>,
    state: Closing,
}

#[derive(Debug)]
enum Closing {
    WaitingForReceivers(Option<Place>),
    Done,
}

impl<T> Closed<'_, T> {
    fn poll_receivers(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut spare = None;
        loop {
            let Closing::WaitingForReceivers(place) = &mut self.state else {
                panic!("`Closed` polled after it was done");
            };
            let mut state = self.shared.state.lock();
            let called = place.take_if(|place| state.closing.is_called(place));
            let called = called.map(|place| state.closing.leave(place));
            if called.is_some() || state.receivers == 0 {
                return Poll::Ready(());
            }
            if state.closing.wait(place, (), cx.waker(), &mut spare) {
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        ready!(this.poll_receivers(cx));
        leave.spend();
        this.state = Closing::Done;
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        let Closing::WaitingForReceivers(place) = &mut self.state else {
            return;
        };
        let Some(place) = place.take() else { return };
        let left = self.shared.state.lock().closing.leave(place);
        drop(left); // its waker: user code, without the lock
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Closed").field(&self.state).finish()
    }
}
