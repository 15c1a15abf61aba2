//! A task: a future, and what the executor knows about it.
//!
//! ```text
//!           spawn                 pop                    Ready
//!   (new) ───1───▶ Scheduled ───2───▶ Running ───────5───────▶ Done
//!                      ▲                 │ ▲
//!                      │ 4 wake          │ │ woken during poll: back to 2
//!                      └──── Idle ◀──3───┘ ┘
//!                               Pending
//! ```
//!
//! 1. `Executor::spawn` boxes the future and puts the task into the queue.
//! 2. `Executor::take_out` takes it from the queue and out of the slab.
//! 3. `Executor::put_back`: it returned `Pending`.
//! 4. `TaskWaker::wake` puts it into the queue again, once.
//! 5. `Executor::finish`: its output waits for the `JoinHandle`. One that is
//!    aborted ends in `Executor::cancel_if_aborted`, and leaves no output.
//!
//! Next: `waker.rs`, what `wake()` does.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use onecook_reactor::context::Tag;

use crate::join_error::{JoinError, Who};
use crate::waker::Node;

/// The identity of a task in its runtime: no two tasks ever share one.
///
/// Tasks are numbered from 1 in the order of their spawns; 0 is the main
/// future of `block_on`.
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn(async {});
///     assert_eq!(egg.id().unwrap().to_string(), "task 1");
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The generation of its slot, and its name in reports.
    pub(crate) number: u64,
    /// Its slot in the executor's slab.
    pub(crate) index: u32,
}

impl TaskId {
    /// The first main future: it is in no slot. Those of later `block_on`s
    /// differ in their number, which nobody sees.
    pub(crate) const MAIN: TaskId = TaskId { number: 0, index: u32::MAX };

    /// The slot that is nobody's: the parent of whoever was spawned outside
    /// any poll.
    pub(crate) const NOBODY: u32 = u32::MAX - 1;

    /// Its number, 0 for the main future.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async {});
    ///     assert_eq!(egg.id().unwrap().number(), 1);
    /// });
    /// ```
    #[must_use]
    pub fn number(self) -> u64 {
        if self.is_main() { 0 } else { self.number }
    }

    pub(crate) fn is_main(self) -> bool {
        self.index == TaskId::MAIN.index
    }

    /// What the ground floor calls it.
    pub(crate) fn tag(self) -> Tag {
        Tag(self.number())
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskId({})", self.number())
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            0 => f.write_str("the main future"),
            number => write!(f, "task {number}"),
        }
    }
}

/// A task's name. Most have none, so it costs one word.
pub(crate) type TaskName = Option<Rc<String>>;

/// A future, and what the executor knows about it.
///
/// Everything here belongs to the executor's thread; what other threads touch
/// is the node.
pub(crate) struct Task {
    /// Its number: tells it from those who had the slot before.
    pub(crate) number: u64,
    /// The future or its output; `None` while it is polled, and once it was
    /// aborted.
    pub(crate) cell: Option<BoxedCell>,
    /// What its wakers lead to. It gets one at its first poll:
    /// a task that ends there, as many do, borrows a spare one for a moment.
    pub(crate) node: Option<Node>,
    /// Whoever awaits the `JoinHandle`.
    pub(crate) joiner: Option<Waker>,
    pub(crate) name: TaskName,
    pub(crate) site: &'static Location<'static>,
    /// The slot of the task that was polled when it was spawned, see
    /// [`TaskId::NOBODY`].
    pub(crate) parent: u32,
    pub(crate) polls: u64,
    pub(crate) flags: Flags,
}

/// What happened to a task.
#[derive(Clone, Copy, Default, Debug)]
#[allow(clippy::struct_excessive_bools)] // four facts, and each is one
pub(crate) struct Flags {
    /// The `JoinHandle` is gone: nobody will ask for the output.
    pub(crate) detached: bool,
    /// `abort` was called: its next turn is its last.
    pub(crate) aborted: bool,
    /// The cell holds an output, or is gone: it was aborted.
    pub(crate) done: bool,
    /// It was reported as lost, once is enough.
    pub(crate) reported: bool,
}

/// The state of a task, as the drawing above has it.
///
/// ```
/// use onecook::TaskState;
///
/// // As a dump has it.
/// assert_eq!(TaskState::Idle.to_string(), "idle");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaskState {
    /// In the ready queue.
    Scheduled,
    /// Being polled.
    Running,
    /// Pending, until someone wakes it.
    Idle,
    /// Finished or aborted; what came of it waits for the `JoinHandle`.
    Done,
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            TaskState::Scheduled => "scheduled",
            TaskState::Running => "running",
            TaskState::Idle => "idle",
            TaskState::Done => "done",
        };
        f.write_str(word)
    }
}

impl Task {
    pub(crate) fn state(&self) -> TaskState {
        if self.flags.done {
            return TaskState::Done;
        }
        match (&self.cell, &self.node) {
            (None, _) => TaskState::Running,
            (Some(_), None) => TaskState::Scheduled, // not polled yet
            (Some(_), Some(node)) if node.is_scheduled() => {
                TaskState::Scheduled
            }
            (Some(_), Some(_)) => TaskState::Idle,
        }
    }

    /// Whether its next turn is a poll.
    #[inline]
    pub(crate) fn is_pollable(&self) -> bool {
        !self.flags.aborted && !self.flags.done
    }

