//! Tasks of this thread that have begun to sleep, and one that waits until all
//! have: it is woken by the last, so that nobody has to yield in a loop.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

thread_local! {
    static AWAKE: Cell<u64> = const { Cell::new(0) };
    static WAITS: RefCell<Option<Waker>> = const { RefCell::new(None) };
}

/// So many tasks will be spawned.
pub fn expect(tasks: u64) {
    AWAKE.set(tasks);
}

/// A task says that it is about to sleep.
pub fn one_more() {
    AWAKE.set(AWAKE.get() - 1);
    if AWAKE.get() > 0 {
        return;
    }
    if let Some(waker) = WAITS.take() {
        waker.wake();
    }
}

/// Waits until all have said so.
pub async fn all() {
    poll_fn(|cx| {
        if AWAKE.get() == 0 {
            return Poll::Ready(());
        }
        WAITS.set(Some(cx.waker().clone()));
        Poll::Pending
    })
    .await;
}
