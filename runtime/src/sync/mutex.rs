//! one at a time, also across an await.
//!
//! Back to `mod.rs`.
