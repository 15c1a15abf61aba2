//! `Next`: the future of the next item.
//!
//! Next: `iter.rs`, the simplest source.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::future::FusedFuture;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;

/// Future of [`StreamExt::next`](super::StreamExt::next).
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Next<'a, S: ?Sized> {
    stream: Option<&'a mut S>,
}

impl<'a, S: Stream + Unpin + ?Sized> Next<'a, S> {
    pub(super) fn new(stream: &'a mut S) -> Next<'a, S> {
        Next { stream: Some(stream) }
    }
}

impl<S: Stream + Unpin + ?Sized> Future for Next<'_, S> {
    type Output = Option<S::Item>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let stream = this.stream.as_mut();
        let stream = stream.expect("`Next` polled after it was done");
        let leave = ready!(budget::poll_leave(cx));
        let item = ready!(Pin::new(stream).poll_next(cx));
        leave.spend();
        this.stream = None;
        Poll::Ready(item)
    }
}

impl<S: FusedStream + Unpin + ?Sized> FusedFuture for Next<'_, S> {
    fn is_terminated(&self) -> bool {
        self.stream.as_deref().is_none_or(FusedStream::is_terminated)
    }
}
