//! tokio's mpsc channel, on a `LocalRuntime`.

use crate::runtimes::tokio_local_runtime::rt;

#[path = "tokio_names.rs"]
mod queue;

#[path = "lines.rs"]
pub(super) mod lines;
