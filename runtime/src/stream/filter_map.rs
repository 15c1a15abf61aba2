//! `FilterMap`: some of the items, changed.
//!
//! Next: `then.rs`, each item after some waiting.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::filter_map`](super::StreamExt::filter_map).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct FilterMap<S, F> {
        #[pin]
        stream: S,
        f: F,
    }
}

impl<S, F> FilterMap<S, F> {
    pub(super) fn new(stream: S, f: F) -> FilterMap<S, F> {
        FilterMap { stream, f }
    }
}

impl<S, F, T> Stream for FilterMap<S, F>
where
    S: Stream,
    F: FnMut(S::Item) -> Option<T>,
{
    type Item = T;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let mut this = self.project();
        loop {
            let leave = ready!(budget::poll_leave(cx));
            let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(mapped) = (this.f)(item) {
                return Poll::Ready(Some(mapped));
            }
            leave.spend();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.stream.size_hint().1)
    }
}

impl<S, F, T> FusedStream for FilterMap<S, F>
where
    S: FusedStream,
    F: FnMut(S::Item) -> Option<T>,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
