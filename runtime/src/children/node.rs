//! A child's node: its waker, as the family holds it.
//!
//! It holds it twice, to look into it and to poll the child with, so a poll
//! makes no waker. And it is shared by the family and the turn, so that nothing
//! is borrowed while the child is polled.
//!
//! Its weakness: two boxes for each child, this and the waker's. They serve
//! again and again.
//!
//! Next: `queue.rs`, whose turn is when.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::task::Waker;

use super::child_waker::ChildWaker;
use crate::task::TaskState;

/// A place for a child, and its waker.
pub(super) struct Node {
    child: Arc<ChildWaker>,
    waker: Waker,
    alive: Cell<bool>,
    /// It was reported as lost, once is enough.
    reported: Cell<bool>,
}

/// How many references of a child's waker its node holds.
const OWN_REFERENCES: usize = 2;

impl Node {
    pub(super) fn new(child: ChildWaker) -> Rc<Node> {
        let child = Arc::new(child);
        let waker = Waker::from(child.clone());
        let (alive, reported) = (Cell::new(false), Cell::new(false));
        Rc::new(Node { child, waker, alive, reported })
    }

    /// A child comes to life.
    #[inline]
    pub(super) fn begin(&self) {
        self.alive.set(true);
        self.reported.set(false);
    }

    /// A child comes to life, and stands in the queue.
    #[inline]
    pub(super) fn begin_queued(&self) {
        self.begin();
        self.child.mark_queued();
    }

    #[inline]
    pub(super) fn is_alive(&self) -> bool {
        self.alive.get()
    }

    #[inline]
    pub(super) fn child(&self) -> &Arc<ChildWaker> {
        &self.child
    }

    #[inline]
    pub(super) fn place(&self) -> usize {
        self.child.place()
    }

    /// What to poll the child with.
    #[inline]
    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// The child is over. `false`: somebody still holds a waker of it, so the
    /// node is left to them, and they wake nobody.
    #[inline]
    pub(super) fn end(&self) -> bool {
        self.alive.set(false);
        let is_free = self.wakers_outside() == 0;
        fence(Ordering::Acquire); // with the release of the last one dropped
        if !is_free {
            self.child.retire();
        }
        is_free
    }

    /// How many wakers of this child there are outside the family.
    #[inline]
    pub(super) fn wakers_outside(&self) -> usize {
        Arc::strong_count(&self.child).saturating_sub(OWN_REFERENCES)
    }
}

/// For the diagnosis.
impl Node {
    /// While it is polled, a [`Turn`](super::Turn) holds it too.
    pub(super) fn state(self: &Rc<Node>) -> TaskState {
        if Rc::strong_count(self) > 1 {
            TaskState::Running
        } else if self.child.is_queued() {
            TaskState::Scheduled
        } else {
            TaskState::Idle
        }
    }

    /// A letter of another thread holds a waker until it is received.
    pub(super) fn is_lost(self: &Rc<Node>) -> bool {
        self.is_alive()
            && self.state() == TaskState::Idle
            && self.wakers_outside() == 0
    }

    pub(super) fn was_reported(&self) -> bool {
        self.reported.get()
    }

    pub(super) fn set_reported(&self) {
        self.reported.set(true);
    }
}
