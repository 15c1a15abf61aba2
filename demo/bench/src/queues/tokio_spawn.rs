//! tokio's mpsc channel, with `tokio::spawn`.

use crate::runtimes::tokio_spawn::rt;

#[path = "tokio_names.rs"]
mod queue;

#[path = "lines.rs"]
pub(super) mod lines;
