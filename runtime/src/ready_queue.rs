//! Where the woken stand in line: a queue for this thread, an inbox for all
//! others.
//!
//! The local queue is first in, first out, and holds nothing but task ids. The
//! inbox takes what other threads send: wakes, aborts and closures that spawn.
//! The executor empties it between batches.
//!
//! Next: `executor.rs`, the slab of tasks and the poll.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use crossbeam_queue::SegQueue;
use onecook_reactor::reactor::Doorbell;

use crate::executor::Executor;
use crate::parking::{Bell, Parking, Queue};
use crate::task::TaskId;

/// Above this many places an empty queue gives its memory back.
const KEEP_AT_MOST: usize = 4096;

/// The tasks that are ready, in the order in which they became so.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueue {
    tasks: RefCell<VecDeque<TaskId>>,
}

impl ReadyQueue {
    /// Adds at the end; returns how many are in line.
    pub(crate) fn push(&self, id: TaskId) -> usize {
        let mut tasks = self.tasks.borrow_mut();
        tasks.push_back(id);
        tasks.len()
    }

    /// Takes from the front.
    pub(crate) fn pop(&self) -> Option<TaskId> {
        self.tasks.borrow_mut().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// Gives the memory of a burst back.
    pub(crate) fn shrink(&self) {
        let mut tasks = self.tasks.borrow_mut();
        if tasks.capacity() > KEEP_AT_MOST {
            tasks.shrink_to(KEEP_AT_MOST);
        }
    }
}

/// What other threads send to an executor.
pub(crate) enum InboxEntry {
    /// Wake this task.
    Wake(TaskId),
    /// End this task at its next turn.
    Abort(TaskId),
    /// Call this on the executor's thread: it spawns.
    Spawn(Box<dyn FnOnce(&Rc<Executor>) + Send>),
}

impl fmt::Debug for InboxEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InboxEntry::Wake(id) => write!(f, "Wake({id})"),
            InboxEntry::Abort(id) => write!(f, "Abort({id})"),
            InboxEntry::Spawn(_) => f.write_str("Spawn"),
        }
    }
}

/// The inbox of an executor.
pub(crate) type Inbox = Parking<SegQueue<InboxEntry>, Doorbell>;

impl Queue for SegQueue<InboxEntry> {
    type Entry = InboxEntry;

    fn push(&self, entry: InboxEntry) {
        SegQueue::push(self, entry);
    }

    fn pop(&self) -> Option<InboxEntry> {
        SegQueue::pop(self)
    }

    fn is_empty(&self) -> bool {
        SegQueue::is_empty(self)
    }
}

impl Bell for Doorbell {
    fn ring(&self) {
        Doorbell::ring(self);
    }
}
