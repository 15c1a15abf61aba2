//! the futures that one future polls.
//!
//! Back to `lib.rs`.
