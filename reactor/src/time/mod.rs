//! Futures over clock and timers.
pub use crate::clock::Instant;
