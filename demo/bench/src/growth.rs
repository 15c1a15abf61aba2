//! What a task and a connection take, from a thousand of them to a million.
//!
//! Each measurement is a process of its own, `bin/growth.rs`, so that none
//! finds what another has left.
//!
//! Next: `rounds.rs`.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::catalogue::contestants;

/// How many.
pub const COUNTS: [usize; 4] = [1000, 10_000, 100_000, 1_000_000];

/// Of what.
pub const KINDS: [&str; 2] = ["task", "connection"];

/// What so many took, each.
#[derive(Clone, Debug)]
pub struct Grown {
    /// Which runtime.
    pub runtime: String,
    /// Of what.
    pub kind: String,
    /// How many.
    pub count: usize,
    /// Bytes each; or why there are none.
    pub bytes: Result<f64, String>,
}

/// Measures up to so many, on each runtime that counts its memory. Of tokio's
/// three ways the first stands for all.
///
/// # Errors
///
/// If `growth` cannot be started.
pub fn measure(growth: &Path, most: usize) -> io::Result<Vec<Grown>> {
    let mut grown = Vec::new();
    for kind in KINDS {
        for runtime in runtimes() {
            for count in COUNTS.into_iter().filter(|it| *it <= most) {
                let bytes = run(growth, runtime, kind, count)?;
                let (runtime, kind) = (runtime.to_owned(), kind.to_owned());
                grown.push(Grown { runtime, kind, count, bytes });
            }
        }
    }
    Ok(grown)
}

/// Those whose growth is measured.
#[must_use]
pub fn runtimes() -> Vec<&'static str> {
    let all = contestants().into_iter();
    let counted = all.filter(|it| it.grow.is_some()).map(|it| it.name);
    counted.filter(|it| !it.starts_with("tokio Local")).collect()
}

fn run(
    growth: &Path,
    runtime: &str,
    kind: &str,
    count: usize,
) -> io::Result<Result<f64, String>> {
    let mut growth = Command::new(growth);
    let output = growth.args([runtime, kind, &count.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why.lines().next().unwrap_or("it says nothing");
    Ok(said.trim().parse().map_err(|_| why.to_owned()))
}
