//! Let the others have a turn.
//!
//! Next: `future_ext.rs`, what can be done with one future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Goes to the end of the ready queue: every task that is ready now has its
/// turn first, and sockets and timers are looked at in time.
///
/// ```
/// # onecook::block_on(async {
/// let cook = onecook::spawn(async { "fried" });
/// assert!(!cook.is_finished());
/// onecook::yield_now().await;
/// assert!(cook.is_finished());
/// # });
/// ```
///
/// # Cancel safety
///
/// Nothing is lost but the place in the queue.
#[doc(alias = "setImmediate")]
#[doc(alias = "sleep(0)")]
#[doc(alias = "Gosched")]
pub fn yield_now() -> YieldNow {
    YieldNow::Start
}

/// Future of [`yield_now`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub enum YieldNow {
    /// Not polled yet.
    Start,
    /// At the end of the queue.
    Yielded,
    /// Its turn has come.
    Done,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        match this {
            YieldNow::Start => {
                *this = YieldNow::Yielded;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            YieldNow::Yielded => {
                *this = YieldNow::Done;
                Poll::Ready(())
            }
            YieldNow::Done => panic!("`YieldNow` polled after it was done"),
        }
    }
}
