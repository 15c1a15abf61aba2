//! `Chained`: one stream after another.
//!
//! Next: `flatten.rs`, as many as a stream has.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::chain`](super::StreamExt::chain).
    ///
    /// It waits for the first stream while there is one, then for the second.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Chained<A, B> {
        #[pin]
        first: Option<A>,
        #[pin]
        second: B,
    }
}

impl<A, B> Chained<A, B> {
    pub(super) fn new(first: A, second: B) -> Chained<A, B> {
        Chained { first: Some(first), second }
    }
}

impl<A, B> Stream for Chained<A, B>
where
    A: Stream,
    B: Stream<Item = A::Item>,
{
    type Item = A::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<A::Item>> {
        let mut this = self.project();
        if let Some(first) = this.first.as_mut().as_pin_mut() {
            if let Some(item) = ready!(first.poll_next(cx)) {
                return Poll::Ready(Some(item));
            }
            this.first.set(None);
        }
        this.second.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Some(first) = &self.first else {
            return self.second.size_hint();
        };
        let (first, second) = (first.size_hint(), self.second.size_hint());
        let most = first.1.zip(second.1);
        let most = most.and_then(|(first, second)| first.checked_add(second));
        (first.0.saturating_add(second.0), most)
    }
}

impl<A, B> FusedStream for Chained<A, B>
where
    A: Stream,
    B: FusedStream<Item = A::Item>,
{
    fn is_terminated(&self) -> bool {
        self.first.is_none() && self.second.is_terminated()
    }
}
