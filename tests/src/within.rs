//! What hangs is red, not grey.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// So long that only what hangs takes longer. Counted in slices: a machine
/// that stands still for a minute takes one of them, and not all at once.
const SLICES: u32 = 200;
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
    let timed_out = Err(RecvTimeoutError::Timeout);
    let hangs = (0..SLICES).all(|_| done.recv_timeout(SLICE) == timed_out);
    assert!(!hangs, "it hangs: it is not done after {:?}", SLICE * SLICES);
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
