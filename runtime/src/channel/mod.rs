//! Channels: values that go from one task, or thread, to another.
//!
//! Next: `oneshot.rs`, one value.

pub mod oneshot;
pub mod mpsc;
pub mod broadcast;
pub mod watch;
pub mod mpmc;
