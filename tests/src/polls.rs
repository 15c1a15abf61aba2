//! Polls by hand.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use onecook::Builder;

/// Polls once, with a waker that does nothing.
pub fn poll_once<F>(future: &mut F) -> Poll<F::Output>
where
    F: Future + Unpin + ?Sized,
{
    poll_with(future, Waker::noop())
}

/// Polls once, with that waker.
pub fn poll_with<F>(future: &mut F, waker: &Waker) -> Poll<F::Output>
where
    F: Future + Unpin + ?Sized,
{
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once and expects `Pending`.
#[track_caller]
pub fn expect_pending<F: Future + Unpin + ?Sized>(future: &mut F) {
    assert!(poll_once(future).is_pending(), "it is ready already");
}

/// Polls once and expects the output.
#[track_caller]
pub fn expect_ready<F: Future + Unpin + ?Sized>(future: &mut F) -> F::Output {
    match poll_once(future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it is still pending"),
    }
}

/// Runs a future on a runtime with virtual time: an hour passes at once.
///
/// # Panics
///
/// As `Runtime::block_on`, and if there is no descriptor for a runtime.
#[track_caller]
pub fn block_on_virtual<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new().virtual_time().build();
    runtime.expect("a runtime with virtual time").block_on(future)
}
