//! The state of an `mpmc` channel: who has what, under the lock.
//!
//! A slot is free, reserved (for a permit, or for a sender that was called),
//! or filled. A value is free for all, or promised to a `recv` that was
//! called. Two things hold whenever the lock is free:
//!
//! - while a slot is free, no sender stands in line;
//! - while a value is free, no receiver stands in line; or a stream does, and
//!   then everybody from the front on was told of it, up to as many `recv`s as
//!   there are free values.
//!
//! So whoever finds something free may take it: nobody is passed over. A
//! stream may be left aside, and nobody would hear of that; so it is promised
//! nothing, only told, and those behind it are told as well.
//!
//! ```text
//!             give_slot                      push
//!   free ───────────────▶ reserved ─────────────────────▶ filled
//!     ▲                       │ give_back_slot               │ pop
//!     └───────────────────────┴──────────────────────────────┘
//! ```
//!
//! Next: `channel.rs`, the lock around it.

use std::collections::VecDeque;
use std::mem;
use std::task::Waker;

use super::error::{RecvError, TryRecvError, TryReserveError};
use crate::wait_list::{Place, WaitList, Wakes};

/// A capacity that is none.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// How much memory an empty queue may keep, in bytes.
const KEPT: usize = 16 * 1024;

/// What a sender was given when it was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Given {
    /// Nothing: the channel was closed.
    Nothing,
    /// A slot.
    Something,
}

/// Who waits for a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    /// A stream. It is told of values, and promised none.
    Stream,
    /// A future. When it is called without a value, the channel was closed.
    Recv,
    /// A future that was called: a value is its own.
    Promised,
}

/// Everything the lock guards.
pub(super) struct State<T> {
    values: VecDeque<T>,
    capacity: usize,
    /// Slots of permits, and of senders that were called.
    reserved: usize,
    /// How many of the values belong to `recv`s that were called.
    promised: usize,
    closed: bool,
    pub(super) senders: usize,
    pub(super) receivers: usize,
    /// Who waits for a slot, for a value, for the channel to be closed.
    pub(super) sending: WaitList<Given>,
    pub(super) receiving: WaitList<Who>,
    pub(super) closing: WaitList<()>,
}

