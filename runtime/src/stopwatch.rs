//! How long each task was ready, running and waiting. Only when asked for: it
//! reads the clock at every wake and twice at every poll.
//!
//! Back to `diagnosis.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use onecook_reactor::time::Instant;

use crate::metrics::TaskTimes;
use crate::task::TaskId;

/// What a task is doing.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Ready,
    Running,
    Waiting,
    Over,
}

#[derive(Debug)]
struct Times {
    doing: Doing,
    since: Instant,
    ready: Duration,
    running: Duration,
    waiting: Duration,
}

impl Times {
    fn new(now: Instant) -> Times {
        let zero = Duration::ZERO;
        let doing = Doing::Ready;
        Times { doing, since: now, ready: zero, running: zero, waiting: zero }
    }

    fn change(&mut self, doing: Doing, now: Instant) {
        let spent = now.saturating_duration_since(self.since);
        match self.doing {
            Doing::Ready => self.ready += spent,
            Doing::Running => self.running += spent,
            Doing::Waiting => self.waiting += spent,
            Doing::Over => {}
        }
        self.since = now;
        self.doing = doing;
    }
}

/// The times of all tasks.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    tasks: RefCell<BTreeMap<TaskId, Times>>,
}

impl Stopwatch {
    pub(crate) fn scheduled(&self, id: TaskId) {
        let now = Instant::now();
        let mut tasks = self.tasks.borrow_mut();
        let times = tasks.entry(id).or_insert_with(|| Times::new(now));
        if !matches!(times.doing, Doing::Running) {
            times.change(Doing::Ready, now);
        }
    }

    pub(crate) fn poll_begins(&self, id: TaskId) {
        self.change(id, Doing::Running);
    }

    pub(crate) fn poll_ends(&self, id: TaskId, again: bool) {
        let next = if again { Doing::Ready } else { Doing::Waiting };
        self.change(id, next);
    }

    pub(crate) fn done(&self, id: TaskId) {
        self.change(id, Doing::Over);
    }

    fn change(&self, id: TaskId, doing: Doing) {
        let now = Instant::now();
        let mut tasks = self.tasks.borrow_mut();
        let times = tasks.entry(id).or_insert_with(|| Times::new(now));
        times.change(doing, now);
    }

    /// The times until now; those of tasks that are over are forgotten.
    pub(crate) fn take(&self) -> Vec<TaskTimes> {
        let now = Instant::now();
        let mut tasks = self.tasks.borrow_mut();
        let told = tasks.iter_mut().map(|(id, times)| {
            times.change(times.doing, now);
            let Times { ready, running, waiting, .. } = *times;
            TaskTimes { task: *id, ready, running, waiting }
        });
        let told = told.collect();
        tasks.retain(|_, times| !matches!(times.doing, Doing::Over));
        told
    }
}
