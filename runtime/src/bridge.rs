//! callbacks become futures.
//!
//! Back to `lib.rs`.
