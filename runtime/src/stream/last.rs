//! `Last`: the item before the end.
//!
//! Next: `../channel/`, where streams come from.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`StreamExt::last`](super::StreamExt::last).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Last<S>
    where
        S: Stream,
    {
        #[pin]
        stream: S,
        newest: Option<S::Item>,
        done: bool,
    }
}

impl<S: Stream> Last<S> {
    pub(super) fn new(stream: S) -> Last<S> {
        Last { stream, newest: None, done: false }
    }
}

impl<S: Stream> Future for Last<S> {
    type Output = Option<S::Item>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        assert!(!*this.done, "`Last` polled after it was done");
        loop {
            let leave = ready!(budget::poll_leave(cx));
            let item = ready!(this.stream.as_mut().poll_next(cx));
            if item.is_none() {
                *this.done = true;
                return Poll::Ready(this.newest.take());
            }
            leave.spend();
            *this.newest = item;
        }
    }
}
