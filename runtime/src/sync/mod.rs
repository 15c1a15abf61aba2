//! Tasks that wait for each other: fair, and without loss when cancelled.
//!
//! | to do this | take |
//! |---|---|
//! | tell one who waits, or the next who will | [`Notify::notify_one`] |
//! | tell everybody who waits | [`Notify::notify_waiters`] |
//! | let so many in at once, and no more | [`Semaphore`] |
//! | change a value across an await, one at a time | [`Mutex`] |
//! | ask a whole tree of tasks to end | [`CancellationToken`] |
//!
//! What holds for all of them:
//!
//! - whoever came first is served first, whatever it asks for;
//! - a future that is dropped while it waits leaves the line, and what it was
//!   handed but did not come to take goes to the next;
//! - they work inside one thread and between threads;
//! - wakers are woken, cloned and dropped with no lock held, and so are the
//!   user's values.
//!
//! [`CancellationToken`]: crate::CancellationToken
//!
//! Next: `notify.rs`, the smallest of them.

mod notify;
mod semaphore;
mod permit;
mod mutex;
mod mutex_guard;

pub use mutex::{Lock, Mutex, TryLockError};
pub use mutex_guard::{Guard, MutexGuard, OwnedMutexGuard};
pub use notify::{Notified, Notify};
pub use permit::{OwnedSemaphorePermit, Permit, SemaphorePermit};
pub use semaphore::{Acquire, AcquireError, Semaphore, TryAcquireError};
