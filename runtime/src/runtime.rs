//! The runtime: an executor that its owner can run, ask and shut down.
//!
//! Next: `builder.rs`, one made to measure.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use crate::builder::Builder;
use crate::executor::{self, Executor};
use crate::handle::Handle;
use crate::join_handle::JoinHandle;
use crate::metrics::{Metrics, TaskTimes};
use crate::task::{self, BoxedCell, TaskName};

/// A single-threaded runtime: one cook, many eggs.
///
/// It stays on the thread that made it. Dropping it drops every task, on this
/// thread, each exactly once; it does not wait for blocking calls that have
/// started ([`shutdown_timeout`](Runtime::shutdown_timeout) does).
///
/// ```
/// let runtime = onecook::Runtime::new()?;
/// let egg = runtime.spawn(async { "fried" });
/// assert_eq!(runtime.block_on(egg).unwrap(), "fried");
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "EventLoop")]
#[doc(alias = "LocalRuntime")]
#[doc(alias = "LocalSet")]
pub struct Runtime {
    executor: Rc<Executor>,
}

impl Runtime {
    /// A runtime as most need it. [`Builder`] makes others.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// assert_eq!(runtime.block_on(async { "fried" }), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the kernel grants no descriptors for it.
    pub fn new() -> io::Result<Runtime> {
        Builder::new().build()
    }

    pub(crate) fn around(executor: Rc<Executor>) -> Runtime {
        Runtime { executor }
    }

    /// Runs `future` to its end, and all tasks beside it until then.
    ///
    /// Tasks that are left over stay, and go on in the next `block_on`.
    ///
    /// ```
    /// use onecook::{Runtime, yield_now};
    ///
    /// let runtime = Runtime::new()?;
    /// let slow = runtime.spawn(async {
    ///     yield_now().await;
    ///     "fried"
    /// });
    /// runtime.block_on(async {}); // it is polled once, and stays
    /// assert_eq!(runtime.block_on(slow).unwrap(), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// - Inside a task, or inside another `block_on` of this thread.
    /// - With whatever `future` panics with. The runtime can then still be
    ///   used, or dropped.
    /// - On a deadlock that is *certain*: nothing is ready, nothing outside is
    ///   waited for, and nobody else holds a waker. The text lists the tasks.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.executor.block_on(future)
    }

    /// Spawns a task; it runs during the next `block_on`.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// let egg = runtime.spawn(async { "fried" });
    /// assert!(!egg.is_finished()); // nobody runs it yet
    /// assert_eq!(runtime.block_on(egg).unwrap(), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let cell = task::boxing::<F>()(future);
        spawn_on(&self.executor, cell, None, Location::caller())
    }

    /// The door for other threads.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// let handle = runtime.handle();
    /// let order = move || handle.spawn(|| async { "fried" });
    /// let egg = std::thread::spawn(order).join().unwrap();
    /// assert_eq!(runtime.block_on(egg).unwrap(), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.executor.handle()
    }

    /// What it has done so far.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// runtime.block_on(onecook::yield_now());
    /// assert_eq!(runtime.metrics().polls, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.executor.metrics()
    }

    /// How long each task was ready, running and waiting. Empty unless the
    /// [`Builder`] was asked to measure. A task that has ended is told once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::{Builder, time::sleep};
    ///
    /// let runtime = Builder::new().task_times(true).build()?;
    /// let egg = runtime.spawn(sleep(Duration::from_millis(5)));
    /// let id = egg.id().unwrap();
    /// runtime.block_on(egg).unwrap();
    /// let times = runtime.task_times();
    /// let egg = times.iter().find(|it| it.task == id).unwrap();
    /// assert!(egg.waiting >= Duration::from_millis(4));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn task_times(&self) -> Vec<TaskTimes> {
        self.executor.take_task_times()
    }

    /// Every task as a tree, in words: name, spawn site, state, polls, and
    /// what it waits for.
    ///
    /// ```
    /// let runtime = onecook::Runtime::new()?;
    /// let egg = runtime.spawn(async {});
    /// assert!(runtime.dump().contains("task 1"));
    /// # drop(egg);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn dump(&self) -> String {
        self.executor.dump()
    }

    /// Drops every task, then waits up to `timeout` for blocking calls that
    /// have started.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let runtime = onecook::Runtime::new()?;
    /// runtime.block_on(async {
    ///     let wash_up = || thread::sleep(Duration::from_millis(1));
    ///     drop(onecook::spawn_blocking(wash_up));
    /// });
    /// runtime.shutdown_timeout(Duration::from_secs(5)); // when it is done
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(self, timeout: Duration) {
        self.executor.close();
        self.executor.reactor.blocking().shutdown(Some(timeout));
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.executor.close();
        self.executor.reactor.blocking().shutdown(Some(Duration::ZERO));
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.executor).finish()
    }
}

