//! A family's mailbox: where other threads leave word of whom they woke.
//!
//! It is the second place where a mistake loses wake-ups silently, so it
//! stands alone, and a model checker runs every interleaving of it
//! (`tests/loom`). `docs/races.md`, story 12, tells it at length.
//!
//! The parent's waker lies here only where the parent may wait: it is left
//! when the parent is about to, and the letters are taken in the same breath.
//! So where there is no waker, there are letters that nobody has read, and
//! whoever left the first of them wakes the parent; or the parent is not
//! waiting, and will come here before it does.
//!
//! Its weakness: a lock, for every letter.
//!
//! Next: `node.rs`, a child as its family holds it.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
use std::mem;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use parking_lot::Mutex;

/// Letters from any thread to one that may be waiting.
#[derive(Debug)]
pub(crate) struct Mailbox<L> {
    /// Whether there are letters: what the parent's poll asks.
    arrived: AtomicBool,
    contents: Mutex<Contents<L>>,
}

#[derive(Debug)]
struct Contents<L> {
    letters: Vec<L>,
    /// Taken by the first letter.
    parent: Option<Waker>,
    /// The family is gone. A letter would keep its own mailbox alive.
    closed: bool,
}

/// Any thread.
impl<L> Mailbox<L> {
    pub(crate) fn new() -> Mailbox<L> {
        let (letters, parent) = (Vec::new(), None);
        let contents = Contents { letters, parent, closed: false };
        let contents = Mutex::new(contents);
        Mailbox { arrived: AtomicBool::new(false), contents }
    }

    /// Leaves a letter, and wakes the parent if it may be waiting.
    pub(crate) fn send(&self, letter: L) {
        let Some(parent) = self.leave(letter) else { return };
        let mut call = Call { mailbox: self, parent: Some(parent) };
        if let Some(parent) = &call.parent {
            parent.wake_by_ref();
        }
        call.parent.take();
    }

    fn leave(&self, letter: L) -> Option<Waker> {
        let mut contents = self.contents.lock();
        if contents.closed {
            drop(contents);
            return None;
        }
        contents.letters.push(letter);
        self.arrived.store(true, Ordering::Release);
        contents.parent.take()
    }
}

/// The parent is being woken. If its waker panics, the next letter tries it
/// again.
struct Call<'a, L> {
    mailbox: &'a Mailbox<L>,
    parent: Option<Waker>,
}

impl<L> Drop for Call<'_, L> {
    fn drop(&mut self) {
        let Some(parent) = self.parent.take() else { return };
        let mut contents = self.mailbox.contents.lock();
        if contents.parent.is_none() && !contents.letters.is_empty() {
            contents.parent = Some(parent);
        }
    }
}

/// The family's thread.
impl<L> Mailbox<L> {
    /// Whether there are letters. A `false` may be out of date.
    #[inline]
    pub(crate) fn has_letters(&self) -> bool {
        self.arrived.load(Ordering::Acquire)
    }

    /// Takes the letters, and leaves the waker for the next. Both at once: a
    /// letter that came in between would find no waker, and wake nobody.
    pub(crate) fn collect(&self, parent: Option<Waker>) -> Vec<L> {
        let mut contents = self.contents.lock();
        let before = mem::replace(&mut contents.parent, parent);
        let letters = mem::take(&mut contents.letters);
        self.arrived.store(false, Ordering::Relaxed);
        drop(contents);
        drop(before); // user code, with no lock held
        letters
    }

    /// Takes no more letters; returns those that have come.
    pub(crate) fn close(&self) -> Vec<L> {
        self.contents.lock().closed = true;
        self.collect(None)
    }

    /// Whom the next letter would wake.
    pub(crate) fn parent(&self) -> Option<*const ()> {
        self.contents.lock().parent.as_ref().map(Waker::data)
    }
}
