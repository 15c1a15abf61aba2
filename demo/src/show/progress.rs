//! Progress, while eggs cook: a line on the terminal that goes away again.
//!
//! Where stderr is no terminal there is none.
//!
//! Next: `recorded.rs`, what was seen of a run.

use std::fmt::Write;
use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::words::short;

/// So many columns for the bar.
const COLUMNS: f64 = 20.0;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// The line.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows that `what` goes on, and how much of `expected` has gone by.
    #[must_use]
    pub fn start(what: &str, expected: Option<Duration>) -> Progress {
        let bar = ProgressBar::new_spinner();
        bar.set_style(style(expected));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// Prints a line to stdout, above the progress.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(anstream::stdout(), "{line}");
        });
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(expected: Option<Duration>) -> ProgressStyle {
    let template = "  {spinner} {pan} {elapsed_words}  {msg}";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    style
        .with_key("pan", move |state: &ProgressState, f: &mut dyn Write| {
            let _ = f.write_str(&pan(state.elapsed(), expected));
        })
        .with_key(
            "elapsed_words",
            move |state: &ProgressState, f: &mut dyn Write| {
                let _ = f.write_str(&times(state.elapsed(), expected));
            },
        )
}

/// A bar that is full when all of the expected time has gone by.
#[allow(clippy::cast_sign_loss)] // a share of some columns
fn pan(elapsed: Duration, expected: Option<Duration>) -> String {
    let Some(expected) = expected.filter(|time| !time.is_zero()) else {
        return String::new();
    };
    let share = elapsed.as_secs_f64() / expected.as_secs_f64();
    let full = (share.min(1.0) * COLUMNS).round() as usize;
    let empty = COLUMNS as usize - full;
    "▆".repeat(full) + &"·".repeat(empty)
}

fn times(elapsed: Duration, expected: Option<Duration>) -> String {
    let mut text = short(elapsed);
    if let Some(expected) = expected {
        let _ = write!(text, " of {}", short(expected));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_up_and_no_further() {
        let second = Duration::from_secs(1);
        assert_eq!(pan(Duration::ZERO, Some(second)), "·".repeat(20));
        let half = "▆".repeat(10) + &"·".repeat(10);
        assert_eq!(pan(second / 2, Some(second)), half);
        assert_eq!(pan(second * 9, Some(second)), "▆".repeat(20));
        assert_eq!(pan(second, None), "");
    }
}
