//! Those who ran out of time.
//!
//! Next: `../spawn_blocking.rs`, calls that block.

use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use super::graceful::Kind;

/// So many are listed in the text.
const LISTED: usize = 20;

/// Some tasks had not ended at the deadline, and were dropped. Its text lists
/// the first twenty, each with its name and where it was spawned.
///
/// ```
/// # use std::{future::pending, time::Duration};
/// # use onecook::shutdown::Graceful;
/// # onecook::block_on(async {
/// let graceful = Graceful::new();
/// drop(graceful.spawn("B", pending::<()>()));
/// let grace = Duration::from_millis(1);
/// let unfinished = graceful.shutdown(grace).await.unwrap_err();
/// let text = unfinished.to_string();
/// assert!(text.starts_with("1 task did not end within 1ms: `B` (spawned at"));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Unfinished {
    grace: Duration,
    tasks: Vec<UnfinishedTask>,
}

/// A task, or a future that was watched, that ran out of time.
///
/// ```
/// # use std::{future::pending, time::Duration};
/// # use onecook::shutdown::Graceful;
/// # onecook::block_on(async {
/// let graceful = Graceful::new();
/// drop(graceful.spawn("B", pending::<()>()));
/// let ended = graceful.shutdown(Duration::from_millis(1)).await;
/// for task in ended.unwrap_err().tasks() {
///     println!("{} of {} burnt", task.name(), task.site());
/// }
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct UnfinishedTask {
    name: Rc<str>,
    kind: Kind,
    site: &'static Location<'static>,
}

impl Unfinished {
    pub(super) fn new(
        grace: Duration,
        tasks: Vec<UnfinishedTask>,
    ) -> Unfinished {
        Unfinished { grace, tasks }
    }

    /// They, in the order in which they came.
    ///
    /// ```
    /// # use std::{future::pending, time::Duration};
    /// # onecook::block_on(async {
    /// let graceful = onecook::shutdown::Graceful::new();
    /// drop(graceful.spawn("B", pending::<()>()));
    /// let ended = graceful.shutdown(Duration::from_millis(1)).await;
    /// assert_eq!(ended.unwrap_err().tasks().len(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn tasks(&self) -> &[UnfinishedTask] {
        &self.tasks
    }

    /// Their names, in the order in which they came.
    ///
    /// ```
    /// # use std::{future::pending, time::Duration};
    /// # onecook::block_on(async {
    /// let graceful = onecook::shutdown::Graceful::new();
    /// drop(graceful.spawn("A", pending::<()>()));
    /// drop(graceful.spawn("B", pending::<()>()));
    /// let ended = graceful.shutdown(Duration::from_millis(1)).await;
    /// assert!(ended.unwrap_err().names().eq(["A", "B"]));
    /// # });
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tasks.iter().map(UnfinishedTask::name)
    }
}

impl UnfinishedTask {
    pub(super) fn new(
        name: Rc<str>,
        kind: Kind,
        site: &'static Location<'static>,
    ) -> UnfinishedTask {
        UnfinishedTask { name, kind, site }
    }

    /// Its name.
    ///
    /// ```
    /// # use std::{future::pending, time::Duration};
    /// # onecook::block_on(async {
    /// let graceful = onecook::shutdown::Graceful::new();
    /// drop(graceful.spawn("B", pending::<()>()));
    /// let ended = graceful.shutdown(Duration::from_millis(1)).await;
    /// assert_eq!(ended.unwrap_err().tasks()[0].name(), "B");
    /// # });
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was spawned, or came to be watched.
    ///
    /// ```
    /// # use std::{future::pending, time::Duration};
    /// # onecook::block_on(async {
    /// let graceful = onecook::shutdown::Graceful::new();
    /// drop(graceful.spawn("B", pending::<()>()));
    /// let ended = graceful.shutdown(Duration::from_millis(1)).await;
    /// assert_eq!(ended.unwrap_err().tasks()[0].site().file(), file!());
    /// # });
    /// ```
    #[must_use]
    pub fn site(&self) -> &'static Location<'static> {
        self.site
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.tasks.len();
        let noun = if count == 1 { "task" } else { "tasks" };
        write!(f, "{count} {noun} did not end within {:?}: ", self.grace)?;
        for (index, task) in self.tasks.iter().take(LISTED).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{task}")?;
        }
        match count.saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

impl fmt::Display for UnfinishedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.kind {
            Kind::Task => "spawned",
            Kind::Watched => "watched",
        };
        write!(f, "`{}` ({verb} at {})", self.name, self.site)
    }
}

impl Error for Unfinished {}
