//! What hangs is red, not grey.

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// So long that only what hangs takes longer.
const LIMIT: Duration = Duration::from_secs(20);

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
    let waited = done.recv_timeout(LIMIT);
    assert!(waited != Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
