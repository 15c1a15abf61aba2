//! Hand-written futures that serve as children: of a join, a collection, a
//! scope, a task set.
//!
//! They are the same for every library, and `Unpin`, so that nobody has to
//! box them because of us.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::relay::{Baton, Relay};

/// Pending at the first poll, for which it wakes itself; then ready with its
/// number.
pub struct YieldOnce {
    number: u64,
    has_yielded: bool,
}

impl YieldOnce {
    /// One that will be ready with that number.
    #[must_use]
    pub fn new(number: u64) -> YieldOnce {
        YieldOnce { number, has_yielded: false }
    }
}

impl Future for YieldOnce {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        if self.has_yielded {
            return Poll::Ready(self.number);
        }
        self.has_yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Ready at the first poll.
pub struct AtOnce(pub u64);

impl Future for AtOnce {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(self.0)
    }
}

/// Waits for the baton, passes it on, and is ready with its number.
pub struct InTurn(Baton);

impl InTurn {
    /// The runner of that number.
    #[must_use]
    pub fn new(relay: Relay, number: u64) -> InTurn {
        InTurn(Baton { relay, runner: number as usize })
    }
}

impl Future for InTurn {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let Baton { relay, runner } = self.0;
        Pin::new(&mut self.0).poll(cx).map(|()| {
            relay.pass_on(runner);
            runner as u64
        })
    }
}
