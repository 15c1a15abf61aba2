//! asking for an end, from above.
//!
//! Back to `lib.rs`.
