//! `ForEach`: something is done with each item, one after another.
//!
//! Next: `collect.rs`, all items in one place.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`StreamExt::for_each`](super::StreamExt::for_each).
    ///
    /// It waits for the stream while there is no future, else for that.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct ForEach<S, Fut, F> {
        #[pin]
        stream: S,
        #[pin]
        future: Option<Fut>,
        f: Option<F>, // until it is done
    }
}

impl<S, Fut, F> ForEach<S, Fut, F> {
    pub(super) fn new(stream: S, f: F) -> ForEach<S, Fut, F> {
        ForEach { stream, future: None, f: Some(f) }
    }
}

impl<S, Fut, F> Future for ForEach<S, Fut, F>
where
    S: Stream,
    Fut: Future<Output = ()>,
    F: FnMut(S::Item) -> Fut,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let f = this.f.as_mut().expect("`ForEach` polled after it was done");
        loop {
            if let Some(future) = this.future.as_mut().as_pin_mut() {
                ready!(future.poll(cx));
                this.future.set(None);
            }
            let leave = ready!(budget::poll_leave(cx));
            let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) else {
                *this.f = None;
                return Poll::Ready(());
            };
            leave.spend();
            this.future.set(Some(f(item)));
        }
    }
}
