//! The end that receives.
//!
//! Next: `changed.rs`, what waits for a change.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::changed::{Changed, Values, WaitFor};
use super::error::RecvError;
use super::reference::Ref;
use super::shared::{Shared, Version};
use crate::wait_list::{Place, Wakes};

/// The end that receives: it sees the newest value. Clones have seen what it
/// has seen.
///
/// ```
/// use onecook::channel::watch;
///
/// onecook::block_on(async {
///     let (sender, mut receiver) = watch::channel(0);
///     let sum = onecook::spawn(async move {
///         let mut sum = 0;
///         while receiver.changed().await.is_ok() {
///             sum += *receiver.borrow_and_update();
///         }
///         sum
///     });
///     for value in [1, 20, 300] {
///         sender.send(value).unwrap();
///         onecook::yield_now().await;
///     }
///     drop(sender);
///     assert_eq!(sum.await.unwrap(), 321);
/// });
/// ```
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
    /// The version that it has seen.
    seen: Version,
    place: Option<Place>,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, seen: Version) -> Receiver<T> {
        Receiver { shared, seen, place: None }
    }

    /// Looks at the newest value; it counts as seen as before.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel(1);
    /// sender.send(2).unwrap();
    /// assert_eq!(*receiver.borrow(), 2);
    /// assert_eq!(receiver.has_changed(), Ok(true));
    /// ```
    pub fn borrow(&self) -> Ref<T> {
        let (value, version) = self.shared.share();
        Ref::new(value, version != self.seen)
    }

    /// Looks at the newest value, which then is seen.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, mut receiver) = watch::channel(1);
    /// sender.send(2).unwrap();
    /// assert_eq!(*receiver.borrow_and_update(), 2);
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// ```
    pub fn borrow_and_update(&mut self) -> Ref<T> {
        let (value, version) = self.shared.share();
        let has_changed = version != self.seen;
        self.seen = version;
        Ref::new(value, has_changed)
    }

    /// Whether there is a value that it has not seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the last sender is gone.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel("cold");
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// sender.send("hot").unwrap();
    /// assert_eq!(receiver.has_changed(), Ok(true));
    /// drop(sender);
    /// assert!(receiver.has_changed().is_err());
    /// ```
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        let (version, closed) = self.shared.look();
        if closed { Err(RecvError) } else { Ok(version != self.seen) }
    }

    /// Whether the last sender is gone.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel("cold");
    /// assert!(!receiver.is_closed());
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(*receiver.borrow(), "cold");
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Makes the newest value count as not seen.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (_sender, mut receiver) = watch::channel(1);
    /// receiver.mark_changed();
    /// assert_eq!(receiver.has_changed(), Ok(true));
    /// receiver.mark_unchanged();
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = self.shared.version().outdated();
    }

    /// Makes the newest value count as seen.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, mut receiver) = watch::channel(1);
    /// sender.send(2).unwrap();
    /// receiver.mark_unchanged();
    /// assert_eq!(receiver.has_changed(), Ok(false));
    /// ```
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.version();
    }

    /// Waits for a value that it has not seen; that one then is seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if it has seen the last value: the last sender is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the value counts as seen only once this is ready.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = watch::channel("cold");
    /// sender.send("hot").unwrap();
    /// receiver.changed().await.unwrap();
    /// assert_eq!(*receiver.borrow(), "hot");
    /// # });
    /// ```
    pub fn changed(&mut self) -> Changed<'_, T> {
        Changed::new(self)
    }

    /// Waits for a value that fulfils `condition`; the newest is looked at
    /// first. It then is seen. The closure is called without a lock.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the last value does not fulfil it: the last sender is
    /// gone.
    ///
    /// # Cancel safety
    ///
    /// The values that it has looked at count as seen.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = watch::channel(20);
    /// sender.send(180).unwrap();
    /// let hot = receiver.wait_for(|degrees| *degrees > 150).await.unwrap();
    /// assert_eq!(*hot, 180);
    /// # });
    /// ```
    pub fn wait_for<F>(&mut self, condition: F) -> WaitFor<'_, T, F>
    where
        F: FnMut(&T) -> bool,
    {
        WaitFor::new(self, condition)
    }

    /// The values as a stream: the newest, then each change that it finds.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// use onecook::stream::StreamExt;
    /// # onecook::block_on(async {
    /// let (sender, receiver) = watch::channel("cold");
    /// let mut values = receiver.into_stream();
    /// assert_eq!(values.next().await, Some("cold"));
    /// sender.send("hot").unwrap();
    /// assert_eq!(values.next().await, Some("hot"));
    /// drop(sender);
    /// assert_eq!(values.next().await, None);
    /// # });
    /// ```
    #[doc(alias = "WatchStream")]
    pub fn into_stream(mut self) -> Values<T> {
        self.mark_changed();
        Values::new(self)
    }

    /// Whether both receive from one channel.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (_sender, receiver) = watch::channel(1);
    /// let (_sender, stranger) = watch::channel(1);
    /// assert!(receiver.same_channel(&receiver.clone()));
    /// assert!(!receiver.same_channel(&stranger));
    /// ```
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

/// Waiting.
impl<T> Receiver<T> {
    #[inline]
    pub(super) fn poll_changed(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), RecvError>> {
        let leave = ready!(budget::poll_leave(cx));
        let changed = match self.look() {
            Some(changed) if self.place.is_none() => changed,
            _ => ready!(self.poll_in_line(cx)),
        };
        leave.spend();
        if let Ok(version) = changed {
            self.seen = version;
        }
        Poll::Ready(changed.map(|_| ()))
    }

    /// What there is to see, without waiting, and without the lock.
    #[inline]
    fn look(&self) -> Option<Result<Version, RecvError>> {
        let (version, closed) = self.shared.look();
        if version != self.seen {
            return Some(Ok(version));
        }
        closed.then_some(Err(RecvError))
    }

    fn poll_in_line(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Result<Version, RecvError>> {
        let mut spare = None;
        loop {
            let mut state = self.shared.state.lock();
            let called = |place: &mut Place| state.changing.is_called(place);
            let called = self.place.take_if(called);
            if let Some(place) = called {
                state.changing.leave(place);
            }
            if let Some(changed) = self.look() {
                let place = self.place.take();
                let left = place.map(|place| state.changing.leave(place));
                drop(state);
                drop(left); // user code, without the lock
                return Poll::Ready(changed);
            }
            let (place, newest) = (&mut self.place, cx.waker());
            if state.changing.wait(place, (), newest, &mut spare) {
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Gives its place in the line up.
    #[inline]
    pub(super) fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            let left = self.shared.state.lock().changing.leave(place);
            drop(left); // its waker: user code, without the lock
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.shared.state.lock().receivers += 1;
        Receiver::new(self.shared.clone(), self.seen)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.leave();
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        state.receivers -= 1;
        if state.receivers == 0 {
            state.closing.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe("Receiver", f)
    }
}