/// Runs `future` to its end on a runtime of its own.
///
/// ```
/// let egg = onecook::block_on(async { "fried" });
/// assert_eq!(egg, "fried");
/// ```
///
/// # Panics
///
/// As [`Runtime::block_on`], and if no runtime can be made: the process has no
/// file descriptor left.
#[doc(alias = "asyncio.run")]
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    crate::block_on::refuse_inside_a_task();
    let runtime = Runtime::new().unwrap_or_else(|error| {
        panic!(
            "no runtime can be made: {error}. Each needs two file \
             descriptors; raise the limit with `ulimit -n`"
        )
    });
    runtime.block_on(future)
}

/// Spawns a task on the runtime of this thread. It need not be `Send`.
///
/// It runs beside the one that spawned it, in the order of the ready queue.
/// Dropping the handle detaches the task: it goes on.
///
/// ```
/// use std::rc::Rc;
///
/// onecook::block_on(async {
///     let eggs = Rc::new(["A", "B"]);
///     let same = eggs.clone();
///     let first = onecook::spawn(async move { same[0] });
///     assert_eq!(first.await.unwrap(), eggs[0]);
/// });
/// ```
///
/// # Panics
///
/// Outside a runtime.
#[doc(alias = "create_task")]
#[doc(alias = "ensure_future")]
#[doc(alias = "spawn_local")]
#[doc(alias = "go")]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let cell = task::boxing::<F>()(future);
    spawn_on(&expect_current(), cell, None, Location::caller())
}

/// Spawns a task with a name: dumps, reports and traces call it by that.
///
/// ```
/// # onecook::block_on(async {
/// let egg = onecook::spawn_named("egg A", async { "fried" });
/// assert!(onecook::dump().contains("'egg A'"));
/// assert_eq!(egg.await.unwrap(), "fried");
/// # });
/// ```
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub fn spawn_named<F>(
    name: impl Into<String>,
    future: F,
) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let cell = task::boxing::<F>()(future);
    let name = Some(Rc::new(name.into()));
    spawn_on(&expect_current(), cell, name, Location::caller())
}

/// Every task of this thread's runtime as a tree, see [`Runtime::dump`].
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn(onecook::future::pending::<()>());
///     onecook::yield_now().await;
///     assert!(onecook::dump().contains("idle"));
///     egg.abort();
/// });
/// ```
///
/// # Panics
///
/// Outside a runtime.
#[must_use]
#[track_caller]
pub fn dump() -> String {
    expect_current().dump()
}

/// What this thread's runtime has done so far.
///
/// ```
/// onecook::block_on(async {
///     onecook::spawn(async {}).await.unwrap();
///     let metrics = onecook::metrics();
///     assert_eq!((metrics.spawned, metrics.tasks), (1, 0));
/// });
/// ```
///
/// # Panics
///
/// Outside a runtime.
#[must_use]
#[track_caller]
pub fn metrics() -> Metrics {
    expect_current().metrics()
}

#[track_caller]
pub(crate) fn expect_current() -> Rc<Executor> {
    executor::current().unwrap_or_else(|| {
        panic!(
            "there is no runtime on this thread: call this inside \
             `onecook::block_on(..)` or inside a task; from another thread, \
             use a `Handle`"
        )
    })
}

pub(crate) fn spawn_on<T: 'static>(
    executor: &Rc<Executor>,
    cell: BoxedCell,
    name: TaskName,
    site: &'static Location<'static>,
) -> JoinHandle<T> {
    let id = executor.spawn(cell, name, site);
    JoinHandle::new(Rc::downgrade(executor), id, site)
}

impl Executor {
    pub(crate) fn metrics(&self) -> Metrics {
        let counters = &self.counters;
        Metrics {
            polls: counters.polls.get(),
            wakes: counters.wakes.get(),
            coalesced_wakes: counters.coalesced_wakes.get(),
            turns: counters.turns.get(),
            looks: counters.looks.get(),
            empty_turns: counters.empty_turns.get(),
            interrupted_turns: counters.interrupted_turns.get(),
            late_doorbells: counters.late_doorbells.get(),
            spawned: self.spawned(),
            tasks: self.tasks.borrow().len(),
            ready: self.ready.len(),
        }
    }
}
