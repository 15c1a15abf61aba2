//! The join handle: the first hand-written future.
//!
//! The output waits in the task's own cell. So the handle is no more than the
//! task's id and the way to the executor, and its `poll` asks: is it done?
//!
//! Next: `join_error.rs`, why a task has no output.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;

use crate::executor::{self, Executor, find};
use crate::handle::Door;
use crate::join_error::{JoinError, Who};
use crate::ready_queue::InboxEntry;
use crate::task::{BoxedCell, Task, TaskId};
use crate::trace::{self, Event};

/// Owns the output of a task: await it to have it.
///
/// Dropping the handle detaches the task: it goes on, and its output is
/// dropped as soon as it ends.
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn(async { "fried" });
///     let toast = onecook::spawn(async { panic!("burnt") });
///     assert_eq!(egg.await.unwrap(), "fried");
///     assert!(toast.await.unwrap_err().is_panic());
/// });
/// ```
///
/// # Cancel safety
///
/// Nothing is lost: `&mut handle` may be polled, dropped and polled again.
#[doc(alias = "Task")]
#[must_use = "dropping the handle detaches the task; say so with `drop(..)`"]
pub struct JoinHandle<T> {
    executor: Weak<Executor>,
    task: JoinState,
    site: &'static Location<'static>,
    output: PhantomData<fn() -> T>,
}

/// What the handle waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum JoinState {
    /// The task to end.
    Joining(TaskId),
    /// Nothing: the runtime was shutting down when it was spawned.
    Refused,
    /// Nothing more: the output was handed out.
    Done,
}

impl<T: 'static> JoinHandle<T> {
    pub(crate) fn new(
        executor: Weak<Executor>,
        id: Option<TaskId>,
        site: &'static Location<'static>,
    ) -> JoinHandle<T> {
        let task = id.map_or(JoinState::Refused, JoinState::Joining);
        JoinHandle { executor, task, site, output: PhantomData }
    }

    /// Whether awaiting the handle would not wait.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async { "fried" });
    ///     assert!(!egg.is_finished());
    ///     onecook::yield_now().await;
    ///     assert!(egg.is_finished());
    /// });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let JoinState::Joining(id) = self.task else { return true };
        let Some(executor) = self.executor.upgrade() else { return true };
        let mut tasks = executor.tasks.borrow_mut();
        find(&mut tasks, id).is_none_or(|task| task.flags.done)
    }

    /// Which task it is; `None` once the output was handed out.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let mut egg = onecook::spawn(async {});
    ///     assert_eq!(egg.id().unwrap().number(), 1);
    ///     (&mut egg).await.unwrap();
    ///     assert_eq!(egg.id(), None);
    /// });
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        match self.task {
            JoinState::Joining(id) => Some(id),
            JoinState::Refused | JoinState::Done => None,
        }
    }

    /// Ends the task: its future is dropped at its next turn, never inside
    /// this call, and the handle then answers "cancelled". A task that is
    /// done, or ends by itself in that turn, keeps its output.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(onecook::future::pending::<()>());
    ///     egg.abort();
    ///     assert!(egg.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    #[doc(alias = "cancel")]
    pub fn abort(&self) {
        if let (Some(id), Some(executor)) = (self.id(), self.executor.upgrade())
        {
            executor.abort(id);
        }
    }

    /// The power to abort the task, without its output. Any thread may use it.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(onecook::future::pending::<()>());
    ///     let button = egg.abort_handle();
    ///     std::thread::spawn(move || button.abort());
    ///     assert!(egg.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        let executor = self.executor.upgrade();
        let door = executor.map(|executor| executor.door());
        AbortHandle { target: door.zip(self.id()) }
    }

    fn poll_done(&mut self, cx: &Context<'_>) -> Poll<Result<T, JoinError>> {
        let JoinState::Joining(id) = self.task else {
            return self.poll_without_task();
        };
        let Some(executor) = self.executor.upgrade() else {
            return self.runtime_gone(id);
        };
        match executor.poll_join(id, cx.waker()) {
            Join::Waiting => Poll::Pending,
            Join::Done(cell) => Poll::Ready(self.take_output(cell)),
            Join::Cancelled(error) => self.cancelled(error),
            Join::Gone => self.runtime_gone(id),
        }
    }

    fn poll_without_task(&mut self) -> Poll<Result<T, JoinError>> {
        match mem::replace(&mut self.task, JoinState::Done) {
            JoinState::Refused => {
                let who = Who::not_spawned(self.site);
                Poll::Ready(Err(JoinError::runtime_gone(who)))
            }
            _ => panic!("`JoinHandle` polled after it was done"),
        }
    }

    fn runtime_gone(&mut self, id: TaskId) -> Poll<Result<T, JoinError>> {
        self.task = JoinState::Done;
        let who = Who::new(id, &None, self.site);
        Poll::Ready(Err(JoinError::runtime_gone(who)))
    }

    fn cancelled(&mut self, error: JoinError) -> Poll<Result<T, JoinError>> {
        self.task = JoinState::Done;
        Poll::Ready(Err(error))
    }

    fn take_output(&mut self, mut cell: BoxedCell) -> Result<T, JoinError> {
        self.task = JoinState::Done;
        let mut output: Option<Result<T, JoinError>> = None;
        cell.as_mut().take_output(&mut output);
        output.expect("a task that is done has an output")
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let output = ready!(this.poll_done(cx));
        leave.spend();
        Poll::Ready(output)
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let JoinState::Joining(id) = self.task else { return };
        if let Some(executor) = self.executor.upgrade() {
            executor.detach(id);
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinHandle({:?})", self.task)
    }
}

