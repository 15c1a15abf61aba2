//! A child's waker: what its `wake()` does.
//!
//! It is the task's waker once more: two flags, because a wake on the own
//! thread costs a plain load and store, and one between threads a swap, with
//! `parking.rs` for the reason. What is different: at the end of the way no
//! executor is waiting but the parent, and the parent's waker may be
//! anybody's.
//!
//! Next: `mailbox.rs`, how a wake from another thread reaches the parent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use super::families;
use super::mailbox::Mailbox;
use crate::parking::Notified;

/// What every waker of one child leads to.
#[derive(Debug)]
pub(super) struct ChildWaker {
    /// The family's place among those of its thread.
    family: usize,
    place: usize,
    /// The family's thread: does the child stand in the queue, or is it gone?
    queued: AtomicBool,
    /// Any thread: is a letter on its way?
    notified: Notified,
    letters: Arc<Letters>,
}

/// A letter says who was woken.
pub(super) type Letters = Mailbox<Arc<ChildWaker>>;

impl ChildWaker {
    pub(super) fn new(
        family: usize,
        place: usize,
        letters: Arc<Letters>,
    ) -> ChildWaker {
        let (queued, notified) = (AtomicBool::new(false), Notified::new());
        ChildWaker { family, place, queued, notified, letters }
    }

    #[inline]
    pub(super) fn family(&self) -> usize {
        self.family
    }

    #[inline]
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Whether it is a child of the family that reads those letters.
    #[inline]
    pub(super) fn is_of(&self, letters: &Arc<Letters>) -> bool {
        Arc::ptr_eq(&self.letters, letters)
    }

    /// Marks it as queued. `false`: it was. The family's thread.
    #[inline]
    pub(super) fn set_queued(&self) -> bool {
        if self.queued.load(Ordering::Relaxed) {
            return false;
        }
        self.mark_queued();
        true
    }

    #[inline]
    pub(super) fn mark_queued(&self) {
        self.queued.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn is_queued(&self) -> bool {
        self.queued.load(Ordering::Relaxed)
    }

    /// It is polled: from here on a wake asks for another turn.
    #[inline]
    pub(super) fn clear_queued(&self) {
        self.queued.store(false, Ordering::Relaxed);
    }

    /// Its letter was received.
    pub(super) fn clear_notified(&self) {
        self.notified.clear();
    }

    /// The child is over: wakes that come later do nothing at all.
    pub(super) fn retire(&self) {
        self.queued.store(true, Ordering::Relaxed);
        self.notified.set(true);
    }

    /// The long way, kept out of the short one.
    #[cold]
    #[inline(never)]
    fn wake_from_elsewhere(self: &Arc<ChildWaker>) {
        if self.notified.mark() {
            self.letters.send(self.clone());
        }
    }
}

impl Wake for ChildWaker {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if !families::wake_own(self) {
            self.wake_from_elsewhere();
        }
    }
}
