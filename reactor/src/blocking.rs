//! A pool of threads for calls that block: names, files, anything without a
//! non-blocking form.
//!
//! A call goes into a queue. An idle thread takes it, or a new one is started
//! as long as there are fewer than the bound; a thread that finds nothing to
//! do for a while ends. Nothing here runs, wakes or drops anything of the
//! user's while the lock is held.
//!
//! **What is in flight.** The executor must not take the runtime for idle
//! while a call is under way, so a call counts from before it is queued until
//! *after* its awaiter was woken. Then the executor may be asleep already, with
//! its mind made up by a count that is now wrong; so whoever went to sleep on
//! it (`BlockingPool::watch`) is rung out when it reaches zero.
//!
//! The weakness: a call that has started cannot be stopped, and nothing tells
//! how long it will take.
//!
//! Next: `blocking/call.rs`, one call, from the queue to its awaiter.

mod call;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant as StdInstant};

use parking_lot::{Condvar, Mutex};

use crate::reactor::Doorbell;
use call::{Call, Job};

pub use call::{BlockingCall, BlockingError};

/// Threads for calls that block. See the module's text.
///
/// Dropping it is [`shutdown`](BlockingPool::shutdown) without waiting.
pub struct BlockingPool {
    shared: Arc<Shared>,
}

/// What the pool and its threads share.
struct Shared {
    // Under the mutex.
    state: Mutex<State>,
    /// There is a call in the queue, or no more will come.
    work: Condvar,
    /// The last running call has ended.
    quiet: Condvar,

    // Any thread, atomic.
    in_flight: AtomicUsize,
    watched: AtomicBool,

    // Never changed.
    most_threads: usize,
    idle: Duration,
    doorbell: Doorbell,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arc<dyn Job>>,
    threads: usize,
    idle_threads: usize,
    threads_made: u64,
    running: usize,
    closed: bool,
}

impl BlockingPool {
    pub(crate) fn new(
        threads: usize,
        idle: Duration,
        doorbell: Doorbell,
    ) -> BlockingPool {
        let shared = Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            quiet: Condvar::new(),
            in_flight: AtomicUsize::new(0),
            watched: AtomicBool::new(false),
            most_threads: threads.max(1),
            idle,
            doorbell,
        };
        BlockingPool { shared: Arc::new(shared) }
    }

    /// Runs `f` on a thread of the pool, and returns a future of its value.
    ///
    /// The call runs whether or not the future is awaited. If the pool was
    /// shut down, `f` is dropped here and now, and the future is
    /// [`Cancelled`](BlockingError::Cancelled) at once.
    pub fn call<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> BlockingCall<T> {
        let in_flight = InFlight::new(&self.shared);
        let call = Arc::new(Call::new(Box::new(f), in_flight));
        match self.shared.enqueue(call.clone()) {
            Enqueued::Taken => {}
            Enqueued::NeedsThread(number) => self.shared.add_thread(number),
            Enqueued::Closed => call.cancel(BlockingError::Cancelled),
        }
        BlockingCall::new(call)
    }

    /// Counts something outside the pool as a call in flight, until the guard
    /// is dropped: a thread of somebody else's that will wake a task.
    pub fn count_outside(&self) -> OutsideCall {
        OutsideCall { _in_flight: InFlight::new(&self.shared) }
    }

    /// How many calls are queued or running, or have not woken their awaiter
    /// yet.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::SeqCst)
    }

    /// Like [`in_flight`](BlockingPool::in_flight), for whoever goes to sleep
    /// on the answer: if it is not zero, the doorbell rings when it is.
    pub(crate) fn watch(&self) -> usize {
        // The order matters, and both are SeqCst: a count that falls to zero
        // after the load below finds the flag set.
        self.shared.watched.store(true, Ordering::SeqCst);
        self.in_flight()
    }

    /// Takes no more calls, drops those that have not started (their awaiters
    /// get [`Cancelled`](BlockingError::Cancelled)), and waits for the running
    /// ones: for at most `timeout`, or for as long as it takes if that is
    /// `None`. Returns whether all of them have ended.
    ///
    /// It does not wait for what [`count_outside`](BlockingPool::count_outside)
    /// counts.
    pub fn shutdown(&self, timeout: Option<Duration>) -> bool {
        let deadline =
            timeout.and_then(|limit| StdInstant::now().checked_add(limit));
        let queue = self.shared.close();
        drop(Unstarted { queue, error: || BlockingError::Cancelled });
        self.shared.wait_until_quiet(deadline)
    }
}

impl Drop for BlockingPool {
    fn drop(&mut self) {
        self.shutdown(Some(Duration::ZERO));
    }
}

impl fmt::Debug for BlockingPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state.lock();
        f.debug_struct("BlockingPool")
            .field("threads", &state.threads)
            .field("idle_threads", &state.idle_threads)
            .field("queued", &state.queue.len())
            .field("running", &state.running)
            .field("closed", &state.closed)
            .field("in_flight", &self.in_flight())
            .finish()
    }
}

