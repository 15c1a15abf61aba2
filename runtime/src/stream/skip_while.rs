//! `SkipWhile`: all but the first items that are alike.
//!
//! Next: `chained.rs`, one stream after another.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::skip_while`](super::StreamExt::skip_while).
    ///
    /// It skips as long as there is a predicate.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct SkipWhile<S, P> {
        #[pin]
        stream: S,
        predicate: Option<P>,
    }
}

impl<S, P> SkipWhile<S, P> {
    pub(super) fn new(stream: S, predicate: P) -> SkipWhile<S, P> {
        SkipWhile { stream, predicate: Some(predicate) }
    }
}

impl<S, P> Stream for SkipWhile<S, P>
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
        while let Some(predicate) = this.predicate {
            let leave = ready!(budget::poll_leave(cx));
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(item) if predicate(&item) => leave.spend(),
                first => {
                    *this.predicate = None;
                    return Poll::Ready(first);
                }
            }
        }
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        let skips = self.predicate.is_some();
        (if skips { 0 } else { least }, most)
    }
}

impl<S, P> FusedStream for SkipWhile<S, P>
where
    S: FusedStream,
    P: FnMut(&S::Item) -> bool,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
