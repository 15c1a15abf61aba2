//! structured concurrency.
//!
//! Back to `lib.rs`.
