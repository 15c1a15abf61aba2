//! Whose turn is when: a queue of two lists.
//!
//! Whoever is woken is added to one, whose turn it is, is read off the other,
//! and when that is read to its end they change places. It is the executor's
//! queue once more, with one thing added: who comes while the parent is polled
//! has to wait for its next poll.
//!
//! ```text
//!   batch  a b c d          woken  e f
//!              ▲                     ▲
//!          position            their turn is in the next poll:
//!                              `left` counts c, d and e
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
    woken: Vec<usize>,
    batch: Vec<usize>,
    position: usize,
    /// How many have their turn in this poll.
    left: usize,
}

impl Queue {
    /// Adds at the end, for the next poll.
    #[inline]
    pub(super) fn push(&mut self, place: usize) {
        self.woken.push(place);
    }

    /// Adds the first `count` places, in a circle from `first`.
    pub(super) fn push_circle(&mut self, count: usize, first: usize) {
        self.woken.extend(first..count);
        self.woken.extend(0..first);
    }

    /// Whoever stands in it now has a turn in this poll.
    #[inline]
    pub(super) fn begin_poll(&mut self) {
        self.left = self.batch.len() - self.position + self.woken.len();
    }

    /// Whether somebody has a turn in this poll.
    #[inline]
    pub(super) fn has_next(&self) -> bool {
        self.left > 0
    }

    /// Whose turn it is.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        if self.position == self.batch.len() {
            self.change_lists();
        }
        let place = *self.batch.get(self.position)?;
        self.position += 1;
        Some(place)
    }

    #[inline(never)]
    fn change_lists(&mut self) {
        self.batch.clear();
        mem::swap(&mut self.batch, &mut self.woken);
        self.position = 0;
    }

    /// All who stand in it.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = &usize> {
        self.batch[self.position..].iter().chain(&self.woken)
    }

    pub(super) fn clear(&mut self) {
        self.woken.clear();
        self.batch.clear();
        (self.position, self.left) = (0, 0);
    }
}