    /// Whether it was polled before, and is to be polled again.
    #[inline]
    pub(crate) fn waits_to_go_on(&self) -> bool {
        self.node.is_some() && self.is_pollable()
    }

    /// How many wakers of this task there are outside the executor's own.
    pub(crate) fn wakers_outside(&self) -> usize {
        self.node.as_ref().map_or(0, Node::wakers_outside)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("number", &self.number)
            .field("name", &self.name)
            .field("site", &self.site)
            .field("state", &self.state())
            .field("polls", &self.polls)
            .finish_non_exhaustive()
    }
}

/// A future, or its output, whatever its type.
pub(crate) type BoxedCell = Pin<Box<dyn Cell>>;

/// A future of this size or more gets a box of its own first.
const LARGE: usize = 16 * 1024;

/// How to box a future of this type. To be called first thing in `spawn`:
/// without optimization each function that a future is handed through by
/// value keeps copies of it on the stack, and a large one has no room for
/// many. So a large one goes into a box by the shortest way there is.
#[inline]
pub(crate) fn boxing<F>() -> fn(F) -> BoxedCell
where
    F: Future + 'static,
    F::Output: 'static,
{
    if size_of::<F>() < LARGE { boxed } else { boxed_twice }
}

#[inline]
fn boxed<F>(future: F) -> BoxedCell
where
    F: Future + 'static,
    F::Output: 'static,
{
    Box::pin(FutureCell { waker: None, stage: Stage::Running { future } })
}

fn boxed_twice<F>(future: F) -> BoxedCell
where
    F: Future + 'static,
    F::Output: 'static,
{
    boxed(Box::pin(future))
}

/// What the executor does with a boxed future, whatever its type.
pub(crate) trait Cell {
    /// Whether the future has not ended.
    fn is_running(&self) -> bool;

    /// Polls the future with the cell's waker; its output stays in the cell.
    fn poll(self: Pin<&mut Self>) -> Poll<()>;

    /// Replaces the waker that the future is polled with.
    fn replace_waker(
        self: Pin<&mut Self>,
        waker: Option<Waker>,
    ) -> Option<Waker>;

    /// Drops the future and keeps `error` for the handle instead, unless
    /// there is an output already.
    fn fail(self: Pin<&mut Self>, error: JoinError) -> Result<(), JoinError>;

    /// Drops the future of a task that was aborted. The error is for those who
    /// have no handle to make it.
    fn cancel(self: Pin<&mut Self>, who: &dyn Fn() -> Option<Who>);

    /// The error it ended with, if any.
    fn take_error(self: Pin<&mut Self>) -> Option<JoinError>;

    /// Moves the output to `slot`, an `Option<Result<T, JoinError>>`.
    fn take_output(self: Pin<&mut Self>, slot: &mut dyn Any);
}

pin_project! {
    /// A future until it ends, then its output in the same place.
    #[project = StageProjection]
    #[project_replace = StageReplaced]
    pub(crate) enum Stage<F: Future> {
        Running { #[pin] future: F },
        Finished { output: Result<F::Output, JoinError> },
        Taken,
    }
}

pin_project! {
    /// What is in the box: the future, and the waker it is polled with.
    pub(crate) struct FutureCell<F: Future> {
        waker: Option<Waker>,
        #[pin]
        stage: Stage<F>,
    }
}

impl<F: Future> Cell for FutureCell<F>
where
    F::Output: 'static,
{
    fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    fn poll(self: Pin<&mut Self>) -> Poll<()> {
        let this = self.project();
        let mut stage = this.stage;
        let (StageProjection::Running { future }, Some(waker)) =
            (stage.as_mut().project(), this.waker)
        else {
            panic!("a task was polled after it was done");
        };
        let mut cx = Context::from_waker(waker);
        let Poll::Ready(output) = future.poll(&mut cx) else {
            return Poll::Pending;
        };
        // Drops the future first. If that panics, the output is in place.
        stage.set(Stage::Finished { output: Ok(output) });
        Poll::Ready(())
    }

    fn replace_waker(
        self: Pin<&mut Self>,
        waker: Option<Waker>,
    ) -> Option<Waker> {
        mem::replace(self.project().waker, waker)
    }

    fn fail(self: Pin<&mut Self>, error: JoinError) -> Result<(), JoinError> {
        let mut stage = self.project().stage;
        if !matches!(*stage, Stage::Running { .. }) {
            return Err(error);
        }
        stage.set(Stage::Finished { output: Err(error) });
        Ok(())
    }

    fn cancel(self: Pin<&mut Self>, _who: &dyn Fn() -> Option<Who>) {
        self.project().stage.set(Stage::Taken);
    }

    fn take_error(self: Pin<&mut Self>) -> Option<JoinError> {
        let mut stage = self.project().stage;
        if !matches!(&*stage, Stage::Finished { output: Err(_) }) {
            return None;
        }
        match stage.as_mut().project_replace(Stage::Taken) {
            StageReplaced::Finished { output } => output.err(),
            _ => None,
        }
    }

    fn take_output(self: Pin<&mut Self>, slot: &mut dyn Any) {
        let slot = slot
            .downcast_mut::<Option<Result<F::Output, JoinError>>>()
            .expect("a join handle asks for its own task's output");
        if let StageReplaced::Finished { output } =
            self.project().stage.project_replace(Stage::Taken)
        {
            *slot = Some(output);
        }
    }
}
