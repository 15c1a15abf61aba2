//! Slots that the receiver freed, and no sender has fetched yet.
//!
//! The receiver takes values out in batches, and frees a slot for each one
//! that it hands out. It does so without the lock: one number counts them,
//! and one bit of it says that a sender waits in line. Senders fetch what is
//! there when the free slots that they know of are used up.
//!
//! **The race: a slot that is freed against a sender that goes to wait.** The
//! sender finds none free; the receiver frees one, sees nobody in line, and
//! leaves; the sender joins the line, and nobody comes. So both sides change
//! the same number, and neither only looks: the sender sets the bit with the
//! swap that fetches the count, and the receiver reads the bit with the very
//! addition that counts. Whichever is second sees the first.
//!
//! Only the receiver adds. Only who holds the lock fetches. While somebody
//! stands in line the bit is set; it may stay a while when nobody does, which
//! costs the receiver a look under the lock.
//!
//! Next: `claim.rs`, how a sender waits for slots.

#[cfg(loom)]
use loom::sync::atomic::{AtomicUsize, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicUsize, Ordering};

/// Somebody stands in line.
const WAITED_FOR: usize = 1 << (usize::BITS - 1);

/// The count, and the bit.
pub(super) struct Freed(AtomicUsize);

impl Freed {
    pub(super) fn new() -> Freed {
        Freed(AtomicUsize::new(0))
    }

    /// So many more, says the receiver. `true`: somebody waits for them, and
    /// they have to be handed over.
    #[inline]
    pub(super) fn add(&self, slots: usize) -> bool {
        self.0.fetch_add(slots, Ordering::AcqRel) & WAITED_FOR != 0
    }

    /// Fetches them all. Nobody is in line.
    #[inline]
    pub(super) fn fetch(&self) -> usize {
        self.0.swap(0, Ordering::AcqRel) & !WAITED_FOR
    }

    /// Fetches them all, and says that somebody is in line, or about to be.
    #[inline]
    pub(super) fn fetch_to_wait(&self) -> usize {
        self.0.swap(WAITED_FOR, Ordering::AcqRel) & !WAITED_FOR
    }
}
