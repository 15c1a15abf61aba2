//! The executor: a slab of tasks, and the poll.
//!
//! ```text
//!   spawn ──▶ slab + ready queue
//!   run_batch: pop ─▶ take_out ─▶ poll ─▶ put_back   (Pending)
//!                                    └──▶ finish     (Ready, panic, abort)
//! ```
//!
//! A task is *out of the slab* while it is polled: the boxed future and its
//! waker are moved, two pointers each, and nothing is borrowed while the
//! user's code runs. That code may spawn, wake, abort, drop handles.
//!
//! Next: `block_on.rs`, the loop around it.

use std::cell::{Cell as Slot, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crossbeam_queue::SegQueue;
use slab::Slab;

use onecook_reactor::Reactor;
use onecook_reactor::context;

use crate::anchor::{self, Anchor};
use crate::builder::Settings;
use crate::diagnosis::{self, Diagnosis};
use crate::join_error::{JoinError, Who};
use crate::metrics::Counters;
use crate::parking::Parking;
use crate::ready_queue::{Inbox, InboxEntry, ReadyQueue};
use crate::task::{BoxedCell, Flags, Task, TaskId, TaskName};
use crate::trace::{self, Event, Outcome};
use crate::waker::{Node, TaskWaker};

/// After so many polls the reactor is looked at, even if the queue is never
/// empty. A prime, as tokio's is, so that it falls in step with nothing.
pub(crate) const POLLS_PER_LOOK: u32 = 61;

/// Waker nodes kept for tasks to come.
const SPARE_NODES: usize = 16 * 1024;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Executor>>> = const { RefCell::new(None) };
}

/// Runs the tasks of one runtime, on one thread.
pub(crate) struct Executor {
    // --- this thread only
    pub(crate) tasks: RefCell<Slab<Task>>,
    pub(crate) ready: ReadyQueue,
    pub(crate) main: RefCell<Option<Node>>,
    pub(crate) main_is_next: Slot<bool>,
    pub(crate) polls_until_look: Slot<u32>,
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) counters: Counters,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) anchor: Slot<&'static Anchor>,
    spare_nodes: RefCell<Vec<Node>>,
    last_number: Slot<u64>,
    closing: Slot<bool>,
    // --- any thread
    pub(crate) inbox: Arc<Inbox>,
}

/// What a wake on the own thread came to.
pub(crate) enum Woken {
    /// Put into the ready queue, which is that long now.
    Queued(usize),
    /// It was there already.
    Coalesced,
    /// Not this thread's executor: take the way of other threads.
    Elsewhere,
}

/// Wakes a task if its executor is the one entered on this thread.
pub(crate) fn wake_own(node: &TaskWaker) -> Woken {
    let woken = CURRENT.try_with(|current| match &*current.borrow() {
        Some(executor) if Arc::ptr_eq(&executor.inbox, node.inbox()) => {
            executor.wake(node)
        }
        _ => Woken::Elsewhere,
    });
    woken.unwrap_or(Woken::Elsewhere)
}

/// The executor entered on this thread.
pub(crate) fn current() -> Option<Rc<Executor>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()?
}

/// Restores the executor that was entered before.
pub(crate) struct Entered {
    previous: Option<Rc<Executor>>,
    _reactor: context::Entered,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = replace_current(self.previous.take());
        drop(left); // the borrow of the thread-local is over by now
    }
}

fn replace_current(next: Option<Rc<Executor>>) -> Option<Rc<Executor>> {
    CURRENT.try_with(|current| current.replace(next)).ok()?
}

/// Making and entering.
impl Executor {
    pub(crate) fn new(reactor: Rc<Reactor>, settings: &Settings) -> Rc<Self> {
        let inbox = Parking::new(SegQueue::new(), reactor.doorbell());
        Rc::new(Executor {
            tasks: RefCell::default(),
            ready: ReadyQueue::default(),
            main: RefCell::default(),
            main_is_next: Slot::new(false),
            polls_until_look: Slot::new(POLLS_PER_LOOK),
            reactor,
            counters: Counters::default(),
            diagnosis: Diagnosis::new(settings),
            anchor: Slot::new(anchor::unclaimed()),
            spare_nodes: RefCell::default(),
            last_number: Slot::new(0),
            closing: Slot::new(false),
            inbox: Arc::new(inbox),
        })
    }

