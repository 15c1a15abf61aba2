//! `poll_fn`: a stream from a closure.
//!
//! Next: `unfold.rs`, a stream from a closure that returns futures.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

/// A stream that calls `f` whenever it is polled.
///
/// `f` keeps the contract of a `poll_next`: `Ready(Some(item))` is an item,
/// `Ready(None)` the end, and when it answers `Pending`, it has seen to it
/// that the waker of its context will be woken. Polled after the end, the
/// stream calls `f` once more; [`fuse`](super::StreamExt::fuse) it to prevent
/// that.
///
/// ```
/// use std::task::Poll;
/// use onecook::stream::{self, StreamExt};
///
/// let mut eggs = vec!["B", "A"];
/// let stream = stream::poll_fn(|_| Poll::Ready(eggs.pop()));
/// let taken = onecook::block_on(stream.collect::<Vec<_>>());
/// assert_eq!(taken, ["A", "B"]);
/// ```
#[doc(alias = "from_fn")]
pub fn poll_fn<T, F>(f: F) -> PollFn<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<T>>,
{
    PollFn { f }
}

/// Stream of [`poll_fn`].
#[must_use = "streams do nothing unless polled"]
#[derive(Clone)]
pub struct PollFn<F> {
    f: F,
}

/// The closure is never pinned.
impl<F> Unpin for PollFn<F> {}

impl<T, F> Stream for PollFn<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<T>>,
{
    type Item = T;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        (self.get_mut().f)(cx)
    }
}

impl<F> fmt::Debug for PollFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PollFn")
    }
}
