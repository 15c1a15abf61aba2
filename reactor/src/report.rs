//! How the runtime speaks to its user when something is wrong.
//!
//! Both floors report through one hook: a panic nobody will see, a deadlock, a
//! lost waker, a poll that takes too long, no file descriptors left. By
//! default a report goes to stderr; [`set_hook`] sends it elsewhere.
//!
//! Back to `lib.rs` for the map.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::RwLock;

/// What a report is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ReportKind {
    /// A task panicked and nobody holds its handle.
    Panic,
    /// Everything is idle, and perhaps nothing will ever wake a task again.
    Deadlock,
    /// A task is pending, but nobody holds its waker.
    LostWaker,
    /// One poll held the thread longer than the limit.
    SlowPoll,
    /// The process has no file descriptor left for `accept`.
    OutOfDescriptors,
}

/// One report: what happened, and what to do about it.
#[derive(Clone, Debug)]
pub struct Report {
    kind: ReportKind,
    text: String,
}

impl Report {
    /// A report of that kind, with that text.
    pub fn new(kind: ReportKind, text: impl Into<String>) -> Report {
        Report { kind, text: text.into() }
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> ReportKind {
        self.kind
    }

    /// The text, as it would go to stderr.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Hands the report to the hook. Call it with nothing borrowed or locked.
    pub fn send(&self) {
        let hook = HOOK.read().clone();
        match hook {
            Some(hook) => hook(self),
            // Not `eprintln!`: that panics where stderr is closed, and a
            // report must not do harm.
            None => drop(writeln!(io::stderr(), "{self}")),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "onecook: {}", self.text)
    }
}

type Hook = Arc<dyn Fn(&Report) + Send + Sync>;

static HOOK: RwLock<Option<Hook>> = RwLock::new(None);

/// Sends every report of the process to `hook` instead of stderr.
///
/// It may be called from any thread, the watchdog's among them. It should not
/// panic: it is called in the middle of things, and a task may be lost.
pub fn set_hook(hook: impl Fn(&Report) + Send + Sync + 'static) {
    replace_hook(Some(Arc::new(hook)));
}

/// Reports go to stderr again.
pub fn take_hook() {
    replace_hook(None);
}

fn replace_hook(next: Option<Hook>) {
    let previous = std::mem::replace(&mut *HOOK.write(), next);
    drop(previous); // user code, with the lock released
}
