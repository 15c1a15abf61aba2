//! The combinators as methods: `use onecook::future::prelude::*`.
//!
//! ```
//! use std::future::ready;
//! use onecook::future::prelude::*;
//!
//! onecook::block_on(async {
//!     assert_eq!((ready(1), ready("two")).join().await, (1, "two"));
//!     assert_eq!([ready(3)].race().await, 3);
//! });
//! ```

pub use super::{Join, Race, RaceOk, TryJoin};
