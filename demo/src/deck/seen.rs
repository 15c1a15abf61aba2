//! What was seen and heard of a part.
//!
//! Next: `four_ways.rs`, the first slide with a program.

use std::time::Duration;

use onecook::trace::Record;
use onecook::{Metrics, TaskTimes};

/// What was seen and heard of a part. Times count from its beginning.
#[derive(Debug, Default)]
pub struct Seen {
    /// What it said.
    pub lines: Vec<Line>,
    /// What it claimed.
    pub claims: Vec<Claim>,
    /// States of eggs that no machine of ours told of.
    pub notes: Vec<Note>,
    /// What its runtimes did, one after the other, or on several threads.
    pub recordings: Vec<Recording>,
}

/// A line that was said.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: Duration,
    /// What.
    pub text: String,
}

/// Something that must hold.
#[derive(Clone, Debug)]
pub struct Claim {
    /// In words.
    pub text: String,
    /// Whether it does.
    pub holds: bool,
}

/// A state of an egg.
#[derive(Clone, Debug)]
pub struct Note {
    /// When it began.
    pub at: Duration,
    /// Which egg.
    pub egg: String,
    /// Which state.
    pub state: &'static str,
}

/// What one runtime did.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The name of its thread.
    pub thread: String,
    /// When it began to run, on the part's clock.
    pub began: Duration,
    /// What it counted.
    pub metrics: Metrics,
    /// How long its tasks stood in line, ran and waited, if it was built to
    /// measure that.
    pub task_times: Vec<TaskTimes>,
    /// Every step, if steps are recorded; their times count from `began`.
    pub records: Vec<Record>,
}
