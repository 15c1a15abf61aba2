//! Bridges between synchronous code and asynchronous code.
//!
//! | from | to | take |
//! |---|---|---|
//! | a callback that fires once | a future | [`callback`] |
//! | a callback that fires again and again | a stream | [`stream`] |
//! | a call that blocks | a future | [`spawn_blocking`] |
//! | a future | a call that blocks | [`Handle::block_on`] |
//!
//! # Calling synchronous code
//!
//! Code that computes for long, or waits inside the kernel, holds up every
//! task of the thread. [`spawn_blocking`] lends it a thread:
//!
//! ```
//! onecook::block_on(async {
//!     let text = onecook::spawn_blocking(|| std::fs::read("Cargo.toml"));
//!     assert!(text.await.unwrap().is_ok());
//! });
//! ```
//!
//! # Calling asynchronous code
//!
//! A thread that runs no runtime may hold until a future has ended:
//! [`onecook::block_on`] makes a runtime for it, and [`Handle::block_on`]
//! hands it to one that runs on another thread.
//!
//! ```
//! use onecook::{Handle, spawn_blocking};
//!
//! async fn fry(egg: &'static str) -> String {
//!     onecook::yield_now().await;
//!     format!("{egg}, fried")
//! }
//!
//! // Synchronous: perhaps a library calls it, and it needs an egg.
//! fn order(kitchen: &Handle) -> String {
//!     kitchen.block_on(|| fry("A")).unwrap()
//! }
//!
//! onecook::block_on(async {
//!     let kitchen = Handle::current();
//!     let egg = spawn_blocking(move || order(&kitchen)).await.unwrap();
//!     assert_eq!(egg, "A, fried");
//! });
//! ```
//!
//! What is refused: the runtime's own thread may not hold, because the future
//! that it would wait for runs there. So both panic inside a task, and say
//! "`block_on` was called inside a task" and "`Handle::block_on` was called on
//! the runtime's own thread", and what to do: `.await` the future, or call
//! them inside `spawn_blocking`.
//!
//! ```
//! use std::panic::catch_unwind;
//! onecook::block_on(async {
//!     let refused = catch_unwind(|| onecook::block_on(async { "A" }));
//!     assert!(refused.is_err());
//! });
//! ```
//!
//! [`spawn_blocking`]: crate::spawn_blocking
//! [`Handle::block_on`]: crate::Handle::block_on
//! [`onecook::block_on`]: crate::block_on
//!
//! Next: `callback.rs`, a callback that fires once.

mod callback;
mod stream;

pub use callback::{Callback, Dropped, Resolver, callback};
pub use stream::{Callbacks, SendError, Sender, stream, stream_bounded};
