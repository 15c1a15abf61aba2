//! Streams: many values instead of one.
//!
//! A [`Stream`] is to an [`Iterator`] what a `Future` is to a value: it may
//! have to wait before it hands out the next item. Streams are made by the
//! functions here, by intervals, signals and the receivers of channels;
//! [`StreamExt`] has what can be done with them.
//!
//! ```
//! use onecook::stream::{self, StreamExt};
//!
//! let fried = onecook::block_on(async {
//!     let mut eggs = stream::iter(1..=3).map(|egg| format!("egg {egg}"));
//!     let mut fried = Vec::new();
//!     while let Some(egg) = eggs.next().await {
//!         fried.push(egg);
//!     }
//!     fried
//! });
//! assert_eq!(fried, ["egg 1", "egg 2", "egg 3"]);
//! ```
//!
//! Next: `stream_ext.rs`, what can be done with a stream.

mod stream_ext;
mod next;
mod iter;
mod map;

pub use futures_core::stream::{FusedStream, Stream};

pub use iter::{Iter, iter};
pub use map::Map;
pub use next::Next;
pub use stream_ext::StreamExt;
