//! `Then`: calls a closure with each item, and waits for its future.
//!
//! Next: `enumerate.rs`, items with numbers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::then`](super::StreamExt::then).
    ///
    /// It waits for the stream while there is no future, else for that.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Then<S, Fut, F> {
        #[pin]
        stream: S,
        #[pin]
        future: Option<Fut>,
        f: F,
    }
}

impl<S, Fut, F> Then<S, Fut, F> {
    pub(super) fn new(stream: S, f: F) -> Then<S, Fut, F> {
        Then { stream, future: None, f }
    }
}

impl<S, Fut, F> Stream for Then<S, Fut, F>
where
    S: Stream,
    Fut: Future,
    F: FnMut(S::Item) -> Fut,
{
    type Item = Fut::Output;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Fut::Output>> {
        let mut this = self.project();
        loop {
            if let Some(future) = this.future.as_mut().as_pin_mut() {
                let output = ready!(future.poll(cx));
                this.future.set(None);
                return Poll::Ready(Some(output));
            }
            let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) else {
                return Poll::Ready(None);
            };
            this.future.set(Some((this.f)(item)));
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let begun = usize::from(self.future.is_some());
        super::add_to_hint(begun, self.stream.size_hint())
    }
}

impl<S, Fut, F> FusedStream for Then<S, Fut, F>
where
    S: FusedStream,
    Fut: Future,
    F: FnMut(S::Item) -> Fut,
{
    fn is_terminated(&self) -> bool {
        self.future.is_none() && self.stream.is_terminated()
    }
}
