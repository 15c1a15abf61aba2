//! `Timeout`: so much time for each item.
//!
//! Next: `throttle.rs`, the other way round: no item too early.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::limit::Limit;
use crate::time::error::Elapsed;

pin_project! {
    /// Stream of [`StreamExt::timeout`](super::StreamExt::timeout).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Timeout<S> {
        #[pin]
        stream: S,
        limit: Limit, // runs while an item is waited for
    }
}

impl<S> Timeout<S> {
    pub(super) fn new(stream: S, duration: Duration) -> Timeout<S> {
        Timeout { stream, limit: Limit::new(duration) }
    }
}

impl<S: Stream> Stream for Timeout<S> {
    type Item = Result<S::Item, Elapsed>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if let Poll::Ready(item) = this.stream.poll_next(cx) {
            this.limit.stop();
            return Poll::Ready(item.map(Ok));
        }
        this.limit.start();
        let elapsed = ready!(this.limit.poll_over(cx));
        Poll::Ready(Some(Err(elapsed)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.stream.size_hint().0, None) // any number of errors
    }
}

impl<S: FusedStream> FusedStream for Timeout<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
