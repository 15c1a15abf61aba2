//! Many tasks, joined as they end.
//!
//! A task of a set has no `JoinHandle`: its output goes straight to the set's
//! list, and then nothing is left of the task. So joining takes the next from
//! a list, whatever the number of tasks, and an output costs its own size: a
//! million ended tasks with nothing to say cost nothing.
//!
//! Next: `scope/`, structured concurrency.

use std::any::Any;
use std::cell::{Cell as Slot, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;
use slab::Slab;

use crate::diagnosis;
use crate::executor::{Executor, find};
use crate::join_error::{JoinError, Who};
use crate::runtime::expect_current;
use crate::task::{BoxedCell, Cell, TaskId, TaskName};

/// Many tasks of the executor, joined in the order in which they end.
///
/// Dropping the set aborts those that are left. Panics and aborts of tasks
/// come out of the joins, as errors.
///
/// ```
/// use onecook::{TaskSet, time::sleep};
/// use std::time::Duration;
///
/// # onecook::block_on(async {
/// let mut eggs = TaskSet::new();
/// for minutes in [3, 1, 2] {
///     eggs.spawn(async move {
///         sleep(Duration::from_millis(10 * minutes)).await;
///         minutes
///     });
/// }
/// let mut order = Vec::new();
/// while let Some(minutes) = eggs.join_next().await {
///     order.push(minutes.unwrap());
/// }
/// assert_eq!(order, [1, 2, 3]);
/// # });
/// ```
#[doc(alias = "JoinSet")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "WaitGroup")]
#[doc(alias = "errgroup")]
#[doc(alias = "as_completed")]
pub struct TaskSet<T: 'static> {
    shared: Rc<Shared<T>>,
    executor: Weak<Executor>,
}

/// What a set shares with its tasks.
struct Shared<T> {
    results: RefCell<Results<T>>,
    living: RefCell<Slab<Living>>,
    /// The set is gone: outputs are dropped, panics reported.
    abandoned: Slot<bool>,
    joiner: Rc<SetJoiner>,
}

/// A task that has not ended.
#[derive(Clone, Copy)]
struct Living {
    id: TaskId,
    site: &'static Location<'static>,
}

/// Whoever waits for a task of a set. The diagnosis looks at it.
#[derive(Debug, Default)]
pub(crate) struct SetJoiner {
    waker: RefCell<Option<Waker>>,
    living: Slot<usize>,
}

impl SetJoiner {
    /// What the waker of whoever waits points to.
    pub(crate) fn waits(&self) -> Option<*const ()> {
        self.waker.borrow().as_ref().map(Waker::data)
    }

    /// How many tasks have not ended.
    pub(crate) fn living(&self) -> usize {
        self.living.get()
    }

    fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn knows(&self, newest: &Waker) -> bool {
        let waker = self.waker.borrow();
        waker.as_ref().is_some_and(|waker| waker.will_wake(newest))
    }
}

/// What ended tasks left, in order. Outputs and errors lie apart, so that an
/// output costs its own size and nothing else.
struct Results<T> {
    outputs: VecDeque<T>,
    /// Each with the number of results that came before it.
    errors: VecDeque<(u64, JoinError)>,
    put: u64,
    taken: u64,
}

impl<T> Results<T> {
    fn new() -> Results<T> {
        let (outputs, errors) = (VecDeque::new(), VecDeque::new());
        Results { outputs, errors, put: 0, taken: 0 }
    }

    fn push(&mut self, result: Result<T, JoinError>) {
        match result {
            Ok(output) => self.outputs.push_back(output),
            Err(error) => self.errors.push_back((self.put, error)),
        }
        self.put += 1;
    }

    fn pop(&mut self) -> Option<Result<T, JoinError>> {
        let is_next = self.errors.front().is_some_and(|it| it.0 == self.taken);
        let result = if is_next {
            self.errors.pop_front().map(|(_, error)| Err(error))
        } else {
            self.outputs.pop_front().map(Ok)
        };
        self.taken += u64::from(result.is_some());
        if result.is_some() && self.put == self.taken {
            self.shrink();
        }
        result
    }

