//! many tasks, joined as they end.
//!
//! Back to `lib.rs`.
