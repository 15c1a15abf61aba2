//! The door for other threads: the only thing of a runtime that is `Send`.
//!
//! A closure goes in, not a future: the future is made on the runtime's own
//! thread, so it may be `!Send`. Only its output comes back.
//!
//! Back to `runtime.rs`.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::thread::{self, ThreadId};

use onecook_reactor::budget;
use parking_lot::{Condvar, Mutex};
use pin_project_lite::pin_project;

use crate::diagnosis::{contain, report_panic};
use crate::executor::{self, Executor};
use crate::join_error::{JoinError, Who};
use crate::ready_queue::{Inbox, InboxEntry, SpawnOrder};
use crate::task::{self, TaskId};

/// What leads to an executor from other threads. As long as anybody but the
/// executor holds it, no deadlock is certain.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) inbox: Arc<Inbox>,
    thread: ThreadId,
}

impl Door {
    pub(crate) fn new(inbox: Arc<Inbox>) -> Door {
        Door { inbox, thread: thread::current().id() }
    }
}

impl Executor {
    pub(crate) fn handle(&self) -> Handle {
        Handle { door: self.door() }
    }
}

/// The way to a runtime from another thread.
///
/// ```
/// let runtime = onecook::Runtime::new()?;
/// let handle = runtime.handle();
/// runtime.block_on(async move {
///     // Synchronous code, on another thread, calls asynchronous code here.
///     let waiter = onecook::spawn_blocking(move || {
///         handle.block_on(|| async { "fried" })
///     });
///     assert_eq!(waiter.await.unwrap().unwrap(), "fried");
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "call_soon_threadsafe")]
#[derive(Clone)]
pub struct Handle {
    door: Arc<Door>,
}

impl Handle {
    /// A handle of the runtime of this thread.
    ///
    /// ```
    /// use onecook::{Handle, spawn_blocking};
    ///
    /// onecook::block_on(async {
    ///     let kitchen = Handle::current();
    ///     let order = move || kitchen.block_on(|| async { "egg" });
    ///     assert_eq!(spawn_blocking(order).await.unwrap().unwrap(), "egg");
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[must_use]
    #[track_caller]
    pub fn current() -> Handle {
        Handle::try_current().expect(
            "there is no runtime on this thread: make the handle inside \
             `block_on` or with `Runtime::handle`, and send it here",
        )
    }

    /// A handle of the runtime of this thread, if it runs one.
    ///
    /// ```
    /// use onecook::Handle;
    ///
    /// assert!(Handle::try_current().is_none());
    /// onecook::block_on(async { assert!(Handle::try_current().is_some()) });
    /// ```
    #[must_use]
    pub fn try_current() -> Option<Handle> {
        executor::current().map(|executor| executor.handle())
    }

    /// Calls `make` on the runtime's thread and spawns the future it returns,
    /// which need not be `Send`.
    ///
    /// If the runtime is gone, or goes before the task has ended, the handle
    /// answers with an error.
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let runtime = onecook::Runtime::new()?;
    /// let handle = runtime.handle();
    /// let egg = std::thread::spawn(move || {
    ///     handle.spawn(|| async {
    ///         let egg = Rc::new("fried"); // not `Send`: it stays there
    ///         onecook::yield_now().await;
    ///         egg.len()
    ///     })
    /// });
    /// assert_eq!(runtime.block_on(egg.join().unwrap()).unwrap(), 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "run_coroutine_threadsafe")]
    #[track_caller]
    pub fn spawn<M, F>(&self, make: M) -> RemoteJoinHandle<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        let site = Location::caller();
        let reply = Arc::new(Reply::new(site));
        let handle =
            RemoteJoinHandle { door: self.door.clone(), reply: reply.clone() };
        let answer = Answer { reply, inbox: self.door.inbox.clone() };
        let task = move |executor: &Rc<Executor>| {
            answer.spawn_on(executor, make, site);
        };
        if self.door.inbox.is_closed() {
            drop(task); // answers that the runtime is gone
        } else {
            let spawn: SpawnOrder = Box::new(task);
            self.door.inbox.deliver(InboxEntry::Spawn { spawn, site });
        }
        handle
    }

    /// [`spawn`](Handle::spawn), then waits for the output while holding this
    /// thread: how synchronous code calls asynchronous code.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// let handle = runtime.handle();
    /// runtime.block_on(async {
    ///     let order = move || handle.block_on(|| async { "fried" });
    ///     let egg = onecook::spawn_blocking(order).await.unwrap();
    ///     assert_eq!(egg.unwrap(), "fried");
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the task panics, or the runtime is gone or goes first.
    ///
    /// # Panics
    ///
    /// On the runtime's own thread: it would wait for itself.
    #[track_caller]
    pub fn block_on<M, F>(&self, make: M) -> Result<F::Output, JoinError>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        assert!(
            thread::current().id() != self.door.thread,
            "`Handle::block_on` was called on the runtime's own thread: it \
             would wait for itself for ever. `.await` the future, or call \
             this inside `spawn_blocking`"
        );
        self.spawn(make).join()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?})", self.door.thread)
    }
}