    /// Gives the memory back after a burst.
    fn shrink(&mut self) {
        const WORTH_IT: usize = 1024;
        if size_of::<T>() > 0 && self.outputs.capacity() > WORTH_IT {
            self.outputs = VecDeque::new();
        }
        if self.errors.capacity() > WORTH_IT {
            self.errors = VecDeque::new();
        }
    }

    fn len(&self) -> usize {
        self.outputs.len() + self.errors.len()
    }
}

impl<T> Shared<T> {
    fn new() -> Rc<Shared<T>> {
        Rc::new(Shared {
            results: RefCell::new(Results::new()),
            living: RefCell::default(),
            abandoned: Slot::new(false),
            joiner: Rc::default(),
        })
    }

    /// A task ended.
    fn deliver(&self, key: usize, result: Result<T, JoinError>) {
        self.living.borrow_mut().remove(key);
        self.joiner.living.set(self.joiner.living.get() - 1);
        if !self.abandoned.get() {
            self.results.borrow_mut().push(result);
            return self.joiner.wake();
        }
        match result {
            Err(error) if error.is_panic() => diagnosis::report_panic(error),
            result => drop(result),
        }
    }
}

impl<T: 'static> TaskSet<T> {
    /// No tasks yet.
    ///
    /// ```
    /// let set = onecook::TaskSet::<()>::new();
    /// assert!(set.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> TaskSet<T> {
        TaskSet { shared: Shared::new(), executor: Weak::new() }
    }

    /// Spawns a task on the runtime of this thread.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// let id = set.spawn(async { "fried" });
    /// assert_ne!(id, set.spawn(async { "boiled" }));
    /// assert_eq!(set.join_all().await.len(), 2);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a runtime, and if the set has tasks of another one.
    #[doc(alias = "Go")]
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F) -> TaskId
    where
        F: Future<Output = T> + 'static,
    {
        let make = boxing::<F, T>();
        let site = Location::caller();
        self.spawn_cell(|member| make(future, member), None, site)
    }

    /// Spawns a task with a name: dumps, reports and traces call it by that.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn_named("egg A", async {});
    /// assert!(onecook::dump().contains("'egg A'"));
    /// set.shutdown().await;
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`spawn`](TaskSet::spawn).
    #[track_caller]
    pub fn spawn_named<F>(
        &mut self,
        name: impl Into<String>,
        future: F,
    ) -> TaskId
    where
        F: Future<Output = T> + 'static,
    {
        let make = boxing::<F, T>();
        let (name, site) = (Some(Rc::new(name.into())), Location::caller());
        self.spawn_cell(|member| make(future, member), name, site)
    }

    #[track_caller]
    fn spawn_cell(
        &mut self,
        make: impl FnOnce(Member<T>) -> BoxedCell,
        name: TaskName,
        site: &'static Location<'static>,
    ) -> TaskId {
        let executor = expect_current();
        self.belong_to(&executor);
        let id = TaskId { number: 0, index: TaskId::NOBODY };
        let living = Living { id, site };
        let key = self.shared.living.borrow_mut().insert(living);
        let joiner = &self.shared.joiner;
        joiner.living.set(joiner.living.get() + 1);
        let shared = Some(self.shared.clone());
        let cell = make(Member { shared, key });
        // Refused while the runtime shuts down: the member says so.
        let Some(id) = executor.spawn(cell, name, site) else { return id };
        if let Some(living) = self.shared.living.borrow_mut().get_mut(key) {
            living.id = id;
        }
        if let Some(task) = find(&mut executor.tasks.borrow_mut(), id) {
            task.flags.detached = true;
        }
        id
    }

    #[track_caller]
    fn belong_to(&mut self, executor: &Rc<Executor>) {
        if Weak::as_ptr(&self.executor) == Rc::as_ptr(executor) {
            return;
        }
        assert!(
            self.shared.living.borrow().is_empty(),
            "a `TaskSet` with tasks of one runtime was used to spawn on \
             another: make a set for each"
        );
        self.executor = Rc::downgrade(executor);
        let mut sets = executor.task_sets.borrow_mut();
        if sets.len() == sets.capacity() {
            sets.retain(|set| set.strong_count() > 0);
        }
        sets.push(Rc::downgrade(&self.shared.joiner));
    }

    /// How many tasks have not been joined.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(async {});
    /// onecook::yield_now().await;
    /// assert_eq!(set.len(), 1); // it has ended, and was not joined
    /// set.join_next().await;
    /// assert!(set.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.joiner.living() + self.shared.results.borrow().len()
    }

    /// Whether every task has been joined.
    ///
    /// ```
    /// # use onecook::TaskSet;
    /// # onecook::block_on(async {
    /// let mut eggs = TaskSet::new();
    /// assert!(eggs.is_empty());
    /// eggs.spawn(async { "fried" });
    /// assert!(!eggs.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the next task to end. `None` if the set is empty.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// assert!(set.join_next().await.is_none());
    /// set.spawn(async { panic!("burnt") });
    /// set.spawn(async { 7 });
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_panic());
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), 7);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a result stays in the set until it is returned.
    #[doc(alias = "join_one")]
    #[doc(alias = "Wait")]
    pub fn join_next(&mut self) -> JoinNext<'_, T> {
        JoinNext { set: Some(self) }
    }

    /// The result of a task that has ended, if there is one.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(async { "fried" });
    /// assert!(set.try_join_next().is_none());
    /// onecook::yield_now().await;
    /// assert_eq!(set.try_join_next().unwrap().unwrap(), "fried");
    /// # });
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.shared.results.borrow_mut().pop()
    }

    /// What [`join_next`](TaskSet::join_next) does, for hand-written futures.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(async { "fried" });
    /// let egg = poll_fn(|cx| set.poll_join_next(cx)).await;
    /// assert_eq!(egg.unwrap().unwrap(), "fried");
    /// # });
    /// ```
    pub fn poll_join_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, JoinError>>> {
        let leave = ready!(budget::poll_leave(cx));
        if let Some(result) = self.try_join_next() {
            leave.spend();
            return Poll::Ready(Some(result));
        }
        self.poll_idle(cx).map(|()| None)
    }

    /// Waits until no task runs.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let joiner = &self.shared.joiner;
        if joiner.living() == 0 {
            return Poll::Ready(());
        }
        if !joiner.knows(cx.waker()) {
            let before = joiner.waker.replace(Some(cx.waker().clone()));
            drop(before); // user code, with nothing borrowed
        }
        Poll::Pending
    }

    /// Whoever waited does not wait any longer.
    fn forget_waiter(&self) {
        let waker = self.shared.joiner.waker.take();
        drop(waker); // user code, with nothing borrowed
    }

    /// Waits until every task has ended; their results, in that order.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// for egg in ["A", "B"] {
    ///     set.spawn(async move { egg });
    /// }
    /// let eggs = set.join_all().await.into_iter();
    /// let eggs: Vec<_> = eggs.map(Result::unwrap).collect();
    /// assert_eq!(eggs, ["A", "B"]);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: results stay in the set until all are there.
    #[doc(alias = "gather")]
    pub fn join_all(&mut self) -> JoinAll<'_, T> {
        JoinAll { set: Some(self) }
    }

    /// Ends every task at its next turn; the joins tell which were cancelled.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(onecook::future::pending::<()>());
    /// set.abort_all();
    /// let ended = set.join_next().await.unwrap();
    /// assert!(ended.unwrap_err().is_cancelled());
    /// # });
    /// ```
    #[doc(alias = "cancel_all")]
    pub fn abort_all(&self) {
        let Some(executor) = self.executor.upgrade() else { return };
        let living = self.shared.living.borrow();
        let ids: Vec<_> = living.iter().map(|(_, task)| task.id).collect();
        drop(living);
        for id in ids {
            executor.abort(id);
        }
    }

    /// Aborts every task and waits until all are gone. Results are dropped;
    /// panics among them are reported.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(onecook::future::pending::<()>());
    /// set.shutdown().await;
    /// assert!(set.is_empty());
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Once it was polled, the tasks are aborted all the same; what is dropped
    /// is the waiting.
    pub fn shutdown(&mut self) -> Shutdown<'_, T> {
        Shutdown { state: Ending::Start { set: self } }
    }

    /// Lets the tasks go: they run on, without the set. Results that are there
    /// already are dropped, panics are reported.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let (plate, fried) = onecook::channel::oneshot::channel();
    /// let mut set = onecook::TaskSet::new();
    /// set.spawn(async { plate.send("egg").unwrap() });
    /// set.detach_all();
    /// assert!(set.is_empty());
    /// assert_eq!(fried.await, Ok("egg"));
    /// # });
    /// ```
    pub fn detach_all(&mut self) {
        let before = mem::replace(&mut self.shared, Shared::new());
        self.executor = Weak::new();
        before.abandon();
    }
}

