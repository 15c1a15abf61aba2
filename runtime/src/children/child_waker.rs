//! A child's waker: what its `wake()` does.
//!
//! It is the task's waker once more: two flags, because a wake on the own
//! thread costs a plain load and store, and one between threads a swap, with
//! `parking.rs` for the reason. What is different: at the end of the way no
//! executor is waiting but the parent, and the parent's waker may be
//! anybody's.
//!
//! Next: `family.rs`, whom the waker leads to.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use parking_lot::Mutex;

use super::family;
use crate::parking::Notified;

/// What every waker of one child leads to.
#[derive(Debug)]
pub(super) struct ChildWaker {
    place: usize,
    /// The family's thread: does the child stand in `woken`, or is it gone?
    queued: AtomicBool,
    /// Any thread: is a letter on its way?
    notified: Notified,
    mailbox: Arc<Mailbox>,
}

impl ChildWaker {
    pub(super) fn new(place: usize, mailbox: Arc<Mailbox>) -> ChildWaker {
        let (queued, notified) = (AtomicBool::new(false), Notified::new());
        ChildWaker { place, queued, notified, mailbox }
    }

    #[inline]
    pub(super) fn place(&self) -> usize {
        self.place
    }

    #[inline]
    pub(super) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Marks it as queued. `false`: it was. The family's thread.
    #[inline]
    pub(super) fn set_queued(&self) -> bool {
        if self.queued.load(Ordering::Relaxed) {
            return false;
        }
        self.queued.store(true, Ordering::Relaxed);
        true
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
        if !self.notified.mark() {
            return;
        }
        if let Some(parent) = self.mailbox.send(self.clone()) {
            parent.wake();
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
        if !family::wake_own(self) {
            self.wake_from_elsewhere();
        }
    }
}

/// Where other threads leave word of whom they woke.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// The family's place in its thread's list.
    pub(super) family: usize,
    /// Whether there are letters: what the parent's poll asks.
    arrived: AtomicBool,
    letters: Mutex<Letters>,
}

#[derive(Debug, Default)]
struct Letters {
    woken: Vec<Arc<ChildWaker>>,
    /// Taken by the first letter; put back when the letters are collected. So
    /// where there are letters, the parent was woken, or will be in a moment.
    parent: Option<Waker>,
    /// The family is gone. A letter would keep its own mailbox alive.
    closed: bool,
}

impl Mailbox {
    pub(super) fn new(family: usize) -> Mailbox {
        let arrived = AtomicBool::new(false);
        Mailbox { family, arrived, letters: Mutex::default() }
    }

    /// Leaves a letter. Returns the parent's waker if it is to be woken.
    fn send(&self, child: Arc<ChildWaker>) -> Option<Waker> {
        let mut letters = self.letters.lock();
        if letters.closed {
            return None;
        }
        letters.woken.push(child);
        self.arrived.store(true, Ordering::Release);
        letters.parent.take()
    }

    pub(super) fn close(&self) {
        let mut letters = self.letters.lock();
        letters.closed = true;
        let woken = mem::take(&mut letters.woken);
        drop(letters);
        drop(woken);
    }

    /// Whom the next letter would wake.
    pub(super) fn parent(&self) -> Option<*const ()> {
        self.letters.lock().parent.as_ref().map(Waker::data)
    }

    #[inline]
    pub(super) fn has_letters(&self) -> bool {
        self.arrived.load(Ordering::Acquire)
    }

    /// Takes the letters, and leaves the waker for the next. Both at once: a
    /// letter that came in between would find no waker, and wake nobody.
    pub(super) fn collect(
        &self,
        parent: Option<Waker>,
    ) -> Vec<Arc<ChildWaker>> {
        let mut letters = self.letters.lock();
        let before = mem::replace(&mut letters.parent, parent);
        let woken = mem::take(&mut letters.woken);
        self.arrived.store(false, Ordering::Relaxed);
        drop(letters);
        drop(before); // user code, with no lock held
        woken
    }
}
