//! Where the woken stand in line: a queue for this thread, an inbox for all
//! others.
//!
//! The local queue is first in, first out, and holds nothing but task ids. It
//! is two lists: who is woken is added to one, who is next is read off the
//! other, and when that is read to its end they change places. So nothing is
//! ever moved, and adding is the end of a `Vec`, the cheapest place there is.
//! And who comes next is known: where the line is long, the executor looks at
//! sixteen tasks ahead, so that their memory is at hand when they are polled.
//!
//! The inbox takes what other threads send: wakes, aborts and closures that
//! spawn. The executor empties it between batches.
//!
//! Next: `executor.rs`, the slab of tasks and the poll.

use std::cell::{Ref, RefCell};
use std::fmt;
use std::mem;
use std::panic::Location;
use std::rc::Rc;

use crossbeam_queue::SegQueue;
use onecook_reactor::reactor::Doorbell;

use crate::executor::Executor;
use crate::join_error::Who;
use crate::parking::{Bell, Parking, Queue};
use crate::task::TaskId;

/// A line of so many tasks is longer than what fits into a cache.
const LONG: usize = 8192;

/// So many of a long line are looked at in one go.
const AHEAD: usize = 16;

/// No position.
const NEVER: usize = usize::MAX;

/// Above this many places an empty queue gives its memory back.
const KEEP_AT_MOST: usize = 4096;

/// The tasks that are ready, in the order in which they became so.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueue {
    lists: RefCell<Lists>,
}

/// The two lists that make the queue.
#[derive(Debug, Default)]
struct Lists {
    /// Who was woken, in order.
    woken: Vec<TaskId>,
    /// Those before them, from `position` on.
    next: Vec<TaskId>,
    position: usize,
    /// At this position those ahead are looked at, if the line is long.
    look_at: usize,
}

impl ReadyQueue {
    /// Adds at the end.
    #[inline]
    pub(crate) fn push(&self, id: TaskId) {
        self.lists.borrow_mut().woken.push(id);
    }

    /// Takes from the front.
    #[inline]
    pub(crate) fn pop(&self) -> Option<TaskId> {
        let mut lists = self.lists.borrow_mut();
        let id = lists.next.get(lists.position).copied();
        if id.is_none() {
            return lists.change_places();
        }
        lists.position += 1;
        id
    }

    /// Once for every [`AHEAD`] of a long line: those who come after the one
    /// that was taken last.
    #[inline]
    pub(crate) fn ahead(&self) -> Option<Ref<'_, [TaskId]>> {
        let lists = self.lists.borrow();
        if lists.position != lists.look_at {
            return None;
        }
        drop(lists);
        Some(self.look_ahead())
    }

    #[cold]
    fn look_ahead(&self) -> Ref<'_, [TaskId]> {
        self.lists.borrow_mut().look_at += AHEAD;
        Ref::map(self.lists.borrow(), |lists| {
            let end = lists.next.len().min(lists.look_at);
            &lists.next[lists.position..end]
        })
    }

    pub(crate) fn len(&self) -> usize {
        let lists = self.lists.borrow();
        lists.woken.len() + lists.next.len() - lists.position
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        let lists = self.lists.borrow();
        lists.woken.is_empty() && lists.position == lists.next.len()
    }

    /// Gives the memory of a burst back. To be called when it is empty.
    #[inline]
    pub(crate) fn shrink(&self) {
        let mut lists = self.lists.borrow_mut();
        if lists.woken.capacity().max(lists.next.capacity()) > KEEP_AT_MOST {
            lists.shrink();
        }
    }
}

impl Lists {
    /// Those who were woken are next; takes the first.
    fn change_places(&mut self) -> Option<TaskId> {
        if self.woken.len() < 2 {
            return self.woken.pop();
        }
        mem::swap(&mut self.woken, &mut self.next);
        self.woken.clear();
        self.position = 1;
        self.look_at = if self.next.len() < LONG { NEVER } else { 1 };
        self.next.first().copied()
    }

    #[cold]
    fn shrink(&mut self) {
        self.next.clear();
        self.position = 0;
        self.woken.shrink_to(KEEP_AT_MOST);
        self.next.shrink_to(KEEP_AT_MOST);
    }
}

/// What other threads send to an executor.
pub(crate) enum InboxEntry {
    /// Wake this task.
    Wake(TaskId),
    /// End this task at its next turn.
    Abort(TaskId),
    /// Call this on the executor's thread: it spawns.
    Spawn {
        /// What to call.
        spawn: SpawnOrder,
        /// Who ordered it.
        site: &'static Location<'static>,
    },
}

impl InboxEntry {
    /// How reports call what it would have spawned.
    pub(crate) fn who(&self) -> Option<Who> {
        match self {
            InboxEntry::Spawn { site, .. } => Some(Who::not_spawned(site)),
            InboxEntry::Wake(_) | InboxEntry::Abort(_) => None,
        }
    }
}

/// What a `Handle` sends.
pub(crate) type SpawnOrder = Box<dyn FnOnce(&Rc<Executor>) + Send>;

impl fmt::Debug for InboxEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InboxEntry::Wake(id) => write!(f, "Wake({id})"),
            InboxEntry::Abort(id) => write!(f, "Abort({id})"),
            InboxEntry::Spawn { site, .. } => write!(f, "Spawn({site})"),
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

#[cfg(test)]
mod tests {
    use super::{AHEAD, LONG, ReadyQueue};
    use crate::task::TaskId;

    /// Who was shown while a line of that length was taken, in order.
    fn shown(queue: &ReadyQueue, length: usize) -> Vec<TaskId> {
        for index in 0..length as u32 {
            queue.push(TaskId { number: 1, index });
        }
        let mut shown = Vec::new();
        while queue.pop().is_some() {
            if let Some(ahead) = queue.ahead() {
                assert!(ahead.len() <= AHEAD);
                shown.extend_from_slice(&ahead);
            }
        }
        shown
    }

    #[test]
    fn all_of_a_long_line_but_the_first_are_shown_ahead_and_once() {
        let queue = ReadyQueue::default();
        for length in [LONG, LONG + 1, LONG + AHEAD] {
            let shown = shown(&queue, length);
            let places = shown.iter().map(|id| id.index);
            assert!(places.eq(1..length as u32), "of {length}");
        }
    }

    #[test]
    fn nobody_of_a_short_line_is_shown() {
        let queue = ReadyQueue::default();
        for length in [0, 1, 2, AHEAD, LONG - 1, LONG, 2, LONG - 1, 1] {
            let expected = if length == LONG { LONG - 1 } else { 0 };
            assert_eq!(shown(&queue, length).len(), expected, "of {length}");
        }
        queue.shrink();
        assert_eq!(shown(&queue, LONG - 1), []);
    }
}
