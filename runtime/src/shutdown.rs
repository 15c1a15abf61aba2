//! closing time.
//!
//! Back to `lib.rs`.
