//! What both ends share: values, slots, and who waits, under one lock.
//!
//! An unbounded channel is one with more slots than there is memory. So there
//! is one protocol, and it keeps this:
//!
//! - free slots + reserved slots + values = capacity. Of the free ones, some
//!   are still with the receiver, in [`Freed`]; of the values, some lie in its
//!   batch;
//! - as long as a sender waits, no slot is free;
//! - a waker of the receiver stands here only while there is nothing for it.
//!
//! A sender takes the lock once for each value, or twice if it has to wait: a
//! waker is cloned without the lock. The receiver takes it once for a batch.
//! Wakers and values leave it with the lock released.
//!
//! Next: `freed.rs`, slots on the way back.

use std::collections::VecDeque;
use std::mem;
use std::task::{Poll, Waker};

use parking_lot::{Mutex, MutexGuard};

use super::error::TrySendError;
use super::freed::Freed;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, WaitList, Wakes};

/// The capacity of a channel without bounds.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// A queue up to this long keeps its memory.
const KEPT: usize = 64;

pub(super) struct Channel<T> {
    capacity: usize,
    freed: Freed,
    state: Mutex<State<T>>,
}

pub(super) type Locked<'a, T> = MutexGuard<'a, State<T>>;

pub(super) struct State<T> {
    /// Sent, and not in the receiver's batch yet.
    values: VecDeque<T>,
    free: usize,
    /// Of permits, and of senders that were called.
    reserved: usize,
    phase: Phase,
    senders: usize,
    weak_senders: usize,
    /// Waits for a value, or for the end.
    receiver: Option<Waker>,
    /// Wait for slots; the number is how many each still misses.
    pub(super) reserving: WaitList<usize>,
    /// Wait for the receiver to close or go.
    closing: WaitList<()>,
}

/// What the receiver does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Phase {
    /// It receives.
    Open,
    /// It receives what was sent, or reserved, before it closed.
    Closed,
    /// It is gone.
    Deserted,
}

impl<T> Channel<T> {
    /// A channel with one sender.
    pub(super) fn new(capacity: usize) -> Channel<T> {
        let state = Mutex::new(State {
            values: VecDeque::new(),
            free: capacity,
            reserved: 0,
            phase: Phase::Open,
            senders: 1,
            weak_senders: 0,
            receiver: None,
            reserving: WaitList::new(),
            closing: WaitList::new(),
        });
        Channel { capacity, freed: Freed::new(), state }
    }

    #[inline]
    pub(super) fn lock(&self) -> Locked<'_, T> {
        self.state.lock()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    pub(super) fn is_bounded(&self) -> bool {
        self.capacity != UNBOUNDED
    }

    /// How many slots are free for all.
    pub(super) fn free_slots(&self) -> usize {
        let mut state = self.lock();
        self.has_free(&mut state, UNBOUNDED);
        state.free
    }

    /// How many slots have a value in them. Of a bounded channel.
    pub(super) fn used_slots(&self) -> usize {
        let mut state = self.lock();
        self.has_free(&mut state, UNBOUNDED);
        self.capacity - state.free - state.reserved
    }
}

