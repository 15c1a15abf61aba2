//! A flag that one thread sets and a task of another awaits.
//!
//! Next: `../serve.rs`, the command.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Done once it was set. Clones share the flag; one of them may wait.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Unset,
    Waiting(Waker),
    Set,
}

impl Stop {
    /// Sets the flag, and wakes whoever waits for it.
    pub fn set(&self) {
        if let State::Waiting(waker) = self.replace(State::Set) {
            waker.wake(); // with nothing locked
        }
    }

    /// Whether it was set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        matches!(*self.lock(), State::Set)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, next: State) -> State {
        std::mem::replace(&mut *self.lock(), next)
    }
}

impl Future for Stop {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let before = match &*state {
            State::Set => return Poll::Ready(()),
            _ => std::mem::replace(&mut *state, State::Waiting(waker)),
        };
        drop(state);
        drop(before); // a waker, with nothing locked
        Poll::Pending
    }
}
