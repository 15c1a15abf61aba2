//! so many at once.
//!
//! Back to `mod.rs`.
