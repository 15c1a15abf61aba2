//! The executor: a slab of tasks, and the poll.
//!
//! ```text
//!   spawn ──▶ slab + ready queue
//!   run_batch: pop ─┬▶ take_out ─▶ poll ─┬▶ put_back   (Pending)
//!                   │                    └▶ finish     (Ready, panic)
//!                   └▶ cancel_if_aborted
//! ```
//!
//! A task is *out of the slab* while it is polled: the boxed future and its
//! waker are moved, two pointers each, and nothing is borrowed while the
//! user's code runs. That code may spawn, wake, abort, drop handles.
//!
//! Next: `block_on.rs`, the loop around it.

use std::cell::{Cell as Slot, RefCell};
use std::fmt;
use std::hint;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Poll, Waker};

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
use crate::patience::Patience;
use crate::random::Generator;
use crate::ready_queue::{Inbox, InboxEntry, ReadyQueue};
use crate::task::{BoxedCell, Cell, Flags, Task, TaskId, TaskName};
use crate::task_set::SetJoiner;
use crate::trace::{self, Event, Outcome};
use crate::waker::{MainNode, Node, TaskWaker};

/// After so many polls the reactor is looked at, even if the queue is never
/// empty. A prime, as tokio's is, so that it falls in step with nothing.
pub(crate) const POLLS_PER_LOOK: u64 = 61;

/// Entries read from the inbox between two batches.
const ENTRIES_PER_READ: usize = 1024;

/// A slab of fewer tasks than this doubles when it is full.
const FEW_TASKS: usize = 1024;

/// Waker nodes kept for tasks to come.
const SPARE_NODES: usize = 16 * 1024;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Executor>>> =
        const { RefCell::new(None) };
}

/// Runs the tasks of one runtime, on one thread.
pub(crate) struct Executor {
    // --- this thread only
    pub(crate) tasks: RefCell<Slab<Task>>,
    pub(crate) ready: ReadyQueue,
    pub(crate) main: RefCell<Option<MainNode>>,
    pub(crate) main_is_next: Slot<bool>,
    /// At so many polls the reactor is looked at.
    pub(crate) next_look: Slot<u64>,
    /// At so many polls, those woken by the last turn have been polled.
    pub(crate) kernel_is_stale_at: Slot<u64>,
    /// The last sleep was ended by another thread's doorbell.
    pub(crate) rung: Slot<bool>,
    pub(crate) patience: Patience,
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) counters: Counters,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) anchor: Slot<&'static Anchor>,
    spare_nodes: RefCell<Vec<(Node, Waker)>>,
    polled_slot: Slot<u32>,
    last_number: Slot<u64>,
    /// How many of the numbers went to children of scopes.
    children: Slot<u64>,
    scopes: Slot<u64>,
    /// Whoever waits for a task of a `TaskSet`.
    pub(crate) task_sets: RefCell<Vec<Weak<SetJoiner>>>,
    closing: Slot<bool>,
    pub(crate) random: Generator,
    // --- any thread
    pub(crate) inbox: Arc<Inbox>,
}

/// What a wake on the own thread came to.
pub(crate) enum Woken {
    /// Put into the ready queue.
    Queued,
    /// It was there already.
    Coalesced,
    /// Not this thread's executor: take the way of other threads.
    Elsewhere,
}

/// Wakes a task if its executor is the one entered on this thread.
#[inline]
pub(crate) fn wake_own(node: &TaskWaker) -> Woken {
    let woken = CURRENT.try_with(|current| match &*current.borrow() {
        Some(executor) if Arc::ptr_eq(&executor.inbox, node.inbox()) => {
            executor.wake(node)
        }
        _ => Woken::Elsewhere,
    });
    woken.unwrap_or(Woken::Elsewhere)
}

/// Tells an observer that the entered executor's queue has one more.
pub(crate) fn trace_push(task: TaskId) {
    trace::emit(|| {
        let depth = current().map_or(0, |executor| executor.ready.len());
        Event::Push { task, depth }
    });
}

/// The executor entered on this thread.
pub(crate) fn current() -> Option<Rc<Executor>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()?
}

/// A number for a child of a scope, of the same row as those of the tasks.
pub(crate) fn number_child() -> Option<u64> {
    with_current(|executor| {
        let number = executor.last_number.get() + 1;
        executor.last_number.set(number);
        executor.children.set(executor.children.get() + 1);
        number
    })
}