/// Owns the output of a task of another thread's runtime.
///
/// Await it on any runtime, or hold the thread with [`join`]. Dropping it
/// detaches the task.
///
/// ```
/// let runtime = onecook::Runtime::new()?;
/// let egg = runtime.handle().spawn(|| async { "fried" });
/// assert_eq!(runtime.block_on(egg).unwrap(), "fried");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Cancel safety
///
/// Nothing is lost: `&mut handle` may be polled, dropped and polled again.
///
/// [`join`]: RemoteJoinHandle::join
#[must_use = "dropping the handle detaches the task; say so with `drop(..)`"]
pub struct RemoteJoinHandle<T> {
    door: Arc<Door>,
    reply: Arc<Reply<T>>,
}

/// Where the output waits, between two threads.
struct Reply<T> {
    state: Mutex<ReplyState<T>>,
    answered: Condvar,
    site: &'static Location<'static>,
}

struct ReplyState<T> {
    task: RemoteTaskState,
    /// The handle is gone: nobody will ask for the output.
    detached: bool,
    output: Option<Result<T, JoinError>>,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RemoteTaskState {
    /// On its way through the inbox.
    Sent,
    /// Aborted before it arrived.
    Aborted,
    /// Spawned.
    Spawned(TaskId),
    /// Its output was given, or its error.
    Answered,
    /// And taken.
    Taken,
}

impl<T> Reply<T> {
    fn new(site: &'static Location<'static>) -> Reply<T> {
        let state = ReplyState {
            task: RemoteTaskState::Sent,
            detached: false,
            output: None,
            waker: None,
        };
        Reply { state: Mutex::new(state), answered: Condvar::new(), site }
    }

    fn answer(&self, output: Result<T, JoinError>) {
        let mut state = self.state.lock();
        state.task = RemoteTaskState::Answered;
        if state.detached {
            drop(state);
            return drop_unseen(output);
        }
        state.output = Some(output);
        let waker = state.waker.take();
        drop(state);
        self.answered.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The error of a task that was dropped before it could answer.
    fn dropped(&self, gone: bool) -> JoinError {
        let who = match self.state.lock().task {
            RemoteTaskState::Spawned(id) => Who::new(id, &None, self.site),
            _ => Who::not_spawned(self.site),
        };
        if gone {
            JoinError::runtime_gone(who)
        } else {
            JoinError::cancelled(who)
        }
    }

    fn take(state: &mut ReplyState<T>) -> Option<Result<T, JoinError>> {
        let output = state.output.take()?;
        state.task = RemoteTaskState::Taken;
        Some(output)
    }

    /// Whether `newest` is to be stored, or is already; `Err`: the output.
    fn is_new(&self, newest: &Waker) -> Result<bool, Result<T, JoinError>> {
        let mut state = self.state.lock();
        assert!(
            state.task != RemoteTaskState::Taken,
            "`RemoteJoinHandle` polled after it was done"
        );
        if let Some(output) = Reply::take(&mut state) {
            return Err(output);
        }
        Ok(!state.waker.as_ref().is_some_and(|it| it.will_wake(newest)))
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Result<T, JoinError>> {
        match self.is_new(cx.waker()) {
            Err(output) => return Poll::Ready(output),
            Ok(false) => return Poll::Pending,
            Ok(true) => {}
        }
        let mut newest = Some(cx.waker().clone()); // user code, no lock held
        let mut state = self.state.lock();
        // Answered meanwhile, before the waker was there to be woken?
        if let Some(output) = Reply::take(&mut state) {
            return Poll::Ready(output);
        }
        mem::swap(&mut state.waker, &mut newest);
        drop(state);
        drop(newest); // the one before: user code, no lock held
        Poll::Pending
    }
}

impl<T> RemoteJoinHandle<T> {
    /// Holds this thread until the task has ended.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let kitchen = onecook::Handle::current();
    ///     let waiter = onecook::spawn_blocking(move || {
    ///         let egg = kitchen.spawn(|| async { "egg" });
    ///         let toast = kitchen.spawn(|| async { "toast" });
    ///         (egg.join().unwrap(), toast.join().unwrap())
    ///     });
    ///     assert_eq!(waiter.await.unwrap(), ("egg", "toast"));
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the task panicked or was cancelled, or the runtime is gone.
    ///
    /// # Panics
    ///
    /// On the runtime's own thread, and after the output was taken.
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        assert!(
            thread::current().id() != self.door.thread,
            "`RemoteJoinHandle::join` was called on the runtime's own thread: \
             it would wait for itself for ever. `.await` the handle instead"
        );
        let mut state = self.reply.state.lock();
        loop {
            assert!(
                state.task != RemoteTaskState::Taken,
                "`RemoteJoinHandle` joined after it was done"
            );
            if let Some(output) = Reply::take(&mut state) {
                return output;
            }
            self.reply.answered.wait(&mut state);
        }
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// let mut egg = runtime.handle().spawn(|| async { "fried" });
    /// assert!(!egg.is_finished());
    /// runtime.block_on(&mut egg).unwrap();
    /// assert!(egg.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        use RemoteTaskState::{Answered, Taken};
        matches!(self.reply.state.lock().task, Answered | Taken)
    }

    /// Ends the task at its next turn. Nothing happens if it is over.
    ///
    /// ```
    /// use std::future::pending;
    ///
    /// let runtime = onecook::Runtime::new()?;
    /// let egg = runtime.handle().spawn(pending::<()>);
    /// egg.abort();
    /// assert!(runtime.block_on(egg).unwrap_err().is_cancelled());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort(&self) {
        let mut state = self.reply.state.lock();
        match state.task {
            RemoteTaskState::Sent => state.task = RemoteTaskState::Aborted,
            RemoteTaskState::Spawned(id) => {
                drop(state);
                self.door.inbox.deliver(InboxEntry::Abort(id));
            }
            _ => {}
        }
    }
}

impl<T> Future for RemoteJoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let output = ready!(this.reply.poll(cx));
        leave.spend();
        Poll::Ready(output)
    }
}

