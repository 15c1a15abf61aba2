//! Every step of the runtime, numbered.
//!
//! Next: `style.rs`, how text stands out.

use std::collections::HashMap;
use std::fmt::Debug;
use std::iter::Peekable;
use std::panic::Location;
use std::slice::Iter;
use std::time::Duration;

use onecook::trace::{Event, Outcome, ReactorEvent, Record, Tag, WokenBy};

use crate::deck::seen::{Line, Recording, Seen};
use crate::show::recorded::waker_name;
use crate::show::style::{BOLD, DIM, GOOD, paint};
use crate::show::timeline::paint_state;
use crate::words::{plural, printable, short};

/// Lists `records`, a line for each. What happens inside a poll, or a turn of
/// the reactor, is indented.
#[must_use]
pub fn list(records: &[Record]) -> String {
    list_with(records, Duration::ZERO, &mut [].iter().peekable())
}

/// Lists what was recorded of a part, one runtime after another, and, at its
/// instant, each line that the part said.
#[must_use]
pub fn list_of_part(seen: &Seen) -> String {
    let mut recordings: Vec<&Recording> = seen.recordings.iter().collect();
    recordings.sort_by_key(|it| it.began);
    let mut lines = seen.lines.iter().peekable();
    let mut text = String::new();
    for recording in recordings {
        text += &list_with(&recording.records, recording.began, &mut lines);
    }
    for line in lines {
        text += &said(line, line.at, 0);
    }
    text
}

/// Lines that were said, and are not listed yet.
type Lines<'a> = Peekable<Iter<'a, Line>>;

/// Lists records, that of a runtime which `began` then; a line that was said
/// before a step stands before it.
fn list_with(
    records: &[Record],
    began: Duration,
    lines: &mut Lines<'_>,
) -> String {
    let mut names = HashMap::new();
    let mut depth: usize = 0;
    let mut text = String::new();
    for record in records {
        let at = began + Duration::from_nanos(record.nanos);
        while let Some(line) = lines.next_if(|line| line.at < at) {
            text += &said(line, line.at.saturating_sub(began), depth);
        }
        note_name(&mut names, &record.event);
        depth = depth.saturating_sub(usize::from(closes(&record.event)));
        text += &step(record, depth, &names);
        depth += usize::from(opens(&record.event));
    }
    text
}

/// A line of the program's own. It is no step of the runtime.
fn said(line: &Line, at: Duration, depth: usize) -> String {
    let (at, indent) = (short(at), "  ".repeat(depth));
    let words = paint(GOOD, &printable(&line.text, 200));
    format!("{:>6} {at:>9}  {indent}says {words}\n", "")
}

type Names = HashMap<u64, String>;

fn note_name(names: &mut Names, event: &Event) {
    let (number, name) = match event {
        Event::Spawn { task, name: Some(name), .. } => (task.number(), name),
        Event::ChildSpawn { child, name: Some(name), .. } => (child.0, name),
        _ => return,
    };
    names.insert(number, printable(name, 16));
}

fn step(record: &Record, depth: usize, names: &Names) -> String {
    format!(
        "{} {:>9}  {}{}\n",
        paint(DIM, &format!("{:>6}", record.step)),
        short(Duration::from_nanos(record.nanos)),
        "  ".repeat(depth),
        words(&record.event, names)
    )
}

fn opens(event: &Event) -> bool {
    let turn = ReactorEvent::TurnBegin { timeout: None };
    let turn = std::mem::discriminant(&turn);
    match event {
        Event::PollBegin { .. } | Event::ChildPollBegin { .. } => true,
        Event::Reactor(event) => std::mem::discriminant(event) == turn,
        _ => false,
    }
}

fn closes(event: &Event) -> bool {
    matches!(
        event,
        Event::PollEnd { .. }
            | Event::ChildPollEnd { .. }
            | Event::Reactor(ReactorEvent::TurnEnd { .. })
    )
}

