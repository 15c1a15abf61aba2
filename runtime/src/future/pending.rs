//! A future that never ends.
//!
//! Next: `ready.rs`, one that ends at once.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Never ends. To be dropped or aborted, or to lose a race.
///
/// ```
/// use onecook::future::{Either, either, pending};
///
/// let first = either(pending::<()>(), async { "egg" });
/// assert_eq!(onecook::block_on(first), Either::Right("egg"));
/// ```
pub fn pending<T>() -> Pending<T> {
    Pending { waker: None, output: PhantomData }
}

/// Future of [`pending`].
///
/// It keeps its task's waker although nobody will use it: that tells the
/// runtime that it waits for ever on purpose, and is not lost.
#[must_use = "futures do nothing unless polled"]
pub struct Pending<T> {
    waker: Option<Waker>,
    output: PhantomData<fn() -> T>,
}

impl<T> Future for Pending<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        match &mut this.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => this.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
