//! Why a task has no output.
//!
//! Next: `future/`, the futures that need no outside.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::Location;

use parking_lot::Mutex;

use crate::task::{TaskId, TaskName};

/// What was spawned.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Task(TaskId),
    /// A task that did not come so far as to have a number.
    Unnumbered,
    BlockingCall,
    /// A child of a scope; without a number if there was no runtime.
    Child(Option<u64>),
}

/// How a report calls a task: number, name and where it was spawned.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    kind: Kind,
    name: Option<String>,
    site: &'static Location<'static>,
}

impl Who {
    pub(crate) fn new(
        id: TaskId,
        name: &TaskName,
        site: &'static Location<'static>,
    ) -> Who {
        let name = name.as_ref().map(|name| name.as_str().to_owned());
        Who { kind: Kind::Task(id), name, site }
    }

    /// A task that did not come so far as to have a number.
    pub(crate) fn not_spawned(site: &'static Location<'static>) -> Who {
        Who { kind: Kind::Unnumbered, name: None, site }
    }

    /// A call of `spawn_blocking`.
    pub(crate) fn blocking(site: &'static Location<'static>) -> Who {
        Who { kind: Kind::BlockingCall, name: None, site }
    }

    /// A child of a scope.
    pub(crate) fn child(
        number: Option<u64>,
        name: &TaskName,
        site: &'static Location<'static>,
    ) -> Who {
        let name = name.as_ref().map(|name| name.as_str().to_owned());
        Who { kind: Kind::Child(number), name, site }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Task(id) => write!(f, "{id}")?,
            Kind::Unnumbered => f.write_str("a task")?,
            Kind::BlockingCall => f.write_str("a blocking call")?,
            Kind::Child(Some(number)) => write!(f, "child {number}")?,
            Kind::Child(None) => f.write_str("a child")?,
        }
        if let Some(name) = &self.name {
            write!(f, " '{name}'")?;
        }
        write!(f, " (spawned at {})", self.site)
    }
}

/// Why a task has no output: it was cancelled, or it panicked.
///
/// Its text names the task and where it was spawned.
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn_named("egg A", async { panic!("it fell") });
///     let text = egg.await.unwrap_err().to_string();
///     assert!(text.starts_with("task 1 'egg A' (spawned at "));
///     assert!(text.ends_with("panicked: it fell"));
/// });
/// ```
#[doc(alias = "CancelledError")]
pub struct JoinError {
    inner: Box<Inner>,
}

struct Inner {
    who: Who,
    cause: Cause,
}

type Payload = Box<dyn Any + Send + 'static>;

enum Cause {
    Cancelled,
    /// Behind a mutex only so that the error is `Sync`, as errors should be.
    Panic(Mutex<Payload>),
    /// The runtime was gone, or went, before the task could end.
    RuntimeGone,
    /// There was no thread for a blocking call.
    NotStarted(String),
}

impl JoinError {
    pub(crate) fn cancelled(who: Who) -> JoinError {
        JoinError::new(who, Cause::Cancelled)
    }

    pub(crate) fn runtime_gone(who: Who) -> JoinError {
        JoinError::new(who, Cause::RuntimeGone)
    }

    pub(crate) fn not_started(who: Who, why: String) -> JoinError {
        JoinError::new(who, Cause::NotStarted(why))
    }

    pub(crate) fn panic(who: Who, payload: Payload) -> JoinError {
        JoinError::new(who, Cause::Panic(Mutex::new(payload)))
    }

    fn new(who: Who, cause: Cause) -> JoinError {
        JoinError { inner: Box::new(Inner { who, cause }) }
    }

    /// Whether the task was cancelled: aborted, or its runtime shut down.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(onecook::future::pending::<()>());
    ///     egg.abort();
    ///     assert!(egg.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.inner.cause, Cause::Cancelled | Cause::RuntimeGone)
    }

    /// Whether the task panicked.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async { panic!("it fell") });
    ///     assert!(egg.await.unwrap_err().is_panic());
    /// });
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.inner.cause, Cause::Panic(_))
    }

    /// What the task panicked with, for `std::panic::resume_unwind`.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(async { panic!("it fell") });
    ///     let payload = egg.await.unwrap_err().into_panic();
    ///     assert_eq!(payload.downcast_ref(), Some(&"it fell"));
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the task was cancelled.
    #[must_use]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic().unwrap_or_else(|error| {
            panic!("`into_panic` of a task that did not panic: {error}")
        })
    }

    /// What the task panicked with, or this error back if it was cancelled.
    ///
    /// ```
    /// use std::panic::resume_unwind;
    ///
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(onecook::future::pending::<()>());
    ///     egg.abort();
    ///     match egg.await.unwrap_err().try_into_panic() {
    ///         Ok(payload) => resume_unwind(payload),
    ///         Err(error) => assert!(error.is_cancelled()),
    ///     }
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the task was cancelled.
    pub fn try_into_panic(self) -> Result<Payload, JoinError> {
        let Inner { who, cause } = *self.inner;
        match cause {
            Cause::Panic(payload) => Ok(payload.into_inner()),
            other => Err(JoinError::new(who, other)),
        }
    }

    /// Which task it was; `None` if it never was spawned, or was a blocking
    /// call, or the child of a scope.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let egg = onecook::spawn(onecook::future::pending::<()>());
    ///     egg.abort();
    ///     assert_eq!(egg.await.unwrap_err().id().unwrap().number(), 1);
    /// });
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        match self.inner.who.kind {
            Kind::Task(id) => Some(id),
            Kind::Unnumbered | Kind::BlockingCall | Kind::Child(_) => None,
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = &self.inner.who;
        match &self.inner.cause {
            Cause::Cancelled => write!(f, "{who} was cancelled"),
            Cause::RuntimeGone => {
                write!(f, "{who} was cancelled: its runtime shut down")
            }
            Cause::NotStarted(why) => write!(f, "{who} did not start: {why}"),
            Cause::Panic(payload) => {
                let payload = payload.lock();
                match message(&**payload) {
                    Some(text) => write!(f, "{who} panicked: {text}"),
                    None => write!(f, "{who} panicked"),
                }
            }
        }
    }
}

/// What `panic!` was called with, if it was text.
pub(crate) fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl Error for JoinError {}

impl From<JoinError> for std::io::Error {
    fn from(error: JoinError) -> std::io::Error {
        std::io::Error::other(error)
    }
}