/// What the senders do.
impl<T> Channel<T> {
    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            drop(state);
            return Err(TrySendError::Closed(value));
        }
        if !self.has_free(&mut state, 1) {
            drop(state);
            return Err(TrySendError::Full(value));
        }
        state.free -= 1;
        Channel::push(state, value);
        Ok(())
    }

    /// Puts a value into a slot that the caller has reserved.
    #[inline]
    pub(super) fn push_reserved(mut state: Locked<'_, T>, value: T) {
        state.reserved -= 1;
        if state.phase == Phase::Deserted {
            state.free += 1;
            drop(state);
            return; // and the value is dropped with nothing locked
        }
        Channel::push(state, value);
    }

    #[inline]
    fn push(mut state: Locked<'_, T>, value: T) {
        state.values.push_back(value);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }

    /// Whether so many slots are free. Fetches those that the receiver freed;
    /// while somebody is in line there are none.
    #[inline]
    fn has_free(&self, state: &mut State<T>, slots: usize) -> bool {
        if state.free < slots && state.reserving.is_empty() {
            state.free += self.freed.fetch();
        }
        state.free >= slots
    }

    /// Whether so many slots are not free, and the receiver knows that
    /// somebody waits for them.
    pub(super) fn must_wait(&self, state: &mut State<T>, slots: usize) -> bool {
        if state.reserving.is_empty() {
            state.free += self.freed.fetch_to_wait();
        }
        state.free < slots
    }

    /// Takes free slots, all or none.
    #[inline]
    pub(super) fn try_reserve_locked(
        &self,
        state: &mut State<T>,
        slots: usize,
    ) -> bool {
        let free = self.has_free(state, slots);
        if free {
            state.take_free(slots);
        }
        free
    }

    /// Takes free slots, all or none.
    pub(super) fn try_reserve(
        &self,
        slots: usize,
    ) -> Result<(), TrySendError<()>> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(TrySendError::Closed(()));
        }
        let reserved = self.try_reserve_locked(&mut state, slots);
        reserved.then_some(()).ok_or(TrySendError::Full(()))
    }

    /// Gives reserved slots back unused.
    pub(super) fn release(&self, slots: usize) {
        let mut wakes = Wakes::new();
        self.lock().release(slots, &mut wakes);
        wakes.wake();
    }

    /// Ready once the receiver closed or is gone.
    pub(super) fn poll_closed(
        &self,
        place: &mut Option<Place>,
        newest: &Waker,
    ) -> Poll<()> {
        let mut spare = None;
        loop {
            let mut state = self.lock();
            if state.phase != Phase::Open {
                return Poll::Ready(());
            }
            let waits = place.as_ref();
            if waits.is_some_and(|it| state.closing.will_wake(it, newest)) {
                return Poll::Pending;
            }
            if let Some(newest) = spare.take() {
                let before = state.join_closing(place, newest);
                drop(state);
                drop(before); // user code, with nothing locked
                return Poll::Pending;
            }
            // Cloned without the lock; it may be closed in between: look
            // again before the waker is left.
            drop(state);
            spare = Some(newest.clone());
        }
    }

    pub(super) fn leave_closing(&self, place: Place) {
        let left = self.lock().closing.leave(place);
        drop(left); // its waker: user code, with nothing locked
    }
}

/// What the receiver does.
impl<T> Channel<T> {
    /// Ready, and locked, once there is a value or the end. A waker that is
    /// not needed any more goes to `spare`, to be dropped without the lock.
    #[inline]
    pub(super) fn poll_filled(
        &self,
        newest: &Waker,
        spare: &mut Option<Waker>,
    ) -> Poll<Locked<'_, T>> {
        loop {
            let mut state = self.lock();
            if !state.values.is_empty() || state.is_over() {
                return Poll::Ready(state);
            }
            let stored = state.receiver.as_ref();
            if stored.is_some_and(|stored| stored.will_wake(newest)) {
                return Poll::Pending;
            }
            if let Some(newest) = spare.take() {
                *spare = state.receiver.replace(newest);
                return Poll::Pending;
            }
            // Cloned without the lock. A value may come in between, and whoever
            // sent it found nobody to wake: look again before it is left.
            drop(state);
            *spare = Some(newest.clone());
        }
    }

    /// It handed out so many values: their slots are free.
    #[inline]
    pub(super) fn free(&self, slots: usize) {
        if self.is_bounded() && self.freed.add(slots) {
            self.hand_over();
        }
    }

    /// The same with the lock, for one value.
    #[inline]
    pub(super) fn free_locked(&self, state: &mut State<T>, wakes: &mut Wakes) {
        if !self.is_bounded() {
            return;
        }
        if state.reserving.is_empty() {
            state.free += 1;
            return;
        }
        state.give(1, wakes);
        self.hand_over_freed(state, wakes);
    }

    #[cold]
    fn hand_over(&self) {
        let mut wakes = Wakes::new();
        self.hand_over_freed(&mut self.lock(), &mut wakes);
        wakes.wake();
    }

    /// Hands over what the receiver freed. It is the receiver that calls this:
    /// so nothing is added between the two lines.
    fn hand_over_freed(&self, state: &mut State<T>, wakes: &mut Wakes) {
        state.give(self.freed.fetch(), wakes);
        if !state.reserving.is_empty() {
            self.freed.fetch_to_wait();
        }
    }

    /// The receiver does not wait any longer.
    pub(super) fn forget_receiver(&self) {
        let waker = self.lock().receiver.take();
        drop(waker); // user code, with nothing locked
    }

    /// Refuses values from now on.
    pub(super) fn close(&self) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let first = state.close(Phase::Closed, &mut wakes);
        wakes.add(state.receiver.take());
        drop(state);
        wakes.wake();
        if first {
            tell::closed::<T>(ChannelEnd::Receivers);
        }
    }

    /// The receiver goes, and what it has not received is dropped.
    pub(super) fn desert(&self, batch: VecDeque<T>) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let first = state.close(Phase::Deserted, &mut wakes);
        let values = mem::take(&mut state.values);
        state.free += batch.len() + values.len() + self.freed.fetch();
        let own = state.receiver.take();
        drop(state);
        wakes.wake(); // first: dropping a value may panic
        drop(own);
        drop(batch);
        drop(values);
        if first {
            tell::closed::<T>(ChannelEnd::Receivers);
        }
    }
}