/// A number for a scope, of a row of its own.
pub(crate) fn number_scope() -> Option<u64> {
    with_current(|executor| {
        executor.scopes.set(executor.scopes.get() + 1);
        executor.scopes.get()
    })
}

/// The place where a debugger reads who is polled.
pub(crate) fn anchor() -> &'static Anchor {
    let anchor = with_current(|executor| executor.anchor.get());
    anchor.unwrap_or_else(anchor::unclaimed)
}

/// Looks at the entered executor. `look` must not run user code.
fn with_current<T>(look: impl FnOnce(&Executor) -> T) -> Option<T> {
    let look =
        |it: &RefCell<Option<Rc<Executor>>>| it.borrow().as_deref().map(look);
    CURRENT.try_with(look).ok()?
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
            next_look: Slot::new(POLLS_PER_LOOK),
            kernel_is_stale_at: Slot::new(0),
            rung: Slot::new(false),
            patience: Patience::default(),
            reactor,
            counters: Counters::default(),
            diagnosis: Diagnosis::new(settings),
            anchor: Slot::new(anchor::unclaimed()),
            spare_nodes: RefCell::default(),
            polled_slot: Slot::new(TaskId::NOBODY),
            last_number: Slot::new(0),
            children: Slot::new(0),
            scopes: Slot::new(0),
            task_sets: RefCell::default(),
            closing: Slot::new(false),
            random: Generator::new(settings.seed),
            inbox: Arc::new(inbox),
        })
    }

    /// Makes this the executor of the thread until the guard is dropped.
    pub(crate) fn enter(self: &Rc<Executor>) -> Entered {
        let reactor = self.reactor.enter();
        let previous = replace_current(Some(self.clone()));
        Entered { previous, _reactor: reactor }
    }

    /// How many tasks were spawned so far.
    pub(crate) fn spawned(&self) -> u64 {
        self.last_number.get() - self.children.get()
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
        let id = self.insert(Task {
            number: self.last_number.get() + 1,
            cell: Some(cell),
            node: None,
            joiner: None,
            name,
            site,
            parent: self.polled_slot.get(),
            polls: 0,
            flags: Flags::default(),
        });
        self.diagnosis.scheduled(id);
        self.ready.push(id);
        trace::emit(|| Event::Spawn {
            task: id,
            name: self.name(id),
            site,
            parent: context::polled(),
        });
        self.trace_push(id);
        Some(id)
    }

    fn name(&self, id: TaskId) -> Option<Arc<str>> {
        let mut tasks = self.tasks.borrow_mut();
        let name = find(&mut tasks, id)?.name.as_ref()?;
        Some(name.as_str().into())
    }

    fn insert(&self, task: Task) -> TaskId {
        self.last_number.set(task.number);
        let mut tasks = self.tasks.borrow_mut();
        if tasks.len() == tasks.capacity() {
            grow(&mut tasks);
        }
        let slot = tasks.vacant_entry();
        let id = TaskId { number: task.number, index: slot.key() as u32 };
        slot.insert(task);
        id
    }

    /// A waker node that nobody holds, for the task `id`.
    fn take_node(&self, id: TaskId) -> (Node, Waker) {
        let Some(spare) = self.spare_nodes.borrow_mut().pop() else {
            return Node::new(id, self.inbox.clone());
        };
        spare.0.assign(id);
        spare
    }

    /// Keeps the node of a task that is over for the next one, unless a stale
    /// waker still holds it.
    fn recycle(&self, node: Node, waker: Waker) {
        let mut spare_nodes = self.spare_nodes.borrow_mut();
        if node.is_free() && spare_nodes.len() < SPARE_NODES {
            spare_nodes.push((node, waker));
        } else {
            node.retire();
        }
    }

    #[inline]
    fn wake(&self, node: &TaskWaker) -> Woken {
        self.counters.wakes.add(1);
        if node.set_scheduled() {
            let id = node.id();
            self.diagnosis.scheduled(id);
            self.ready.push(id);
            return Woken::Queued;
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
        let node = task.node.as_ref(); // none: it is in the queue, not polled
        if node.is_some_and(|node| node.task_waker().set_scheduled()) {
            self.ready.push(id);
            drop(tasks);
            self.diagnosis.scheduled(id);
            self.trace_push(id);
        }
    }
}

