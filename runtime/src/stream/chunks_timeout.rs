//! `ChunksTimeout`: chunks that do not wait for ever to be full.
//!
//! Next: `timeout.rs`, so much time for each item.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::Fuse;
use super::chunk::Chunk;
use super::limit::Limit;

pin_project! {
    /// Stream of [`chunks_timeout`](super::StreamExt::chunks_timeout).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct ChunksTimeout<S>
    where
        S: Stream,
    {
        #[pin]
        stream: Fuse<S>,
        chunk: Chunk<S::Item>,
        limit: Limit, // runs while there is something in the chunk
    }
}

impl<S: Stream> ChunksTimeout<S> {
    #[track_caller]
    pub(super) fn new(
        stream: S,
        n: usize,
        duration: Duration,
    ) -> ChunksTimeout<S> {
        let chunk = Chunk::new(n, "chunks_timeout");
        let limit = Limit::new(duration);
        ChunksTimeout { stream: Fuse::new(stream), chunk, limit }
    }

    /// Gathers what the stream has: a full chunk, or the rest at its end.
    fn poll_full(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Vec<S::Item>>> {
        let mut this = self.project();
        loop {
            let leave = ready!(budget::poll_leave(cx));
            let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) else {
                return Poll::Ready(this.chunk.take());
            };
            leave.spend();
            this.limit.start();
            this.chunk.push(item);
            if this.chunk.room() == 0 {
                return Poll::Ready(this.chunk.take());
            }
        }
    }
}

impl<S: Stream> Stream for ChunksTimeout<S> {
    type Item = Vec<S::Item>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Vec<S::Item>>> {
        let full = self.as_mut().poll_full(cx);
        let this = self.project();
        if full.is_ready() {
            this.limit.stop();
            return full;
        }
        ready!(this.limit.poll_over(cx));
        Poll::Ready(this.chunk.take())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let (least, _) = self.chunk.hint((least, most));
        let (_, most) = super::add_to_hint(self.chunk.len(), (0, most));
        (least, most) // at worst each item is a chunk of its own
    }
}

impl<S: Stream> FusedStream for ChunksTimeout<S> {
    fn is_terminated(&self) -> bool {
        self.chunk.len() == 0 && self.stream.is_terminated()
    }
}
