//! Who is told that it is closing time, and who is waited for.
//!
//! It does not know what "stop accepting" means: whoever accepts, or waits for
//! a guest who may never speak again, looks at the token. It knows who runs:
//! an entry for each future, which leaves when the future is dropped.
//!
//! At the deadline it aborts what it spawned, and waits until that is dropped.
//! A future that is only watched lies in somebody else's hands, and perhaps
//! nobody polls it any more: it is told, has a turn, and is not waited for.
//! The price of telling it is a waker that lies here too: so a deadlock of a
//! future that is watched is suspected, and never certain.
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
    CancellationToken, RunUntilCancelledFutureOwned,
    WaitForCancellationFutureOwned,
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
    /// Cancelled when the deadline has passed: the watched end by it.
    deadline: CancellationToken,
    /// One thread uses it, so nobody ever waits for this lock; it is one
    /// because wait lists stand under locks.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    running: BTreeMap<u64, Running>,
    /// How many of them are tasks.
    tasks: usize,
    came: u64,
    /// The deadline has passed: whoever comes now is too late.
    over: bool,
    waiters: WaitList<()>,
}

impl State {
    /// Whether nobody runs; or, if the watched do not count, no task.
    fn is_empty(&self, with_watched: bool) -> bool {
        if with_watched { self.running.is_empty() } else { self.tasks == 0 }
    }
}

/// What is known of a future that runs.
struct Running {
    name: Rc<str>,
    kind: Kind,
    site: &'static Location<'static>,
    /// Its task: `None` for a moment, while that is spawned, and where it is
    /// only watched.
    task: Option<Target>,
}

/// What is waited for at the deadline too, and what is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Task,
    Watched,
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
        let deadline = CancellationToken::new();
        let state = Mutex::new(State::default());
        Graceful { shared: Rc::new(Shared { token, deadline, state }) }
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
        let entry = self.enter(&name, Kind::Task, Location::caller());
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

    /// Has [`shutdown`](Graceful::shutdown) wait for a future that is not
    /// spawned: a child of a scope, or one in a `join`. It may borrow.
    ///
    /// It counts from now on, until it has ended or is dropped. If it wants to
    /// know of closing time, it looks at the [`token`](Graceful::token), as a
    /// task does. (hyper-util's `watch` calls its connection's
    /// `graceful_shutdown` then; here the connection waits for `closing`.)
    ///
    /// The output is `Some` of the future's. If the deadline passes first, the
    /// future is dropped in its next poll, and the output is `None`; after the
    /// deadline it is not polled at all. `shutdown` names it too, and lets
    /// everybody who is ready be polled once; but it does not wait for that
    /// poll, because perhaps nobody will ever do it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::{future::join, shutdown::Graceful, time::sleep};
    ///
    /// async fn fry(pan: &str, seconds: u64) -> String {
    ///     sleep(Duration::from_secs(seconds)).await;
    ///     format!("fried in the {pan} pan")
    /// }
    ///
    /// let runtime = onecook::Builder::new().virtual_time().build()?;
    /// runtime.block_on(async {
    ///     let graceful = Graceful::new();
    ///     let pan = "old".to_owned();
    ///     let soft = graceful.watch("soft", fry(&pan, 4));
    ///     let hard = graceful.watch("hard", fry(&pan, 10));
    ///     let closing = graceful.shutdown(Duration::from_secs(5));
    ///     let (soft, hard, closed) = join((soft, hard, closing)).await;
    ///     assert_eq!(soft.as_deref(), Some("fried in the old pan"));
    ///     assert_eq!(hard, None);
    ///     assert_eq!(closed.unwrap_err().tasks()[0].name(), "hard");
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The future is dropped with it, so it is as cancel safe as that.
    #[doc(alias = "track_future")] // tokio-util
    #[track_caller]
    pub fn watch<F>(&self, name: impl Into<String>, future: F) -> Watch<F>
    where
        F: Future,
    {
        let name = name.into();
        let entry = self.enter(&name, Kind::Watched, Location::caller());
        let deadline = self.shared.deadline.clone();
        let future = deadline.run_until_cancelled_owned(future);
        Watch { future, entry: Some(entry) }
    }

    fn enter(
        &self,
        name: &str,
        kind: Kind,
        site: &'static Location<'static>,
    ) -> Entry {
        let mut state = self.shared.state.lock();
        let key = state.came;
        state.came += 1;
        state.tasks += usize::from(kind == Kind::Task);
        let running = Running { name: name.into(), kind, site, task: None };
        state.running.insert(key, running);
        Entry { shared: self.shared.clone(), key }
    }

    /// How many run: tasks, and futures that are watched.
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

    /// Closes, and waits until every task, and whatever is watched, has ended,
    /// at most for `grace` from the first poll. Tasks that have not ended then
    /// are dropped before this returns; what becomes of others, stands at
    /// [`watch`](Graceful::watch).
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
        let shared = self.shared.clone();
        let emptied = Emptied { shared, with_watched: true, place: None };
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

pin_project! {
    /// The future of [`Graceful::watch`].
    #[must_use = "futures do nothing unless polled, and `shutdown` waits for \
                  this one"]
    pub struct Watch<F> {
        // Before its entry: they leave in this order.
        #[pin]
        future: RunUntilCancelledFutureOwned<F>,
        // `None` once it has ended.
        entry: Option<Entry>,
    }
}

impl<F: Future> Future for Watch<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(this.entry.is_some(), "`Watch` polled after it was done");
        let output = ready!(this.future.poll(cx));
        *this.entry = None;
        Poll::Ready(output)
    }
}

impl<F> fmt::Debug for Watch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
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
        if let Some(Running { kind: Kind::Task, .. }) =
            state.running.remove(&self.key)
        {
            state.tasks -= 1;
        }
        let with_watched = !state.over;
        if state.is_empty(with_watched) {
            state.waiters.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
    }
}

impl Shared {
    /// The deadline has passed: aborts the tasks, tells the watched, and
    /// returns the names of both.
    fn end(&self) -> Vec<UnfinishedTask> {
        let mut state = self.state.lock();
        state.over = true;
        let (mut tasks, mut targets) = (Vec::new(), Vec::new());
        for running in state.running.values() {
            let name = running.name.clone();
            let (kind, site) = (running.kind, running.site);
            tasks.push(UnfinishedTask::new(name, kind, site));
            targets.extend(running.task.clone());
        }
        drop(state);
        targets.iter().for_each(Target::abort);
        self.deadline.cancel();
        tasks
    }
}

/// Waits until nobody runs.
struct Emptied {
    shared: Rc<Shared>,
    /// Whether it waits for the watched too.
    with_watched: bool,
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
        if lock.lock().is_empty(self.with_watched) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone(); // user code, which may end a task
        let mut state = lock.lock();
        if state.is_empty(self.with_watched) {
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
    /// Those who ran out of time are dropped, each at its next turn. Only for
    /// tasks is it certain that this comes.
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
        self.end_those_who_run();
        // Behind all of them, so that each has had its turn by then.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn end_those_who_run(&mut self) {
        self.emptied.leave();
        self.emptied.with_watched = false;
        let unfinished = self.emptied.shared.end();
        self.state = ShutdownState::Dropping { unfinished };
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