/// The poll.
impl Executor {
    /// Polls tasks in the order of the queue, until it is empty, the main
    /// future is next, or it is time to look at the reactor.
    pub(crate) fn run_batch(&self) {
        while self.counters.polls.get() < self.next_look.get() {
            let Some(id) = self.ready.pop() else { break };
            trace::emit(|| Event::Pop { task: id, depth: self.ready.len() });
            if id.is_main() {
                self.main_is_next.set(self.is_main(id));
                break;
            }
            if let Some(ahead) = self.ready.ahead() {
                look_at(&self.tasks.borrow(), &ahead);
            }
            self.poll_task(id);
        }
        self.nobody_is_polled();
    }

    /// Whether that is the main future of this `block_on`, not of one before.
    fn is_main(&self, id: TaskId) -> bool {
        self.main.borrow().as_ref().is_some_and(|main| main.node.id() == id)
    }

    /// One turn of one task.
    pub(crate) fn poll_task(&self, id: TaskId) {
        let Some(mut cell) = self.take_out(id) else {
            return self.cancel_if_aborted(id);
        };
        match self.poll_cell(id, cell.as_mut()) {
            Poll::Pending => self.put_back(id, cell),
            Poll::Ready(outcome) => self.finish(id, cell, outcome),
        }
    }

    /// Takes a task out of the slab: it is running from here on. `None` if it
    /// is over, or to be ended instead of polled.
    #[inline]
    fn take_out(&self, id: TaskId) -> Option<BoxedCell> {
        let mut tasks = self.tasks.borrow_mut();
        let task = find(&mut tasks, id).filter(|it| it.is_pollable())?;
        task.polls += 1;
        match &task.node {
            Some(node) => node.begin_poll(),
            None => self.give_node(id, task),
        }
        task.cell.take()
    }

    /// Its first poll: gives the task a node, and its cell the waker.
    fn give_node(&self, id: TaskId, task: &mut Task) {
        let (node, waker) = self.take_node(id);
        node.begin_poll();
        task.node = Some(node);
        if let Some(cell) = &mut task.cell {
            cell.as_mut().replace_waker(Some(waker));
        }
    }

    /// Polls it. A panic is an end too.
    #[inline]
    fn poll_cell(
        &self,
        id: TaskId,
        mut cell: Pin<&mut dyn Cell>,
    ) -> Poll<Outcome> {
        self.before_poll(id);
        let polled = cell.as_mut();
        let poll = catch_unwind(AssertUnwindSafe(|| poll_future(polled)));
        self.after_poll(id, !matches!(poll, Ok(Poll::Pending)));
        match poll {
            Ok(poll) => poll.map(|()| Outcome::Finished),
            Err(payload) => {
                self.fail(id, cell, |who| JoinError::panic(who, payload));
                Poll::Ready(Outcome::Panicked)
            }
        }
    }

