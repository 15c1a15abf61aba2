//! How a wake from another thread reaches a sleeping executor: two flags, a
//! queue and a doorbell.
//!
//! This is the one place where a mistake loses wake-ups silently, so it stands
//! alone, generic over queue and doorbell, and a model checker runs every
//! interleaving of it (`tests/loom`). `docs/races.md` tells it at length.
//!
//! **First race: a wake against the poll it asks for.** A thread changes what
//! the task waits for, finds the flag set by an earlier wake, and leaves; at
//! the same moment the executor clears the flag and polls, but does not see
//! the change yet. If the thread only *loaded* the flag, nothing orders its
//! change before the poll, and the wake is lost. So both sides [`swap`]: one
//! swap comes first, and the second sees all that was done before the first.
//!
//! **Second race: a delivery against falling asleep.** The executor finds the
//! queue empty; a thread pushes, finds nobody asleep, and does not ring; the
//! executor sleeps. So the executor says that it sleeps *before* it looks at
//! the queue, and the thread pushes *before* it asks: one of them must see the
//! other.
//!
//! [`swap`]: AtomicBool::swap
//!
//! Next: `ready_queue.rs`, where the woken stand in line.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};

/// A queue that many threads push to and one takes from.
pub(crate) trait Queue {
    /// What stands in it.
    type Entry;
    /// Adds at the end.
    fn push(&self, entry: Self::Entry);
    /// Takes from the front.
    fn pop(&self) -> Option<Self::Entry>;
    /// Whether there is nothing to take.
    fn is_empty(&self) -> bool;
}

/// What ends the executor's sleep.
pub(crate) trait Bell {
    /// Ends the sleep of now, or the next one at once.
    fn ring(&self);
}

/// A task's flag for wakes from other threads: is one on its way already?
#[derive(Debug)]
pub(crate) struct Notified(AtomicBool);

impl Notified {
    pub(crate) fn new() -> Notified {
        Notified(AtomicBool::new(false))
    }

    /// Marks the task. `true`: this is the first wake since the executor
    /// looked, so the caller delivers it.
    pub(crate) fn mark(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// The executor has received the wake. Before the poll, never after: a
    /// wake during the poll must be delivered again.
    pub(crate) fn clear(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Sets the flag where nobody can be racing for a poll: the task is over
    /// (later wakes shall do nothing), or has not begun.
    pub(crate) fn set(&self, marked: bool) {
        self.0.store(marked, Ordering::Relaxed);
    }

    /// Whether a wake is on its way.
    pub(crate) fn is_marked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The inbox of an executor, and whether its owner sleeps.
#[derive(Debug)]
pub(crate) struct Parking<Q, B> {
    queue: Q,
    bell: B,
    asleep: AtomicBool,
    closed: AtomicBool,
}

/// Any thread.
impl<Q: Queue, B: Bell> Parking<Q, B> {
    pub(crate) fn new(queue: Q, bell: B) -> Parking<Q, B> {
        let (asleep, closed) = (AtomicBool::new(false), AtomicBool::new(false));
        Parking { queue, bell, asleep, closed }
    }

    /// Delivers an entry, and ends the owner's sleep.
    ///
    /// An entry delivered while the owner closes may come too late for it; so
    /// whoever pushed looks again, and drops what the owner will never take.
    pub(crate) fn deliver(&self, entry: Q::Entry) {
        self.queue.push(entry);
        if self.asleep.swap(false, Ordering::SeqCst) {
            self.bell.ring();
        }
        if self.is_closed() {
            self.drop_all();
        }
    }

    /// Whether the owner is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn drop_all(&self) {
        while let Some(entry) = self.queue.pop() {
            drop(entry);
        }
    }
}

/// The owner's thread.
impl<Q: Queue, B: Bell> Parking<Q, B> {
    /// Takes the next entry.
    pub(crate) fn take(&self) -> Option<Q::Entry> {
        self.queue.pop()
    }

    /// Whether there is nothing to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Says that the owner is about to sleep. `false`: there is an entry, so
    /// it must not.
    pub(crate) fn prepare_to_sleep(&self) -> bool {
        self.asleep.swap(true, Ordering::SeqCst);
        let may_sleep = self.queue.is_empty();
        if !may_sleep {
            self.wake_up();
        }
        may_sleep
    }

    /// Says that the owner is awake.
    pub(crate) fn wake_up(&self) {
        self.asleep.swap(false, Ordering::SeqCst);
    }

    /// Takes no more entries. What has come is still to be taken; what comes
    /// from here on, whoever brings it takes away again.
    pub(crate) fn close(&self) {
        self.closed.swap(true, Ordering::SeqCst);
    }
}
