//! The watchdog: reports a poll that holds the thread for too long.
//!
//! Most are noticed when they end. A poll that never ends (a std mutex locked
//! twice) cannot be, so a thread looks on; it exists only if a limit is set.
//!
//! Back to `diagnosis.rs`.

use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use onecook_reactor::report::{Report, ReportKind};
use parking_lot::{Condvar, Mutex};

use crate::join_error::Who;

/// A limit may be as short as nothing; the watchdog must not spin then.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(10);

/// Watches the polls of one executor.
#[derive(Debug)]
pub(crate) struct Watchdog {
    limit: Duration,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Watched {
    /// The poll that is running.
    poll: Option<WatchedPoll>,
    /// The watchdog sleeps until it is told of a poll.
    dozing: bool,
    /// The runtime is gone.
    over: bool,
}

#[derive(Debug)]
struct WatchedPoll {
    who: Option<Who>,
    since: Instant,
    reported: bool,
}

impl Watchdog {
    pub(crate) fn start(limit: Duration) -> Watchdog {
        let shared = Arc::new(Shared {
            watched: Mutex::default(),
            changed: Condvar::new(),
        });
        let watching = shared.clone();
        let started = thread::Builder::new()
            .name("onecook-watchdog".to_owned())
            .spawn(move || watching.watch(limit));
        if let Err(error) = started {
            let text = format!("the slow-poll watchdog cannot start: {error}");
            Report::new(ReportKind::SlowPoll, text).send();
        }
        Watchdog { limit, shared }
    }

    pub(crate) fn poll_begins(&self, who: Option<Who>) {
        let since = Instant::now();
        let mut watched = self.shared.watched.lock();
        watched.poll = Some(WatchedPoll { who, since, reported: false });
        if mem::take(&mut watched.dozing) {
            self.shared.changed.notify_one();
        }
    }

    pub(crate) fn poll_ends(&self) {
        let ended = self.shared.watched.lock().poll.take();
        let Some(WatchedPoll { who, since, .. }) = ended else { return };
        let took = since.elapsed();
        if took > self.limit {
            report(who, &format!("took {took:.1?}"), self.limit);
        }
    }

    /// No poll is running, however the last one ended.
    pub(crate) fn rest(&self) {
        self.shared.watched.lock().poll = None;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.watched.lock().over = true;
        self.shared.changed.notify_one();
    }
}

/// What the watchdog does next.
enum Next {
    End,
    Doze,
    LookAgainIn(Duration),
    Report(Option<Who>, Duration),
}

impl Watched {
    fn next(&mut self, limit: Duration) -> Next {
        if self.over {
            return Next::End;
        }
        let Some(poll) = &mut self.poll else { return Next::Doze };
        let running = poll.since.elapsed();
        if let Some(left) = limit.checked_sub(running) {
            return Next::LookAgainIn(left);
        }
        if mem::replace(&mut poll.reported, true) {
            return Next::LookAgainIn(limit.max(LOOK_AT_MOST_EVERY));
        }
        Next::Report(poll.who.clone(), running)
    }
}

impl Shared {
    /// The watchdog's thread. It is told of a poll only while it dozes, so a
    /// busy runtime does not wake it at every poll.
    fn watch(&self, limit: Duration) {
        let mut watched = self.watched.lock();
        loop {
            match watched.next(limit) {
                Next::End => return,
                Next::Doze => {
                    watched.dozing = true;
                    self.changed.wait(&mut watched);
                }
                Next::LookAgainIn(time) => {
                    self.changed.wait_for(&mut watched, time);
                }
                Next::Report(who, running) => {
                    drop(watched); // the report's hook is user code
                    let what = format!("still runs after {running:.1?}");
                    report(who, &what, limit);
                    watched = self.watched.lock();
                }
            }
        }
    }
}

fn report(who: Option<Who>, what: &str, limit: Duration) {
    let who = who.map_or("the main future".to_owned(), |it| it.to_string());
    let text = format!(
        "one poll of {who} {what}; the limit is {limit:?}. Meanwhile nothing \
         else could run. Move blocking work to `spawn_blocking`, or cut a long \
         computation with `yield_now().await`."
    );
    Report::new(ReportKind::SlowPoll, text).send();
}
