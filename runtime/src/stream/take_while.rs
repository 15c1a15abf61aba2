//! `TakeWhile`: the first items, as long as they are alike.
//!
//! Next: `take_until.rs`, until something happens.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::take_while`](super::StreamExt::take_while).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct TakeWhile<S, P> {
        #[pin]
        stream: S,
        predicate: P,
        done: bool,
    }
}

impl<S, P> TakeWhile<S, P> {
    pub(super) fn new(stream: S, predicate: P) -> TakeWhile<S, P> {
        TakeWhile { stream, predicate, done: false }
    }
}

impl<S, P> Stream for TakeWhile<S, P>
where
    S: Stream,
    P: FnMut(&S::Item) -> bool,
{
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let this = self.project();
        if *this.done {
            return Poll::Ready(None);
        }
        let item = ready!(this.stream.poll_next(cx));
        let taken = item.filter(|item| (this.predicate)(item));
        *this.done = taken.is_none();
        Poll::Ready(taken)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.done { (0, Some(0)) } else { (0, self.stream.size_hint().1) }
    }
}

impl<S, P> FusedStream for TakeWhile<S, P>
where
    S: Stream,
    P: FnMut(&S::Item) -> bool,
{
    fn is_terminated(&self) -> bool {
        self.done
    }
}