fn who(number: u64, names: &Names) -> String {
    match (number, names.get(&number)) {
        (0, _) => paint(BOLD, "the cook"),
        (_, Some(name)) => format!("task {number} ({})", paint(BOLD, name)),
        (_, None) => format!("task {number}"),
    }
}

fn words(event: &Event, names: &Names) -> String {
    let of = |task: &onecook::TaskId| who(task.number(), names);
    match event {
        Event::RunBegin => "the run begins".to_owned(),
        Event::RunEnd => "the run ends".to_owned(),
        Event::Spawn { task, site, .. } => {
            format!("spawn {} at {}", of(task), place(site))
        }
        Event::Done { task, outcome } => {
            format!("{} {}", of(task), outcome_words(*outcome))
        }
        Event::Dropped { task } => format!("{} is gone", of(task)),
        Event::Push { task, depth } => {
            format!("{} joins the ready queue, {depth} in it", of(task))
        }
        Event::Pop { task, depth } => {
            format!("{} leaves the ready queue, {depth} left", of(task))
        }
        Event::PollBegin { task } => format!("poll {}", of(task)),
        Event::PollEnd { ready: true, .. } => "ready".to_owned(),
        Event::PollEnd { ready: false, .. } => "pending".to_owned(),
        Event::Wake { task, by, coalesced } => {
            wake_words(&of(task), *by, *coalesced)
        }
        Event::State { machine, label, from, to, .. } => {
            let label = paint(BOLD, &printable(label, 16));
            let from = from.map(|from| paint_state(from, 0) + " → ");
            let (from, to) = (from.unwrap_or_default(), paint_state(to, 0));
            format!("{machine} {label}: {from}{to}")
        }
        Event::ChannelFull { values, capacity, .. } => {
            let values = short_type(values);
            format!("the channel of {values} is full: {capacity} wait in it")
        }
        Event::ChannelClosed { values, by, .. } => closed_words(values, by),
        Event::Reactor(event) => reactor_words(event, names),
        event => scope_words(event, names),
    }
}

fn closed_words(values: &str, by: &impl Debug) -> String {
    let (values, by) = (short_type(values), format!("{by:?}"));
    format!("its {} close the channel of {values}", by.to_lowercase())
}

fn scope_words(event: &Event, names: &Names) -> String {
    let of = |child: &Tag| match names.get(&child.0) {
        Some(name) => format!("child {} ({})", child.0, paint(BOLD, name)),
        None => format!("child {}", child.0),
    };
    match event {
        Event::ScopeOpen { scope, .. } => format!("open scope {scope}"),
        Event::ScopeClose { scope } => format!("close scope {scope}"),
        Event::ChildSpawn { child, scope, site, .. } => {
            let at = place(site);
            format!("spawn {} into scope {scope} at {at}", of(child))
        }
        Event::ChildPollBegin { child, .. } => format!("poll {}", of(child)),
        Event::ChildPollEnd { child, ready } => {
            let ready = if *ready { "ready" } else { "pending" };
            format!("{}: {ready}", of(child))
        }
        Event::ChildDone { child, outcome } => {
            format!("{} {}", of(child), outcome_words(*outcome))
        }
        Event::ChildDropped { child } => format!("{} is gone", of(child)),
        other => format!("{other:?}"),
    }
}

/// A place in the source, without the folders: a line has room for no more.
fn place(site: &Location<'_>) -> String {
    let file = site.file().rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{file}:{}", site.line())
}

/// A type without the modules that its parts are in: `Result<Egg, FryError>`.
fn short_type(name: &str) -> String {
    let parts = name.split_inclusive(|it: char| !is_of_a_path(it));
    parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect()
}

fn is_of_a_path(character: char) -> bool {
    character.is_alphanumeric() || "_:".contains(character)
}

fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Finished => "is done",
        Outcome::Cancelled => "was aborted",
        Outcome::Panicked => "panicked",
    }
}

fn wake_words(task: &str, by: WokenBy, coalesced: bool) -> String {
    let by = waker_name(by);
    let again = if coalesced { ", who was awake" } else { "" };
    format!("{by} wakes {task}{again}")
}

