//! Each change of state, as it happens.
//!
//! Next: `progress.rs`, while eggs cook.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use onecook::trace::{Event, Record};

use crate::show::recorded::waker_name;
use crate::show::style::{BOLD, DIM, paint};
use crate::show::timeline::paint_state;
use crate::words::{pad, printable, short};

/// The widest state.
const STATE: usize = "Connecting".len();

/// Shows a line for each change of state of a machine, or, of a machine that
/// says nothing (the compiler's), for each poll.
#[derive(Debug, Default)]
pub struct Live {
    by_poll: bool,
    tasks: RefCell<HashMap<u64, Awake>>,
    printer: Printer,
}

/// Prints on a thread of its own, so that the cook does not wait for the
/// terminal. All is printed when it has been dropped.
#[derive(Debug)]
struct Printer {
    lines: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Default for Printer {
    fn default() -> Printer {
        let (sender, lines) = mpsc::channel::<String>();
        let print_all = move || lines.iter().for_each(|line| print(&line));
        let thread = thread::Builder::new()
            .name("printer".to_owned())
            .spawn(print_all)
            .ok();
        Printer { lines: Some(sender), thread }
    }
}

impl Printer {
    fn line(&self, line: String) {
        let sent = self.lines.as_ref().map(|lines| lines.send(line));
        if let Some(Err(no_thread)) = sent {
            print(&no_thread.0);
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.lines = None; // the end of the lines
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn print(line: &str) {
    let _ = anstream::stdout().write_all(line.as_bytes());
}

/// What is known of a task.
#[derive(Debug, Default)]
struct Awake {
    name: String,
    polls: u64,
    /// Why it is awake, until a line has said so.
    why: Option<String>,
}

/// What the columns are.
#[must_use]
pub fn header(by_poll: bool) -> String {
    let (from, to) = if by_poll { ("poll", "result") } else { ("from", "to") };
    let states = pad(from, STATE) + "   " + &pad(to, STATE);
    let columns = format!(
        "  {:>9}  {}  {}  {states}  woken by",
        "time",
        pad("task", 7),
        pad("egg", 12)
    );
    paint(DIM, &columns) + "\n"
}

impl Live {
    /// Shows polls rather than states.
    #[must_use]
    pub fn by_poll(by_poll: bool) -> Live {
        Live { by_poll, ..Live::default() }
    }

    /// Shows what `record` says, if it is what people wait for.
    pub fn show(&self, record: &Record) {
        if let Some(line) = self.line(record) {
            self.printer.line(line);
        }
    }

    fn line(&self, record: &Record) -> Option<String> {
        let mut tasks = self.tasks.borrow_mut();
        let time = short(Duration::from_nanos(record.nanos));
        match &record.event {
            Event::Spawn { task, name, .. } => {
                let name = name.as_deref().unwrap_or_default().to_owned();
                let why = Some("its spawn".to_owned());
                tasks.insert(task.number(), Awake { name, polls: 0, why });
            }
            Event::ChildSpawn { child, name, .. } => {
                let name = name.as_deref().unwrap_or_default().to_owned();
                let why = Some("its spawn".to_owned());
                tasks.insert(child.0, Awake { name, polls: 0, why });
            }
            Event::Wake { task, by, coalesced: false } => {
                tasks.get_mut(&task.number())?.why = Some(waker_name(*by));
            }
            Event::PollEnd { task, ready } => {
                let number = task.number();
                let awake = tasks.get_mut(&number)?;
                let why = awake.why.take().unwrap_or_default();
                awake.polls += 1;
                let from = format!("poll {}", awake.polls);
                let to = if *ready { "ready" } else { "pending" };
                let polls = (from.as_str(), to);
                let line = line(&time, number, &awake.name, polls, &why);
                return self.by_poll.then_some(line);
            }
            Event::State { task, label, from: Some(from), to, .. } => {
                // The second change in one poll has no waker of its own.
                let why = tasks.get_mut(&task.0)?.why.take();
                let why = why.unwrap_or_else(|| paint(DIM, "(same poll)"));
                return Some(line(&time, task.0, label, (from, to), &why));
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
            plain(&header(false)) + &plain(&line),
            "       time  task     egg           from         to          \
             woken by\n    2.001 s  task 4   D             Connecting → \
             Writing     another thread\n"
        );
        assert!(plain(&line).chars().count() <= 81);
    }
}
