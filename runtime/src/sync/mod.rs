//! Tasks that wait for each other: fair, and without loss when cancelled.
//!
//! Next: `notify.rs`, the smallest of them.

mod notify;
mod semaphore;
mod mutex;
