//! Deadlines, the earliest first.
//!
//! Most timers are set in the order in which they are due: the same delay,
//! asked for one after another. Those stand in a plain queue, where adding and
//! taking cost nothing. Only who comes out of order goes to a heap.
//!
//! Where many of a heap are due at once, to sort them takes a fraction of what
//! it takes to pull them out one by one. So once one of [`FEW`] was pulled out
//! and the next is due as well, all that are due are sorted, and stand in the
//! queue.
//!
//! The weakness: one timer that is due late sends all that are set after it,
//! and due before it, to the heap. Nothing is then worse than a heap.
//!
//! Back to `timers.rs`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::mem;

use crate::clock::Instant;

/// Less than one of so many is little: not worth moving all the others.
const FEW: usize = 16;

/// What is ordered: by deadline, then by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Entry {
    pub(super) deadline: Instant,
    pub(super) number: u64,
    pub(super) slot: u32,
}

/// Entries, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    in_order: VecDeque<Entry>,
    out_of_order: BinaryHeap<Reverse<Entry>>,
    /// So many were pulled out of the heap since none was due.
    pulled: usize,
}

impl Deadlines {
    pub(super) fn len(&self) -> usize {
        self.in_order.len() + self.out_of_order.len()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        let is_last = self.in_order.back().is_none_or(|last| *last < entry);
        if is_last && entry.deadline != Instant::FAR_FUTURE {
            self.in_order.push_back(entry);
        } else {
            self.out_of_order.push(Reverse(entry));
        }
    }

    pub(super) fn peek(&self) -> Option<&Entry> {
        let heap = self.out_of_order.peek().map(|Reverse(entry)| entry);
        match (self.in_order.front(), heap) {
            (Some(queue), Some(heap)) => Some(queue.min(heap)),
            (queue, heap) => queue.or(heap),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        let first = *self.peek()?;
        if self.in_order.front() == Some(&first) {
            return self.in_order.pop_front();
        }
        self.out_of_order.pop().map(|Reverse(entry)| entry)
    }

    /// Takes out the first, if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Entry> {
        if self.peek().is_none_or(|first| first.deadline > now) {
            self.pulled = 0;
            return None;
        }
        if self.pulled > FEW + self.len() / FEW {
            self.sort_due(now);
        }
        let in_order = self.in_order.len();
        let first = self.pop();
        self.pulled += usize::from(self.in_order.len() == in_order);
        first
    }

    /// Moves all that are due from the heap to the queue.
    fn sort_due(&mut self, now: Instant) {
        self.pulled = 0;
        let heap = mem::take(&mut self.out_of_order).into_vec();
        let is_due = |Reverse(entry): &Reverse<Entry>| entry.deadline <= now;
        let (due, later) = heap.into_iter().partition::<Vec<_>, _>(is_due);
        self.out_of_order = later.into();
        let due_in_order =
            self.in_order.partition_point(|entry| entry.deadline <= now);
        let mut later = self.in_order.split_off(due_in_order);
        self.in_order.extend(due.into_iter().map(|Reverse(entry)| entry));
        self.in_order.make_contiguous().sort_unstable();
        self.in_order.append(&mut later);
    }

    /// Forgets those of whom `keep` says so.
    pub(super) fn retain(&mut self, keep: impl Fn(&Entry) -> bool) {
        self.in_order.retain(|entry| keep(entry));
        self.out_of_order.retain(|Reverse(entry)| keep(entry));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        let heap = self.out_of_order.iter().map(|Reverse(entry)| entry);
        self.in_order.iter().chain(heap)
    }

    pub(super) fn clear(&mut self) {
        self.in_order.clear();
        self.out_of_order.clear();
    }
}
