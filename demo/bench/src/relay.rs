//! Hand-written futures that the workloads share: a baton that is passed
//! round, and one that waits until it is dropped.
//!
//! The places of a relay lie in a thread-local, so that the futures are `Send`
//! for those runtimes that ask for it, and no lock is measured.

use std::cell::RefCell;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
struct Place {
    has_the_baton: bool,
    waker: Option<Waker>,
}

/// A ring of runners. There is one per thread: a new one ends the last.
#[derive(Clone, Copy)]
pub struct Relay {
    runners: usize,
}

impl Relay {
    /// So many runners, and nobody has the baton.
    #[must_use]
    pub fn new(runners: usize) -> Relay {
        let places = (0..runners).map(|_| Place::default()).collect();
        let before = PLACES.with(|slot| slot.replace(places));
        drop(before);
        Relay { runners }
    }

    /// Gives the baton to whoever comes after `runner`, and wakes it.
    pub fn pass_on(self, runner: usize) {
        let next = if runner + 1 == self.runners { 0 } else { runner + 1 };
        self.give(next);
    }

    /// Gives the baton to a runner, and wakes it.
    pub fn give(self, runner: usize) {
        let waker = PLACES.with_borrow_mut(|places| {
            let place = &mut places[runner];
            place.has_the_baton = true;
            place.waker.take()
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Waits until this runner has the baton, and takes it.
pub struct Baton {
    /// Which ring.
    pub relay: Relay,
    /// Whose baton.
    pub runner: usize,
}

impl Baton {
    fn take(&self) -> bool {
        PLACES.with_borrow_mut(|places| {
            mem::take(&mut places[self.runner].has_the_baton)
        })
    }
}

impl Future for Baton {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.take() {
            return Poll::Ready(());
        }
        let waker = Some(cx.waker().clone());
        let before = PLACES.with_borrow_mut(|places| {
            mem::replace(&mut places[self.runner].waker, waker)
        });
        drop(before);
        Poll::Pending
    }
}

/// Waits until it is dropped. It keeps the waker, as everything does that
/// waits for something.
#[derive(Default)]
pub struct Parked {
    waker: Option<Waker>,
}

impl Future for Parked {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
