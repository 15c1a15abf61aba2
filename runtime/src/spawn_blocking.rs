//! Calls that block, on threads of their own.
//!
//! The pool is the ground floor's; here a call gets what a task has: a handle
//! that answers with a `JoinError`, and the place where it was spawned.
//!
//! Next: `runtime.rs`, what its owner can do.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use onecook_reactor::blocking::{BlockingCall, BlockingError};

use crate::join_error::{JoinError, Who};
use crate::runtime::expect_current;

/// Runs `call` on a thread of the runtime's pool, so that it may block.
///
/// It starts at once, awaited or not. What has started cannot be stopped;
/// dropping the runtime does not wait for it
/// ([`Runtime::shutdown_timeout`](crate::Runtime::shutdown_timeout) does).
///
/// ```
/// # onecook::block_on(async {
/// let path = "Cargo.toml";
/// let text = onecook::spawn_blocking(move || std::fs::read(path));
/// assert!(text.await.unwrap().is_ok());
/// # });
/// ```
///
/// # Panics
///
/// Outside a runtime.
#[doc(alias = "to_thread")]
#[doc(alias = "run_in_executor")]
#[doc(alias = "Worker")]
#[track_caller]
pub fn spawn_blocking<F, T>(call: F) -> BlockingHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let call = expect_current().reactor.blocking().call(call);
    BlockingHandle { call, site: Location::caller() }
}

/// Owns the output of a blocking call: await it to have it.
///
/// ```
/// onecook::block_on(async {
///     let egg = onecook::spawn_blocking(|| "fried");
///     let burnt = onecook::spawn_blocking(|| panic!("burnt"));
///     assert_eq!(egg.await.unwrap(), "fried");
///     assert!(burnt.await.unwrap_err().is_panic());
/// });
/// ```
///
/// # Cancel safety
///
/// Dropping it detaches the call: it still runs, and its output is dropped.
#[must_use = "dropping the handle detaches the call; say so with `drop(..)`"]
pub struct BlockingHandle<T> {
    call: BlockingCall<T>,
    site: &'static Location<'static>,
}

impl<T> BlockingHandle<T> {
    /// Takes the call back if it has not started: then its closure is dropped
    /// here and now, and the handle answers "cancelled". Returns whether it
    /// did; a call that has started goes on.
    ///
    /// ```
    /// let runtime = onecook::Builder::new().blocking_threads(1).build()?;
    /// runtime.block_on(async {
    ///     let (ring, bell) = std::sync::mpsc::channel();
    ///     let first = onecook::spawn_blocking(move || bell.recv());
    ///     let second = onecook::spawn_blocking(|| "fried");
    ///     assert!(second.abort()); // there is no thread for it yet
    ///     assert!(second.await.unwrap_err().is_cancelled());
    ///     ring.send("ding").unwrap();
    ///     assert_eq!(first.await.unwrap(), Ok("ding"));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn abort(&self) -> bool {
        self.call.abort()
    }

    /// Whether awaiting the handle would not wait.
    ///
    /// ```
    /// onecook::block_on(async {
    ///     let mut egg = onecook::spawn_blocking(|| "fried");
    ///     (&mut egg).await.unwrap();
    ///     assert!(egg.is_finished());
    /// });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.call.is_finished()
    }
}

impl<T> Future for BlockingHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let who = Who::blocking(this.site);
        Pin::new(&mut this.call).poll(cx).map_err(|error| match error {
            BlockingError::Cancelled => JoinError::cancelled(who),
            BlockingError::Panic(payload) => JoinError::panic(who, payload),
            other @ BlockingError::NoThread(_) => {
                JoinError::not_started(who, other.to_string())
            }
        })
    }
}

impl<T> fmt::Debug for BlockingHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockingHandle({:?})", self.call)
    }
}
