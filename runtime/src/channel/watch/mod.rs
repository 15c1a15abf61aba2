//! `watch`: the latest value, and a call to whoever waits for a change.
//!
//! Receivers see the newest value, not each one: for settings, a state, a
//! position. The names are tokio's.
//!
//! ```
//! use onecook::channel::watch;
//!
//! onecook::block_on(async {
//!     let (griddle, mut cook) = watch::channel("cold");
//!     griddle.send("warm").unwrap();
//!     griddle.send("hot").unwrap();
//!     cook.changed().await.unwrap();
//!     assert_eq!(*cook.borrow_and_update(), "hot"); // "warm" is over
//! });
//! ```
//!
//! # Nobody holds a lock
//!
//! The value lives in an `Arc`, and [`Ref`], what the `borrow` methods return,
//! is a share of it: a look at the value as it was then. It may be kept across
//! an `.await`, and sending meanwhile works. (In tokio it is a lock: kept
//! there, it deadlocks.)
//!
//! This has its price where a value is changed in place: the closures of
//! [`Sender::send_modify`] and [`Sender::send_if_modified`] work on a clone,
//! without a lock, so `T` is `Clone` there. What it buys: whoever looks
//! meanwhile, also the closure itself, sees the whole old value; and if the
//! closure panics, that one stays.
//!
//! Next: `shared.rs`, what both ends share.

mod shared;
mod sender;
mod modify;
mod receiver;
mod changed;
mod reference;
pub mod error;

pub use changed::{Changed, Values, WaitFor};
pub use receiver::Receiver;
pub use reference::Ref;
pub use sender::{Closed, Sender};

/// A channel that holds one value, `init` to begin with. The receiver has
/// seen that one.
///
/// ```
/// use onecook::channel::watch;
///
/// let (sender, receiver) = watch::channel(1);
/// assert_eq!(*receiver.borrow(), 1);
/// assert_eq!(receiver.has_changed(), Ok(false));
/// sender.send(2).unwrap();
/// assert_eq!(receiver.has_changed(), Ok(true));
/// ```
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(init);
    let receiver = sender.subscribe();
    (sender, receiver)
}
