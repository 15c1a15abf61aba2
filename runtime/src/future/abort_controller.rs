//! `AbortController`: ends an [`Abortable`](super::Abortable), from any
//! thread.
//!
//! The name is JavaScript's. futures-rs calls it `AbortHandle`, but that is
//! what ends a *task*, here and in tokio, and one noun means one thing.
//!
//! No abort is lost: the controller sets the flag and then takes the waker,
//! the future leaves its waker and then reads the flag. Whichever comes
//! second to the waker's lock sees what the other did before.
//!
//! Next: `../stream/`, many values instead of one.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::abortable::Aborted;

/// Ends the [`Abortable`](super::Abortable) that it was made with. Any thread
/// may use it, and clones do the same.
///
/// Dropping it ends nothing.
///
/// ```
/// use std::thread;
/// use onecook::future;
///
/// let (frying, controller) = future::abortable(future::pending::<()>());
/// thread::spawn(move || controller.abort());
/// assert!(onecook::block_on(frying).is_err());
/// ```
#[doc(alias = "AbortHandle")]
#[doc(alias = "CancelFunc")]
#[derive(Clone, Debug)]
pub struct AbortController {
    shared: Arc<Shared>,
}

impl AbortController {
    /// Ends the future. Nothing happens if it is over, or aborted already.
    ///
    /// ```
    /// use onecook::future;
    ///
    /// let (frying, controller) = future::abortable(async { "egg" });
    /// controller.abort();
    /// assert!(onecook::block_on(frying).is_err());
    /// controller.abort(); // it is over: nothing happens
    /// ```
    pub fn abort(&self) {
        self.shared.aborted.store(true, Ordering::Release);
        let waker = self.shared.swap_waker(None);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether [`abort`](AbortController::abort) was called.
    ///
    /// ```
    /// let (_frying, controller) = onecook::future::abortable(async {});
    /// assert!(!controller.is_aborted());
    /// controller.clone().abort();
    /// assert!(controller.is_aborted());
    /// ```
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.shared.aborted.load(Ordering::Acquire)
    }
}

/// A controller, and the future's end of it.
pub(super) fn controller() -> (AbortController, AbortSignal) {
    let shared = Arc::new(Shared::default());
    (AbortController { shared: shared.clone() }, AbortSignal { shared })
}

/// The future's end: it waits to be told. Not `Clone`: one place, one waker.
#[derive(Debug)]
pub struct AbortSignal {
    shared: Arc<Shared>,
}

impl AbortSignal {
    pub(super) fn is_aborted(&self) -> bool {
        self.shared.aborted.load(Ordering::Acquire)
    }

    pub(super) fn poll_aborted(&self, cx: &Context<'_>) -> Poll<Aborted> {
        let before = self.shared.swap_waker(Some(cx.waker().clone()));
        drop(before);
        if self.is_aborted() { Poll::Ready(Aborted) } else { Poll::Pending }
    }
}

/// A controller that outlives its future keeps no waker of it.
impl Drop for AbortSignal {
    fn drop(&mut self) {
        drop(self.shared.swap_waker(None));
    }
}

#[derive(Default, Debug)]
struct Shared {
    // Any thread, atomic.
    aborted: AtomicBool,
    // Under the mutex: the newest waker of the future.
    waker: Mutex<Option<Waker>>,
}

impl Shared {
    /// Wakers are user code: none is cloned, woken or dropped in here.
    fn swap_waker(&self, mut waker: Option<Waker>) -> Option<Waker> {
        mem::swap(&mut *self.waker.lock(), &mut waker);
        waker
    }
}
