//! Whose turn is when: first the newcomers, then whoever was woken, in order.
//!
//! Whoever is woken is added to one list, whose turn it is, is read off the
//! other, and when that is read to its end they change places. It is the
//! executor's queue once more, with two things added: the newcomers, and that
//! who comes while the parent is polled has to wait for its next poll.
//!
//! ```text
//!   newcomers        batch  a b c d          woken  e f
//!     2 3 0 1                   ▲ ▲                   ▲
//!     ▲              position ──┘ └── end             │
//!     next                                  `due` counts e, f came later
//! ```
//!
//! Its weakness: it takes twice the memory of the longest line, until its
//! family goes.
//!
//! Next: `family.rs`, who stands in it.

use std::mem;

/// The places of those who were started or woken.
#[derive(Default, Debug)]
pub(super) struct Queue {
    newcomers: Circle,
    woken: Vec<usize>,
    batch: Vec<usize>,
    position: usize,
    /// Where the turns of this poll end in the batch.
    end: usize,
    /// How many of the woken have their turn in this poll, after the batch.
    due: usize,
}

/// Those who were started together, and had no turn yet. They stand in no
/// list, so however many they are, to start them is one step.
#[derive(Default, Debug)]
struct Circle {
    next: usize,
    left: usize,
    count: usize,
}

/// Whose turn it is.
pub(super) enum Next {
    /// A newcomer's.
    New(usize),
    /// Somebody's who was woken.
    Woken(usize),
}

impl Queue {
    /// Adds at the end, for the next poll.
    #[inline]
    pub(super) fn push(&mut self, place: usize) {
        self.woken.push(place);
    }

    /// Before all others: the first `count` places, in a circle from `first`.
    #[inline]
    pub(super) fn start(&mut self, count: usize, first: usize) {
        self.newcomers = Circle { next: first, left: count, count };
    }

    /// Whoever stands in it now has a turn in this poll.
    #[inline]
    pub(super) fn begin_poll(&mut self) {
        self.end = self.batch.len();
        self.due = self.woken.len();
    }

    /// Whether somebody has a turn in this poll.
    #[inline]
    pub(super) fn has_next(&self) -> bool {
        let woken = self.end - self.position + self.due;
        woken + self.newcomers.left > 0
    }

    /// Whose turn it is.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Next> {
        if self.position == self.end {
            if let Some(newcomer) = self.newcomers.next() {
                return Some(Next::New(newcomer));
            }
            if !self.change_lists() {
                return None;
            }
        }
        let place = *self.batch.get(self.position)?;
        self.position += 1;
        Some(Next::Woken(place))
    }

    /// Whether that place waits for its first turn.
    pub(super) fn is_new(&self, place: usize) -> bool {
        self.newcomers.contains(place)
    }

    /// The batch is read to its end. `false`: nobody else is due.
    #[inline(never)]
    fn change_lists(&mut self) -> bool {
        if self.due == 0 {
            return false;
        }
        self.batch.clear();
        mem::swap(&mut self.batch, &mut self.woken);
        (self.position, self.end) = (0, mem::take(&mut self.due));
        true
    }

    /// Who was woken first.
    #[inline]
    pub(super) fn front(&self) -> Option<usize> {
        let front = self.batch.get(self.position).or(self.woken.first());
        front.copied()
    }

    /// All who were woken.
    pub(super) fn iter(&self) -> impl Iterator<Item = &usize> {
        self.batch[self.position..].iter().chain(&self.woken)
    }

    /// Whether nobody stands in it.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        let batch = self.batch.len() - self.position;
        self.newcomers.left + batch + self.woken.len() == 0
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.newcomers.left = 0;
        self.woken.clear();
        self.batch.clear();
        (self.position, self.end, self.due) = (0, 0, 0);
    }
}

impl Circle {
    #[inline]
    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.next;
        self.next = if place + 1 == self.count { 0 } else { place + 1 };
        Some(place)
    }

    fn contains(&self, place: usize) -> bool {
        let before = if place < self.next { self.count } else { 0 };
        place < self.count && place + before - self.next < self.left
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn newcomers_are_known_until_their_turn_has_come() {
        let mut queue = Queue::default();
        queue.start(4, 2);
        queue.begin_poll();
        for left in [vec![0, 1, 2, 3], vec![0, 1, 3], vec![0, 1], vec![1]] {
            let new: Vec<_> = (0..6).filter(|it| queue.is_new(*it)).collect();
            assert_eq!(new, left);
            assert!(queue.next().is_some() && !queue.is_empty() || new == [1]);
        }
        assert!(queue.next().is_none() && queue.is_empty());
        assert!((0..6).all(|place| !queue.is_new(place)));
    }
}
