//! `Throttle`: so much time between two items.
//!
//! Next: `rate_limit.rs`, so many items in so much time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::Peekable;
use crate::time::{Sleep, sleep};

pin_project! {
    /// Stream of [`StreamExt::throttle`](super::StreamExt::throttle).
    ///
    /// It waits for the stream while no item is there, then for the rest to be
    /// over: so the end, which is no item, need not wait.
    #[must_use = "streams do nothing unless polled"]
    pub struct Throttle<S>
    where
        S: Stream,
    {
        #[pin]
        stream: Peekable<S>,
        duration: Duration,
        rest: Option<Sleep>,
    }
}

impl<S: Stream> Throttle<S> {
    pub(super) fn new(stream: S, duration: Duration) -> Throttle<S> {
        Throttle { stream: Peekable::new(stream), duration, rest: None }
    }
}

impl<S: Stream> Stream for Throttle<S> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        if ready!(this.stream.as_mut().poll_peek(cx)).is_none() {
            return Poll::Ready(None);
        }
        if let Some(rest) = this.rest {
            ready!(Pin::new(rest).poll(cx));
            *this.rest = None;
        }
        if !this.duration.is_zero() {
            *this.rest = Some(sleep(*this.duration));
        }
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: Stream> FusedStream for Throttle<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: Stream> fmt::Debug for Throttle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("duration", &self.duration)
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}
