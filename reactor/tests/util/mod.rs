//! A vocabulary for the tests of this crate: wakers that count, polls by hand.
#![allow(dead_code)] // each test file uses a part of it

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that counts its wakes, and knows who holds it.
pub struct CountingWaker {
    count: Arc<Count>,
}

#[derive(Default)]
struct Count {
    wakes: AtomicUsize,
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

impl CountingWaker {
    pub fn new() -> CountingWaker {
        CountingWaker { count: Arc::default() }
    }

    pub fn waker(&self) -> Waker {
        self.count.clone().into()
    }

    pub fn poll<F>(&self, future: &mut F) -> Poll<F::Output>
    where
        F: Future + Unpin,
    {
        let waker = self.waker();
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    pub fn wakes(&self) -> usize {
        self.count.wakes.load(Ordering::SeqCst)
    }

    /// How many clones of the waker are held by somebody.
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.count) - 1
    }
}

/// Polls once with a waker that does nothing.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A waker that runs `f`.
pub fn on_wake(f: impl Fn() + Send + Sync + 'static) -> Waker {
    struct OnWake<F>(F);
    impl<F: Fn() + Send + Sync + 'static> Wake for OnWake<F> {
        fn wake(self: Arc<Self>) {
            (self.0)();
        }
    }
    Arc::new(OnWake(f)).into()
}

/// Runs its closure when dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