impl<T> Shared<T> {
    fn abandon(&self) {
        self.abandoned.set(true);
        let waker = self.joiner.waker.take();
        drop(waker);
        let results = self.results.replace(Results::new());
        drop(results.outputs);
        for (_, error) in results.errors {
            if error.is_panic() {
                diagnosis::report_panic(error);
            }
        }
    }
}

impl<T: 'static> Default for TaskSet<T> {
    fn default() -> TaskSet<T> {
        TaskSet::new()
    }
}

impl<T: 'static> Drop for TaskSet<T> {
    fn drop(&mut self) {
        self.abort_all();
        self.shared.abandon();
    }
}

impl<T: 'static> fmt::Debug for TaskSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.shared.results.borrow().len();
        let living = self.shared.joiner.living();
        write!(f, "TaskSet({living} running, {ended} ended)")
    }
}

/// Every result as it comes. The stream ends when the set is empty, and goes
/// on when there are tasks again.
impl<T: 'static> Stream for TaskSet<T> {
    type Item = Result<T, JoinError>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_join_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

/// Future of [`TaskSet::join_next`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct JoinNext<'a, T: 'static> {
    /// `None` once it is done.
    set: Option<&'a mut TaskSet<T>>,
}

impl<T: 'static> Future for JoinNext<'_, T> {
    type Output = Option<Result<T, JoinError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let set = this.set.as_mut();
        let set = set.expect("`JoinNext` polled after it was done");
        let next = ready!(set.poll_join_next(cx));
        this.set = None;
        Poll::Ready(next)
    }
}

