//! Waiting with a whole thread: `blocking_send`, `blocking_recv` and the like.
//!
//! A thread that is no runtime's may block. It polls the future that a task
//! would await, and sleeps in between. It sleeps on a lock of its own: the
//! thread's `park` token belongs to the user.
//!
//! *Weakness:* before it sleeps it looks for a while whether it was woken, see
//! `patience.rs`.
//!
//! Next: `channel/`, who waits so.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[cfg(loom)]
use loom::sync::atomic::{AtomicU8, Ordering};
use parking_lot::{Condvar, Mutex};

use crate::executor;
use crate::patience::Patience;

thread_local! {
    /// What this thread waited with last, to be used again.
    static SPARE: Cell<Option<Blocked>> = const { Cell::new(None) };
}

/// Waits for `future` on a thread that may block. `what` is the user's call.
///
/// # Panics
///
/// On a thread that runs a runtime: it would hold up every task of it.
#[track_caller]
pub(crate) fn wait_for<F: Future>(what: &str, future: F) -> F::Output {
    assert!(
        executor::current().is_none(),
        "`{what}` was called on a runtime's own thread: it would hold up \
         every task there, and perhaps wait for one of them for ever. Await \
         its twin without `blocking_` instead, or call it inside \
         `spawn_blocking`"
    );
    let blocked = Blocked::take_spare().unwrap_or_default();
    let output = blocked.wait_for(future);
    blocked.keep();
    output
}

/// A thread that waits, and its waker.
struct Blocked {
    thread: Arc<BlockedThread>,
    waker: Waker,
    patience: Patience,
}

impl Default for Blocked {
    fn default() -> Blocked {
        let thread = Arc::new(BlockedThread::default());
        let waker = Waker::from(thread.clone());
        Blocked { thread, waker, patience: Patience::default() }
    }
}

impl Blocked {
    /// What is kept would outlive the model that loom checks.
    fn take_spare() -> Option<Blocked> {
        if cfg!(loom) {
            return None;
        }
        SPARE.try_with(Cell::take).ok().flatten()
    }

    /// A waker of it may still be out, and wake the next wait of this thread:
    /// that is one poll too many, and no harm.
    fn keep(self) {
        if !cfg!(loom) {
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }

    fn wait_for<F: Future>(&self, future: F) -> F::Output {
        let mut cx = Context::from_waker(&self.waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            self.thread.sleep(&self.patience);
        }
    }
}

const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const WOKEN: u8 = 2;

/// A thread that sleeps until its future is woken.
struct BlockedThread {
    state: AtomicU8,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Default for BlockedThread {
    fn default() -> BlockedThread {
        let state = AtomicU8::new(AWAKE);
        BlockedThread { state, lock: Mutex::default(), bell: Condvar::new() }
    }
}

impl BlockedThread {
    fn sleep(&self, patience: &Patience) {
        if !patience.look(|| self.is_woken()) {
            self.sleep_until_woken();
        }
        self.state.swap(AWAKE, Ordering::AcqRel);
    }

    fn is_woken(&self) -> bool {
        self.state.load(Ordering::Acquire) == WOKEN
    }

    /// The race: a wake comes after the last look and before the sleep. It
    /// swaps the state, and so does this: one of them sees the other. And who
    /// wakes takes the lock before it rings, so it rings a thread that hears.
    fn sleep_until_woken(&self) {
        let mut lock = self.lock.lock();
        if self.state.swap(ASLEEP, Ordering::AcqRel) == WOKEN {
            return;
        }
        while !self.is_woken() {
            self.bell.wait(&mut lock);
        }
    }

    fn wake(&self) {
        if self.state.swap(WOKEN, Ordering::AcqRel) == ASLEEP {
            drop(self.lock.lock());
            self.bell.notify_one();
        }
    }
}

impl Wake for BlockedThread {
    fn wake(self: Arc<Self>) {
        BlockedThread::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        BlockedThread::wake(self);
    }
}
