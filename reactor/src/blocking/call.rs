//! One blocking call: from the queue, through a thread, to its awaiter.
//!
//! ```text
//!   Queued ──run──▶ Running ──▶ Finished(Ok or Panic) ──poll──▶ Done
//!      └────cancel─────┴──────▶ Finished(Cancelled or NoThread) ─┘
//! ```
//!
//! Whoever moves a call out of `Queued` owns its closure, so it is called or
//! dropped exactly once, with the lock released.
//!
//! Next: `context.rs`, which reactor, who is polled, who wakes.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use parking_lot::Mutex;

use super::InFlight;
use crate::budget;

type Closure<T> = Box<dyn FnOnce() -> T + Send>;

/// A call as the pool sees it, whatever its value.
pub(super) trait Job: Send + Sync {
    /// Calls the closure, unless the call was cancelled.
    fn run(&self);

    /// Drops the closure, unless the call has started.
    fn cancel(&self, error: BlockingError);
}

/// What the awaiter and the pool share.
pub(super) struct Call<T> {
    shared: Mutex<Shared<T>>,
}

struct Shared<T> {
    stage: Stage<T>,
    waker: Option<Waker>,
}

enum Stage<T> {
    Queued { closure: Closure<T>, in_flight: InFlight },
    Running,
    Finished(Result<T, BlockingError>),
    Done,
}

impl<T> Call<T> {
    pub(super) fn new(closure: Closure<T>, in_flight: InFlight) -> Call<T> {
        let stage = Stage::Queued { closure, in_flight };
        Call { shared: Mutex::new(Shared { stage, waker: None }) }
    }

    /// Moves the call out of the queue, for whoever comes first.
    fn start(&self) -> Option<(Closure<T>, InFlight)> {
        let mut shared = self.shared.lock();
        match mem::replace(&mut shared.stage, Stage::Running) {
            Stage::Queued { closure, in_flight } => Some((closure, in_flight)),
            other => {
                shared.stage = other;
                None
            }
        }
    }

    /// Leaves the result for the awaiter and wakes it; then, and only then,
    /// the call is no longer in flight.
    fn finish(&self, result: Result<T, BlockingError>, in_flight: InFlight) {
        let waker = {
            let mut shared = self.shared.lock();
            shared.stage = Stage::Finished(result); // it was `Running`
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        drop(in_flight);
    }

    fn try_cancel(&self, error: BlockingError) -> bool {
        let Some((closure, in_flight)) = self.start() else { return false };
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(closure)));
        self.finish(Err(error), in_flight);
        match dropped {
            Ok(()) => true,
            Err(panic) => resume_unwind(panic),
        }
    }

    fn is_finished(&self) -> bool {
        let shared = self.shared.lock();
        matches!(shared.stage, Stage::Finished(_) | Stage::Done)
    }

    /// The result, if it is there and was not taken.
    fn take_result(&self) -> Option<Result<T, BlockingError>> {
        let mut shared = self.shared.lock();
        match mem::replace(&mut shared.stage, Stage::Done) {
            Stage::Finished(result) => Some(result),
            Stage::Done => {
                drop(shared); // a panic hook is user code
                panic!("`BlockingCall` polled after it was done")
            }
            other => {
                shared.stage = other;
                None
            }
        }
    }

    /// Leaves the newest waker, unless the call has finished meanwhile.
    fn wait(&self, cx: &Context<'_>) {
        let newest = cx.waker();
        if self.shared.lock().is_waited_on_by(newest) {
            return;
        }
        let newest = newest.clone(); // user code, with the lock released
        let older = {
            let mut shared = self.shared.lock();
            shared.waker.replace(newest)
        };
        drop(older); // likewise
    }

    /// Nobody awaits the call any more.
    fn stop_waiting(&self) {
        let waker = self.shared.lock().waker.take();
        drop(waker); // user code, with the lock released
    }
}

impl<T> Shared<T> {
    fn is_waited_on_by(&self, newest: &Waker) -> bool {
        self.waker.as_ref().is_some_and(|waker| waker.will_wake(newest))
    }
}

impl<T: Send> Job for Call<T> {
    fn run(&self) {
        let Some((closure, in_flight)) = self.start() else { return };
        let result = catch_unwind(AssertUnwindSafe(closure));
        self.finish(result.map_err(BlockingError::Panic), in_flight);
    }

