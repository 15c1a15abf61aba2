//! A future from a closure.
//!
//! Next: `yield_now.rs`, let the others have a turn.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that calls `f` whenever it is polled.
///
/// `f` keeps the contract of a `poll`: when it answers `Pending`, it has seen
/// to it that the waker of its context will be woken.
///
/// ```
/// use std::task::Poll;
/// use onecook::future;
///
/// let mut polls = 0;
/// let polls = onecook::block_on(future::poll_fn(|cx| {
///     polls += 1;
///     if polls == 3 {
///         return Poll::Ready(polls);
///     }
///     cx.waker().wake_by_ref(); // once more, please
///     Poll::Pending
/// }));
/// assert_eq!(polls, 3);
/// ```
///
/// # Cancel safety
///
/// What `f` owns is dropped with it.
pub fn poll_fn<T, F>(f: F) -> PollFn<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<T>,
{
    PollFn { f }
}

/// Future of [`poll_fn`].
///
/// Polled after its end, it calls the closure once more.
#[must_use = "futures do nothing unless polled"]
#[derive(Clone)]
pub struct PollFn<F> {
    f: F,
}

/// The closure is never pinned.
impl<F> Unpin for PollFn<F> {}

impl<T, F> Future for PollFn<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<T>,
{
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.get_mut().f)(cx)
    }
}

impl<F> fmt::Debug for PollFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PollFn")
    }
}
