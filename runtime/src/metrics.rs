//! What the executor counts. Always: a count costs one addition.
//!
//! Next: `diagnosis.rs`, what to do when something is wrong.

use std::cell::Cell;
use std::time::Duration;

use crate::task::TaskId;

/// A number that goes up.
#[derive(Debug, Default)]
pub(crate) struct Counter(Cell<u64>);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.set(self.0.get() + more);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// The counters of one executor.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) runs: Counter,
    pub(crate) polls: Counter,
    pub(crate) wakes: Counter,
    pub(crate) coalesced_wakes: Counter,
    pub(crate) turns: Counter,
    pub(crate) looks: Counter,
    pub(crate) empty_turns: Counter,
    pub(crate) interrupted_turns: Counter,
    pub(crate) late_doorbells: Counter,
}

/// What a runtime has done so far.
///
/// ```
/// onecook::block_on(async {
///     onecook::yield_now().await;
///     let metrics = onecook::metrics();
///     assert_eq!((metrics.polls, metrics.wakes), (2, 1));
///     assert_eq!(metrics.empty_turns, 0);
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Metrics {
    /// Polls, of tasks and of main futures.
    pub polls: u64,
    /// Calls of `wake` that reached the runtime. Of those that other threads
    /// make before it looks into its inbox, one per task does.
    pub wakes: u64,
    /// Wakes of a task that was in the ready queue already: they add no poll.
    pub coalesced_wakes: u64,
    /// Turns of the reactor that may sleep.
    pub turns: u64,
    /// Turns that do not sleep: looks at the reactor while tasks are ready.
    pub looks: u64,
    /// Turns that could have slept on, because nothing had happened. Always 0,
    /// or there is a bug in Onecook.
    pub empty_turns: u64,
    /// Turns that a Unix signal cut short, as when a debugger attaches.
    pub interrupted_turns: u64,
    /// Turns ended by a doorbell whose message had been read already.
    pub late_doorbells: u64,
    /// Tasks spawned.
    pub spawned: u64,
    /// Tasks alive now.
    pub tasks: usize,
    /// Tasks in the ready queue now.
    pub ready: usize,
}

/// How long a task stood in line and how long it slept, until now.
///
/// ```
/// let runtime = onecook::Builder::new().task_times(true).build()?;
/// runtime.block_on(async { onecook::spawn(async {}).await }).unwrap();
/// for times in runtime.task_times() {
///     println!("{}: polled for {:?}", times.task, times.running);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskTimes {
    /// Which task.
    pub task: TaskId,
    /// In the ready queue, waiting for its turn.
    pub ready: Duration,
    /// Being polled.
    pub running: Duration,
    /// Idle, waiting to be woken.
    pub waiting: Duration,
}
