//! Who waits, in the order in which they came.
//!
//! Channels, `Notify`, `Semaphore` and `Mutex` all keep such a list, under
//! their own lock. A waiter has a [`Place`]; whoever has something to give
//! *calls* the one at the front and hands it over. From then on it is the
//! waiter's: if its future is dropped before it came to take it, the future
//! must pass it on.
//!
//! ```text
//!   join ──▶ in line ──call──▶ called ──leave──▶ (gone)
//!               └─────────leave───────────────▶
//! ```
//!
//! Nothing here wakes, clones or drops a waker: all of that is user code, and
//! the lock is held. Wakers go out through [`Wakes`], to be woken without it.
//!
//! Next: `patience.rs`, looking before falling asleep.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use slab::Slab;

/// The neighbour that is none.
const NOBODY: usize = usize::MAX;

/// Waiters in the order of their coming; `T` is what each waits for.
#[derive(Debug)]
pub(crate) struct WaitList<T> {
    waiters: Slab<Waiter<T>>,
    first: usize,
    last: usize,
    in_line: usize,
}

#[derive(Debug)]
struct Waiter<T> {
    wanted: T,
    /// Taken when it is called.
    waker: Option<Waker>,
    called: bool,
    before: usize,
    behind: usize,
}

/// A waiter's place. It is not `Clone`: it is left exactly once.
#[derive(Debug)]
pub(crate) struct Place(usize);

/// What a waiter leaves behind.
#[derive(Debug)]
pub(crate) struct Left<T> {
    /// What it waited for.
    pub(crate) wanted: T,
    /// It was called: what it was given is its own now, to keep or pass on.
    pub(crate) called: bool,
    /// Its waker, to be dropped without the lock.
    pub(crate) waker: Option<Waker>,
}

impl<T> Default for WaitList<T> {
    fn default() -> WaitList<T> {
        WaitList::new()
    }
}

impl<T> WaitList<T> {
    pub(crate) const fn new() -> WaitList<T> {
        let waiters = Slab::new();
        WaitList { waiters, first: NOBODY, last: NOBODY, in_line: 0 }
    }

    /// How many stand in line.
    pub(crate) fn len(&self) -> usize {
        self.in_line
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.in_line == 0
    }

    /// Goes to the end of the line.
    pub(crate) fn join(&mut self, wanted: T, waker: Waker) -> Place {
        let (before, behind) = (self.last, NOBODY);
        let waker = Some(waker);
        let waiter = Waiter { wanted, waker, called: false, before, behind };
        let place = self.waiters.insert(waiter);
        match self.waiters.get_mut(before) {
            Some(neighbour) => neighbour.behind = place,
            None => self.first = place,
        }
        self.last = place;
        self.in_line += 1;
        Place(place)
    }

    /// Waits: goes to the end of the line, or stays with the newest waker.
    ///
    /// `false` means: not yet, `spare` has to be a clone of `newest`, made
    /// without the lock. Look again whether there is still something to wait
    /// for, and come back. What is left in `spare` is dropped without it too.
    pub(crate) fn wait(
        &mut self,
        place: &mut Option<Place>,
        wanted: T,
        newest: &Waker,
        spare: &mut Option<Waker>,
    ) -> bool {
        if let Some(place) = place {
            if self.will_wake(place, newest) {
                return true;
            }
        }
        let Some(waker) = spare.take() else { return false };
        match place {
            Some(place) => *spare = self.replace_waker(place, waker),
            None => *place = Some(self.join(wanted, waker)),
        }
        true
    }

    /// Whether it was called, so that it need not wait any longer.
    pub(crate) fn is_called(&self, place: &Place) -> bool {
        self.waiters[place.0].called
    }

    /// Whether it was told something since it left its newest waker. It still
    /// stands in line.
    pub(crate) fn is_told(&self, place: &Place) -> bool {
        let waiter = &self.waiters[place.0];
        !waiter.called && waiter.waker.is_none()
    }

    /// Whether the waker that it left is as good as `newest`.
    pub(crate) fn will_wake(&self, place: &Place, newest: &Waker) -> bool {
        let waker = self.waiters[place.0].waker.as_ref();
        waker.is_some_and(|waker| waker.will_wake(newest))
    }

