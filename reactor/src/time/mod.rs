//! Time: sleep, time limits, and things done again and again.
//!
//! | to do this | call |
//! |---|---|
//! | wait for a while | [`sleep`] |
//! | wait until a point in time | [`sleep_until`] |
//! | give a future so much time and no more | [`timeout`], [`timeout_at`] |
//! | do something again and again | [`interval`], [`interval_at`] |
//!
//! ```
//! use std::time::Duration;
//! use onecook::time::{interval, sleep, timeout};
//!
//! // Time that passes at once; `onecook::block_on` takes the real one.
//! let runtime = onecook::Builder::new().virtual_time().build()?;
//! runtime.block_on(async {
//!     // An egg takes four minutes; nobody waits longer than five.
//!     let four_minutes = Duration::from_secs(4 * 60);
//!     let five_minutes = Duration::from_secs(5 * 60);
//!     let egg = timeout(five_minutes, sleep(four_minutes)).await;
//!     assert!(egg.is_ok());
//!
//!     // Look at the pan once a second, at once to begin with.
//!     let mut look = interval(Duration::from_secs(1));
//!     for _ in 0..3 {
//!         look.tick().await;
//!     }
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What holds for all of them:
//!
//! - they are counted in nanoseconds and never early. On a real clock they
//!   may be late by a millisecond, which is what the kernel is asked for;
//! - those that are due together wake in the order in which they were set;
//! - a duration too long to be added to now means *never*;
//! - with a virtual clock (`Builder::virtual_time`) time moves only when
//!   everything is idle, to the next deadline and no further, so tests of a
//!   day's work take no time and always see the same;
//! - they need a runtime when they are first polled, not when they are made.
//!
//! Next: `sleep.rs`, the one future that sets a timer.

pub mod error;
mod interval;
mod sleep;
mod timeout;

pub use crate::clock::Instant;
pub use interval::{Interval, MissedTickBehavior, Tick, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Timeout, timeout, timeout_at};
