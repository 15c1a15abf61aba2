//! tokio's mpsc channel, on a `LocalSet`.

use crate::runtimes::tokio_local_set::rt;

#[path = "tokio_names.rs"]
mod queue;

#[path = "lines.rs"]
pub(super) mod lines;
