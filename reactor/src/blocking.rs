//! A pool of threads for calls that block.

use std::time::Duration;

/// Threads for calls that block.
#[derive(Debug)]
pub struct BlockingPool {}

impl BlockingPool {
    pub(crate) fn new(_threads: usize, _idle: Duration) -> BlockingPool {
        BlockingPool {}
    }
    /// Calls queued or running.
    pub fn in_flight(&self) -> usize {
        0
    }
}
