//! Who is told that it is closing time, and who is waited for.
//!
//! It does not know what "stop accepting" means: whoever accepts, or waits for
//! a guest who may never speak again, looks at the token. It knows who runs:
//! an entry for each task, which leaves when the task's future is dropped.
//!
//! Next: `unfinished.rs`, those who ran out of time.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook_reactor::time::{Sleep, sleep};
use parking_lot::Mutex;
use pin_project_lite::pin_project;

use super::unfinished::{Unfinished, UnfinishedTask};
use crate::cancellation_token::{
    CancellationToken, WaitForCancellationFutureOwned,
};
use crate::executor::Executor;
use crate::join_handle::JoinHandle;
use crate::runtime::{expect_current, spawn_named};
use crate::task::TaskId;
use crate::wait_list::{Place, WaitList, Wakes, poll_called};

/// Ends a server in good order: tells those who wait for new work to stop,
/// lets the running finish until a deadline, and says by name who did not.
///
/// ```
/// use std::time::Duration;
/// use onecook::shutdown::Graceful;
/// use onecook::time::sleep;
///
/// async fn serve_guest() {
///     sleep(Duration::from_secs(2)).await;
/// }
///
/// async fn accept_loop(graceful: Graceful) {
///     let token = graceful.token();
///     let mut guests = 0;
///     let next_guest = || sleep(Duration::from_secs(1)); // or: accept()
///     while token.run_until_cancelled(next_guest()).await.is_some() {
///         guests += 1;
///         let name = format!("guest {guests}");
///         drop(graceful.spawn(name, serve_guest()));
///     }
/// }
///
/// let runtime = onecook::Builder::new().virtual_time().build()?;
/// runtime.block_on(async {
///     let graceful = Graceful::new();
///     let accepting = onecook::spawn(accept_loop(graceful.clone()));
///     sleep(Duration::from_millis(2_500)).await; // or: ctrl-c
///     graceful.shutdown(Duration::from_secs(5)).await.unwrap();
///     accepting.await.unwrap();
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Clones are one. It belongs to the thread of its runtime; what other threads
/// may hold is its [`token`](Graceful::token).
#[doc(alias = "GracefulShutdown")] // hyper-util
#[doc(alias = "TaskTracker")] // tokio-util
#[doc(alias = "WaitGroup")] // Go
#[derive(Clone)]
pub struct Graceful {
    shared: Rc<Shared>,
}

struct Shared {
    token: CancellationToken,
    /// One thread uses it, so nobody ever waits for this lock; it is one
    /// because wait lists stand under locks.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order of their spawns.
    running: BTreeMap<u64, Running>,
    spawned: u64,
    /// The deadline has passed: whoever comes now is too late.
    over: bool,
    waiters: WaitList<()>,
}

/// What is known of a task that runs.
struct Running {
    name: Rc<str>,
    site: &'static Location<'static>,
    /// `None` for a moment, while it is spawned.
    task: Option<Target>,
}

/// The power to abort a task. (Unlike an `AbortHandle` it is no way in from
/// other threads, so a deadlock is still certain.)
#[derive(Clone)]
struct Target {
    executor: Weak<Executor>,
    id: TaskId,
}

impl Target {
    fn abort(&self) {
        if let Some(executor) = self.executor.upgrade() {
            executor.abort(self.id);
        }
    }
}

impl Graceful {
    /// Open, and nobody runs.
    ///
    /// ```
    /// let graceful = onecook::shutdown::Graceful::new();
    /// assert!(!graceful.is_closing());
    /// ```
    #[must_use]
    pub fn new() -> Graceful {
        Graceful::with_token(CancellationToken::new())
    }

    /// Closing time is when `token` is cancelled: perhaps the child of one
    /// that ends more than this.
    ///
    /// ```
    /// # use onecook::{CancellationToken, shutdown::Graceful};
    /// let house = CancellationToken::new();
    /// let kitchen = Graceful::with_token(house.child_token());
    /// house.cancel();
    /// assert!(kitchen.is_closing());
    /// ```
    #[must_use]
    pub fn with_token(token: CancellationToken) -> Graceful {
        let state = Mutex::new(State::default());
        Graceful { shared: Rc::new(Shared { token, state }) }
    }