impl<T: 'static> Drop for JoinNext<'_, T> {
    fn drop(&mut self) {
        if let Some(set) = &self.set {
            set.forget_waiter();
        }
    }
}

/// Future of [`TaskSet::join_all`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct JoinAll<'a, T: 'static> {
    /// `None` once it is done.
    set: Option<&'a mut TaskSet<T>>,
}

impl<T: 'static> Future for JoinAll<'_, T> {
    type Output = Vec<Result<T, JoinError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let set = this.set.as_mut();
        let set = set.expect("`JoinAll` polled after it was done");
        let leave = ready!(budget::poll_leave(cx));
        ready!(set.poll_idle(cx));
        leave.spend();
        let Some(set) = this.set.take() else { unreachable!() };
        let results = std::iter::from_fn(|| set.try_join_next());
        Poll::Ready(results.collect())
    }
}

impl<T: 'static> Drop for JoinAll<'_, T> {
    fn drop(&mut self) {
        if let Some(set) = &self.set {
            set.forget_waiter();
        }
    }
}

/// Future of [`TaskSet::shutdown`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Shutdown<'a, T: 'static> {
    state: Ending<'a, T>,
}

#[derive(Debug)]
enum Ending<'a, T: 'static> {
    /// Nobody was aborted yet.
    Start { set: &'a mut TaskSet<T> },
    /// The tasks, to end.
    Waiting { set: &'a mut TaskSet<T> },
    /// All are gone.
    Done,
}

impl<T: 'static> Future for Shutdown<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            match mem::replace(&mut this.state, Ending::Done) {
                Ending::Start { set } => {
                    set.abort_all();
                    this.state = Ending::Waiting { set };
                }
                Ending::Waiting { set } => {
                    if set.poll_idle(cx).is_pending() {
                        this.state = Ending::Waiting { set };
                        return Poll::Pending;
                    }
                    set.detach_all(); // drops and reports what they left
                    return Poll::Ready(());
                }
                Ending::Done => panic!("`Shutdown` polled after it was done"),
            }
        }
    }
}

