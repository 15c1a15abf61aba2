//! What waits for a change: two futures and a stream.
//!
//! Next: `reference.rs`, a look at a value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;

use super::error::RecvError;
use super::receiver::Receiver;
use super::reference::Ref;

/// Future of [`Receiver::changed`].
#[must_use = "futures do nothing unless polled"]
pub struct Changed<'a, T> {
    /// It keeps the place in the line.
    receiver: &'a mut Receiver<T>,
    done: bool,
}

impl<'a, T> Changed<'a, T> {
    #[inline]
    pub(super) fn new(receiver: &'a mut Receiver<T>) -> Changed<'a, T> {
        Changed { receiver, done: false }
    }
}

impl<T> Future for Changed<'_, T> {
    type Output = Result<(), RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.done, "`Changed` polled after it was done");
        let changed = ready!(this.receiver.poll_changed(cx));
        this.done = true;
        Poll::Ready(changed)
    }
}

impl<T> Drop for Changed<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.receiver.leave();
    }
}

impl<T> fmt::Debug for Changed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.done { "Done" } else { "WaitingForChange" };
        write!(f, "Changed({state})")
    }
}

/// Future of [`Receiver::wait_for`].
#[must_use = "futures do nothing unless polled"]
pub struct WaitFor<'a, T, F> {
    /// It keeps the place in the line.
    receiver: &'a mut Receiver<T>,
    condition: F,
    state: Next,
}

/// What it does next.
#[derive(Debug)]
enum Next {
    /// Asks the closure about the newest value.
    Looking,
    WaitingForChange,
    Done,
}

/// The closure is called in place, but never pinned.
impl<T, F> Unpin for WaitFor<'_, T, F> {}

impl<'a, T, F: FnMut(&T) -> bool> WaitFor<'a, T, F> {
    pub(super) fn new(
        receiver: &'a mut Receiver<T>,
        condition: F,
    ) -> WaitFor<'a, T, F> {
        WaitFor { receiver, condition, state: Next::Looking }
    }

    fn look(&mut self) -> Option<Ref<T>> {
        let value = self.receiver.borrow_and_update();
        let fulfilled = (self.condition)(&value);
        self.state = Next::WaitingForChange;
        fulfilled.then_some(value)
    }
}

impl<T, F: FnMut(&T) -> bool> Future for WaitFor<'_, T, F> {
    type Output = Result<Ref<T>, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let outcome = loop {
            match this.state {
                Next::Looking => {
                    let leave = ready!(budget::poll_leave(cx));
                    if let Some(value) = this.look() {
                        leave.spend();
                        break Ok(value);
                    }
                }
                Next::WaitingForChange => {
                    match ready!(this.receiver.poll_changed(cx)) {
                        Ok(()) => this.state = Next::Looking,
                        Err(closed) => break Err(closed),
                    }
                }
                Next::Done => panic!("`WaitFor` polled after it was done"),
            }
        };
        this.state = Next::Done;
        Poll::Ready(outcome)
    }
}

impl<T, F> Drop for WaitFor<'_, T, F> {
    fn drop(&mut self) {
        self.receiver.leave();
    }
}

impl<T, F> fmt::Debug for WaitFor<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WaitFor").field(&self.state).finish()
    }
}

/// Stream of [`Receiver::into_stream`].
///
/// # Cancel safety
///
/// Nothing is lost: a value counts as seen once it was handed out.
#[must_use = "streams do nothing unless polled"]
pub struct Values<T> {
    receiver: Receiver<T>,
}

impl<T> Values<T> {
    pub(super) fn new(receiver: Receiver<T>) -> Values<T> {
        Values { receiver }
    }
}

impl<T: Clone> Stream for Values<T> {
    type Item = T;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let this = self.get_mut();
        if ready!(this.receiver.poll_changed(cx)).is_err() {
            return Poll::Ready(None);
        }
        let value = this.receiver.borrow_and_update();
        Poll::Ready(Some(T::clone(&value)))
    }
}

impl<T> fmt::Debug for Values<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Values").field(&self.receiver).finish()
    }
}
