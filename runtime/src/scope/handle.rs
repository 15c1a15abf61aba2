//! The handle of a child.
//!
//! Next: `error.rs`, why a scope has no value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;

use super::child::{Output, Shared};
use crate::join_error::JoinError;

/// Owns the output of a scope's child: await it to have it.
///
/// Dropping the handle detaches the child within the scope: it goes on, the
/// scope waits for it, and its output is dropped as soon as it ends.
///
/// The output is an error if the child was cancelled, alone or with its scope.
/// A panic, or an error in a [`try_scope`](super::try_scope), never comes out
/// here: it ends the scope.
///
/// ```
/// # onecook::block_on(onecook::scope(async |s| {
/// let egg = s.spawn(async { "fried" });
/// let other = s.spawn(onecook::future::pending::<()>());
/// other.abort();
/// assert_eq!(egg.await.unwrap(), "fried");
/// assert!(other.await.unwrap_err().is_cancelled());
/// # })).unwrap();
/// ```
///
/// # Cancel safety
///
/// Nothing is lost: `&mut handle` may be polled, dropped and polled again.
#[must_use = "dropping the handle detaches the child; say so with `drop(..)`"]
pub struct ScopedHandle<T> {
    shared: Rc<Shared<T>>,
}

impl<T> ScopedHandle<T> {
    pub(super) fn new(shared: Rc<Shared<T>>) -> ScopedHandle<T> {
        ScopedHandle { shared }
    }

    /// Whether awaiting the handle would not wait.
    ///
    /// ```
    /// # onecook::block_on(onecook::scope(async |s| {
    /// let egg = s.spawn(async { "fried" });
    /// assert!(!egg.is_finished());
    /// onecook::yield_now().await;
    /// assert!(egg.is_finished());
    /// # })).unwrap();
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        !self.shared.is_running()
    }

    /// Ends the child: it is dropped at its next turn, never inside this
    /// call, and the handle then answers "cancelled". A child that has ended
    /// keeps its output.
    ///
    /// ```
    /// # onecook::block_on(onecook::scope(async |s| {
    /// let egg = s.spawn(onecook::future::pending::<()>());
    /// egg.abort();
    /// assert!(egg.await.unwrap_err().is_cancelled());
    /// # })).unwrap();
    /// ```
    #[doc(alias = "cancel")]
    pub fn abort(&self) {
        self.shared.abort();
    }

    /// Leaves word of who is to be woken at the child's end.
    fn wait(&self, newest: &Waker) {
        let Some((children, place)) = self.shared.position() else { return };
        if !children.joiner_is(place, newest) {
            let before = children.replace_joiner(place, Some(newest.clone()));
            drop(before); // user code, with nothing borrowed
        }
    }
}

impl<T> Future for ScopedHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let output = match this.shared.take() {
            Output::Expected => {
                this.wait(cx.waker());
                return Poll::Pending;
            }
            Output::Ready(output) => Ok(output),
            Output::Cancelled => {
                Err(JoinError::cancelled(this.shared.who().who()))
            }
            Output::Taken => panic!("`ScopedHandle` polled after it was done"),
        };
        leave.spend();
        Poll::Ready(output)
    }
}

impl<T> Drop for ScopedHandle<T> {
    fn drop(&mut self) {
        if let Some((children, place)) = self.shared.position() {
            let joiner = children.replace_joiner(place, None);
            drop(joiner); // user code, with nothing borrowed
        }
        drop(self.shared.take());
    }
}

impl<T> fmt::Debug for ScopedHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopedHandle({})", self.shared.who().who())
    }
}
