//! `Chunks`: so many items at a time.
//!
//! Its weakness: a unit of the budget pays for eight items, so over a stream
//! that is always ready a poll may take 1,024 of them.
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

/// So many items cost one unit of the budget, and so do fewer if they fill the
/// chunk or have to be waited for.
const HANDFUL: usize = 8;

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
            for taken in 0..this.chunk.room().min(HANDFUL) {
                match this.stream.as_mut().poll_next(cx) {
                    Poll::Ready(Some(item)) => this.chunk.push(item),
                    Poll::Ready(None) => return Poll::Ready(this.chunk.take()),
                    Poll::Pending => {
                        if taken > 0 {
                            leave.spend();
                        }
                        return Poll::Pending;
                    }
                }
            }
            leave.spend();
            if this.chunk.room() == 0 {
                return Poll::Ready(this.chunk.take());
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
