//! The end that sends, and never waits.
//!
//! Next: `modify.rs`, values made from the one before.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::error::SendError;
use super::receiver::Receiver;
use super::reference::Ref;
use super::shared::Shared;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, Wakes};

/// The end that sends. Clones send into the same channel.
///
/// When the last one is dropped the receivers keep the last value, and learn
/// that no other will come.
///
/// ```
/// use onecook::channel::watch;
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = watch::channel("cold");
///     sender.send("hot").unwrap();
///     drop(sender);
///     assert!(receiver.changed().await.is_ok()); // the last change
///     assert!(receiver.changed().await.is_err());
///     assert_eq!(*receiver.borrow(), "hot");
/// });
/// ```
pub struct Sender<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A sender without receivers: they come with
    /// [`subscribe`](Sender::subscribe).
    ///
    /// ```
    /// # use onecook::channel::watch::Sender;
    /// let sender = Sender::new("cold");
    /// assert!(sender.send("hot").is_err()); // nobody sees it
    /// assert_eq!(*sender.borrow(), "cold");
    /// ```
    pub fn new(init: T) -> Sender<T> {
        Sender { shared: Shared::new(init) }
    }

    /// Makes `value` the newest one.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if there is no receiver: the value
    /// before stays. [`send_replace`](Sender::send_replace) sends anyway.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel(1);
    /// assert!(sender.send(2).is_ok());
    /// assert_eq!(*receiver.borrow(), 2);
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        if state.receivers == 0 {
            drop(state);
            return Err(SendError(value));
        }
        let before = self.shared.publish(&mut state, value, &mut wakes);
        drop(state);
        self.shared.wake(wakes);
        drop(before); // user code, without the lock
        Ok(())
    }

    /// Looks at the newest value.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, _receiver) = watch::channel(1);
    /// let look = sender.borrow();
    /// sender.send(2).unwrap(); // no deadlock
    /// assert_eq!((*look, *sender.borrow()), (1, 2));
    /// ```
    pub fn borrow(&self) -> Ref<T> {
        let (value, _) = self.shared.share();
        Ref::new(value, false)
    }

    /// One more receiver. It has seen the value that is the newest now.
    ///
    /// ```
    /// # use onecook::channel::watch::Sender;
    /// let sender = Sender::new(1);
    /// let receiver = sender.subscribe();
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// ```
    pub fn subscribe(&self) -> Receiver<T> {
        let version = {
            let mut state = self.shared.state.lock();
            state.receivers += 1;
            self.shared.version()
        };
        Receiver::new(self.shared.clone(), version)
    }

    /// Waits until the last receiver is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = watch::channel(1);
    /// drop(receiver);
    /// sender.closed().await;
    /// assert!(sender.is_closed());
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        let state = Closing::WaitingForReceivers(None);
        Closed { shared: &self.shared, state }
    }

    /// Whether there is no receiver.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel(1);
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// How many receivers there are.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, _receiver) = watch::channel(1);
    /// assert_eq!(sender.receiver_count(), 1);
    /// let _other = sender.subscribe();
    /// assert_eq!(sender.receiver_count(), 2);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.shared.state.lock().receivers
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, _receiver) = watch::channel(1);
    /// assert_eq!(sender.sender_count(), 1);
    /// let _other = sender.clone();
    /// assert_eq!(sender.sender_count(), 2);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.shared.state.lock().senders
    }

    /// Whether both send into one channel.
    ///
    /// ```
    /// # use onecook::channel::watch::Sender;
    /// let sender = Sender::new(1);
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&Sender::new(1)));
    /// ```
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Sender<T> {
        Sender::new(T::default())
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
            self.shared.close(&mut state, &mut wakes);
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
