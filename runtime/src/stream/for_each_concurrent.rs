//! `ForEachConcurrent`: does something with each item, with several at once.
//!
//! Next: `flatten_unordered.rs`, streams of a stream, n at a time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::future::FusedFuture;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::futures_unordered::FuturesUnordered;
use super::source::Source;

pin_project! {
    /// Future of
    /// [`for_each_concurrent`](super::StreamExt::for_each_concurrent).
    #[must_use = "futures do nothing unless polled"]
    pub struct ForEachConcurrent<S, F, Fut> {
        #[pin]
        source: Source<S>,
        in_flight: FuturesUnordered<Fut>,
        limit: usize,
        f: F,
        done: bool,
    }
}

impl<S, F, Fut> ForEachConcurrent<S, F, Fut>
where
    S: Stream,
    F: FnMut(S::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    pub(super) fn new(stream: S, limit: usize, f: F) -> Self {
        let source = Source::new(stream);
        let in_flight = FuturesUnordered::new();
        ForEachConcurrent { source, in_flight, limit, f, done: false }
    }

    /// Takes items from the stream while there is room.
    fn fill(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.in_flight.hush();
        while this.in_flight.len() < *this.limit {
            let leave = ready!(budget::poll_leave(cx));
            match this.source.as_mut().poll_next(cx) {
                Poll::Ready(Some(item)) => {
                    leave.spend();
                    this.in_flight.push((this.f)(item));
                }
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S, F, Fut> Future for ForEachConcurrent<S, F, Fut>
where
    S: Stream,
    F: FnMut(S::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(!self.done, "`ForEachConcurrent` polled after it was done");
        loop {
            // Also when it stops for the budget, the futures have their turn.
            let _ = self.as_mut().fill(cx);
            let this = self.as_mut().project();
            let ended = Pin::new(this.in_flight).poll_next(cx);
            match ended {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) if this.source.is_ended() => {
                    *this.done = true;
                    return Poll::Ready(());
                }
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<S, F, Fut> FusedFuture for ForEachConcurrent<S, F, Fut>
where
    S: Stream,
    F: FnMut(S::Item) -> Fut,
    Fut: Future<Output = ()>,
{
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<S, F, Fut> fmt::Debug for ForEachConcurrent<S, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight = self.in_flight.len();
        write!(f, "ForEachConcurrent({in_flight} in flight)")
    }
}
