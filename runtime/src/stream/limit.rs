//! `Limit`: how long something may be waited for, again and again.
//!
//! Next: `chunks_timeout.rs`, chunks that do not wait for ever to be full.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::time::error::Elapsed;
use crate::time::{Timeout, timeout};

/// A time limit that is started and stopped.
///
/// It is a `time::Timeout` around nothing, which looks at the clock also when
/// the budget of the poll is used up: a stream that is always ready would
/// never see its limit otherwise.
#[derive(Debug)]
pub(super) struct Limit {
    duration: Duration,
    running: Option<Timeout<Never>>,
}

impl Limit {
    /// Not running.
    pub(super) fn new(duration: Duration) -> Limit {
        Limit { duration, running: None }
    }

    /// Gives so much time from now, if it does not run already.
    pub(super) fn start(&mut self) {
        if self.running.is_none() {
            self.running = Some(timeout(self.duration, Never));
        }
    }

    pub(super) fn stop(&mut self) {
        self.running = None;
    }

    /// Looks whether the time is over, and stops then. If it does not run,
    /// nobody is woken.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Elapsed> {
        let Some(running) = &mut self.running else { return Poll::Pending };
        match ready!(Pin::new(running).poll(cx)) {
            Ok(never) => match never {},
            Err(elapsed) => {
                self.stop();
                Poll::Ready(elapsed)
            }
        }
    }
}

/// A future that is never ready, and keeps no waker: the timer does.
#[derive(Debug)]
struct Never;

impl Future for Never {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        Poll::Pending
    }
}