    fn cancel(&self, error: BlockingError) {
        self.try_cancel(error);
    }
}

/// The future of a blocking call's value. Made by
/// [`BlockingPool::call`](super::BlockingPool::call).
///
/// # Errors
///
/// What kept the call from returning a value: see [`BlockingError`].
///
/// # Cancel safety
///
/// Dropping it detaches the call: it still runs, and its value, or its panic,
/// is dropped on its thread. [`abort`](BlockingCall::abort) keeps a call that
/// has not started from running at all.
#[must_use = "the call runs anyway, but its value and its panic are lost"]
pub struct BlockingCall<T> {
    call: Arc<Call<T>>,
}

// It hands out its value by moving it, and never pins it.
impl<T> Unpin for BlockingCall<T> {}

impl<T> BlockingCall<T> {
    pub(super) fn new(call: Arc<Call<T>>) -> BlockingCall<T> {
        BlockingCall { call }
    }

    /// Takes the call back, if it has not started: its closure is dropped here
    /// and now, and the future ends with
    /// [`Cancelled`](BlockingError::Cancelled).
    ///
    /// Returns whether it did. `false` means that the call runs, or ran, or was
    /// cancelled before: what has started cannot be stopped.
    #[allow(clippy::must_use_candidate)]
    pub fn abort(&self) -> bool {
        self.call.try_cancel(BlockingError::Cancelled)
    }

    /// Whether the call has ended, by returning, by a panic or by being
    /// cancelled.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.call.is_finished()
    }
}

impl<T> Future for BlockingCall<T> {
    type Output = Result<T, BlockingError>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let mut result = this.call.take_result();
        if result.is_none() {
            this.call.wait(cx);
            result = this.call.take_result(); // it may have just finished
        }
        let Some(result) = result else { return Poll::Pending };
        this.call.stop_waiting();
        leave.spend();
        Poll::Ready(result)
    }
}

impl<T> Drop for BlockingCall<T> {
    fn drop(&mut self) {
        self.call.stop_waiting();
    }
}

impl<T> fmt::Debug for BlockingCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.call.shared.lock().stage {
            Stage::Queued { .. } => "Queued",
            Stage::Running => "Running",
            Stage::Finished(_) => "Finished",
            Stage::Done => "Done",
        };
        write!(f, "BlockingCall({stage})")
    }
}

/// Why a blocking call has no value.
pub enum BlockingError {
    /// It was taken back before it started: by
    /// [`abort`](BlockingCall::abort), or because the runtime was shut down.
    Cancelled,
    /// The closure panicked. This is what it panicked with.
    Panic(Box<dyn Any + Send>),
    /// The operating system refused to start the pool's first thread.
    NoThread(Arc<io::Error>),
}

impl BlockingError {
    /// What the closure panicked with, to go on with
    /// `std::panic::resume_unwind`; the error itself if it was no panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, BlockingError> {
        match self {
            BlockingError::Panic(payload) => Ok(payload),
            other => Err(other),
        }
    }
}

impl fmt::Display for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockingError::Cancelled => f.write_str(
                "the blocking call was cancelled before it started: it was \
                 aborted, or the runtime was shut down",
            ),
            BlockingError::Panic(payload) => {
                let text = panic_text(payload.as_ref());
                write!(f, "the blocking call panicked: {text}")
            }
            BlockingError::NoThread(error) => write!(
                f,
                "no thread could be started for the blocking call ({error}): \
                 raise the limit with `ulimit -u`, or free some memory"
            ),
        }
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return text;
    }
    match payload.downcast_ref::<String>() {
        Some(text) => text,
        None => "(with a value that is no text)",
    }
}

impl fmt::Debug for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockingError::Cancelled => f.write_str("Cancelled"),
            BlockingError::Panic(payload) => {
                let text = panic_text(payload.as_ref());
                f.debug_tuple("Panic").field(&text).finish()
            }
            BlockingError::NoThread(error) => {
                f.debug_tuple("NoThread").field(error).finish()
            }
        }
    }
}

impl Error for BlockingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BlockingError::NoThread(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl From<BlockingError> for io::Error {
    fn from(error: BlockingError) -> io::Error {
        io::Error::other(error.to_string())
    }
}
