//! Each change of state, as it happens.
//!
//! Next: `steps.rs`, everything else as well.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use onecook::trace::{Event, Record};

use crate::recorded::waker_name;
use crate::timeline::{BOLD, DIM, paint, paint_state};
use crate::words::{pad, printable, short};

/// The widest state.
const STATE: usize = "Connecting".len();

/// Shows a line for each change of state of a machine.
#[derive(Debug, Default)]
pub struct Live {
    /// Why each task that is awake is.
    why: RefCell<HashMap<u64, String>>,
}

/// What the columns are.
#[must_use]
pub fn header() -> String {
    let states = pad("from", STATE) + "   " + &pad("to", STATE);
    let columns = format!(
        "  {:>9}  {}  {}  {states}  woken by",
        "time",
        pad("task", 7),
        pad("egg", 12)
    );
    paint(DIM, &columns) + "\n"
}

impl Live {
    /// Shows what `record` says, if it is a change of state.
    pub fn show(&self, record: &Record) {
        if let Some(line) = self.line(record) {
            let _ = anstream::stdout().write_all(line.as_bytes());
        }
    }

    fn line(&self, record: &Record) -> Option<String> {
        let mut why = self.why.borrow_mut();
        match &record.event {
            Event::Spawn { task, .. } => {
                why.insert(task.number(), "its spawn".to_owned());
            }
            Event::Wake { task, by, coalesced: false } => {
                why.insert(task.number(), waker_name(*by));
            }
            Event::PollEnd { task, .. } => {
                why.remove(&task.number());
            }
            Event::State { task, label, from: Some(from), to, .. } => {
                // The second change in one poll has no waker of its own.
                let same = paint(DIM, "(same poll)");
                let by = why.remove(&task.0).unwrap_or(same);
                let time = short(Duration::from_nanos(record.nanos));
                return Some(line(&time, task.0, label, (from, to), &by));
            }
            _ => {}
        }
        None
    }
}

fn line(
    time: &str,
    task: u64,
    label: &str,
    (from, to): (&str, &str),
    by: &str,
) -> String {
    format!(
        "  {time:>9}  {}  {}  {} {} {}  {by}\n",
        pad(&format!("task {task}"), 7),
        paint(BOLD, &pad(&printable(label, 12), 12)),
        paint_state(from, STATE),
        paint(DIM, "→"),
        paint_state(to, STATE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_under_its_header_and_fits_80_columns() {
        let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
        let states = ("Connecting", "Writing");
        let line = line("2.001 s", 4, "D", states, "another thread");
        assert_eq!(
            plain(&header()) + &plain(&line),
            "       time  task     egg           from         to          woken \
             by\n    2.001 s  task 4   D             Connecting → Writing     \
             another thread\n"
        );
        assert!(plain(&line).chars().count() <= 81);
    }
}
