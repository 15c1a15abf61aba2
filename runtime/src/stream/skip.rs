//! `Skip`: all but the first few items.
//!
//! Next: `skip_while.rs`, all but the first ones that are alike.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::skip`](super::StreamExt::skip).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Skip<S> {
        #[pin]
        stream: S,
        left: usize,
    }
}

impl<S> Skip<S> {
    pub(super) fn new(stream: S, n: usize) -> Skip<S> {
        Skip { stream, left: n }
    }
}

impl<S: Stream> Stream for Skip<S> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        while *this.left > 0 {
            let leave = ready!(budget::poll_leave(cx));
            if ready!(this.stream.as_mut().poll_next(cx)).is_none() {
                return Poll::Ready(None);
            }
            leave.spend();
            *this.left -= 1;
        }
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let most = most.map(|most| most.saturating_sub(self.left));
        (least.saturating_sub(self.left), most)
    }
}

impl<S: FusedStream> FusedStream for Skip<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
