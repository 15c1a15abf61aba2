//! A future that is ready at once.
//!
//! Next: `poll_fn.rs`, a future from a closure.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;

/// A future that hands out `value` at its first poll.
///
/// ```
/// use onecook::future;
///
/// assert_eq!(onecook::block_on(future::ready("egg")), "egg");
/// ```
///
/// # Cancel safety
///
/// The value is dropped with the future.
#[doc(alias = "Promise.resolve")]
pub fn ready<T>(value: T) -> Ready<T> {
    Ready { value: Some(value) }
}

/// Future of [`ready`].
#[must_use = "futures do nothing unless polled"]
#[derive(Clone, Debug)]
pub struct Ready<T> {
    value: Option<T>,
}

/// The value is never pinned.
impl<T> Unpin for Ready<T> {}

impl<T> Future for Ready<T> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let value = self.get_mut().value.take();
        Poll::Ready(value.expect("`Ready` polled after it was done"))
    }
}

impl<T> FusedFuture for Ready<T> {
    fn is_terminated(&self) -> bool {
        self.value.is_none()
    }
}
