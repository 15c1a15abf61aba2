//! `Enumerate`: items with numbers.
//!
//! Next: `take.rs`, the first few.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::enumerate`](super::StreamExt::enumerate).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Enumerate<S> {
        #[pin]
        stream: S,
        count: usize,
    }
}

impl<S> Enumerate<S> {
    pub(super) fn new(stream: S) -> Enumerate<S> {
        Enumerate { stream, count: 0 }
    }
}

impl<S: Stream> Stream for Enumerate<S> {
    type Item = (usize, S::Item);

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(usize, S::Item)>> {
        let this = self.project();
        let Some(item) = ready!(this.stream.poll_next(cx)) else {
            return Poll::Ready(None);
        };
        let number = *this.count;
        *this.count += 1;
        Poll::Ready(Some((number, item)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: FusedStream> FusedStream for Enumerate<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
