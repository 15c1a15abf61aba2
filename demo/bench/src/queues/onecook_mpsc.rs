//! Our mpsc channel.

use crate::runtimes::onecook::rt;

#[path = "tokio_names.rs"]
mod queue;

#[path = "lines.rs"]
pub(super) mod lines;