fn reactor_words(event: &ReactorEvent, names: &Names) -> String {
    match event {
        ReactorEvent::Register { source, fd, kind } => {
            format!("register socket {source}: {kind:?}, fd {fd}")
        }
        ReactorEvent::Ready { source, readiness } => {
            let words = [
                (readiness.readable, "readable"),
                (readiness.writable, "writable"),
                (readiness.read_closed, "closed by the peer"),
                (readiness.error, "in error"),
            ];
            let words = words.iter().filter(|(is_so, _)| *is_so);
            let words: Vec<&str> = words.map(|(_, word)| *word).collect();
            format!("socket {source} is {}", words.join(", "))
        }
        ReactorEvent::Deregister { source } => {
            format!("deregister socket {source}")
        }
        ReactorEvent::TurnBegin { timeout: Some(Duration::ZERO) } => {
            "look at the reactor".to_owned()
        }
        ReactorEvent::TurnBegin { timeout: Some(limit) } => {
            format!("sleep in the reactor, at most {}", short(*limit))
        }
        ReactorEvent::TurnBegin { timeout: None } => {
            "sleep in the reactor".to_owned()
        }
        ReactorEvent::TurnEnd { sockets, timers, doorbell, .. } => {
            turn_words(*sockets as u64, *timers as u64, *doorbell)
        }
        ReactorEvent::TimerAdd { timer, tag: Tag(tag), .. } => {
            format!("set timer {timer} for {}", who(*tag, names))
        }
        ReactorEvent::TimerFire { timer } => format!("timer {timer} fires"),
        ReactorEvent::TimerCancel { timer } => format!("cancel timer {timer}"),
    }
}

fn turn_words(sockets: u64, timers: u64, doorbell: bool) -> String {
    let mut causes = Vec::new();
    if sockets > 0 {
        causes.push(plural(sockets, "socket"));
    }
    if timers > 0 {
        causes.push(plural(timers, "timer"));
    }
    if doorbell {
        causes.push("the doorbell".to_owned());
    }
    match causes[..] {
        [] => "nothing happened".to_owned(),
        _ => format!("awake: {}", causes.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(began: u64, nanos: &[u64]) -> Recording {
        let records = (1..).zip(nanos).map(|(step, nanos)| Record {
            step,
            nanos: *nanos,
            event: Event::RunBegin,
        });
        let began = Duration::from_nanos(began);
        Recording { began, records: records.collect(), ..<_>::default() }
    }

    #[test]
    fn what_a_program_says_stands_between_the_steps_at_its_instant() {
        let line = |nanos, text: &str| Line {
            at: Duration::from_nanos(nanos),
            text: text.to_owned(),
        };
        let seen = Seen {
            recordings: vec![recording(500, &[0, 100]), recording(0, &[0, 9])],
            lines: vec![
                line(5, "A"),
                line(20, "B"),
                line(550, "C"),
                line(900, "D"),
            ],
            ..<_>::default()
        };
        let text = list_of_part(&seen);
        let text = anstream::adapter::strip_str(&text).to_string();
        let last: Vec<&str> = text
            .lines()
            .filter_map(|it| it.split_whitespace().last())
            .collect();
        let steps =
            ["begins", "A", "begins", "B", "begins", "C", "begins", "D"];
        assert_eq!(last, steps, "{text}");
    }

    #[test]
    fn a_place_is_told_without_its_folders() {
        let here = place(Location::caller());
        let line = here.strip_prefix("steps.rs:").expect(&here);
        assert!(line.parse::<u32>().is_ok(), "{here}");
    }

    #[test]
    fn a_type_is_told_without_its_modules() {
        let eggs = "core::result::Result<demo::egg::Egg, demo::FryError>";
        assert_eq!(short_type(eggs), "Result<Egg, FryError>");
        let types = ["u32", "[u8; 4]", "(&str, a::B)", "Vec<a::b_c::D<()>>"];
        let shorts = ["u32", "[u8; 4]", "(&str, B)", "Vec<D<()>>"];
        assert_eq!(types.map(short_type), shorts);
    }
}
