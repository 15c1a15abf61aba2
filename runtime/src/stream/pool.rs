//! A pool: futures that come and go, polled when they were woken.
//!
//! The two collections, and whatever keeps n futures in flight, are this and
//! a little more.
//!
//! Next: `futures_unordered.rs`, the pool as a stream.

use std::future::Future;
use std::task::{Context, Poll};

use crate::children::{Children, Slots};

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

    /// Takes out a future that has ended: drops it first, so that its wakers
    /// are free, and then what led to it, even if that drop panics.
    #[inline]
    fn end(&mut self, place: usize) {
        self.len -= 1;
        let removal = Removal { children: &mut self.children, place };
        self.futures.clear(place);
        drop(removal);
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
        while let Some(place) = self.children.next(cx) {
            if let Poll::Ready(output) = self.poll_child(place) {
                return Some((place, output));
            }
        }
        None
    }

    #[inline]
    fn poll_child(&mut self, place: usize) -> Poll<F::Output> {
        self.last = place;
        let mut polling = Polling { pool: self, place, ended: true };
        let polled = polling.poll();
        polling.ended = polled.is_ready();
        polled
    }
}

/// Without wakes of a task that drops what it waited for.
impl<F> Drop for Pool<F> {
    fn drop(&mut self) {
        self.hush();
    }
}

/// A future's poll. One that ends, or panics, is taken out.
struct Polling<'a, F> {
    pool: &'a mut Pool<F>,
    place: usize,
    ended: bool,
}

impl<F: Future> Polling<'_, F> {
    #[inline]
    fn poll(&mut self) -> Poll<F::Output> {
        let turn = self.pool.children.turn(self.place);
        let future = self.pool.futures.child(self.place);
        let future = future.expect("who has a turn is there");
        future.poll(&mut turn.context())
    }
}

impl<F> Drop for Polling<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if self.ended {
            self.pool.end(self.place);
        }
    }
}

/// Frees a place when it is dropped.
struct Removal<'a> {
    children: &'a mut Children,
    place: usize,
}

impl Drop for Removal<'_> {
    #[inline]
    fn drop(&mut self) {
        self.children.remove(self.place);
    }
}