    /// Spawns a task that [`shutdown`](Graceful::shutdown) waits for, and
    /// names if it has to drop it.
    ///
    /// Tasks may be spawned at closing time too, such as the last steps of one
    /// that runs. After the deadline they are aborted before their first poll.
    ///
    /// ```
    /// # use onecook::shutdown::Graceful;
    /// # onecook::block_on(async {
    /// let graceful = Graceful::new();
    /// let egg = graceful.spawn("A", async { "fried" });
    /// assert_eq!(egg.await.unwrap(), "fried");
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn spawn<F>(
        &self,
        name: impl Into<String>,
        future: F,
    ) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let executor = Rc::downgrade(&expect_current());
        let name = name.into();
        let entry = self.enter(&name, Location::caller());
        let key = entry.key;
        let task = spawn_named(name, Tracked { future, entry });
        let target = task.id().map(|id| Target { executor, id });
        let mut state = self.shared.state.lock();
        let over = state.over;
        if let Some(running) = state.running.get_mut(&key) {
            running.task = target;
        }
        drop(state);
        if over {
            task.abort();
        }
        task
    }

    fn enter(&self, name: &str, site: &'static Location<'static>) -> Entry {
        let mut state = self.shared.state.lock();
        let key = state.spawned;
        state.spawned += 1;
        let running = Running { name: name.into(), site, task: None };
        state.running.insert(key, running);
        Entry { shared: self.shared.clone(), key }
    }

    /// How many tasks run.
    ///
    /// ```
    /// # use onecook::shutdown::Graceful;
    /// assert_eq!(Graceful::new().running(), 0);
    /// ```
    #[must_use]
    pub fn running(&self) -> usize {
        self.shared.state.lock().running.len()
    }

    /// Closing time, without waiting for anybody: whoever looks at the
    /// [`token`](Graceful::token), or waits for
    /// [`closing`](Graceful::closing), is told.
    ///
    /// ```
    /// # use onecook::shutdown::Graceful;
    /// let graceful = Graceful::new();
    /// graceful.close();
    /// assert!(graceful.is_closing());
    /// ```
    pub fn close(&self) {
        self.shared.token.cancel();
    }

    /// Whether it is closing time.
    ///
    /// ```
    /// # use onecook::shutdown::Graceful;
    /// assert!(!Graceful::new().is_closing());
    /// ```
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.shared.token.is_cancelled()
    }

    /// Waits for closing time.
    ///
    /// ```
    /// # use onecook::{shutdown::Graceful, spawn};
    /// # onecook::block_on(async {
    /// let graceful = Graceful::new();
    /// let last_orders = spawn(graceful.closing());
    /// graceful.close();
    /// last_orders.await.unwrap();
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: closing time stays.
    pub fn closing(&self) -> WaitForCancellationFutureOwned {
        self.token().cancelled_owned()
    }

    /// What is cancelled at closing time. Cancelling it is
    /// [`close`](Graceful::close), and any thread may; and what waits for new
    /// work waits inside its
    /// [`run_until_cancelled`](CancellationToken::run_until_cancelled).
    ///
    /// ```
    /// # use onecook::shutdown::Graceful;
    /// # onecook::block_on(async {
    /// let graceful = Graceful::new();
    /// let token = graceful.token();
    /// std::thread::spawn(move || token.cancel());
    /// graceful.closing().await;
    /// # });
    /// ```
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.shared.token.clone()
    }

    /// Closes, and waits until every task has ended, at most for `grace` from
    /// the first poll. What has not ended then is dropped before this returns.
    ///
    /// `Duration::MAX` waits without a limit. A task that shuts down the
    /// `Graceful` that it runs under waits for itself, and is dropped at the
    /// deadline: do it from outside.
    ///
    /// ```
    /// # use std::{future::pending, time::Duration};
    /// # use onecook::shutdown::Graceful;
    /// # onecook::block_on(async {
    /// let graceful = Graceful::new();
    /// drop(graceful.spawn("B", pending::<()>()));
    /// let grace = Duration::from_millis(1);
    /// let unfinished = graceful.shutdown(grace).await.unwrap_err();
    /// assert_eq!(unfinished.tasks()[0].name(), "B");
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unfinished`] names those who were dropped.
    ///
    /// # Cancel safety
    ///
    /// It stays closed, and nobody is dropped, unless the deadline has passed.
    /// Another call has a deadline of its own.
    pub fn shutdown(&self, grace: Duration) -> Shutdown {
        let emptied = Emptied { shared: self.shared.clone(), place: None };
        Shutdown { grace, emptied, state: ShutdownState::Start }
    }
}

impl Default for Graceful {
    fn default() -> Graceful {
        Graceful::new()
    }
}

impl fmt::Debug for Graceful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graceful")
            .field("closing", &self.is_closing())
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A task's future, and its entry: they leave in this order.
    struct Tracked<F> {
        #[pin]
        future: F,
        entry: Entry,
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

/// A place among those who run, until it is dropped.
struct Entry {
    shared: Rc<Shared>,
    key: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        state.running.remove(&self.key);
        if state.running.is_empty() {
            state.waiters.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
    }
}

impl Shared {
    /// The deadline has passed: aborts those who run, and returns their names.
    fn end(&self) -> Vec<UnfinishedTask> {
        let mut state = self.state.lock();
        state.over = true;
        let (mut tasks, mut targets) = (Vec::new(), Vec::new());
        for running in state.running.values() {
            let name = running.name.clone();
            tasks.push(UnfinishedTask::new(name, running.site));
            targets.extend(running.task.clone());
        }
        drop(state);
        targets.iter().for_each(Target::abort);
        tasks
    }
}

/// Waits until nobody runs.
struct Emptied {
    shared: Rc<Shared>,
    place: Option<Place>,
}

impl Emptied {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let lock = &self.shared.state;
        if let Some(place) = &self.place {
            ready!(poll_called(lock, |it| &mut it.waiters, place, cx));
        }
        self.leave();
        let lock = &self.shared.state;
        if lock.lock().running.is_empty() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone(); // user code, which may end a task
        let mut state = lock.lock();
        if state.running.is_empty() {
            drop(state);
            return Poll::Ready(());
        }
        self.place = Some(state.waiters.join((), waker));
        Poll::Pending
    }

    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            let left = self.shared.state.lock().waiters.leave(place);
            drop(left.waker); // user code, no lock held
        }
    }
}

impl Drop for Emptied {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The future of [`Graceful::shutdown`].
#[must_use = "futures do nothing unless polled"]
pub struct Shutdown {
    grace: Duration,
    emptied: Emptied,
    state: ShutdownState,
}

#[derive(Debug)]
enum ShutdownState {
    /// Not closed yet.
    Start,
    /// The running finish what they do.
    Finishing { deadline: Sleep },
    /// Those who ran out of time are dropped, each at its next turn.
    Dropping { unfinished: Vec<UnfinishedTask> },
    /// It is over.
    Done,
}

impl Shutdown {
    fn poll_start(&mut self) {
        self.emptied.shared.token.cancel();
        let deadline = sleep(self.grace);
        self.state = ShutdownState::Finishing { deadline };
    }

    /// Whoever ends at the deadline has ended in time.
    fn poll_finishing(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        if self.emptied.poll(cx).is_ready() {
            self.state = ShutdownState::Done;
            return Poll::Ready(Ok(()));
        }
        if let ShutdownState::Finishing { deadline } = &mut self.state {
            ready!(Pin::new(deadline).poll(cx));
        }
        let unfinished = self.emptied.shared.end();
        self.state = ShutdownState::Dropping { unfinished };
        self.poll_dropping(cx)
    }

    fn poll_dropping(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        ready!(self.emptied.poll(cx));
        let state = std::mem::replace(&mut self.state, ShutdownState::Done);
        let ShutdownState::Dropping { unfinished } = state else {
            unreachable!()
        };
        Poll::Ready(Err(Unfinished::new(self.grace, unfinished)))
    }
}

impl Future for Shutdown {
    type Output = Result<(), Unfinished>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let ShutdownState::Start = this.state {
            this.poll_start();
        }
        match this.state {
            ShutdownState::Finishing { .. } => this.poll_finishing(cx),
            ShutdownState::Dropping { .. } => this.poll_dropping(cx),
            ShutdownState::Start | ShutdownState::Done => {
                panic!("`Shutdown` polled after it was done")
            }
        }
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shutdown({:?})", self.state)
    }
}
