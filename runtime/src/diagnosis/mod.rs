//! What is wrong, in words: lost wakers, deadlocks, slow polls, the dump.
//!
//! A program that hangs says nothing. The runtime knows who waits for what, so
//! it can tell. The checks are paid for by polls: the tasks are looked through
//! before the runtime sleeps, but only after as many polls as there are tasks
//! and children, so that a poll costs a constant.
//!
//! Next: `kin.rs`, whose children those are.

mod kin;
mod deadlock;
mod lost;
mod dump;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

pub use onecook_reactor::report::{Report, ReportKind, set_hook, take_hook};

use crate::builder::Settings;
use crate::children;
use crate::executor::Executor;
use crate::handle::Door;
use crate::join_error::{JoinError, Who};
use crate::metrics::TaskTimes;
use crate::stopwatch::Stopwatch;
use crate::task::TaskId;
use crate::waker::Node;
use crate::watchdog::Watchdog;

/// So many tasks and children are looked through for each poll since the last
/// time. With so few or fewer, the checks are made before every sleep.
const TASKS_PER_POLL: u64 = 16;

/// What one executor knows about its own health.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    polls_at_check: Cell<u64>,
    deadlock_delay: Option<Duration>,
    deadlock: Cell<Suspicion>,
    /// Whether there is a stopwatch or a watchdog: what every poll asks.
    is_watching: bool,
    stopwatch: Option<Stopwatch>,
    watchdog: Option<Watchdog>,
    door: RefCell<Option<Arc<Door>>>,
}

/// How far a suspicion of deadlock has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Suspicion {
    /// None yet.
    None,
    /// This sleep is limited, to have another look.
    Timed,
    /// It was reported, once is enough.
    Reported,
}

impl Diagnosis {
    pub(crate) fn new(settings: &Settings) -> Diagnosis {
        Diagnosis {
            polls_at_check: Cell::new(0),
            deadlock_delay: settings.deadlock_delay,
            deadlock: Cell::new(Suspicion::None),
            is_watching: settings.task_times
                || settings.slow_poll_limit.is_some(),
            stopwatch: settings.task_times.then(Stopwatch::default),
            watchdog: settings.slow_poll_limit.map(Watchdog::start),
            door: RefCell::default(),
        }
    }

    /// A task was put into the ready queue.
    #[inline]
    pub(crate) fn scheduled(&self, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.scheduled(id);
        }
    }

    /// A poll begins.
    #[inline]
    pub(crate) fn poll_begins(&self, executor: &Executor, id: TaskId) {
        if self.is_watching {
            self.watch_poll(executor, id);
        }
    }

    #[cold]
    fn watch_poll(&self, executor: &Executor, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.poll_begins(id);
        }
        if let Some(watchdog) = &self.watchdog {
            watchdog.poll_begins(executor.who(id));
        }
    }

    /// A poll ended.
    #[inline]
    pub(crate) fn poll_ends(&self, executor: &Executor, id: TaskId) {
        if self.is_watching {
            self.watch_poll_end(executor, id);
        }
    }

    #[cold]
    fn watch_poll_end(&self, executor: &Executor, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            let again = executor.with_node(id, Node::is_scheduled);
            stopwatch.poll_ends(id, again == Some(true));
        }
        if let Some(watchdog) = &self.watchdog {
            watchdog.poll_ends();
        }
    }

    /// `block_on` ended, perhaps by a panic in the middle of a poll.
    pub(crate) fn run_ends(&self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.rest();
        }
    }

    /// A task is over.
    pub(crate) fn done(&self, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.done(id);
        }
    }
}

/// Runs user code on behalf of a task that nobody awaits: a panic in it is
/// reported, and goes no further.
pub(crate) fn contain(who: impl FnOnce() -> Option<Who>, run: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(run)) else { return };
    if let Some(who) = who() {
        report_panic(JoinError::panic(who, payload));
    }
}

/// Reports a panic that nobody else will see.
pub(crate) fn report_panic(error: JoinError) {
    let text = format!(
        "{error}. Nobody awaits its `JoinHandle`, so this is the only notice. \
         Keep the handle and await it to handle the panic."
    );
    Report::new(ReportKind::Panic, text).send();
    // What the task panicked with may panic in its `Drop`, and so on; then it
    // is better leaked.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(error)));
    if let Err(payload) = dropped {
        mem::forget(payload);
    }
}

