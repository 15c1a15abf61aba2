//! The results as JSON, for other programs.

use std::fmt::Write;

use crate::rounds::{Figures, Line};

/// An array of cases, each with its runtimes.
#[must_use]
pub fn lines(lines: &[Line]) -> String {
    let cases: Vec<String> = lines.iter().map(line).collect();
    format!("[\n{}\n]\n", cases.join(",\n"))
}

fn line(line: &Line) -> String {
    let runtimes: Vec<String> = line.figures.iter().map(figures).collect();
    format!(
        "{{\"case\": {:?}, \"operations\": {}, \"runtimes\": [\n{}\n]}}",
        line.name,
        line.operations,
        runtimes.join(",\n")
    )
}

fn figures(figures: &Figures) -> String {
    let (name, nanos) = (figures.runtime, figures.nanos);
    let mut text = format!("  {{\"runtime\": {name:?}, \"nanos\": {nanos:.2}");
    if let Some(ratio) = figures.ratio {
        let _ = write!(
            text,
            ", \"ratio\": {:.3}, \"low\": {:.3}, \"high\": {:.3}",
            ratio.median, ratio.low, ratio.high
        );
    }
    text + "}"
}
