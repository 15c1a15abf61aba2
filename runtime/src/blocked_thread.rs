//! Waiting with a whole thread: `blocking_send`, `blocking_recv` and the like.
//!
//! A thread that is no runtime's may block. It polls the future that a task
//! would await, and sleeps in between. It sleeps on a lock of its own: the
//! thread's `park` token belongs to the user.
//!
//! Next: `channel/`, who waits so.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::{Condvar, Mutex};

use crate::executor;

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
    let thread = Arc::new(BlockedThread::default());
    let waker = Waker::from(thread.clone());
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        thread.sleep();
    }
}

/// A thread that sleeps until its future is woken.
#[derive(Default)]
struct BlockedThread {
    woken: Mutex<bool>,
    bell: Condvar,
}

impl BlockedThread {
    fn sleep(&self) {
        let mut woken = self.woken.lock();
        while !*woken {
            self.bell.wait(&mut woken);
        }
        *woken = false;
    }
}

impl Wake for BlockedThread {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken.lock() = true;
        self.bell.notify_one();
    }
}