    /// Leaves a newer waker, and returns the one before.
    pub(crate) fn replace_waker(
        &mut self,
        place: &Place,
        newest: Waker,
    ) -> Option<Waker> {
        self.waiters[place.0].waker.replace(newest)
    }

    /// What the one at the front waits for.
    pub(crate) fn front(&mut self) -> Option<&mut T> {
        let front = self.waiters.get_mut(self.first)?;
        Some(&mut front.wanted)
    }

    /// Takes the one at the front out of the line, and its waker into `wakes`.
    /// Returns what it waits for; `None` if nobody does.
    #[inline]
    pub(crate) fn call(&mut self, wakes: &mut Wakes) -> Option<&mut T> {
        if self.is_empty() {
            return None;
        }
        self.call_first(wakes)
    }

    fn call_first(&mut self, wakes: &mut Wakes) -> Option<&mut T> {
        let place = self.first;
        self.unlink(place)?;
        let waiter = &mut self.waiters[place];
        waiter.called = true;
        wakes.add(waiter.waker.take());
        Some(&mut waiter.wanted)
    }

    /// Wakes those in line without calling them: they keep their places, and
    /// were given nothing. From the front on, until `last` says so.
    pub(crate) fn tell(
        &mut self,
        wakes: &mut Wakes,
        mut last: impl FnMut(&T) -> bool,
    ) {
        let mut place = self.first;
        while let Some(waiter) = self.waiters.get_mut(place) {
            wakes.add(waiter.waker.take());
            if last(&waiter.wanted) {
                return;
            }
            place = waiter.behind;
        }
    }

    /// Calls everybody.
    #[inline]
    pub(crate) fn call_all(&mut self, wakes: &mut Wakes) {
        while self.call(wakes).is_some() {}
    }

    /// Gives a place up.
    #[allow(clippy::needless_pass_by_value)] // it is left once
    pub(crate) fn leave(&mut self, place: Place) -> Left<T> {
        if !self.waiters[place.0].called {
            self.unlink(place.0);
        }
        let Waiter { wanted, called, waker, .. } = self.waiters.remove(place.0);
        if self.waiters.is_empty() {
            self.shrink();
        }
        Left { wanted, called, waker }
    }

    /// Gives the memory back after a burst.
    fn shrink(&mut self) {
        const WORTH_IT: usize = 64;
        if self.waiters.capacity() > WORTH_IT {
            self.waiters.shrink_to_fit();
        }
    }

    fn unlink(&mut self, place: usize) -> Option<()> {
        let waiter = self.waiters.get(place)?;
        let (before, behind) = (waiter.before, waiter.behind);
        match self.waiters.get_mut(before) {
            Some(neighbour) => neighbour.behind = behind,
            None => self.first = behind,
        }
        match self.waiters.get_mut(behind) {
            Some(neighbour) => neighbour.before = before,
            None => self.last = before,
        }
        self.in_line -= 1;
        Some(())
    }
}

/// Ready once the waiter at `place` was called; until then it leaves its
/// newest waker, which is cloned without the lock. So it may be called in
/// between: the second look sees that.
pub(crate) fn poll_called<S, T>(
    lock: &Mutex<S>,
    list: fn(&mut S) -> &mut WaitList<T>,
    place: &Place,
    cx: &Context<'_>,
) -> Poll<()> {
    let mut state = lock.lock();
    let waiters = list(&mut state);
    if waiters.is_called(place) {
        return Poll::Ready(());
    }
    if waiters.will_wake(place, cx.waker()) {
        return Poll::Pending;
    }
    drop(state);
    let newest = cx.waker().clone(); // user code, no lock held
    let mut state = lock.lock();
    let waiters = list(&mut state);
    if waiters.is_called(place) {
        drop(state);
        return Poll::Ready(());
    }
    let before = waiters.replace_waker(place, newest);
    drop(state);
    drop(before); // user code, no lock held
    Poll::Pending
}