    /// Makes this the executor of the thread until the guard is dropped.
    pub(crate) fn enter(self: &Rc<Executor>) -> Entered {
        let reactor = self.reactor.enter();
        let previous = replace_current(Some(self.clone()));
        Entered { previous, _reactor: reactor }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// How many tasks were spawned so far.
    pub(crate) fn spawned(&self) -> u64 {
        self.last_number.get()
    }
}

/// Spawning and waking.
impl Executor {
    /// Puts a boxed future into the ready queue. `None` while the runtime
    /// shuts down: then the future is dropped.
    pub(crate) fn spawn(
        &self,
        cell: BoxedCell,
        name: TaskName,
        site: &'static Location<'static>,
    ) -> Option<TaskId> {
        if self.closing.get() {
            return None;
        }
        let parent = context::polled();
        let id = self.insert(Task {
            cell: Some(cell),
            node: self.take_node(),
            joiner: None,
            name: name.clone(),
            site,
            parent,
            polls: 0,
            flags: Flags::default(),
        });
        self.diagnosis.scheduled(id);
        let depth = self.ready.push(id);
        trace::emit(|| Event::Spawn {
            task: id,
            name: name.map(|name| name.as_str().into()),
            site,
            parent,
        });
        trace::emit(|| Event::Push { task: id, depth });
        Some(id)
    }

    fn insert(&self, task: Task) -> TaskId {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let mut tasks = self.tasks.borrow_mut();
        let slot = tasks.vacant_entry();
        let id = TaskId { number, index: slot.key() as u32 };
        task.node.assign(id);
        slot.insert(task);
        id
    }

    /// A waker node that nobody holds.
    fn take_node(&self) -> Node {
        let spare = self.spare_nodes.borrow_mut().pop();
        spare.unwrap_or_else(|| Node::new(TaskId::MAIN, self.inbox.clone()))
    }

    /// Keeps a node for the next task, unless a stale waker still holds it.
    fn recycle(&self, node: Node) {
        node.retire();
        let mut spare_nodes = self.spare_nodes.borrow_mut();
        if node.is_free() && spare_nodes.len() < SPARE_NODES {
            spare_nodes.push(node);
        }
    }

    fn wake(&self, node: &TaskWaker) -> Woken {
        self.counters.wakes.add(1);
        if node.set_scheduled() {
            let id = node.id();
            self.diagnosis.scheduled(id);
            return Woken::Queued(self.ready.push(id));
        }
        self.counters.coalesced_wakes.add(1);
        Woken::Coalesced
    }

    /// Ends a task at its next turn. Nothing happens if it is over.
    pub(crate) fn abort(&self, id: TaskId) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return };
        if task.flags.done {
            return;
        }
        task.flags.aborted = true;
        if task.node.task_waker().set_scheduled() {
            let depth = self.ready.push(id);
            drop(tasks);
            self.diagnosis.scheduled(id);
            trace::emit(|| Event::Push { task: id, depth });
        }
    }
}

/// The poll.
impl Executor {
    /// Polls tasks in the order of the queue, until it is empty, the main
    /// future is next, or it is time to look at the reactor.
    pub(crate) fn run_batch(&self) {
        while self.polls_until_look.get() > 0 && !self.main_is_next.get() {
            let Some(id) = self.ready.pop() else { return };
            trace::emit(|| Event::Pop { task: id, depth: self.ready.len() });
            if id.is_main() {
                self.main_is_next.set(self.is_main(id));
            } else {
                self.poll_task(id);
            }
        }
    }

    /// Whether that is the main future of this `block_on`, not of one before.
    fn is_main(&self, id: TaskId) -> bool {
        self.main.borrow().as_ref().is_some_and(|main| main.id() == id)
    }

    /// One turn of one task: poll it, or end it if it was aborted.
    pub(crate) fn poll_task(&self, id: TaskId) {
        let Some(mut running) = self.take_out(id) else { return };
        let outcome = if running.aborted {
            self.cancel(&mut running)
        } else {
            self.poll_cell(&mut running)
        };
        match outcome {
            None => self.put_back(running),
            Some(outcome) => self.finish(running, outcome),
        }
    }

