//! `Fold`: a stream becomes one value.
//!
//! Next: `for_each.rs`, something is done with each item.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`StreamExt::fold`](super::StreamExt::fold).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Fold<S, T, F> {
        #[pin]
        stream: S,
        value: Option<T>,
        f: F,
    }
}

impl<S, T, F> Fold<S, T, F> {
    pub(super) fn new(stream: S, value: T, f: F) -> Fold<S, T, F> {
        Fold { stream, value: Some(value), f }
    }
}

impl<S, T, F> Future for Fold<S, T, F>
where
    S: Stream,
    F: FnMut(T, S::Item) -> T,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        assert!(this.value.is_some(), "`Fold` polled after it was done");
        loop {
            let leave = ready!(budget::poll_leave(cx));
            let item = ready!(this.stream.as_mut().poll_next(cx));
            leave.spend();
            let value = this.value.take();
            let value = value.expect("it is put back after each item");
            match item {
                Some(item) => *this.value = Some((this.f)(value, item)),
                None => return Poll::Ready(value),
            }
        }
    }
}
