//! A pool of threads for calls that block.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// Threads for calls that block.
#[derive(Debug)]
pub struct BlockingPool {
    in_flight: Arc<AtomicUsize>,
}

/// Why a blocking call gave no value.
pub enum BlockingError {
    /// It never ran.
    Cancelled,
    /// It panicked.
    Panic(Box<dyn Any + Send>),
}

impl fmt::Display for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blocking call failed")
    }
}

struct Shared<T> {
    result: Option<Result<T, BlockingError>>,
    waker: Option<Waker>,
}

/// A call under way.
pub struct BlockingCall<T> {
    shared: Arc<Mutex<Shared<T>>>,
}

impl<T> Future for BlockingCall<T> {
    type Output = Result<T, BlockingError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = self.shared.lock();
        if let Some(result) = shared.result.take() {
            return Poll::Ready(result);
        }
        shared.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl BlockingPool {
    pub(crate) fn new(_threads: usize, _idle: Duration) -> BlockingPool {
        BlockingPool { in_flight: Arc::default() }
    }
    /// Calls queued or running.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }
    /// Stand-in.
    pub fn call<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> BlockingCall<T> {
        let shared = Arc::new(Mutex::new(Shared { result: None, waker: None }));
        let theirs = shared.clone();
        let in_flight = self.in_flight.clone();
        in_flight.fetch_add(1, Ordering::SeqCst);
        thread::spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(f));
            let mut shared = theirs.lock();
            shared.result = Some(result.map_err(BlockingError::Panic));
            let waker = shared.waker.take();
            drop(shared);
            in_flight.fetch_sub(1, Ordering::SeqCst);
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        BlockingCall { shared }
    }
}