    /// Takes a task out of the slab: it is running from here on.
    fn take_out(&self, id: TaskId) -> Option<Running> {
        let mut tasks = self.tasks.borrow_mut();
        let task = find(&mut tasks, id)?;
        let cell = task.cell.take()?;
        let waker = task.node.begin_poll()?;
        task.polls += u64::from(!task.flags.aborted);
        Some(Running { id, cell, waker, aborted: task.flags.aborted })
    }

    /// Polls it. `None`: still pending.
    fn poll_cell(&self, running: &mut Running) -> Option<Outcome> {
        let polling = self.before_poll(running.id);
        let mut cx = Context::from_waker(&running.waker);
        let cell = running.cell.as_mut();
        let poll = catch_unwind(AssertUnwindSafe(|| cell.poll(&mut cx)));
        self.after_poll(
            running.id,
            polling,
            !matches!(poll, Ok(Poll::Pending)),
        );
        match poll {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(())) => Some(Outcome::Finished),
            Err(payload) => {
                let who = self.who(running.id)?;
                self.fail(running, JoinError::panic(who, payload));
                Some(Outcome::Panicked)
            }
        }
    }

    /// Ends it: it was aborted.
    fn cancel(&self, running: &mut Running) -> Option<Outcome> {
        let who = self.who(running.id)?;
        self.fail(running, JoinError::cancelled(who));
        Some(Outcome::Cancelled)
    }

    /// Drops the future; the error is what the handle gets. The future's
    /// `Drop` may panic as well: then that is reported, and the task is over
    /// all the same.
    fn fail(&self, running: &mut Running, error: JoinError) {
        let _polling = context::polling(running.id.tag());
        let cell = running.cell.as_mut();
        let dropped = catch_unwind(AssertUnwindSafe(|| cell.fail(error)));
        match dropped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => diagnosis::report_panic(&error),
            Err(payload) => {
                if let Some(who) = self.who(running.id) {
                    diagnosis::report_panic(&JoinError::panic(who, payload));
                }
            }
        }
    }

    /// Right before a poll: a place for a breakpoint.
    pub(crate) fn before_poll(&self, id: TaskId) -> context::Polling {
        self.counters.polls.add(1);
        self.polls_until_look.set(self.polls_until_look.get() - 1);
        self.anchor.get().set_polling(Some(id));
        self.diagnosis.poll_begins(self, id);
        trace::emit(|| Event::PollBegin { task: id });
        context::polling(id.tag())
    }

    /// Right after a poll: a place for a breakpoint.
    pub(crate) fn after_poll(
        &self,
        id: TaskId,
        polling: context::Polling,
        ready: bool,
    ) {
        drop(polling);
        trace::emit(|| Event::PollEnd { task: id, ready });
        self.diagnosis.poll_ends(self, id);
        self.anchor.get().set_polling(None);
    }

    /// `Pending`: back into the slab.
    fn put_back(&self, running: Running) {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(task) = find(&mut tasks, running.id) {
            task.cell = Some(running.cell);
            task.node.end_poll(running.waker);
        }
    }

    /// Over: the output waits for the handle, or is dropped without one.
    fn finish(&self, running: Running, outcome: Outcome) {
        let id = running.id;
        self.diagnosis.done(id);
        trace::emit(|| Event::Done { task: id, outcome });
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return };
        task.cell = Some(running.cell);
        task.node.end_poll(running.waker);
        task.flags.done = true;
        if task.flags.detached {
            drop(tasks);
            return self.drop_unseen(id);
        }
        let joiner = task.joiner.take();
        drop(tasks);
        if let Some(joiner) = joiner {
            let _polling = context::polling(id.tag());
            joiner.wake();
        }
    }

    /// Drops a task, and its output, for which nobody will ask. A panic that
    /// nobody else would see is reported, those of its `Drop` code included.
    pub(crate) fn drop_unseen(&self, id: TaskId) {
        let Some(who) = self.who(id) else { return };
        let Some(cell) = self.remove(id) else { return };
        if let Some(error) = cell.error().filter(|error| error.is_panic()) {
            diagnosis::report_panic(error);
        }
        let _polling = context::polling(id.tag());
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(cell)));
        if let Err(payload) = dropped {
            diagnosis::report_panic(&JoinError::panic(who, payload));
        }
    }

    /// Takes a task out of the slab for good; its cell is the caller's.
    pub(crate) fn remove(&self, id: TaskId) -> Option<BoxedCell> {
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id)?;
        let task = tasks.remove(id.index as usize);
        drop(tasks);
        self.recycle(task.node);
        drop(task.joiner); // user code, with nothing borrowed
        trace::emit(|| Event::Dropped { task: id });
        task.cell
    }

    /// How reports call a task.
    pub(crate) fn who(&self, id: TaskId) -> Option<Who> {
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id).map(|task| Who::new(id, &task.name, task.site))
    }
}

