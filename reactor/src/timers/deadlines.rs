//! Deadlines, the earliest first.
//!
//! Most timers are set in the order in which they are due: the same delay,
//! asked for one after another. Those stand in a plain queue, where adding and
//! taking cost nothing. Only who comes out of order goes to a heap.
//!
//! The weakness: one timer that is due late sends all that are set after it,
//! and due before it, to the heap. Nothing is then worse than a heap.
//!
//! Back to `timers.rs`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::clock::Instant;

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
