//! The waker: what `wake()` does.
//!
//! A waker knows *which* task and the way to the ready queue; it never holds
//! the future. So a future may be `!Send`, a wake that comes too late finds
//! nothing, and no other thread can ever drop a task's values.
//!
//! ```text
//!   wake()  on the runtime's own thread:  flag, push to the ready queue
//!           from any other thread:        flag, deliver to the inbox, ring
//! ```
//!
//! Two flags, because the two ways cost so differently: on its own thread a
//! plain load and store will do; between threads it takes a swap, see
//! `parking.rs`.
//!
//! Next: `parking.rs`, how a wake reaches a sleeping executor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use std::task::{Wake, Waker};

use onecook_reactor::context;

use crate::executor::{self, Woken};
use crate::parking::Notified;
use crate::ready_queue::{Inbox, InboxEntry};
use crate::task::{TaskId, TaskState};
use crate::trace::{self, Event};

/// What every waker of one task leads to.
///
/// `number` and `index` are written only while nobody else holds the node, so
/// they need no more than relaxed atomics.
#[derive(Debug)]
pub(crate) struct TaskWaker {
    number: AtomicU64,
    index: AtomicU32,
    /// The executor's thread: is the task in the ready queue?
    scheduled: AtomicBool,
    /// Any thread: is a wake on its way through the inbox?
    notified: Notified,
    inbox: Arc<Inbox>,
}

impl TaskWaker {
    #[inline]
    pub(crate) fn id(&self) -> TaskId {
        TaskId {
            number: self.number.load(Ordering::Relaxed),
            index: self.index.load(Ordering::Relaxed),
        }
    }

    /// The inbox of its executor: it tells runtimes apart.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Marks it as being in the ready queue. `false`: it was. Own thread.
    #[inline]
    pub(crate) fn set_scheduled(&self) -> bool {
        if self.scheduled.load(Ordering::Relaxed) {
            return false;
        }
        self.scheduled.store(true, Ordering::Relaxed);
        true
    }

    fn trace_wake(&self, coalesced: bool) {
        let (task, by) = (self.id(), context::woken_by);
        trace::emit(|| Event::Wake { task, by: by(), coalesced });
        if !coalesced {
            executor::trace_push(task);
        }
    }

    /// The long way, kept out of the short one.
    #[cold]
    #[inline(never)]
    fn wake_from_elsewhere(&self) {
        if self.notified.mark() && !self.inbox.is_closed() {
            self.inbox.deliver(InboxEntry::Wake(self.id()));
        }
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        match executor::wake_own(self) {
            Woken::Queued => self.trace_wake(false),
            Woken::Coalesced => self.trace_wake(true),
            Woken::Elsewhere => self.wake_from_elsewhere(),
        }
    }
}

/// A waker node as the executor holds it, to look into it. It holds it twice:
/// the other time as the `Waker` that the task is polled with, which lies
/// beside the future. So a poll clones nothing.
#[derive(Debug)]
pub(crate) struct Node {
    task_waker: Arc<TaskWaker>,
}

/// How many references the executor itself holds.
const OWN_REFERENCES: usize = 2;

impl Node {
    /// A node for the task `id`, which is in the ready queue, and its waker.
    pub(crate) fn new(id: TaskId, inbox: Arc<Inbox>) -> (Node, Waker) {
        let task_waker = Arc::new(TaskWaker {
            number: AtomicU64::new(id.number),
            index: AtomicU32::new(id.index),
            scheduled: AtomicBool::new(true),
            notified: Notified::new(),
            inbox,
        });
        let waker = Waker::from(task_waker.clone());
        (Node { task_waker }, waker)
    }

    pub(crate) fn id(&self) -> TaskId {
        self.task_waker.id()
    }

    pub(crate) fn is_scheduled(&self) -> bool {
        self.task_waker.scheduled.load(Ordering::Relaxed)
    }

    pub(crate) fn task_waker(&self) -> &TaskWaker {
        &self.task_waker
    }

    /// The task is idle from here on: a wake during the poll puts it into the
    /// queue again.
    #[inline]
    pub(crate) fn begin_poll(&self) {
        self.task_waker.scheduled.store(false, Ordering::Relaxed);
    }

    /// A wake from another thread was received.
    pub(crate) fn clear_notified(&self) {
        self.task_waker.notified.clear();
    }

    /// How many wakers of this task there are outside the executor's own.
    pub(crate) fn wakers_outside(&self) -> usize {
        Arc::strong_count(&self.task_waker).saturating_sub(OWN_REFERENCES)
    }

    /// Whether a wake is on its way through the inbox. Asked after
    /// [`wakers_outside`](Node::wakers_outside): the fence makes the flag of
    /// whoever woke and let go of its waker visible here.
    pub(crate) fn is_notified(&self) -> bool {
        fence(Ordering::Acquire);
        self.task_waker.notified.is_marked()
    }

    /// What a `Waker` of this task points to.
    pub(crate) fn data(&self) -> *const () {
        Arc::as_ptr(&self.task_waker).cast()
    }

    /// The task is over: wakes that come later do nothing at all.
    pub(crate) fn retire(&self) {
        self.task_waker.scheduled.store(true, Ordering::Relaxed);
        self.task_waker.notified.set(true);
    }

    /// Whether nobody else holds this node, so that it can serve again.
    pub(crate) fn is_free(&self) -> bool {
        let alone = self.wakers_outside() == 0;
        fence(Ordering::Acquire); // with the release of the last one dropped
        alone
    }

    /// Puts a free node to use for another task, which is in the ready queue.
    pub(crate) fn assign(&self, id: TaskId) {
        debug_assert!(self.is_free());
        self.task_waker.number.store(id.number, Ordering::Relaxed);
        self.task_waker.index.store(id.index, Ordering::Relaxed);
        self.task_waker.scheduled.store(true, Ordering::Relaxed);
        self.task_waker.notified.set(false);
    }
}

/// The main future's node and waker.
#[derive(Debug)]
pub(crate) struct MainNode {
    pub(crate) node: Node,
    /// `None` while the main future is polled.
    pub(crate) waker: Option<Waker>,
    /// It was reported as lost, once is enough.
    pub(crate) reported: bool,
}

impl MainNode {
    pub(crate) fn state(&self) -> TaskState {
        if self.waker.is_none() {
            TaskState::Running
        } else if self.node.is_scheduled() {
            TaskState::Scheduled
        } else {
            TaskState::Idle
        }
    }
}
