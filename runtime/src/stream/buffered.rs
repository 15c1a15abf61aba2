//! `Buffered`: n futures of a stream at a time, their outputs in order.
//!
//! Next: `buffer_unordered.rs`, the outputs as they come.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::FuturesOrdered;
use super::add_to_hint;
use super::source::Source;

pin_project! {
    /// Stream of [`StreamExt::buffered`](super::StreamExt::buffered).
    #[must_use = "streams do nothing unless polled"]
    pub struct Buffered<S>
    where
        S: Stream,
        S::Item: Future,
    {
        #[pin]
        source: Source<S>,
        in_flight: FuturesOrdered<S::Item>,
        limit: usize,
    }
}

impl<S> Buffered<S>
where
    S: Stream,
    S::Item: Future,
{
    pub(super) fn new(stream: S, limit: usize) -> Buffered<S> {
        let (source, in_flight) = (Source::new(stream), FuturesOrdered::new());
        Buffered { source, in_flight, limit }
    }

    /// Takes futures from the stream while there is room.
    #[inline]
    fn fill(self: Pin<&mut Self>, cx: &Context<'_>) {
        let mut this = self.project();
        this.in_flight.hush();
        while this.in_flight.len() < *this.limit {
            match this.source.as_mut().poll_next(cx) {
                Poll::Ready(Some(future)) => this.in_flight.push_back(future),
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
    }
}

impl<S> Stream for Buffered<S>
where
    S: Stream,
    S::Item: Future,
{
    type Item = <S::Item as Future>::Output;

    #[inline]
    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.as_mut().fill(cx);
        let this = self.project();
        match Pin::new(this.in_flight).poll_next(cx) {
            Poll::Ready(None) if !this.source.is_ended() => Poll::Pending,
            polled => polled,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        add_to_hint(self.in_flight.len(), self.source.size_hint())
    }
}

impl<S> FusedStream for Buffered<S>
where
    S: Stream,
    S::Item: Future,
{
    fn is_terminated(&self) -> bool {
        self.source.is_ended() && self.in_flight.is_empty()
    }
}

impl<S> fmt::Debug for Buffered<S>
where
    S: Stream,
    S::Item: Future,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (in_flight, limit) = (self.in_flight.len(), self.limit);
        write!(f, "Buffered({in_flight} of {limit} in flight)")
    }
}
