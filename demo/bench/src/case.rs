//! A case: a workload, with its sizes, on one runtime.
//!
//! Next: `catalogue.rs`, every runtime with its cases.

use std::time::Duration;

/// One round of a case: does the work, and says how long that took. Setting
/// up and tearing down are not in it.
pub type Round = Box<dyn FnMut() -> Duration>;

/// A workload, with its sizes, on one runtime.
pub struct Case {
    /// What it belongs to: each group has its own line in the summary.
    pub group: &'static str,
    /// Its name, the same on every runtime.
    pub name: &'static str,
    /// How many operations a round does.
    pub operations: u64,
    /// Makes a runtime; what it returns runs on that one, again and again.
    pub start: Box<dyn Fn(u64) -> Round>,
}

impl Case {
    /// A case of that name. `start` is told how many operations to do.
    pub fn new(
        name: &'static str,
        operations: u64,
        start: impl Fn(u64) -> Round + 'static,
    ) -> Case {
        let start = Box::new(start);
        Case { group: "", name, operations, start }
    }
}

/// Says to which group these cases belong.
#[must_use]
pub fn in_group(group: &'static str, cases: Vec<Case>) -> Vec<Case> {
    cases.into_iter().map(|case| Case { group, ..case }).collect()
}

/// Nanoseconds for each of so many operations.
#[must_use]
pub fn nanos_each(took: Duration, operations: u64) -> f64 {
    took.as_secs_f64() * 1e9 / operations as f64
}

/// What the memory of a workload comes to.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What is divided by: tasks, or spawns.
    pub count: usize,
    /// Bytes of one future, which the table takes off.
    pub future: usize,
    /// Bytes requested and not given back when everything has settled.
    pub bytes: usize,
    /// The most bytes at any moment in between.
    pub peak: usize,
    /// Calls that asked the allocator for memory.
    pub calls: usize,
}

impl Memory {
    /// Bytes that each one takes beside its future.
    #[must_use]
    pub fn beside_future(&self) -> f64 {
        self.bytes as f64 / self.count as f64 - self.future as f64
    }
}

/// A workload whose memory is counted.
pub struct MemoryCase {
    /// Its name, the same on every runtime.
    pub name: &'static str,
    /// Does the work.
    pub run: fn() -> Memory,
}