/// What other threads hold.
impl Executor {
    pub(crate) fn door(&self) -> Arc<Door> {
        let mut door = self.diagnosis.door.borrow_mut();
        let inbox = || Arc::new(Door::new(self.inbox.clone()));
        door.get_or_insert_with(inbox).clone()
    }

    fn nobody_outside_has_a_door(&self) -> bool {
        let door = self.diagnosis.door.borrow();
        let nobody = door.as_ref().is_none_or(|it| Arc::strong_count(it) == 1);
        // Whoever let go of the last one may have sent something before: the
        // fence makes it visible to the look at the inbox that follows.
        fence(Ordering::Acquire);
        nobody
    }

    pub(crate) fn take_task_times(&self) -> Vec<TaskTimes> {
        let stopwatch = self.diagnosis.stopwatch.as_ref();
        stopwatch.map(Stopwatch::take).unwrap_or_default()
    }
}

/// Before the runtime sleeps.
impl Executor {
    /// Looks for tasks that nothing will ever wake. Whether it found any, and
    /// told.
    pub(crate) fn check_before_park(&self) -> bool {
        let polls = self.counters.polls.get();
        let since = polls - self.diagnosis.polls_at_check.get();
        let tasks = self.tasks.borrow().len() + children::census_work();
        if since == 0 || since * TASKS_PER_POLL < tasks as u64 {
            return false;
        }
        self.diagnosis.polls_at_check.set(polls);
        self.panic_if_deadlock_is_certain();
        let anybody_is_lost = self.anybody_is_lost();
        if anybody_is_lost {
            self.report_lost_wakers();
        }
        anybody_is_lost
    }

    /// How long to sleep: for ever, or until a suspicion is due.
    pub(crate) fn park_timeout(&self) -> Option<Duration> {
        let diagnosis = &self.diagnosis;
        let delay = diagnosis.deadlock_delay?;
        if diagnosis.deadlock.get() == Suspicion::Reported
            || !(self.reactor.is_silent()
                || self.reactor.time_is_held_by_sockets())
        {
            return None;
        }
        diagnosis.deadlock.set(Suspicion::Timed);
        Some(delay)
    }

    /// A turn ended though nothing had happened: the suspicion is due.
    pub(crate) fn note_empty_turn(&self) {
        if self.diagnosis.deadlock.get() != Suspicion::Timed {
            self.counters.empty_turns.add(1);
            return;
        }
        self.panic_if_deadlock_is_certain();
        self.report_lost_wakers();
        self.diagnosis.deadlock.set(Suspicion::Reported);
        Report::new(ReportKind::Deadlock, self.suspected_text()).send();
    }

    /// Something happened: no suspicion.
    pub(crate) fn note_progress(&self) {
        let deadlock = &self.diagnosis.deadlock;
        if deadlock.get() == Suspicion::Timed {
            deadlock.set(Suspicion::None);
        }
    }

    fn suspected_text(&self) -> String {
        if self.reactor.time_is_held_by_sockets() {
            return self.held_time_text();
        }
        format!(
            "everything has been idle for {:?}: no task is ready, and no \
             timer, socket or blocking call is waited for. If another thread \
             is to wake one of these tasks, all is well; if not, this is a \
             deadlock. (`Builder::deadlock_delay` sets the delay, or turns \
             this report off.)\n{}",
            self.diagnosis.deadlock_delay.unwrap_or_default(),
            self.dump()
        )
    }

    fn held_time_text(&self) -> String {
        format!(
            "virtual time stands still: everything has been idle for {:?}, \
             timers are set, but a socket is waited for, and sockets live by \
             real time. Use `io::duplex` instead, or let time move on with \
             `Builder::sockets_hold_time(false)`.\n{}",
            self.diagnosis.deadlock_delay.unwrap_or_default(),
            self.dump()
        )
    }

    #[inline]
    fn panic_if_deadlock_is_certain(&self) {
        if self.reactor.is_silent() {
            self.panic_if_nobody_inside_can_wake();
        }
    }

    #[cold]
    fn panic_if_nobody_inside_can_wake(&self) {
        assert!(
            !self.nobody_inside_can_wake(),
            "deadlock: no task is ready, nothing outside is waited for, and \
             nobody is left to wake any of these:\n{}",
            self.dump()
        );
    }
}
