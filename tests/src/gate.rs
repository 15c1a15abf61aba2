//! Futures that are steered from outside.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::{Condvar, Mutex};

/// Where a future leaves its waker, for a test to take; shared by clones.
#[derive(Clone, Default, Debug)]
pub struct WakerSlot {
    shared: Arc<(Mutex<Option<Waker>>, Condvar)>,
}

impl WakerSlot {
    /// Empty.
    #[must_use]
    pub fn new() -> WakerSlot {
        WakerSlot::default()
    }

    /// Leaves a clone of the waker; the one before is dropped.
    pub fn store(&self, cx: &Context<'_>) {
        let waker = cx.waker().clone();
        let before = self.shared.0.lock().replace(waker);
        self.shared.1.notify_all();
        drop(before);
    }

    /// Takes the waker out, if there is one.
    #[must_use]
    pub fn take(&self) -> Option<Waker> {
        self.shared.0.lock().take()
    }

    /// A clone of the waker.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn waker(&self) -> Waker {
        let waker = self.shared.0.lock().clone();
        waker.expect("no future left its waker here")
    }

    /// Wakes, and leaves the waker here. Nothing happens without one.
    pub fn wake(&self) {
        let waker = self.shared.0.lock().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Holds this thread until there is a waker, and takes it.
    #[must_use]
    pub fn wait_for(&self) -> Waker {
        let mut slot = self.shared.0.lock();
        loop {
            if let Some(waker) = slot.take() {
                return waker;
            }
            self.shared.1.wait(&mut slot);
        }
    }
}

/// A gate: futures wait in front of it until it is opened, from any thread.
#[derive(Clone, Default, Debug)]
pub struct Gate {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default, Debug)]
struct Shared {
    open: bool,
    waiting: Vec<Waker>,
}

impl Gate {
    /// Closed.
    #[must_use]
    pub fn new() -> Gate {
        Gate::default()
    }

    /// Lets everybody through, from now on.
    pub fn open(&self) {
        let waiting = {
            let mut shared = self.shared.lock();
            shared.open = true;
            std::mem::take(&mut shared.waiting)
        };
        for waker in waiting {
            waker.wake();
        }
    }

    /// Whether it was opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.shared.lock().open
    }

    /// How many wakers are left in front of it.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// A future that is ready once the gate is open.
    pub fn wait(&self) -> Wait {
        Wait { gate: self.clone() }
    }
}

/// Future of [`Gate::wait`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Wait {
    gate: Gate,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let newest = cx.waker().clone();
        let mut shared = self.gate.shared.lock();
        if shared.open {
            return Poll::Ready(());
        }
        if !shared.waiting.iter().any(|waker| waker.will_wake(&newest)) {
            shared.waiting.push(newest);
        }
        Poll::Pending
    }
}