    /// Ends a task that was aborted.
    #[cold]
    fn cancel_if_aborted(&self, id: TaskId) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return };
        if task.flags.done {
            return;
        }
        let Some(mut cell) = task.cell.take() else { return };
        drop(tasks);
        self.runs_on_behalf_of(id); // its `Drop` code does
        let waker = cell.as_mut().replace_waker(None);
        let who = || self.who(id);
        diagnosis::contain(who, || cancel(cell, &who));
        self.end(id, None, waker, Outcome::Cancelled);
    }

    /// Drops the future; the error is what the handle gets. The future's
    /// `Drop` may panic as well: then that is reported, and the task is over
    /// all the same.
    #[cold]
    fn fail(
        &self,
        id: TaskId,
        cell: Pin<&mut dyn Cell>,
        error: impl FnOnce(Who) -> JoinError,
    ) {
        let Some(who) = self.who(id) else { return };
        let error = error(who.clone());
        diagnosis::contain(
            || Some(who),
            || {
                if let Err(error) = cell.fail(error) {
                    diagnosis::report_panic(error); // it has an output already
                }
            },
        );
    }

    /// Right before a poll: a place for a breakpoint.
    #[inline]
    pub(crate) fn before_poll(&self, id: TaskId) {
        self.counters.polls.add(1);
        self.runs_on_behalf_of(id);
        self.diagnosis.poll_begins(self, id);
        trace::emit(|| Event::PollBegin { task: id });
    }

    /// Says whose code runs from here on.
    #[inline]
    fn runs_on_behalf_of(&self, id: TaskId) {
        self.polled_slot.set(id.index);
        self.anchor.get().set_polling(id.tag());
        context::begin_poll(id.tag());
    }

    /// Right after a poll: a place for a breakpoint.
    #[inline]
    pub(crate) fn after_poll(&self, id: TaskId, ready: bool) {
        trace::emit(|| Event::PollEnd { task: id, ready });
        self.diagnosis.poll_ends(self, id);
    }

    /// Between two polls of a batch no user code runs, so this is said once,
    /// after the batch.
    pub(crate) fn nobody_is_polled(&self) {
        context::end_poll();
        self.anchor.get().set_polling(context::Tag::NONE);
        self.polled_slot.set(TaskId::NOBODY);
    }

    /// `Pending`: back into the slab.
    #[inline]
    fn put_back(&self, id: TaskId, cell: BoxedCell) {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(task) = find(&mut tasks, id) {
            task.cell = Some(cell);
        }
    }

    /// Over: the output waits for the handle, or is dropped without one.
    fn finish(&self, id: TaskId, mut cell: BoxedCell, outcome: Outcome) {
        let waker = cell.as_mut().replace_waker(None);
        self.end(id, Some(cell), waker, outcome);
    }

    /// What is left of it goes back into the slab, if anything is.
    #[inline]
    fn end(
        &self,
        id: TaskId,
        cell: Option<BoxedCell>,
        waker: Option<Waker>,
        outcome: Outcome,
    ) {
        self.diagnosis.done(id);
        trace::emit(|| Event::Done { task: id, outcome });
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return };
        task.cell = cell;
        task.flags.done = true;
        let (node, detached) = (task.node.take(), task.flags.detached);
        let joiner = task.joiner.take();
        drop(tasks);
        if let Some((node, waker)) = node.zip(waker) {
            self.recycle(node, waker);
        }
        if detached {
            return self.drop_unseen(id);
        }
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }

    /// Drops a task, and its output, for which nobody will ask. A panic that
    /// nobody else would see is reported, those of its `Drop` code included.
    pub(crate) fn drop_unseen(&self, id: TaskId) {
        let Some(who) = self.who(id) else { return };
        let Some(mut cell) = self.remove(id) else { return };
        let _polling = context::polling(id.tag());
        match cell.as_mut().take_error() {
            Some(error) if error.is_panic() => diagnosis::report_panic(error),
            _ => diagnosis::contain(|| Some(who), || drop(cell)),
        }
    }

    /// Takes a task out of the slab for good; its cell is the caller's.
    pub(crate) fn remove(&self, id: TaskId) -> Option<BoxedCell> {
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id)?;
        let task = tasks.remove(id.index as usize);
        drop(tasks);
        if let Some(node) = task.node {
            node.retire();
        }
        if let Some(joiner) = task.joiner {
            joiner.wake(); // the runtime closes, and the joiner is another's
        }
        trace::emit(|| Event::Dropped { task: id });
        task.cell
    }

    /// How reports call a task.
    pub(crate) fn who(&self, id: TaskId) -> Option<Who> {
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id).map(|task| Who::new(id, &task.name, task.site))
    }
}

/// The future's own code begins here. A function of its own for those who step
/// through it: `catch_unwind` has no lines, so `step` goes over it, and a
/// breakpoint here is the way in.
fn poll_future(cell: Pin<&mut dyn Cell>) -> Poll<()> {
    cell.poll()
}

/// Drops a future that was aborted, box and all. Its handle, if it has one,
/// makes the error when it is asked: a hundred thousand tasks that are aborted
/// at once need no hundred thousand errors meanwhile.
fn cancel(mut cell: BoxedCell, who: &dyn Fn() -> Option<Who>) {
    cell.as_mut().cancel(who);
}

/// Makes room for a twelfth more. A slab left to itself doubles, and then half
/// of it is empty: 80 bytes for each task, more than half of what a task takes.
/// (Where it is large the allocator does not copy it but maps it anew.)
#[cold]
fn grow(tasks: &mut Slab<Task>) {
    if tasks.len() >= FEW_TASKS {
        tasks.reserve_exact(tasks.len() / 12);
    }
}

