//! A flag that another thread sets and a task waits for.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// A flag that another thread sets and a task waits for.
#[derive(Default)]
pub struct Signal {
    is_set: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Signal {
    /// Sets it, and wakes whoever waits.
    pub fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
        let waker = self.waker.lock().expect("not poisoned").take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until it is set, and clears it.
    pub async fn wait(&self) {
        poll_fn(|cx| self.poll_wait(cx)).await;
    }

    fn poll_wait(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_set.swap(false, Ordering::SeqCst) {
            return Poll::Ready(());
        }
        *self.waker.lock().expect("not poisoned") = Some(cx.waker().clone());
        // Set in between? Then it found no waker.
        if self.is_set.swap(false, Ordering::SeqCst) {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
