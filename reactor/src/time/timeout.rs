//! `Timeout`: a time limit for any future.
//!
//! Next: `error.rs`, what it says when the time is over.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::Elapsed;
use super::sleep::{Sleep, sleep, sleep_until};
use crate::budget;
use crate::clock::Instant;

/// Gives `future` so much time from now, and no more.
///
/// The future is polled first: if it is ready, its value counts, however late
/// it is. A duration too long to be added to now means: no limit.
///
/// When the time is over, the future is not polled any more, and dropped
/// together with the [`Timeout`].
///
/// # Errors
///
/// [`Elapsed`] if the time was over first.
///
/// # Panics
///
/// When polled outside a runtime.
///
/// # Cancel safety
///
/// What the future itself loses when dropped is lost, and is lost too when the
/// time is over: pass `&mut future` (pinned) to go on with it later.
pub fn timeout<F>(duration: Duration, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    Timeout::new(future, sleep(duration))
}

/// Gives `future` until `deadline`. See [`timeout`] for the rest.
///
/// # Errors
///
/// [`Elapsed`] if the deadline passed first.
///
/// # Panics
///
/// When polled outside a runtime.
///
/// # Cancel safety
///
/// As with [`timeout`].
pub fn timeout_at<F>(deadline: Instant, future: F) -> Timeout<F::IntoFuture>
where
    F: IntoFuture,
{
    Timeout::new(future, sleep_until(deadline))
}

pin_project! {
    /// The future of [`timeout`] and [`timeout_at`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is awaited or polled"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
        done: bool,
    }
}

impl<F> Timeout<F> {
    fn new<I>(future: I, sleep: Sleep) -> Timeout<F>
    where
        I: IntoFuture<IntoFuture = F>,
    {
        Timeout { future: future.into_future(), sleep, done: false }
    }

    /// The future inside.
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// The future inside, to change it.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// Lifts the time limit: what is left is the future inside.
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    /// # Panics
    ///
    /// When polled outside a runtime, or after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(!*this.done, "`Timeout` polled after it was done");
        let result = match this.future.poll(cx) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            Poll::Pending => poll_limit(this.sleep, cx),
        };
        *this.done = result.is_ready();
        result
    }
}

/// Looks at the clock, also when the future inside has used the budget up: one
/// that always has something to do would never be stopped otherwise.
fn poll_limit<T>(
    sleep: &mut Sleep,
    cx: &mut Context<'_>,
) -> Poll<Result<T, Elapsed>> {
    let lifted = budget::is_exhausted().then(budget::lift);
    let polled = Pin::new(sleep).poll(cx);
    if let Some(saved) = lifted {
        budget::restore(saved);
    }
    polled.map(|()| Err(Elapsed(())))
}
