//! `BufferUnordered`: n futures of a stream at a time.
//!
//! Next: `spawned.rs`, futures that go on while nobody looks.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::FuturesUnordered;
use super::add_to_hint;
use super::source::Source;

pin_project! {
    /// Stream of
    /// [`buffer_unordered`](super::StreamExt::buffer_unordered).
    #[must_use = "streams do nothing unless polled"]
    pub struct BufferUnordered<S>
    where
        S: Stream,
        S::Item: Future,
    {
        #[pin]
        source: Source<S>,
        in_flight: FuturesUnordered<S::Item>,
        limit: usize,
    }
}

impl<S> BufferUnordered<S>
where
    S: Stream,
    S::Item: Future,
{
    pub(super) fn new(stream: S, limit: usize) -> BufferUnordered<S> {
        let (source, in_flight) =
            (Source::new(stream), FuturesUnordered::new());
        BufferUnordered { source, in_flight, limit }
    }

    /// Takes futures from the stream while there is room.
    #[inline]
    fn fill(self: Pin<&mut Self>, cx: &Context<'_>) {
        let mut this = self.project();
        this.in_flight.hush();
        while this.in_flight.len() < *this.limit {
            match this.source.as_mut().poll_next(cx) {
                Poll::Ready(Some(future)) => this.in_flight.push(future),
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
    }
}

impl<S> Stream for BufferUnordered<S>
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

impl<S> FusedStream for BufferUnordered<S>
where
    S: Stream,
    S::Item: Future,
{
    fn is_terminated(&self) -> bool {
        self.source.is_ended() && self.in_flight.is_empty()
    }
}

impl<S> fmt::Debug for BufferUnordered<S>
where
    S: Stream,
    S::Item: Future,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (in_flight, limit) = (self.in_flight.len(), self.limit);
        write!(f, "BufferUnordered({in_flight} of {limit} in flight)")
    }
}