/// How many senders there are.
impl<T> Channel<T> {
    pub(super) fn add_sender(&self) {
        self.lock().senders += 1;
    }

    /// The last one to go wakes the receiver.
    pub(super) fn remove_sender(&self) {
        let mut state = self.lock();
        state.senders -= 1;
        if state.senders > 0 {
            return;
        }
        let receiver = state.receiver.take();
        let first = state.phase == Phase::Open;
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        if first {
            tell::closed::<T>(ChannelEnd::Senders);
        }
    }

    /// Makes a sender out of a weak one, unless the last is gone.
    pub(super) fn revive_sender(&self) -> bool {
        let mut state = self.lock();
        let alive = state.senders > 0;
        state.senders += usize::from(alive);
        alive
    }

    pub(super) fn add_weak_sender(&self) {
        self.lock().weak_senders += 1;
    }

    pub(super) fn remove_weak_sender(&self) {
        self.lock().weak_senders -= 1;
    }
}

impl<T> State<T> {
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// How many values are not in the receiver's batch yet.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn senders(&self) -> usize {
        self.senders
    }

    pub(super) fn weak_senders(&self) -> usize {
        self.weak_senders
    }

    /// Leaves a waker for the close; returns the one before.
    fn join_closing(
        &mut self,
        place: &mut Option<Place>,
        newest: Waker,
    ) -> Option<Waker> {
        if let Some(place) = place {
            return self.closing.replace_waker(place, newest);
        }
        *place = Some(self.closing.join((), newest));
        None
    }

    /// Reserves so many of the free slots, or all.
    #[inline]
    pub(super) fn take_free(&mut self, wanted: usize) -> usize {
        let taken = wanted.min(self.free);
        self.free -= taken;
        self.reserved += taken;
        taken
    }

    /// No value will come any more: nobody can send one, or has a slot for
    /// one. What is in the receiver's batch may still be there.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        let closed = self.phase != Phase::Open && self.reserved == 0;
        (self.senders == 0 || closed) && self.values.is_empty()
    }

    /// Adds all values to the receiver's batch. An empty one changes places
    /// with them.
    #[inline]
    pub(super) fn take_batch(&mut self, batch: &mut VecDeque<T>) {
        if batch.is_empty() {
            mem::swap(&mut self.values, batch);
        } else {
            batch.append(&mut self.values);
            shrink(&mut self.values);
        }
    }

    /// Gives reserved slots back unused.
    pub(super) fn release(&mut self, slots: usize, wakes: &mut Wakes) {
        self.reserved -= slots;
        self.give(slots, wakes);
        if self.phase != Phase::Open && self.is_over() {
            wakes.add(self.receiver.take());
        }
    }

    /// Hands slots to those who wait longest; the others become free.
    #[inline]
    fn give(&mut self, mut slots: usize, wakes: &mut Wakes) {
        while slots > 0 && !self.reserving.is_empty() {
            slots -= self.hand_over(slots, wakes);
        }
        self.free += slots;
    }

    /// Gives the one at the front what it misses, or as much as there is.
    fn hand_over(&mut self, slots: usize, wakes: &mut Wakes) -> usize {
        let Some(missing) = self.reserving.front() else { return slots };
        let given = slots.min(*missing);
        *missing -= given;
        self.reserved += given;
        if *missing == 0 {
            self.reserving.call(wakes);
        }
        given
    }

    /// Calls everybody who waits: those who miss a slot will be refused.
    /// Returns whether it was open.
    fn close(&mut self, phase: Phase, wakes: &mut Wakes) -> bool {
        let was_open = self.phase == Phase::Open;
        self.phase = self.phase.max(phase);
        self.reserving.call_all(wakes);
        self.closing.call_all(wakes);
        was_open
    }
}

/// Gives the memory of a queue back after a burst.
#[inline]
pub(super) fn shrink<T>(values: &mut VecDeque<T>) {
    let (len, room) = (values.len(), values.capacity());
    if room > KEPT && len < room / 8 {
        values.shrink_to(KEPT.max(2 * len));
    }
}
