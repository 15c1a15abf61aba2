//! What hangs is red, not grey.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// So long that only what hangs takes longer.
const LIMIT: Duration = Duration::from_secs(20);

/// A machine may stand still: it is suspended, or has other things to do. That
/// takes one slice of a limit, and not the whole of it.
const SLICE: Duration = Duration::from_millis(100);

/// Runs `body` on a thread of its own and returns its value. If it hangs, the
/// test fails instead of hanging too; if it panics, the panic goes on here.
///
/// # Panics
///
/// If `body` panics, or is not done after 20 seconds.
#[track_caller]
pub fn within<T: Send + 'static>(
    body: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (sender, done) = mpsc::channel();
    let thread = thread::spawn(move || {
        let value = body();
        let _ = sender.send(());
        value
    });
    let hangs = recv_patiently(&done, LIMIT) == Err(RecvTimeoutError::Timeout);
    assert!(!hangs, "it hangs: it is not done after {LIMIT:?}");
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// `recv_timeout` by the time in which this process could run: somebody who
/// was stopped for a minute is not late.
pub(crate) fn recv_patiently<T>(
    receiver: &Receiver<T>,
    limit: Duration,
) -> Result<T, RecvTimeoutError> {
    let slices = limit.as_millis() / SLICE.as_millis();
    for _ in 1..slices {
        match receiver.recv_timeout(SLICE) {
            Err(RecvTimeoutError::Timeout) => {}
            received => return received,
        }
    }
    receiver.recv_timeout(SLICE)
}
