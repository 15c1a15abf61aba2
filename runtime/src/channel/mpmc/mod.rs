//! `mpmc`: many senders, many receivers; each value goes to one receiver.
//!
//! It is a queue of work: whoever is free takes the next piece. The names are
//! async-channel's, and so is the meaning of [`Sender::close`]; `reserve` is
//! as in [`mpsc`](super::mpsc).
//!
//! ```
//! use onecook::channel::mpmc;
//!
//! let fried = onecook::block_on(async {
//!     let (orders, cook) = mpmc::bounded(2);
//!     let cooks = [cook.clone(), cook].map(|orders| {
//!         onecook::spawn(async move {
//!             let mut fried = 0;
//!             while orders.recv().await.is_ok() {
//!                 fried += 1;
//!             }
//!             fried
//!         })
//!     });
//!     for egg in 0..10 {
//!         orders.send(egg).await.unwrap();
//!     }
//!     drop(orders); // no more: the cooks end
//!     let mut fried = 0;
//!     for cook in cooks {
//!         fried += cook.await.unwrap();
//!     }
//!     fried
//! });
//! assert_eq!(fried, 10);
//! ```
//!
//! # Nobody is passed over
//!
//! Slots and values go to whoever has waited longest, and are theirs from
//! then on: who comes later cannot take them away. If a future is dropped
//! after it was given something, that goes to the next. So a future that is
//! neither polled nor dropped keeps what it was given. A receiver that is
//! polled as a stream is given nothing, only woken: see [`Receiver`].
//!
//! # Between threads
//!
//! Everything here is `Send` and `Sync` when `T` is `Send`. Threads that have
//! no runtime use [`Sender::blocking_send`] and [`Receiver::blocking_recv`].
//!
//! Next: `state.rs`, the rules.

mod state;
mod channel;
mod sender;
mod send;
mod receiver;
mod recv;
mod error;

pub use channel::Closed;
pub use error::{
    RecvError, SendError, TryRecvError, TryReserveError, TrySendError,
};
pub use receiver::{Receiver, WeakReceiver};
pub use recv::Recv;
pub use send::{Permit, Reserve, Send};
pub use sender::{Sender, WeakSender};

use channel::Channel;
use state::UNBOUNDED;

/// A channel that holds at most `capacity` values; then senders wait.
///
/// ```
/// use onecook::channel::mpmc;
///
/// let (sender, receiver) = mpmc::bounded(1);
/// sender.try_send("egg").unwrap();
/// assert!(sender.try_send("another").unwrap_err().is_full());
/// assert_eq!(receiver.try_recv(), Ok("egg"));
/// ```
///
/// # Panics
///
/// If `capacity` is 0: no value could ever pass.
#[doc(alias = "Queue")]
#[doc(alias = "make")]
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "`mpmc::bounded(0)`: no value could ever pass");
    pair(capacity.min(UNBOUNDED - 1))
}

/// A channel that holds as many values as there is memory for.
///
/// Nothing slows senders down that are faster than the receivers: prefer
/// [`bounded`] unless the number of values is limited in another way. The
/// memory is given back after a burst.
///
/// ```
/// use onecook::channel::mpmc;
///
/// let (sender, receiver) = mpmc::unbounded();
/// for egg in 0..1_000 {
///     sender.try_send(egg).unwrap();
/// }
/// assert_eq!(receiver.len(), 1_000);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    pair(UNBOUNDED)
}

fn pair<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Channel::new(capacity);
    (Sender::new(channel.clone()), Receiver::new(channel))
}
