//! `mpsc`: many senders, one receiver.
//!
//! A [`channel`] has so many slots: a sender that finds none free waits until
//! the receiver takes a value (backpressure). An [`unbounded_channel`] never
//! makes a sender wait, and grows.
//!
//! ```
//! use onecook::channel::mpsc;
//!
//! onecook::block_on(async {
//!     let (sender, mut receiver) = mpsc::channel(2);
//!     let cook = onecook::spawn(async move {
//!         for egg in 1..=5 {
//!             sender.send(egg).await.unwrap(); // waits while two wait
//!         }
//!     });
//!     let mut eaten = Vec::new();
//!     while let Some(egg) = receiver.recv().await {
//!         eaten.push(egg);
//!     }
//!     assert_eq!(eaten, [1, 2, 3, 4, 5]);
//!     cook.await.unwrap();
//! });
//! ```
//!
//! # Slots
//!
//! A slot is free, or reserved (a [`Permit`], or a sender that was called), or
//! holds a value. One that becomes free goes to the sender that has waited
//! longest; nobody overtakes it, and nobody else is woken. Whoever has a slot
//! and goes without using it passes it on.
//!
//! # The end
//!
//! The receiver gets `None` once all senders are gone; or once it closed the
//! channel, and what was sent or reserved before has arrived. After
//! [`Receiver::close`], or when the receiver is gone, sending is an error that
//! hands the value back.
//!
//! Next: `mpsc/channel.rs`, what both ends share.

mod channel;
mod freed;
mod claim;
mod ends;
mod receiving_end;
mod bounded;
mod unbounded;
mod receiver;
mod recv;
mod send;
mod permit;
pub mod error;

pub use bounded::{Sender, WeakSender, channel};
pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::{Receiver, UnboundedReceiver};
pub use recv::{Recv, RecvMany};
pub use send::{Closed, Reserve, ReserveMany, ReserveOwned, Send, SendTimeout};
pub use unbounded::{UnboundedSender, WeakUnboundedSender, unbounded_channel};
