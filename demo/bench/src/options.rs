//! The options of both benchmarks.

use std::path::PathBuf;

use clap::Parser;

/// Onecook against tokio, and against no runtime at all.
#[derive(Debug, Parser)]
pub struct Options {
    /// Run only cases whose name contains this, or a group: runtime,
    /// network, channels, scopes, joins, collections, streams.
    pub filter: Option<String>,

    /// How often each case runs on each runtime, after a warm-up.
    #[arg(long, default_value_t = 9)]
    pub rounds: usize,

    /// A tenth of the work, and 4 rounds.
    #[arg(long)]
    pub quick: bool,

    /// Write the results there as well.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write docs/benchmarks.md, with its plots, as well.
    #[arg(long)]
    pub report: bool,

    /// Write them from what --json has kept, and measure nothing.
    #[arg(long, value_name = "FILE")]
    pub report_from: Option<PathBuf>,

    /// Cargo says so.
    #[arg(long, hide = true)]
    pub bench: bool,
}

impl Options {
    /// Reads them from the command line.
    #[must_use]
    pub fn read() -> Options {
        let mut options = Options::parse();
        if options.quick {
            options.rounds = options.rounds.min(4);
        }
        options.rounds = options.rounds.max(1);
        options
    }

    /// Whether a case of that group and name is wanted.
    #[must_use]
    pub fn want(&self, group: &str, name: &str) -> bool {
        let wanted =
            |filter: &String| group == filter || name.contains(filter.as_str());
        self.filter.as_ref().is_none_or(wanted)
    }

    /// How many operations a round of a case does.
    #[must_use]
    pub fn operations(&self, full: u64) -> u64 {
        if self.quick { full / 10 } else { full }
    }
}