/// A task that is out of the slab.
struct Running {
    id: TaskId,
    cell: BoxedCell,
    waker: Waker,
    aborted: bool,
}

/// The task of that id, unless the slot is another's by now.
pub(crate) fn find(tasks: &mut Slab<Task>, id: TaskId) -> Option<&mut Task> {
    let task = tasks.get_mut(id.index as usize)?;
    (task.node.id().number == id.number).then_some(task)
}

/// The inbox and the end.
impl Executor {
    /// Takes what other threads sent.
    pub(crate) fn read_inbox(self: &Rc<Executor>) {
        while let Some(entry) = self.inbox.take() {
            match entry {
                InboxEntry::Wake(id) => self.receive_wake(id),
                InboxEntry::Abort(id) => self.abort(id),
                InboxEntry::Spawn(spawn) => spawn(self),
            }
        }
    }

    fn receive_wake(&self, id: TaskId) {
        let Some(woken) = self.with_node(id, |node| {
            node.clear_notified();
            self.wake(node.task_waker())
        }) else {
            return;
        };
        let by = context::WokenBy::Thread;
        let coalesced = !matches!(woken, Woken::Queued(_));
        trace::emit(|| Event::Wake { task: id, by, coalesced });
        if let Woken::Queued(depth) = woken {
            trace::emit(|| Event::Push { task: id, depth });
        }
    }

    /// Looks at the node of a task, or of the main future. `look` must not
    /// run user code.
    pub(crate) fn with_node<T>(
        &self,
        id: TaskId,
        look: impl FnOnce(&Node) -> T,
    ) -> Option<T> {
        if id.is_main() {
            let main = self.main.borrow();
            return main.as_ref().filter(|main| main.id() == id).map(look);
        }
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id).map(|task| look(&task.node))
    }

    /// A node for the main future of a `block_on`, in the ready queue.
    pub(crate) fn begin_main(&self) {
        let number = self.counters.runs.get();
        self.counters.runs.add(1);
        let id = TaskId { number, ..TaskId::MAIN };
        let node = Node::new(id, self.inbox.clone());
        let previous = self.main.replace(Some(node));
        drop(previous);
        self.diagnosis.scheduled(id);
        let depth = self.ready.push(id);
        trace::emit(|| Event::Push { task: id, depth });
    }

    /// Drops every task, in the order of their spawns, on this thread and with
    /// the context in place. What their `Drop` code spawns is dropped at once;
    /// what it wakes or aborts is ignored.
    pub(crate) fn close(self: &Rc<Executor>) {
        let _entered = self.enter();
        self.closing.set(true);
        self.inbox.close();
        for id in self.ids() {
            self.drop_unseen(id);
        }
        while self.ready.pop().is_some() {}
    }

    /// All tasks, in the order of their spawns.
    pub(crate) fn ids(&self) -> Vec<TaskId> {
        let tasks = self.tasks.borrow();
        let mut ids: Vec<_> =
            tasks.iter().map(|(_, task)| task.node.id()).collect();
        ids.sort_unstable();
        ids
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("tasks", &self.tasks.borrow().len())
            .field("ready", &self.ready.len())
            .field("reactor", &self.reactor)
            .finish_non_exhaustive()
    }
}
