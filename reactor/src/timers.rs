//! Deadlines in order.
//!
//! A queue of deadlines beside a slab of wakers. Setting a timer adds to both.
//! Taking one back empties its slot and *leaves its deadline alone*: the dead
//! entry is skipped when it surfaces, and when there are two dead for each
//! living the queue is swept. So cancel costs O(1) amortized, which is what
//! most timers end in: a timeout is set for the case that does not happen.
//!
//! Equal deadlines fire in the order in which they were set: the timer's
//! number breaks the tie, and is the generation of its slot too.
//!
//! Those that are never due ([`Instant::FAR_FUTURE`]) are timers like others:
//! they stand last, hold their waker, and nobody is told of their deadline.
//!
//! The weakness: a sweep of a million entries takes some 10 ms at once.
//!
//! Next: `timers/deadlines.rs`, the earliest first; then `clock.rs`, real or
//! virtual time.

use std::fmt;
use std::mem;
use std::task::Waker;

use slab::Slab;

use crate::clock::Instant;
use crate::context::Tag;

mod deadlines;

use deadlines::{Deadlines, Entry};

/// Below this many dead entries no sweep is worth it.
const SWEEP_AT_LEAST: usize = 64;

/// A timer that was set: slot and number. Late keys find nothing.
///
/// The number is kept as bytes because those need no alignment: so the key
/// takes 12 bytes, and leaves room for the tag of an enum that holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    number: [u8; 8],
}

impl TimerKey {
    fn new(slot: u32, number: u64) -> TimerKey {
        TimerKey { slot, number: number.to_ne_bytes() }
    }

    pub(crate) fn number(self) -> u64 {
        u64::from_ne_bytes(self.number)
    }
}

impl fmt::Debug for TimerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimerKey({} in slot {})", self.number(), self.slot)
    }
}

/// Its deadline stands with the deadlines alone.
#[derive(Debug)]
struct Timer {
    number: u64,
    tag: Tag,
    waker: Waker,
}

/// All timers of one reactor.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: Deadlines,
    slots: Slab<Timer>,
    last_number: u64,
    /// The timers set until then, and due until then, have fired.
    fired: Fired,
}

/// How far the timers have fired.
#[derive(Debug, Default)]
struct Fired {
    until: Option<Instant>,
    number: u64,
}

impl Timers {
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Sets a timer. O(log n), O(1) if it is due after those before it.
    pub(crate) fn insert(
        &mut self,
        deadline: Instant,
        tag: Tag,
        waker: Waker,
    ) -> TimerKey {
        let number = self.next_number();
        let slot = self.slots.insert(Timer { number, tag, waker }) as u32;
        self.deadlines.push(Entry { deadline, number, slot });
        TimerKey::new(slot, number)
    }

    /// Sets a timer that has not fired to another deadline, as if it had been
    /// taken back and set anew. `None` if it has fired.
    pub(crate) fn reset(
        &mut self,
        key: TimerKey,
        deadline: Instant,
    ) -> Option<TimerKey> {
        self.waker(key)?;
        let (slot, number) = (key.slot, self.next_number());
        self.slots.get_mut(slot as usize)?.number = number;
        self.deadlines.push(Entry { deadline, number, slot });
        self.sweep_if_mostly_dead();
        Some(TimerKey::new(slot, number))
    }

    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Whether a timer that was not taken back has fired for sure. Where many
    /// fire at once this spares each a look at its slot.
    pub(crate) fn has_fired(&self, key: TimerKey, deadline: Instant) -> bool {
        key.number() <= self.fired.number
            && self.fired.until.is_some_and(|until| deadline <= until)
    }

    /// The waker of a timer that has not fired: `None` once it has.
    pub(crate) fn waker(&mut self, key: TimerKey) -> Option<&mut Waker> {
        let timer = self.slots.get_mut(key.slot as usize)?;
        (timer.number == key.number()).then_some(&mut timer.waker)
    }

    /// Takes a timer back, in O(1) amortized. The waker is returned to be
    /// dropped where nothing is borrowed.
    pub(crate) fn cancel(&mut self, key: TimerKey) -> Option<Waker> {
        self.waker(key)?;
        let timer = self.slots.remove(key.slot as usize);
        self.sweep_if_mostly_dead();
        Some(timer.waker)
    }

    /// When the next timer is due, if one ever is.
    pub(crate) fn next_deadline(&mut self) -> Option<Instant> {
        self.drop_dead_from_top();
        let next = self.deadlines.peek().map(|entry| entry.deadline);
        next.filter(|next| *next != Instant::FAR_FUTURE)
    }

    /// Takes out the next timer that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(u64, Waker)> {
        while let Some(entry) = self.deadlines.pop_due(now) {
            if is_alive(&self.slots, &entry) {
                let timer = self.slots.remove(entry.slot as usize);
                return Some((timer.number, timer.waker));
            }
        }
        self.fired = Fired { until: Some(now), number: self.last_number };
        None
    }

    /// Who waits until when, in no order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (Tag, Instant)> + '_ {
        self.deadlines.iter().filter_map(|entry| {
            let timer = self.slots.get(entry.slot as usize)?;
            (timer.number == entry.number)
                .then_some((timer.tag, entry.deadline))
        })
    }

    /// All wakers, to be dropped where nothing is borrowed.
    pub(crate) fn clear(&mut self) -> Vec<Waker> {
        self.deadlines.clear();
        let slots = mem::take(&mut self.slots);
        slots.into_iter().map(|(_, timer)| timer.waker).collect()
    }

    fn drop_dead_from_top(&mut self) {
        while let Some(entry) = self.deadlines.peek() {
            if is_alive(&self.slots, entry) {
                return;
            }
            self.deadlines.pop();
        }
    }

    fn sweep_if_mostly_dead(&mut self) {
        let dead = self.deadlines.len() - self.slots.len();
        if dead > SWEEP_AT_LEAST.max(2 * self.slots.len()) {
            let slots = &self.slots;
            self.deadlines.retain(|entry| is_alive(slots, entry));
        }
    }
}

fn is_alive(slots: &Slab<Timer>, entry: &Entry) -> bool {
    slots
        .get(entry.slot as usize)
        .is_some_and(|timer| timer.number == entry.number)
}

#[cfg(test)]
mod tests;
