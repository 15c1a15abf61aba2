//! `Throttle`: so much time between two items.
//!
//! Next: `rate_limit.rs`, so many items in so much time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use crate::time::{Sleep, sleep};

pin_project! {
    /// Stream of [`StreamExt::throttle`](super::StreamExt::throttle).
    ///
    /// It waits for the rest to be over while there is one, else for the
    /// stream.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Throttle<S> {
        #[pin]
        stream: S,
        duration: Duration,
        rest: Option<Sleep>,
    }
}

impl<S> Throttle<S> {
    pub(super) fn new(stream: S, duration: Duration) -> Throttle<S> {
        Throttle { stream, duration, rest: None }
    }
}

impl<S: Stream> Stream for Throttle<S> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let this = self.project();
        if let Some(rest) = this.rest {
            ready!(Pin::new(rest).poll(cx));
            *this.rest = None;
        }
        let item = ready!(this.stream.poll_next(cx));
        if item.is_some() && !this.duration.is_zero() {
            *this.rest = Some(sleep(*this.duration));
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: FusedStream> FusedStream for Throttle<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
