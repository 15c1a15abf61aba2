//! `Sleep`: the one future that sets a timer.
//!
//! ```text
//!           first poll            the timer fired
//!   Unset ──────────▶ Waiting ──────────────────▶ Elapsed
//!     └───────────────── due already ────────────────▲
//! ```
//!
//! The timer is set at the first poll, in the reactor entered then: only then
//! is there a waker to leave with it.
//!
//! Next: `timeout.rs`, a time limit for any future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::budget;
use crate::clock::Instant;
use crate::context::{self, ReactorId};
use crate::timers::TimerKey;

/// Waits for `duration`, never less.
///
/// A duration too long to be added to now means: never.
///
/// # Panics
///
/// When first polled outside a runtime.
///
/// # Cancel safety
///
/// Nothing is lost but the waiting.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now().saturating_add(duration))
}

/// Waits until `deadline`; ready at once if it has passed.
///
/// # Panics
///
/// When first polled outside a runtime.
///
/// # Cancel safety
///
/// Nothing is lost but the waiting.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, state: State::Unset }
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// It is `Unpin`, unlike tokio's: `Pin::new(&mut sleep)` will do, and it may be
/// moved between polls. It is a clock more than a one-way machine: once it has
/// elapsed, polling it again is ready again, until
/// [`reset`](Sleep::reset) winds it up anew.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited or polled"]
pub struct Sleep {
    deadline: Instant,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not polled yet, or reset after it had elapsed.
    Unset,
    /// A timer is set; its reactor holds the waker.
    Waiting { reactor: ReactorId, timer: TimerKey },
    /// The deadline has passed, and a poll has seen it.
    Elapsed,
}

impl Sleep {
    /// When it ends, or ended.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the deadline has passed.
    #[must_use]
    pub fn is_elapsed(&self) -> bool {
        matches!(self.state, State::Elapsed) || self.deadline <= Instant::now()
    }

    /// Sets another deadline, earlier or later, also one in the past.
    ///
    /// A task that waits goes on to wait, and is woken at the new deadline.
    /// After it has elapsed, it has to be polled again to wake anybody.
    pub fn reset(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.state = match self.state {
            State::Waiting { reactor, timer } => {
                move_timer(reactor, timer, deadline)
            }
            State::Unset | State::Elapsed => State::Unset,
        };
    }

    fn poll_unset(&mut self, cx: &Context<'_>) -> Poll<()> {
        let reactor = context::expect_current("a timer");
        if reactor.has_passed(self.deadline) {
            self.state = State::Elapsed;
            return Poll::Ready(());
        }
        // The waker is cloned here, before anything is borrowed.
        let timer = reactor.add_timer(self.deadline, cx.waker().clone());
        self.state = State::Waiting { reactor: reactor.id(), timer };
        Poll::Pending
    }

    fn poll_waiting(
        &mut self,
        cx: &Context<'_>,
        reactor: ReactorId,
        timer: TimerKey,
    ) -> Poll<()> {
        let Some(reactor) = reactor.reactor() else {
            // Its runtime is gone, timers and all. Wait on in this one.
            return self.poll_unset(cx);
        };
        if reactor.refresh_timer(timer, self.deadline, cx.waker()) {
            return Poll::Pending;
        }
        self.state = State::Elapsed;
        Poll::Ready(())
    }
}

fn move_timer(reactor: ReactorId, timer: TimerKey, deadline: Instant) -> State {
    let entered = reactor.reactor();
    match entered.and_then(|it| it.reset_timer(timer, deadline)) {
        Some(timer) => State::Waiting { reactor, timer },
        None => State::Unset, // it fired: the task is awake and will look
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        ready!(match this.state {
            State::Unset => this.poll_unset(cx),
            State::Waiting { reactor, timer } => {
                this.poll_waiting(cx, reactor, timer)
            }
            State::Elapsed => Poll::Ready(()),
        });
        leave.spend();
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let State::Waiting { reactor, timer } = self.state {
            if let Some(reactor) = reactor.reactor() {
                reactor.cancel_timer(timer);
            }
        }
    }
}
