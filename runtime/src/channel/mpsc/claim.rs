//! A claim: how a sender waits for slots.
//!
//! ```text
//!   Start ──some are missing──▶ InLine ──called──▶ Done
//!     └───────────all were free──────────────────▶
//! ```
//!
//! Called with all its slots, it has them, and whoever drops it then passes
//! them on. Called with some still missing, the channel was closed meanwhile.
//!
//! Next: `ends.rs`, who counts the senders.

use std::mem;
use std::task::{Poll, Waker};

use super::channel::{Channel, Locked, Phase};
use crate::channel::tell;
use crate::wait_list::{Place, Wakes};

/// A claim to so many slots.
#[derive(Debug)]
pub(super) struct Claim {
    slots: usize,
    state: ClaimState,
}

#[derive(Debug)]
enum ClaimState {
    Start,
    InLine(Place),
    Done,
}

/// The channel was closed, or the receiver is gone.
#[derive(Debug)]
pub(super) struct Refused;

/// Locked, with the slots granted: the caller has them now.
type Granted<'a, T> = Result<Locked<'a, T>, Refused>;

impl Claim {
    pub(super) fn new(slots: usize) -> Claim {
        Claim { slots, state: ClaimState::Start }
    }

    /// A waker that is not needed goes to `spare`, to be dropped without the
    /// lock.
    #[inline]
    pub(super) fn poll<'a, T>(
        &mut self,
        channel: &'a Channel<T>,
        newest: &Waker,
        spare: &mut Option<Waker>,
    ) -> Poll<Granted<'a, T>> {
        match self.state {
            ClaimState::Start => self.poll_start(channel, newest, spare),
            ClaimState::InLine(_) => self.poll_in_line(channel, newest, spare),
            ClaimState::Done => unreachable!("a claim is granted once"),
        }
    }

    #[inline]
    fn poll_start<'a, T>(
        &mut self,
        channel: &'a Channel<T>,
        newest: &Waker,
        spare: &mut Option<Waker>,
    ) -> Poll<Granted<'a, T>> {
        loop {
            let mut state = channel.lock();
            if state.phase() != Phase::Open {
                self.state = ClaimState::Done;
                return Poll::Ready(Err(Refused));
            }
            if channel.try_reserve_locked(&mut state, self.slots) {
                self.state = ClaimState::Done;
                return Poll::Ready(Ok(state));
            }
            if spare.is_some() && channel.must_wait(&mut state, self.slots) {
                let Some(newest) = spare.take() else { unreachable!() };
                let missing = self.slots - state.take_free(self.slots);
                let place = state.reserving.join(missing, newest);
                drop(state);
                self.state = ClaimState::InLine(place);
                tell::full::<T>(channel.capacity());
                return Poll::Pending;
            }
            // Cloned without the lock. A slot may become free in between, and
            // whoever freed it found nobody in line: look again before joining.
            drop(state);
            *spare = Some(newest.clone());
        }
    }

    fn poll_in_line<'a, T>(
        &mut self,
        channel: &'a Channel<T>,
        newest: &Waker,
        spare: &mut Option<Waker>,
    ) -> Poll<Granted<'a, T>> {
        let ClaimState::InLine(place) = &self.state else { unreachable!() };
        loop {
            let mut state = channel.lock();
            if state.reserving.is_called(place) {
                return Poll::Ready(self.leave(state));
            }
            if state.reserving.will_wake(place, newest) {
                return Poll::Pending;
            }
            if let Some(newest) = spare.take() {
                *spare = state.reserving.replace_waker(place, newest);
                return Poll::Pending;
            }
            drop(state); // and look again: it may be called in between
            *spare = Some(newest.clone());
        }
    }

    /// It was called: with all its slots, or because the channel was closed.
    fn leave<'a, T>(&mut self, mut state: Locked<'a, T>) -> Granted<'a, T> {
        let ClaimState::InLine(place) = self.finish() else { unreachable!() };
        let missing = state.reserving.leave(place).wanted;
        if missing == 0 && state.phase() != Phase::Deserted {
            return Ok(state);
        }
        let mut wakes = Wakes::new();
        state.release(self.slots - missing, &mut wakes);
        drop(state);
        wakes.wake();
        Err(Refused)
    }

    /// Gives up: what it has been given passes on to the next in line. Out of
    /// line: most claims were met.
    #[inline(never)]
    pub(super) fn cancel<T>(&mut self, channel: &Channel<T>) {
        let ClaimState::InLine(place) = self.finish() else { return };
        let mut wakes = Wakes::new();
        let mut state = channel.lock();
        let left = state.reserving.leave(place);
        state.release(self.slots - left.wanted, &mut wakes);
        drop(state);
        wakes.wake();
        drop(left); // its waker: user code, with nothing locked
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, ClaimState::Done)
    }

    fn finish(&mut self) -> ClaimState {
        mem::replace(&mut self.state, ClaimState::Done)
    }
}