/// Something outside the pool that counts as a call in flight. Made by
/// [`BlockingPool::count_outside`].
#[must_use = "it counts no longer than this guard lives"]
pub struct OutsideCall {
    _in_flight: InFlight,
}

impl fmt::Debug for OutsideCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutsideCall")
    }
}

/// One call in flight, counted for as long as this lives.
struct InFlight {
    shared: Arc<Shared>,
}

impl InFlight {
    fn new(shared: &Arc<Shared>) -> InFlight {
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight { shared: shared.clone() }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let was_last =
            self.shared.in_flight.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.shared.watched.swap(false, Ordering::SeqCst) {
            self.shared.doorbell.ring();
        }
    }
}

/// What became of a call that was to be queued.
enum Enqueued {
    /// A thread will come to it.
    Taken,
    /// It is queued, and this thread is to be started.
    NeedsThread(u64),
    /// The pool is shut down: it was not queued.
    Closed,
}

/// What the calling thread does.
impl Shared {
    fn enqueue(&self, call: Arc<dyn Job>) -> Enqueued {
        let mut state = self.state.lock();
        if state.closed {
            return Enqueued::Closed;
        }
        state.queue.push_back(call);
        // A thread that was notified counts as idle until it has taken its
        // call, and that call counts as queued.
        let is_short = state.idle_threads < state.queue.len();
        if is_short && state.threads < self.most_threads {
            state.threads += 1;
            state.threads_made += 1;
            return Enqueued::NeedsThread(state.threads_made);
        }
        self.work.notify_one();
        Enqueued::Taken
    }

    /// Starts a thread that is counted already.
    fn add_thread(self: &Arc<Shared>, number: u64) {
        let shared = self.clone();
        let thread =
            thread::Builder::new().name(format!("onecook-blocking-{number}"));
        if let Err(error) = thread.spawn(move || shared.run_calls()) {
            self.do_without_thread(error);
        }
    }

    /// A thread that was counted did not start. If others live, they will come
    /// to the queue; if none does, nobody will.
    fn do_without_thread(&self, error: io::Error) {
        let queue = {
            let mut state = self.state.lock();
            state.threads -= 1;
            if state.threads > 0 {
                return;
            }
            mem::take(&mut state.queue)
        };
        let error = Arc::new(error);
        let error = || BlockingError::NoThread(error.clone());
        drop(Unstarted { queue, error });
    }

    fn close(&self) -> VecDeque<Arc<dyn Job>> {
        let mut state = self.state.lock();
        state.closed = true;
        self.work.notify_all();
        mem::take(&mut state.queue)
    }

    fn wait_until_quiet(&self, deadline: Option<StdInstant>) -> bool {
        let mut state = self.state.lock();
        while state.running > 0 {
            match deadline {
                None => self.quiet.wait(&mut state),
                Some(deadline) => {
                    let waited = self.quiet.wait_until(&mut state, deadline);
                    if waited.timed_out() {
                        return state.running == 0;
                    }
                }
            }
        }
        true
    }
}

/// Calls that will never start. Dropping the list cancels each, also those
/// behind a closure that panics when dropped.
struct Unstarted<E: Fn() -> BlockingError> {
    queue: VecDeque<Arc<dyn Job>>,
    error: E,
}

impl<E: Fn() -> BlockingError> Unstarted<E> {
    fn cancel_rest(&mut self) {
        while let Some(call) = self.queue.pop_front() {
            call.cancel((self.error)());
        }
    }
}

impl<E: Fn() -> BlockingError> Drop for Unstarted<E> {
    fn drop(&mut self) {
        let first = catch_unwind(AssertUnwindSafe(|| self.cancel_rest()));
        if let Err(panic) = first {
            self.cancel_rest();
            std::panic::resume_unwind(panic);
        }
    }
}

/// What a thread of the pool does.
impl Shared {
    fn run_calls(&self) {
        while let Some(call) = self.next_call() {
            // Whatever panics here was dropped for want of an awaiter. Its
            // payload is leaked: dropping that might panic once more.
            let run = AssertUnwindSafe(move || call.run());
            if let Err(payload) = catch_unwind(run) {
                mem::forget(payload);
            }
            self.note_end_of_call();
        }
    }

    /// The next call, or `None` when this thread is to end. It is uncounted
    /// right here: nobody may rely on a thread that has decided to go.
    fn next_call(&self) -> Option<Arc<dyn Job>> {
        let mut state = self.state.lock();
        let mut waited_in_vain = false;
        loop {
            if let Some(call) = state.queue.pop_front() {
                state.running += 1;
                return Some(call);
            }
            if state.closed || waited_in_vain {
                state.threads -= 1;
                return None;
            }
            state.idle_threads += 1;
            let waited = self.work.wait_for(&mut state, self.idle);
            state.idle_threads -= 1;
            waited_in_vain = waited.timed_out();
        }
    }

    fn note_end_of_call(&self) {
        let mut state = self.state.lock();
        state.running -= 1;
        if state.running == 0 {
            self.quiet.notify_all();
        }
    }
}
