//! The end that sends.
//!
//! Next: `receiver.rs`, the other end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::SendError;
use super::receiver::Receiver;
use super::shared::Shared;
use super::value::Ref;
use crate::wait_list::{Place, Wakes};

/// The end that sends, and never waits. Clones send into the same channel.
///
/// When the last one is dropped, receivers see the last value, and then learn
/// that there will be no other.
///
/// ```
/// use onecook::channel::watch;
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = watch::channel("eggs");
///     sender.send("toast").unwrap();
///     drop(sender);
///     receiver.changed().await.unwrap();
///     assert_eq!(*receiver.borrow(), "toast");
///     assert!(receiver.changed().await.is_err());
/// });
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A sender without receivers: they come with
    /// [`subscribe`](Sender::subscribe).
    ///
    /// ```
    /// use onecook::channel::watch::Sender;
    ///
    /// let sender = Sender::new("eggs");
    /// assert!(sender.send("nobody sees it").is_err());
    /// assert_eq!(*sender.borrow(), "eggs");
    /// ```
    pub fn new(value: T) -> Sender<T> {
        Sender { shared: Shared::new(value) }
    }

    /// Puts `value` in the place of the one before.
    ///
    /// # Errors
    ///
    /// [`SendError`], with the value, if there is no receiver: then the one
    /// before stays. [`send_replace`](Sender::send_replace) does not mind.
    ///
    /// ```
    /// use onecook::channel::watch;
    ///
    /// let (sender, receiver) = watch::channel(3);
    /// assert!(sender.send(4).is_ok());
    /// assert_eq!(*receiver.borrow(), 4);
    /// drop(receiver);
    /// assert_eq!(sender.send(5).unwrap_err().0, 5);
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        self.publish(value);
        Ok(())
    }

    fn publish(&self, value: T) {
        if let Ok(before) = self.shared.publish(value, None) {
            self.shared.retire(before);
        }
    }

    /// Puts `value` in the place of the one before, receivers or not, and
    /// returns a look at that one.
    ///
    /// ```
    /// use onecook::channel::watch::Sender;
    ///
    /// let sender = Sender::new("eggs");
    /// assert_eq!(*sender.send_replace("toast"), "eggs");
    /// assert_eq!(*sender.borrow(), "toast");
    /// ```
    #[allow(clippy::must_use_candidate)] // the look is a courtesy
    pub fn send_replace(&self, value: T) -> Ref<T> {
        match self.shared.publish(value, None) {
            Ok(before) => Ref::new(before, false),
            Err(_) => unreachable!("any version will do"),
        }
    }

    /// Changes the value: `modify` gets a clone, which then takes its place.
    /// No lock is held meanwhile, so it may use the channel.
    ///
    /// If another thread sends meanwhile, the clone is out of date, and
    /// `modify` is called again with a new one: like
    /// [`AtomicU64::fetch_update`](std::sync::atomic::AtomicU64::fetch_update).
    /// If it panics, the value stays what it was.
    ///
    /// ```
    /// use onecook::channel::watch;
    ///
    /// let (sender, receiver) = watch::channel(3);
    /// sender.send_modify(|eggs| *eggs += 1);
    /// assert_eq!(*receiver.borrow(), 4);
    /// ```
    pub fn send_modify(&self, mut modify: impl FnMut(&mut T))
    where
        T: Clone,
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// As [`send_modify`](Sender::send_modify), but only if `modify` says that
    /// it changed something; returns whether it did.
    ///
    /// ```
    /// use onecook::channel::watch;
    ///
    /// let (sender, receiver) = watch::channel(4);
    /// let ate = sender.send_if_modified(|eggs| {
    ///     let any = *eggs > 0;
    ///     *eggs -= i32::from(any);
    ///     any
    /// });
    /// assert!(ate && *receiver.borrow() == 3);
    /// ```
    #[allow(clippy::must_use_candidate)] // some just want it modified
    pub fn send_if_modified(
        &self,
        mut modify: impl FnMut(&mut T) -> bool,
    ) -> bool
    where
        T: Clone,
    {
        loop {
            let (current, version) = self.current();
            let mut value = (*current).clone();
            drop(current);
            if !modify(&mut value) {
                return false;
            }
            if let Ok(before) = self.shared.publish(value, Some(version)) {
                self.shared.retire(before);
                return true;
            }
        }
    }

    fn current(&self) -> (Ref<T>, u64) {
        let state = self.shared.state.lock();
        (Ref::new(state.value.share(), false), state.version)
    }

    /// A look at the value.
    pub fn borrow(&self) -> Ref<T> {
        self.current().0
    }

    /// One more receiver. It takes the value of now for seen.
    ///
    /// ```
    /// use onecook::channel::watch::Sender;
    ///
    /// let sender = Sender::new("eggs");
    /// let receiver = sender.subscribe();
    /// assert_eq!(receiver.has_changed(), Ok(false));
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
    /// # onecook::block_on(async {
    /// let (sender, receiver) = onecook::channel::watch::channel(4);
    /// drop(receiver);
    /// sender.closed().await;
    /// # });
    /// ```
    pub fn closed(&self) -> Closed<'_, T> {
        let state = Closing::WaitingForReceivers(None);
        Closed { shared: &self.shared, state }
    }

    /// Whether there is no receiver.
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.shared.state.lock().receivers
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.shared.state.lock().senders
    }

    /// Whether both send into one channel.
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

impl<T: Default> Default for Sender<T> {
    fn default() -> Sender<T> {
        Sender::new(T::default())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        state.senders -= 1;
        if state.senders == 0 {
            state.watching.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receivers = self.receiver_count();
        f.debug_struct("Sender").field("receivers", &receivers).finish()
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
            let called = place.take_if(|it| state.closing.is_called(it));
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
        let closed = this.poll_receivers(cx);
        if closed.is_ready() {
            this.leave();
            this.state = Closing::Done;
        }
        closed
    }
}

impl<T> Closed<'_, T> {
    fn leave(&mut self) {
        let Closing::WaitingForReceivers(place) = &mut self.state else {
            return;
        };
        let Some(place) = place.take() else { return };
        let left = self.shared.state.lock().closing.leave(place);
        drop(left); // its waker: user code, without the lock
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Closed").field(&self.state).finish()
    }
}
