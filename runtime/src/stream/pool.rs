//! A pool: futures that come and go, polled when they were woken.
//!
//! The two collections, and whatever keeps n futures in flight, are this and
//! a little more.
//!
//! Next: `futures_unordered.rs`, the pool as a stream.

use std::future::Future;
use std::mem;
use std::task::{Context, Poll};

use crate::children::{Children, Slots, Turn};

/// Futures that come and go, known by their places.
pub(super) struct Pool<F> {
    // Before their wakers, so that these are free when they are given back.
    futures: Slots<F>,
    children: Children,
    len: usize,
    /// Whose turn was the last.
    last: usize,
}

impl<F> Pool<F> {
    pub(super) const fn new(kind: &'static str) -> Pool<F> {
        Pool {
            futures: Slots::new(),
            children: Children::new(kind),
            len: 0,
            last: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// One more, to be polled. Whoever waits for the pool is woken.
    #[inline]
    pub(super) fn add(&mut self, future: F) -> usize {
        let place = self.children.add();
        self.futures.put(place, future);
        self.len += 1;
        self.children.wake_parent();
        place
    }

    /// Whose turn was the last: after a panic, who panicked.
    #[inline]
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Whoever waits for the pool is being polled: it need not be woken.
    #[inline]
    pub(super) fn hush(&self) {
        self.children.hush();
    }
}

impl<F: Future> Pool<F> {
    #[inline]
    pub(super) fn begin_poll(&self, cx: &Context<'_>) {
        self.children.begin_poll(cx);
    }

    /// Polls those who were woken before the poll began, until one ends: its
    /// place, which is free again, and its output.
    #[inline]
    pub(super) fn next_ended(
        &mut self,
        cx: &Context<'_>,
    ) -> Option<(usize, F::Output)> {
        while let Some(turn) = self.children.next_turn(cx) {
            let place = turn.place();
            self.last = place;
            let (futures, len) = (&mut self.futures, &mut self.len);
            let last = Last { children: &self.children, turn: &turn };
            let mut end = End { futures, len, last };
            if let Poll::Ready(output) = end.poll_future() {
                return Some((place, output));
            }
            mem::forget(end);
        }
        None
    }
}

/// Without wakes of a task that drops what it waited for.
impl<F> Drop for Pool<F> {
    fn drop(&mut self) {
        self.hush();
    }
}

/// The end of a future that was ready, or has panicked: it is dropped first,
/// so that its wakers are free, and then its place is.
struct End<'a, F> {
    futures: &'a mut Slots<F>,
    len: &'a mut usize,
    // Dropped after the future, even if that panics.
    last: Last<'a>,
}

/// Frees a place when it is dropped.
struct Last<'a> {
    children: &'a Children,
    turn: &'a Turn,
}

impl<F: Future> End<'_, F> {
    #[inline]
    fn poll_future(&mut self) -> Poll<F::Output> {
        let turn = self.last.turn;
        let future = self.futures.child(turn.place());
        let future = future.expect("who has a turn is there");
        future.poll(&mut turn.context())
    }
}

impl<F> Drop for End<'_, F> {
    #[inline]
    fn drop(&mut self) {
        *self.len -= 1;
        self.futures.clear(self.last.turn.place());
    }
}

impl Drop for Last<'_> {
    #[inline]
    fn drop(&mut self) {
        self.children.end_last(self.turn);
    }
}
