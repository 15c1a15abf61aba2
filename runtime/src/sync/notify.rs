//! wake one who waits, or the next who will.
//!
//! Back to `mod.rs`.
