//! `broadcast`: every receiver gets every value.
//!
//! The last `capacity` values are kept for receivers that have not seen them.
//! A sender never waits: when the channel is full the oldest value goes, and
//! a receiver that had not seen it learns how many it missed
//! ([`RecvError::Lagged`](error::RecvError::Lagged)), and goes on. The names
//! are tokio's; the capacity is not rounded up.
//!
//! ```
//! use onecook::channel::broadcast;
//!
//! onecook::block_on(async {
//!     let (kitchen, mut first) = broadcast::channel(16);
//!     let mut second = kitchen.subscribe();
//!     kitchen.send("egg A is done").unwrap();
//!     assert_eq!(first.recv().await, Ok("egg A is done"));
//!     assert_eq!(second.recv().await, Ok("egg A is done"));
//! });
//! ```
//!
//! # Clones
//!
//! A value is cloned for every receiver but the last, which gets the value
//! itself. `clone` is called without a lock: it may use the channel.
//!
//! Next: `ring.rs`, the values.

mod ring;
mod shared;
mod sender;
mod receiver;
pub mod error;

pub use receiver::{Receiver, Recv};
pub use sender::{Closed, Sender, WeakSender};

/// A channel that keeps the last `capacity` values.
///
/// ```
/// use onecook::channel::broadcast;
///
/// let (sender, mut receiver) = broadcast::channel(4);
/// assert_eq!(sender.send("egg"), Ok(1)); // one receiver will see it
/// assert_eq!(receiver.try_recv(), Ok("egg"));
/// ```
///
/// # Panics
///
/// If `capacity` is 0: no value could ever be seen.
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(capacity);
    let receiver = sender.subscribe();
    (sender, receiver)
}
