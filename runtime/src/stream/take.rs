//! `Take`: the first few items.
//!
//! Next: `take_while.rs`, the first ones that are alike.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::take`](super::StreamExt::take).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Take<S> {
        #[pin]
        stream: S,
        left: usize,
    }
}

impl<S> Take<S> {
    pub(super) fn new(stream: S, n: usize) -> Take<S> {
        Take { stream, left: n }
    }
}

impl<S: Stream> Stream for Take<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let this = self.project();
        if *this.left == 0 {
            return Poll::Ready(None);
        }
        let item = ready!(this.stream.poll_next(cx));
        *this.left = if item.is_some() { *this.left - 1 } else { 0 };
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let most = most.map_or(self.left, |most| most.min(self.left));
        (least.min(self.left), Some(most))
    }
}

impl<S: Stream> FusedStream for Take<S> {
    fn is_terminated(&self) -> bool {
        self.left == 0
    }
}