impl<T> State<T> {
    pub(super) fn new(capacity: usize) -> State<T> {
        State {
            values: VecDeque::new(),
            capacity,
            reserved: 0,
            promised: 0,
            closed: false,
            senders: 1,
            receivers: 1,
            sending: WaitList::new(),
            receiving: WaitList::new(),
            closing: WaitList::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn is_full(&self) -> bool {
        self.values.len() + self.reserved >= self.capacity
    }

    /// Whether no value can come any more.
    fn is_over(&self) -> bool {
        self.closed && self.values.is_empty() && self.reserved == 0
    }
}

/// The senders' side.
impl<T> State<T> {
    /// Reserves a free slot.
    #[inline]
    pub(super) fn try_reserve(&mut self) -> Result<(), TryReserveError> {
        if self.closed {
            return Err(TryReserveError::Closed);
        }
        if self.is_full() {
            return Err(TryReserveError::Full);
        }
        self.reserved += 1;
        Ok(())
    }

    /// A reserved slot for whoever stands at `place`, or comes; `None`: wait.
    #[inline]
    pub(super) fn poll_slot(
        &mut self,
        place: &mut Option<Place>,
    ) -> Option<Result<(), TryReserveError>> {
        if place.is_some() {
            return self.poll_called(place);
        }
        let slot = self.try_reserve();
        (slot != Err(TryReserveError::Full)).then_some(slot)
    }

    fn poll_called(
        &mut self,
        place: &mut Option<Place>,
    ) -> Option<Result<(), TryReserveError>> {
        let here = place.take_if(|place| self.sending.is_called(place))?;
        let given = self.sending.leave(here).wanted;
        if given == Given::Nothing {
            return Some(Err(TryReserveError::Closed));
        }
        if self.receivers == 0 {
            self.reserved -= 1;
            return Some(Err(TryReserveError::Closed));
        }
        Some(Ok(()))
    }

    /// Puts a value into a reserved slot; gives it back if nobody is left to
    /// receive it.
    #[inline]
    pub(super) fn push(&mut self, value: T, wakes: &mut Wakes) -> Option<T> {
        self.reserved -= 1;
        if self.receivers == 0 {
            return Some(value);
        }
        self.values.push_back(value);
        self.offer(wakes);
        None
    }

    /// Puts a value in the place of the oldest one, if there is one.
    pub(super) fn replace_oldest(&mut self, value: T) -> Result<T, T> {
        if self.values.is_empty() {
            return Err(value);
        }
        self.values.push_back(value);
        Ok(self.values.pop_front().expect("there is an oldest one"))
    }

    /// One slot that nobody has: to whoever waits.
    #[inline]
    fn give_slot(&mut self, wakes: &mut Wakes) {
        if let Some(given) = self.sending.call(wakes) {
            *given = Given::Something;
            self.reserved += 1;
        }
    }

    /// A reserved slot that will not be used.
    pub(super) fn give_back_slot(&mut self, wakes: &mut Wakes) {
        self.reserved -= 1;
        self.give_slot(wakes);
        self.end_if_over(wakes);
    }

    /// A sender gives its place up. Returns its waker.
    pub(super) fn leave_sending(
        &mut self,
        place: Place,
        wakes: &mut Wakes,
    ) -> Option<Waker> {
        let left = self.sending.leave(place);
        if left.wanted == Given::Something {
            self.give_back_slot(wakes);
        }
        left.waker
    }
}

/// The receivers' side.
impl<T> State<T> {
    /// Takes a value that is free for all.
    #[inline]
    pub(super) fn try_take(
        &mut self,
        wakes: &mut Wakes,
    ) -> Result<T, TryRecvError> {
        if self.values.len() > self.promised {
            return Ok(self.pop(wakes));
        }
        if self.is_over() {
            return Err(TryRecvError::Closed);
        }
        Err(TryRecvError::Empty)
    }

    /// A value for whoever stands at `place`, or comes; `None`: wait.
    #[inline]
    pub(super) fn poll_value(
        &mut self,
        place: &mut Option<Place>,
        wakes: &mut Wakes,
    ) -> Option<Result<T, RecvError>> {
        if let Some(here) = place {
            let called = self.receiving.is_called(here);
            if !called && !self.receiving.is_told(here) {
                return None;
            }
            if let Some(value) = self.take_promised(place, wakes) {
                return Some(Ok(value));
            }
        }
        let value = match self.try_take(wakes) {
            Ok(value) => Ok(value),
            Err(TryRecvError::Closed) => Err(RecvError),
            Err(TryRecvError::Empty) => return None,
        };
        // Told, it still stands in line; its waker is out already.
        place.take().map(|here| self.receiving.leave(here));
        Some(value)
    }

    /// The value of a `recv` that was called with one.
    fn take_promised(
        &mut self,
        place: &mut Option<Place>,
        wakes: &mut Wakes,
    ) -> Option<T> {
        let here = place.take_if(|place| self.receiving.is_called(place))?;
        if self.receiving.leave(here).wanted != Who::Promised {
            return None;
        }
        self.promised -= 1;
        Some(self.pop(wakes))
    }

    #[inline]
    fn pop(&mut self, wakes: &mut Wakes) -> T {
        let value = self.values.pop_front().expect("it is counted");
        self.give_slot(wakes);
        if self.closed {
            self.end_if_over(wakes);
        }
        if self.values.capacity() > const { kept::<T>() } {
            self.shrink();
        }
        value
    }

    /// Values that nobody has: promises them to the `recv`s at the front. A
    /// stream ends that; it is told, and so are those behind it.
    #[inline]
    fn offer(&mut self, wakes: &mut Wakes) {
        if !self.receiving.is_empty() {
            self.offer_to_line(wakes);
        }
    }

    fn offer_to_line(&mut self, wakes: &mut Wakes) {
        let mut free = self.values.len() - self.promised;
        while free > 0 && self.receiving.front() == Some(&mut Who::Recv) {
            let called = self.receiving.call(wakes);
            *called.expect("it is at the front") = Who::Promised;
            self.promised += 1;
            free -= 1;
        }
        if free > 0 {
            self.receiving.tell(wakes, |who| {
                free -= usize::from(*who == Who::Recv);
                free == 0
            });
        }
    }

    /// A receiver gives its place up. Returns its waker.
    pub(super) fn leave_receiving(
        &mut self,
        place: Place,
        wakes: &mut Wakes,
    ) -> Option<Waker> {
        let left = self.receiving.leave(place);
        if left.wanted == Who::Promised {
            self.promised -= 1;
        }
        self.offer(wakes);
        left.waker
    }

    /// Gives memory back after a burst. Half of it at a time, when three
    /// quarters are not used: so that a queue does not shrink and grow again
    /// at every value.
    fn shrink(&mut self) {
        let capacity = self.values.capacity();
        if self.values.len() <= capacity / 4 {
            self.values.shrink_to((capacity / 2).max(kept::<T>()));
        }
    }
}

/// How many slots an empty queue may keep.
const fn kept<T>() -> usize {
    let size = if mem::size_of::<T>() == 0 { 1 } else { mem::size_of::<T>() };
    let slots = KEPT / size;
    if slots < 4 { 4 } else { slots }
}

/// The end.
impl<T> State<T> {
    /// Closes the channel: senders that wait for a slot go away, and
    /// receivers once nothing can come any more.
    pub(super) fn close(&mut self, wakes: &mut Wakes) -> bool {
        if self.closed {
            return false;
        }
        self.closed = true;
        self.sending.call_all(wakes);
        self.closing.call_all(wakes);
        self.end_if_over(wakes);
        true
    }

    fn end_if_over(&mut self, wakes: &mut Wakes) {
        if self.is_over() {
            self.receiving.call_all(wakes);
        }
    }

    /// Returns whether that closed it.
    pub(super) fn sender_gone(&mut self, wakes: &mut Wakes) -> bool {
        self.senders -= 1;
        self.senders == 0 && self.close(wakes)
    }

    /// Returns the values that nobody can receive any more.
    pub(super) fn receiver_gone(&mut self, wakes: &mut Wakes) -> VecDeque<T> {
        self.receivers -= 1;
        if self.receivers > 0 {
            return VecDeque::new();
        }
        self.close(wakes);
        mem::take(&mut self.values)
    }
}