impl<T: 'static> Drop for Shutdown<'_, T> {
    fn drop(&mut self) {
        if let Ending::Waiting { set } = &self.state {
            set.forget_waiter();
        }
    }
}

/// A task's way to its set. Dropped without a result, it says so.
struct Member<T: 'static> {
    shared: Option<Rc<Shared<T>>>,
    key: usize,
}

impl<T: 'static> Member<T> {
    fn deliver(&mut self, result: Result<T, JoinError>) {
        if let Some(shared) = self.shared.take() {
            shared.deliver(self.key, result);
        }
    }
}

impl<T: 'static> Drop for Member<T> {
    fn drop(&mut self) {
        let Some(shared) = &self.shared else { return };
        let living = shared.living.borrow()[self.key];
        let who = match living.id.index {
            TaskId::NOBODY => Who::not_spawned(living.site),
            _ => Who::new(living.id, &None, living.site),
        };
        self.deliver(Err(JoinError::runtime_gone(who)));
    }
}

pin_project! {
    /// What is in the box: the future, and where its output goes. The future
    /// is dropped first.
    struct MemberCell<F: Future, T: 'static> {
        waker: Option<Waker>,
        #[pin]
        future: Option<F>,
        output: Option<T>,
        member: Member<T>,
    }
}

/// A future of this size or more gets a box of its own, see `task.rs`.
const LARGE: usize = 16 * 1024;

fn boxing<F, T>() -> fn(F, Member<T>) -> BoxedCell
where
    F: Future<Output = T> + 'static,
{
    if size_of::<F>() < LARGE { boxed } else { boxed_twice }
}

fn boxed<F, T>(future: F, member: Member<T>) -> BoxedCell
where
    F: Future<Output = T> + 'static,
{
    let (waker, future, output) = (None, Some(future), None);
    Box::pin(MemberCell { waker, future, output, member })
}

fn boxed_twice<F, T>(future: F, member: Member<T>) -> BoxedCell
where
    F: Future<Output = T> + 'static,
{
    boxed(Box::pin(future), member)
}

impl<F, T> Cell for MemberCell<F, T>
where
    F: Future<Output = T>,
{
    fn is_running(&self) -> bool {
        self.future.is_some()
    }

    fn poll(self: Pin<&mut Self>) -> Poll<()> {
        let mut this = self.project();
        let (Some(future), Some(waker)) =
            (this.future.as_mut().as_pin_mut(), this.waker)
        else {
            panic!("a task was polled after it was done");
        };
        let mut cx = Context::from_waker(waker);
        *this.output = Some(ready!(future.poll(&mut cx)));
        // If this panics, `fail` finds the output in its place.
        this.future.set(None);
        if let Some(output) = this.output.take() {
            this.member.deliver(Ok(output));
        }
        Poll::Ready(())
    }

    fn replace_waker(
        self: Pin<&mut Self>,
        waker: Option<Waker>,
    ) -> Option<Waker> {
        mem::replace(self.project().waker, waker)
    }

    fn fail(self: Pin<&mut Self>, error: JoinError) -> Result<(), JoinError> {
        let mut this = self.project();
        if let Some(output) = this.output.take() {
            this.member.deliver(Ok(output));
            return Err(error);
        }
        if this.member.shared.is_none() {
            return Err(error);
        }
        let dropped = catch_unwind(AssertUnwindSafe(|| this.future.set(None)));
        this.member.deliver(Err(error));
        match dropped {
            Ok(()) => Ok(()),
            Err(payload) => resume_unwind(payload), // it is reported
        }
    }

    fn cancel(self: Pin<&mut Self>, who: &dyn Fn() -> Option<Who>) {
        let Some(who) = who() else { return };
        // Nothing that is handed back needs a look: there is no output yet.
        drop(self.fail(JoinError::cancelled(who)));
    }

    fn take_error(self: Pin<&mut Self>) -> Option<JoinError> {
        None // the set has it
    }

    fn take_output(self: Pin<&mut Self>, _slot: &mut dyn Any) {}
}
