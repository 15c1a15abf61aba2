//! `TakeUntil`: the items that come before a future is ready.
//!
//! Next: `skip.rs`, all but the first few.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::take_until`](super::StreamExt::take_until).
    ///
    /// It has ended once there is no future any more.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct TakeUntil<S, Fut> {
        #[pin]
        stream: S,
        #[pin]
        until: Option<Fut>,
    }
}

impl<S, Fut> TakeUntil<S, Fut> {
    pub(super) fn new(stream: S, until: Fut) -> TakeUntil<S, Fut> {
        TakeUntil { stream, until: Some(until) }
    }
}

impl<S: Stream, Fut: Future> Stream for TakeUntil<S, Fut> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(until) = this.until.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let item = match until.poll(cx) {
            Poll::Ready(_) => None,
            Poll::Pending => ready!(this.stream.poll_next(cx)),
        };
        if item.is_none() {
            this.until.set(None);
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.until {
            Some(_) => (0, self.stream.size_hint().1),
            None => (0, Some(0)),
        }
    }
}

impl<S: Stream, Fut: Future> FusedStream for TakeUntil<S, Fut> {
    fn is_terminated(&self) -> bool {
        self.until.is_none()
    }
}
