//! What both ends share: values, slots, and who waits, under one lock.
//!
//! An unbounded channel is one with more slots than there is memory. So there
//! is one protocol, and it keeps this:
//!
//! - free slots + reserved slots + values = capacity;
//! - as long as a sender waits, no slot is free;
//! - a waker of the receiver stands here only while there is nothing for it.
//!
//! Each operation takes the lock once, or twice if it has to wait: a waker is
//! cloned without the lock. Wakers and values leave it with the lock released.
//!
//! Next: `claim.rs`, how a sender waits for slots.

use std::collections::VecDeque;
use std::mem;
use std::task::{Poll, Waker, ready};

use parking_lot::{Mutex, MutexGuard};

use super::error::{TryRecvError, TrySendError};
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, WaitList, Wakes};

/// The capacity of a channel without bounds.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// A queue up to this long keeps its memory.
const KEPT: usize = 64;

pub(super) struct Channel<T> {
    capacity: usize,
    state: Mutex<State<T>>,
}

pub(super) type Locked<'a, T> = MutexGuard<'a, State<T>>;

pub(super) struct State<T> {
    capacity: usize,
    values: VecDeque<T>,
    free: usize,
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
            capacity,
            values: VecDeque::new(),
            free: capacity,
            phase: Phase::Open,
            senders: 1,
            weak_senders: 0,
            receiver: None,
            reserving: WaitList::new(),
            closing: WaitList::new(),
        });
        Channel { capacity, state }
    }

    #[inline]
    pub(super) fn lock(&self) -> Locked<'_, T> {
        self.state.lock()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.capacity != UNBOUNDED
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
        if state.free == 0 {
            drop(state);
            return Err(TrySendError::Full(value));
        }
        state.free -= 1;
        Channel::push(state, value);
        Ok(())
    }

    /// Puts a value into a slot that the caller has reserved.
    #[inline]
    pub(super) fn push(mut state: Locked<'_, T>, value: T) {
        if state.phase == Phase::Deserted {
            state.free += 1;
            drop(state);
            return; // and the value is dropped with nothing locked
        }
        state.values.push_back(value);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
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
        if state.free < slots {
            return Err(TrySendError::Full(()));
        }
        state.free -= slots;
        Ok(())
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
    /// `drained`: the value before was the last. Then this will most likely
    /// have to wait, and clones its waker before it takes the lock.
    #[inline]
    pub(super) fn poll_recv(
        &self,
        newest: &Waker,
        drained: &mut bool,
    ) -> Poll<Option<T>> {
        let mut spare = mem::take(drained).then(|| newest.clone());
        let mut wakes = Wakes::new();
        let mut state = ready!(self.poll_filled(newest, &mut spare));
        let value = state.pop(&mut wakes);
        *drained = state.values.is_empty();
        drop(state);
        wakes.wake();
        Poll::Ready(value)
    }

    pub(super) fn poll_recv_many(
        &self,
        newest: &Waker,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        let (mut spare, mut wakes) = (None, Wakes::new());
        let mut state = ready!(self.poll_filled(newest, &mut spare));
        let taken = state.pop_many(buffer, limit, &mut wakes);
        drop(state);
        wakes.wake();
        Poll::Ready(taken)
    }

    /// Ready, and locked, once there is a value or the end. A waker that is
    /// not needed any more goes to `spare`, to be dropped without the lock.
    #[inline]
    fn poll_filled(
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

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let value = state.pop(&mut wakes);
        let over = state.is_over();
        drop(state);
        wakes.wake();
        let none =
            if over { TryRecvError::Disconnected } else { TryRecvError::Empty };
        value.ok_or(none)
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
    pub(super) fn desert(&self) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let first = state.close(Phase::Deserted, &mut wakes);
        let values = mem::take(&mut state.values);
        state.free += values.len();
        let own = state.receiver.take();
        drop(state);
        wakes.wake(); // first: dropping a value may panic
        drop(own);
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

    pub(super) fn free(&self) -> usize {
        self.free
    }

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

    /// Takes so many of the free slots, or all.
    #[inline]
    pub(super) fn take_free(&mut self, wanted: usize) -> usize {
        let taken = wanted.min(self.free);
        self.free -= taken;
        taken
    }

    /// No value will come any more: nobody can send one, or has a slot for
    /// one. What was sent may still be there.
    #[inline]
    fn is_over(&self) -> bool {
        let used = self.capacity - self.free;
        let closed = self.phase != Phase::Open && used == self.values.len();
        (self.senders == 0 || closed) && self.values.is_empty()
    }

    #[inline]
    fn pop(&mut self, wakes: &mut Wakes) -> Option<T> {
        let value = self.values.pop_front()?;
        self.shrink();
        self.release(1, wakes);
        Some(value)
    }

    fn pop_many(
        &mut self,
        buffer: &mut Vec<T>,
        limit: usize,
        wakes: &mut Wakes,
    ) -> usize {
        let taken = limit.min(self.values.len());
        buffer.extend(self.values.drain(..taken));
        self.shrink();
        self.release(taken, wakes);
        taken
    }

    /// Gives the memory back after a burst.
    #[inline]
    fn shrink(&mut self) {
        let (len, room) = (self.values.len(), self.values.capacity());
        if room > KEPT && len < room / 8 {
            self.values.shrink_to(KEPT.max(2 * len));
        }
    }

    /// Hands slots to those who wait longest; the others become free.
    #[inline]
    pub(super) fn release(&mut self, mut slots: usize, wakes: &mut Wakes) {
        while slots > 0 && !self.reserving.is_empty() {
            slots -= self.hand_over(slots, wakes);
        }
        self.free += slots;
        if self.phase != Phase::Open && self.is_over() {
            wakes.add(self.receiver.take());
        }
    }

    /// Gives the one at the front what it misses, or as much as there is.
    fn hand_over(&mut self, slots: usize, wakes: &mut Wakes) -> usize {
        let Some(missing) = self.reserving.front() else { return slots };
        let given = slots.min(*missing);
        *missing -= given;
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
