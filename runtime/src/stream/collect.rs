//! `Collect`: all items in one place.
//!
//! Next: `count.rs`, only how many there were.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`StreamExt::collect`](super::StreamExt::collect).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Collect<S, C> {
        #[pin]
        stream: S,
        collection: Option<C>, // until it is done
    }
}

impl<S, C: Default> Collect<S, C> {
    pub(super) fn new(stream: S) -> Collect<S, C> {
        Collect { stream, collection: Some(C::default()) }
    }
}

impl<S, C> Future for Collect<S, C>
where
    S: Stream,
    C: Default + Extend<S::Item>,
{
    type Output = C;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C> {
        let mut this = self.project();
        loop {
            let Some(collection) = this.collection.as_mut() else {
                panic!("`Collect` polled after it was done");
            };
            let leave = ready!(budget::poll_leave(cx));
            let item = ready!(this.stream.as_mut().poll_next(cx));
            leave.spend();
            let Some(item) = item else {
                let collection = mem::take(collection);
                *this.collection = None;
                return Poll::Ready(collection);
            };
            collection.extend(Some(item));
        }
    }
}
