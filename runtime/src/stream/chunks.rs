//! `Chunks`: so many items at a time.
//!
//! Next: `limit.rs`, a time limit for what is waited for.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::Fuse;
use super::chunk::Chunk;

pin_project! {
    /// Stream of [`StreamExt::chunks`](super::StreamExt::chunks).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Chunks<S>
    where
        S: Stream,
    {
        #[pin]
        stream: Fuse<S>,
        chunk: Chunk<S::Item>,
    }
}

impl<S: Stream> Chunks<S> {
    #[track_caller]
    pub(super) fn new(stream: S, n: usize) -> Chunks<S> {
        let chunk = Chunk::new(n, "chunks");
        Chunks { stream: Fuse::new(stream), chunk }
    }
}

impl<S: Stream> Stream for Chunks<S> {
    type Item = Vec<S::Item>;

    fn poll_next(
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
            if let Some(full) = this.chunk.push(item) {
                return Poll::Ready(Some(full));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunk.hint(self.stream.size_hint())
    }
}

impl<S: Stream> FusedStream for Chunks<S> {
    fn is_terminated(&self) -> bool {
        self.chunk.len() == 0 && self.stream.is_terminated()
    }
}
