//! fair choices that replay.
//!
//! Back to `lib.rs`.
