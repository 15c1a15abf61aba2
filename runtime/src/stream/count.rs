//! `Count`: how many items there were.
//!
//! Next: `last.rs`, the one before the end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`StreamExt::count`](super::StreamExt::count).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Count<S> {
        #[pin]
        stream: S,
        items: usize,
        done: bool,
    }
}

impl<S> Count<S> {
    pub(super) fn new(stream: S) -> Count<S> {
        Count { stream, items: 0, done: false }
    }
}

impl<S: Stream> Future for Count<S> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let mut this = self.project();
        assert!(!*this.done, "`Count` polled after it was done");
        loop {
            let leave = ready!(budget::poll_leave(cx));
            if ready!(this.stream.as_mut().poll_next(cx)).is_none() {
                *this.done = true;
                return Poll::Ready(*this.items);
            }
            leave.spend();
            *this.items += 1;
        }
    }
}