/// Wakers taken out under a lock, to be woken without it.
///
/// Make it *before* the lock is taken: then it is dropped after the lock, also
/// when something panics in between.
#[derive(Debug, Default)]
#[must_use = "whoever was called has to be woken"]
pub(crate) struct Wakes {
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Wakes {
    pub(crate) const fn new() -> Wakes {
        Wakes { first: None, others: Vec::new() }
    }

    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        let Some(waker) = waker else { return };
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.others.push(waker);
        }
    }

    /// Whether there is more than one.
    #[inline]
    pub(crate) fn are_many(&self) -> bool {
        !self.others.is_empty()
    }

    /// Uses the memory of an empty list, for many wakers.
    pub(crate) fn reuse(&mut self, spare: &mut Vec<Waker>) {
        debug_assert!(spare.is_empty() && self.others.is_empty());
        mem::swap(&mut self.others, spare);
    }

    /// Wakes them, in the order in which they were called. No lock is held.
    #[inline]
    pub(crate) fn wake(mut self) {
        if self.first.is_some() {
            self.wake_each();
        }
    }

    /// As [`wake`](Wakes::wake), and returns the memory to be used again.
    pub(crate) fn wake_all(mut self) -> Vec<Waker> {
        self.wake_each();
        mem::take(&mut self.others)
    }

    /// Not inlined: most operations have nobody to wake.
    #[inline(never)]
    fn wake_each(&mut self) {
        if let Some(waker) = self.first.take() {
            waker.wake();
        }
        self.others.reverse();
        while let Some(waker) = self.others.pop() {
            waker.wake();
        }
    }

    /// A waker panicked. Those behind it were called, and would wait for ever.
    #[cold]
    fn wake_the_rest(&mut self) {
        let rest = self.first.take().into_iter().chain(self.others.drain(..));
        for waker in rest {
            // One panic goes on already, and there can be only one.
            let woken = catch_unwind(AssertUnwindSafe(|| waker.wake()));
            if let Err(payload) = woken {
                mem::forget(payload); // its `Drop` may panic too
            }
        }
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        if self.first.is_some() || !self.others.is_empty() {
            self.wake_the_rest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WaitList, Wakes};
    use std::task::Waker;

    fn waker() -> Waker {
        Waker::noop().clone()
    }

    #[test]
    fn they_are_called_in_the_order_of_their_coming() {
        let (mut list, mut wakes) = (WaitList::new(), Wakes::new());
        let places: Vec<_> = (0..4).map(|n| list.join(n, waker())).collect();
        for (mut n, place) in places.iter().enumerate() {
            assert_eq!(list.call(&mut wakes), Some(&mut n));
            assert!(list.is_called(place));
        }
        assert_eq!(list.call(&mut wakes), None);
        assert!(places.into_iter().all(|place| list.leave(place).called));
    }

    #[test]
    fn whoever_is_told_keeps_its_place_until_it_is_called() {
        let (mut list, mut wakes) = (WaitList::new(), Wakes::new());
        let places: Vec<_> = (0..3).map(|n| list.join(n, waker())).collect();
        list.tell(&mut wakes, |n| *n == 1);
        let told: Vec<_> = places.iter().map(|it| list.is_told(it)).collect();
        assert_eq!((told, list.len()), (vec![true, true, false], 3));
        drop(list.replace_waker(&places[0], waker()));
        assert!(!list.is_told(&places[0]));
        assert_eq!(list.call(&mut wakes), Some(&mut 0));
        assert_eq!(list.call(&mut wakes), Some(&mut 1));
        assert!(!list.is_told(&places[1]), "it was called");
    }

    #[test]
    fn whoever_leaves_is_not_called_and_the_line_closes_behind_it() {
        for gone in 0..4 {
            let (mut list, mut wakes) = (WaitList::new(), Wakes::new());
            let mut places: Vec<_> =
                (0..4).map(|n| list.join(n, waker())).collect();
            let left = list.leave(places.remove(gone));
            assert_eq!((left.wanted, left.called), (gone, false));
            let mut called = Vec::new();
            while let Some(n) = list.call(&mut wakes) {
                called.push(*n);
            }
            let others: Vec<_> = (0..4).filter(|n| *n != gone).collect();
            assert_eq!(called, others);
            assert!(list.is_empty());
        }
    }
}