/// The task of that id, unless the slot is another's by now.
pub(crate) fn find(tasks: &mut Slab<Task>, id: TaskId) -> Option<&mut Task> {
    let task = tasks.get_mut(id.index as usize)?;
    (task.number == id.number).then_some(task)
}

/// Looks at tasks that are to be polled soon, and does nothing.
///
/// Of a hundred thousand that are woken in no order none is in a cache, and
/// each poll would wait for its task's memory: for the place, then for the node
/// and the box that it leads to. Where several are looked at in one go, these
/// waits overlap. Those that are new or aborted most often lie in a row: if the
/// first is one, this is spared.
fn look_at(tasks: &Slab<Task>, ids: &[TaskId]) {
    let ahead = ids.iter().filter_map(|id| tasks.get(id.index as usize));
    if !ahead.clone().next().is_some_and(Task::waits_to_go_on) {
        return;
    }
    let go_on = ahead.clone().filter(|task| task.waits_to_go_on());
    hint::black_box(go_on.count());
    let mut ready = 0;
    for (cell, node) in ahead.map(|task| (&task.cell, &task.node)) {
        let is_running = cell.as_ref().is_some_and(|it| it.is_running());
        let is_scheduled = node.as_ref().is_some_and(Node::is_scheduled);
        ready += usize::from(is_running) + usize::from(is_scheduled);
    }
    hint::black_box(ready);
}

/// The id of a task, from its place in the slab.
pub(crate) fn id_of((index, task): (usize, &Task)) -> TaskId {
    TaskId { number: task.number, index: index as u32 }
}

/// The inbox and the end.
impl Executor {
    /// Takes what other threads sent. Only so many at a time: they may send
    /// as fast as this reads, and the tasks want to run too.
    pub(crate) fn read_inbox(self: &Rc<Executor>) {
        for _ in 0..ENTRIES_PER_READ {
            let Some(entry) = self.inbox.take() else { return };
            match entry {
                InboxEntry::Wake(id) => self.receive_wake(id),
                InboxEntry::Abort(id) => self.abort(id),
                InboxEntry::Spawn { spawn, .. } => spawn(self),
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
        let coalesced = !matches!(woken, Woken::Queued);
        trace::emit(|| Event::Wake { task: id, by, coalesced });
        if !coalesced {
            self.trace_push(id);
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
            let main = main.as_ref().map(|main| &main.node);
            return main.filter(|node| node.id() == id).map(look);
        }
        let mut tasks = self.tasks.borrow_mut();
        find(&mut tasks, id)?.node.as_ref().map(look)
    }

    /// A node for the main future of a `block_on`, in the ready queue.
    pub(crate) fn begin_main(&self) {
        let number = self.counters.runs.get();
        self.counters.runs.add(1);
        let id = TaskId { number, ..TaskId::MAIN };
        let (node, waker) = Node::new(id, self.inbox.clone());
        let main = MainNode { node, waker: Some(waker), reported: false };
        let previous = self.main.replace(Some(main));
        drop(previous);
        self.diagnosis.scheduled(id);
        self.ready.push(id);
        self.trace_push(id);
    }

    fn trace_push(&self, task: TaskId) {
        trace::emit(|| Event::Push { task, depth: self.ready.len() });
    }

    /// Drops every task, in the order of their spawns, on this thread and with
    /// the context in place. What their `Drop` code spawns is dropped at once;
    /// what it wakes or aborts is ignored.
    pub(crate) fn close(self: &Rc<Executor>) {
        let _entered = self.enter();
        self.closing.set(true);
        self.inbox.close();
        while let Some(entry) = self.inbox.take() {
            let who = entry.who();
            diagnosis::contain(|| who, || drop(entry));
        }
        for id in self.ids() {
            // Whoever awaits it is woken, and that may be anybody's code.
            let who = self.who(id);
            diagnosis::contain(|| who, || self.drop_unseen(id));
        }
        while self.ready.pop().is_some() {}
    }

    /// All tasks, in the order of their spawns.
    pub(crate) fn ids(&self) -> Vec<TaskId> {
        let tasks = self.tasks.borrow();
        let mut ids: Vec<_> = tasks.iter().map(id_of).collect();
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
