//! `Filter`: some of the items.
//!
//! Next: `filter_map.rs`, some of the items, changed.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::filter`](super::StreamExt::filter).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Filter<S, P> {
        #[pin]
        stream: S,
        predicate: P,
    }
}

impl<S, P> Filter<S, P> {
    pub(super) fn new(stream: S, predicate: P) -> Filter<S, P> {
        Filter { stream, predicate }
    }
}

impl<S, P> Stream for Filter<S, P>
where
    S: Stream,
    P: FnMut(&S::Item) -> bool,
{
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        loop {
            let leave = ready!(budget::poll_leave(cx));
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(item) if !(this.predicate)(&item) => leave.spend(),
                passed => return Poll::Ready(passed),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.stream.size_hint().1)
    }
}

impl<S, P> FusedStream for Filter<S, P>
where
    S: FusedStream,
    P: FnMut(&S::Item) -> bool,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