impl<T> Drop for RemoteJoinHandle<T> {
    fn drop(&mut self) {
        let mut state = self.reply.state.lock();
        state.detached = true;
        let (output, waker) = (state.output.take(), state.waker.take());
        drop(state);
        drop(waker); // user code, with no lock held
        if let Some(output) = output {
            drop_unseen(output);
        }
    }
}

/// Nobody will ask for the output: drops it. A panic that nobody else would
/// see is reported.
fn drop_unseen<T>(output: Result<T, JoinError>) {
    match output {
        Err(error) if error.is_panic() => report_panic(error),
        output => drop(output),
    }
}

impl<T> fmt::Debug for RemoteJoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_finished() { "finished" } else { "running" };
        write!(f, "RemoteJoinHandle({word})")
    }
}

/// The duty to answer: whoever drops it says that the task was cancelled.
struct Answer<T> {
    reply: Arc<Reply<T>>,
    inbox: Arc<Inbox>,
}

impl<T: Send + 'static> Answer<T> {
    fn spawn_on<M, F>(
        self,
        executor: &Rc<Executor>,
        make: M,
        site: &'static Location<'static>,
    ) where
        M: FnOnce() -> F + 'static,
        F: Future<Output = T> + 'static,
    {
        let reply = self.reply.clone();
        if reply.state.lock().task == RemoteTaskState::Aborted {
            contain(|| Some(Who::not_spawned(site)), || drop(make));
            return; // drops the answer: "cancelled"
        }
        let remote = RemoteTask {
            stage: RemoteStage::Making { make: Some(make) },
            answer: Some(self),
        };
        if let Some(id) = executor.spawn(task::boxing()(remote), None, site) {
            let mut state = reply.state.lock();
            // Aborted since we looked, a moment ago?
            let aborted = state.task == RemoteTaskState::Aborted;
            state.task = RemoteTaskState::Spawned(id);
            drop(state);
            if aborted {
                executor.abort(id);
            }
        }
    }
}

impl<T> Answer<T> {
    fn give(self, output: Result<T, JoinError>) {
        self.reply.answer(output);
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        use RemoteTaskState::{Answered, Taken};
        let state = self.reply.state.lock().task;
        if !matches!(state, Answered | Taken) {
            let gone = self.inbox.is_closed();
            self.reply.answer(Err(self.reply.dropped(gone)));
        }
    }
}

pin_project! {
    /// The task on the runtime's side: makes the future, polls it, answers.
    struct RemoteTask<M, F: Future> {
        #[pin]
        stage: RemoteStage<M, F>,
        answer: Option<Answer<F::Output>>,
    }
}

pin_project! {
    #[project = RemoteStageProjection]
    enum RemoteStage<M, F> {
        Making { make: Option<M> },
        Polling { #[pin] future: F },
    }
}

impl<M, F> RemoteStage<M, F>
where
    M: FnOnce() -> F,
    F: Future,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let RemoteStageProjection::Making { make } = self.as_mut().project()
        {
            let make = make.take().expect("a future is made once");
            self.set(RemoteStage::Polling { future: make() });
        }
        match self.project() {
            RemoteStageProjection::Polling { future } => future.poll(cx),
            RemoteStageProjection::Making { .. } => unreachable!(),
        }
    }
}

impl<M, F> Future for RemoteTask<M, F>
where
    M: FnOnce() -> F,
    F: Future,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let stage = this.stage;
        let poll = catch_unwind(AssertUnwindSafe(|| stage.poll(cx)));
        let output = match poll {
            Ok(poll) => Ok(ready!(poll)),
            Err(payload) => {
                let reply = this.answer.as_ref().map(|it| &it.reply);
                let site = reply.map_or(Location::caller(), |it| it.site);
                Err(JoinError::panic(Who::not_spawned(site), payload))
            }
        };
        if let Some(answer) = this.answer.take() {
            answer.give(output);
        }
        Poll::Ready(())
    }
}
