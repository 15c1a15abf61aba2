//! Channels: values that go from one task, or thread, to another.
//!
//! | channel       | ends   | a value goes to      | waits when full |
//! |---------------|--------|----------------------|-----------------|
//! | [`oneshot`]   | 1 to 1 | the receiver, once   | never           |
//! | [`mpsc`]      | N to 1 | the receiver         | the sender      |
//! | [`broadcast`] | 1 to N | every receiver       | never: it lags  |
//! | [`watch`]     | 1 to N | whoever looks        | never: replaced |
//! | [`mpmc`]      | N to M | one of the receivers | the sender      |
//!
//! One family: the ends may live in one thread or in several, and are `Send`
//! when the values are. A thread that runs no runtime uses the `blocking_`
//! twins of the operations. No operation holds a lock while it wakes, clones
//! or drops a waker, or drops a value: your `Drop` may use the same channel.
//!
//! The first four have the names and errors of tokio's, [`mpmc`] those of
//! async-channel. Go's `chan` is [`mpmc`], Python's `asyncio.Queue` too.
//!
//! ```
//! use onecook::channel::{mpsc, oneshot};
//!
//! onecook::block_on(async {
//!     let (orders, mut cook) = mpsc::channel(8);
//!     let cooking = onecook::spawn(async move {
//!         while let Some((egg, reply)) = cook.recv().await {
//!             let reply: oneshot::Sender<String> = reply;
//!             reply.send(format!("{egg}, fried")).unwrap();
//!         }
//!     });
//!     let (reply, plate) = oneshot::channel();
//!     orders.send(("A", reply)).await.unwrap();
//!     assert_eq!(plate.await.unwrap(), "A, fried");
//!     drop(orders);
//!     cooking.await.unwrap();
//! });
//! ```
//!
//! Next: `oneshot.rs`, one value.

mod tell;
pub mod oneshot;
pub mod mpsc;
pub mod broadcast;
pub mod watch;
pub mod mpmc;