/// What a handle finds.
enum Join {
    /// The task is not done; its end will wake the handle's waker.
    Waiting,
    /// The task is done, and this is what is left of it.
    Done(BoxedCell),
    /// The task was aborted, and nothing is left of it.
    Cancelled(JoinError),
    /// There is no such task any more.
    Gone,
}

impl Join {
    /// What a task that is done comes to.
    #[inline]
    fn of(id: TaskId, task: Task) -> Join {
        match task.cell {
            Some(cell) => Join::Done(cell),
            None => Join::cancelled(id, &task),
        }
    }

    #[cold]
    fn cancelled(id: TaskId, task: &Task) -> Join {
        let who = Who::new(id, &task.name, task.site);
        Join::Cancelled(JoinError::cancelled(who))
    }
}

/// The executor's side.
impl Executor {
    fn poll_join(&self, id: TaskId, newest: &Waker) -> Join {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return Join::Gone };
        if task.flags.done {
            let task = tasks.remove(id.index as usize);
            drop(tasks);
            trace::emit(|| Event::Dropped { task: id });
            return Join::of(id, task);
        }
        let joiner = task.joiner.as_ref();
        if !joiner.is_some_and(|joiner| joiner.will_wake(newest)) {
            drop(tasks);
            self.set_joiner(id, newest.clone());
        }
        Join::Waiting
    }

    fn set_joiner(&self, id: TaskId, newest: Waker) {
        let mut newest = Some(newest);
        if let Some(task) = find(&mut self.tasks.borrow_mut(), id) {
            mem::swap(&mut task.joiner, &mut newest);
        }
        drop(newest); // the one before: user code, with nothing borrowed
    }

    fn detach(&self, id: TaskId) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = find(&mut tasks, id) else { return };
        task.flags.detached = true;
        let joiner = task.joiner.take();
        let done = task.flags.done;
        drop(tasks);
        drop(joiner); // user code, with nothing borrowed
        if done {
            self.drop_unseen(id);
        }
    }
}

/// The power to abort a task, from any thread. See [`JoinHandle::abort`].
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn(onecook::future::pending::<()>());
///     let button = egg.abort_handle();
///     drop(onecook::spawn(async move { button.abort() }));
///     assert!(egg.await.unwrap_err().is_cancelled());
/// });
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    target: Option<(Arc<Door>, TaskId)>,
}

impl AbortHandle {
    /// Ends the task at its next turn. Nothing happens if it is over.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async { "fried" });
    ///     let button = egg.abort_handle();
    ///     assert_eq!(egg.await.unwrap(), "fried");
    ///     button.abort(); // too late, and that is fine
    /// });
    /// ```
    pub fn abort(&self) {
        let Some((door, id)) = &self.target else { return };
        match own_executor(door) {
            Some(executor) => executor.abort(*id),
            None if door.inbox.is_closed() => {}
            None => door.inbox.deliver(InboxEntry::Abort(*id)),
        }
    }

    /// Which task; `None` if it was over already.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async {});
    ///     assert_eq!(egg.abort_handle().id(), egg.id());
    /// });
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        self.target.as_ref().map(|(_, id)| *id)
    }
}

fn own_executor(door: &Door) -> Option<Rc<Executor>> {
    executor::current().filter(|it| Arc::ptr_eq(&it.inbox, &door.inbox))
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AbortHandle({:?})", self.id())
    }
}
