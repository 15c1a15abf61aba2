//! What was seen of a run: records become plain data, states and polls for
//! each egg.
//!
//! Next: `history.rs`, that data.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use onecook::trace::{Event, ReactorEvent, Record, Tag, WokenBy};

use crate::deck::seen::{Recording, Seen};
use crate::show::history::{
    CookHistory, Counts, EggHistory, History, Nanos, Poll, Span, Stay, Wake,
    nanos,
};

/// Who woke, in words.
#[must_use]
pub fn waker_name(by: WokenBy) -> String {
    match by {
        WokenBy::Task(Tag(0)) => "the cook".to_owned(),
        WokenBy::Task(Tag(number)) => format!("task {number}"),
        WokenBy::Socket => "its socket".to_owned(),
        WokenBy::Timer => "a timer".to_owned(),
        WokenBy::Thread => "another thread".to_owned(),
        WokenBy::Outside => "this thread".to_owned(),
    }
}

/// What the runtime counted, in the words of the demo.
#[must_use]
pub fn counts(metrics: &onecook::Metrics) -> Counts {
    Counts {
        polls: metrics.polls,
        wakes: metrics.wakes,
        coalesced: metrics.coalesced_wakes,
        turns: metrics.turns,
        empty_turns: metrics.empty_turns,
    }
}

/// Adds to `run` what the records say of its eggs and of the cook.
pub fn add_records(run: &mut History, records: &[Record]) {
    if records.is_empty() {
        return;
    }
    run.cooks.push(cook_history("the cook", 0, records));
    let by_task = run.eggs.iter().map(|egg| egg.task).zip(0..).collect();
    add_to_eggs(run, &by_task, records);
    for egg in &mut run.eggs {
        end_last_state(egg);
    }
}

/// What one runtime did; `began` is when its recording did.
fn cook_history(name: &str, began: Nanos, records: &[Record]) -> CookHistory {
    let cook = CookHistory { name: name.to_owned(), ..<_>::default() };
    let mut reading = CookReading { began, cook, ..<_>::default() };
    for record in records {
        reading.read(record);
    }
    reading.cook
}

/// What is remembered from one record of a cook to the next.
#[derive(Default)]
struct CookReading {
    began: Nanos,
    cook: CookHistory,
    names: HashMap<u64, Arc<str>>,
    wakes: HashMap<u64, Wake>,
    turn: Option<Nanos>,
}

impl CookReading {
    fn read(&mut self, record: &Record) {
        let at = self.began + record.nanos;
        self.cook.steps.push(at);
        match &record.event {
            Event::Spawn { task, name: Some(name), .. } => {
                self.names.insert(task.number(), name.clone());
            }
            Event::Wake { task, by, coalesced: false } => {
                let wake = Wake { at, by: waker_name(*by) };
                self.wakes.insert(task.number(), wake);
            }
            Event::PollBegin { task } => self.begin_poll(task.number(), at),
            Event::PollEnd { .. } => {
                if let Some(poll) = self.cook.polls.last_mut() {
                    poll.span.end = at;
                }
            }
            Event::Reactor(ReactorEvent::TurnBegin { .. }) => {
                self.turn = Some(at);
            }
            Event::Reactor(ReactorEvent::TurnEnd { .. }) => {
                let turn = self.turn.take();
                let span = turn.map(|begin| Span { begin, end: at });
                self.cook.turns.extend(span);
            }
            Event::Push { depth, .. } | Event::Pop { depth, .. } => {
                self.cook.queue.push((at, *depth as u64));
            }
            _ => {}
        }
    }

    fn begin_poll(&mut self, task: u64, at: Nanos) {
        let name = self.names.entry(task).or_insert_with(|| match task {
            0 => "the cook".into(),
            _ => format!("task {task}").into(),
        });
        let (name, span) = (name.clone(), Span { begin: at, end: at });
        let woken = self.wakes.remove(&task);
        self.cook.polls.push(Poll { task, name, span, woken });
    }
}

/// Gives each egg its states, and the polls of its task.
fn add_to_eggs(
    run: &mut History,
    by_task: &HashMap<u64, usize>,
    records: &[Record],
) {
    for record in records {
        let Event::State { task, to, .. } = &record.event else { continue };
        if let Some(index) = by_task.get(&task.0) {
            enter_state(&mut run.eggs[*index], to, record.nanos);
        }
    }
    for poll in run.cooks.iter().flat_map(|cook| &cook.polls) {
        if let Some(index) = by_task.get(&poll.task) {
            run.eggs[*index].polls.push(poll.clone());
        }
    }
}

fn enter_state(egg: &mut EggHistory, state: &'static str, at: Nanos) {
    if let Some(last) = egg.states.last_mut() {
        last.span.end = at;
    }
    let span = Span { begin: at, end: at };
    egg.states.push(Stay { state, span });
    egg.span.end = egg.span.end.max(at);
}

/// What is drawn of a part of the deck: a bar for each machine that told its
/// states, and for each egg of which states were noted. Where there is neither
/// (the compiler's machines say nothing) there is a bar for each socket.
#[must_use]
pub fn history_of_part(
    seen: &Seen,
    pan: Vec<(Nanos, u64)>,
    total: Duration,
) -> History {
    let recordings = seen.recordings.iter();
    let recorded = recordings.filter(|it| !it.records.is_empty());
    let cooks = recorded.zip(1..).map(|(it, number)| {
        let name = match &*it.thread {
            "" => format!("cook {number}"),
            thread => thread.to_owned(),
        };
        cook_history(&name, nanos(it.began), &it.records)
    });
    let mut bars = Bars::default();
    for recording in &seen.recordings {
        bars.read_machines(recording);
    }
    for note in &seen.notes {
        let (name, at) = (&note.egg, nanos(note.at));
        bars.enter(name, Some("egg"), name, note.state, at);
    }
    if bars.eggs.is_empty() {
        for recording in &seen.recordings {
            bars.read_sockets(recording);
        }
    }
    let mut run = History {
        eggs: bars.end(nanos(total)),
        cooks: cooks.collect(),
        pan,
        total,
        counts: Counts::default(),
    };
    for recording in &seen.recordings {
        run.counts.add(counts(&recording.metrics));
    }
    run
}

/// Bars that begin as they are heard of.
#[derive(Default)]
struct Bars {
    eggs: Vec<EggHistory>,
    by_key: HashMap<String, usize>,
}

impl Bars {
    fn read_machines(&mut self, recording: &Recording) {
        for record in &recording.records {
            let Event::State { task, machine, label, to, .. } = &record.event
            else {
                continue;
            };
            let (kind, name) = match &**label {
                "" => (None, *machine),
                label => (Some(*machine), label),
            };
            let thread = &recording.thread;
            let key = format!("{thread} {} {machine} {label}", task.0);
            let at = nanos(recording.began) + record.nanos;
            self.enter(&key, kind, name, to, at);
        }
    }

    fn read_sockets(&mut self, recording: &Recording) {
        for record in &recording.records {
            let at = nanos(recording.began) + record.nanos;
            let (source, state) = match &record.event {
                Event::Reactor(ReactorEvent::Register { source, .. }) => {
                    (source, "Open")
                }
                Event::Reactor(ReactorEvent::Deregister { source }) => {
                    (source, "Done")
                }
                _ => continue,
            };
            let key = format!("{} {source}", recording.thread);
            self.enter(&key, None, &format!("socket {source}"), state, at);
        }
    }

    fn enter(
        &mut self,
        key: &str,
        kind: Option<&'static str>,
        name: &str,
        to: &'static str,
        at: Nanos,
    ) {
        let index = *self.by_key.entry(key.to_owned()).or_insert_with(|| {
            self.eggs.push(EggHistory {
                kind,
                name: name.to_owned(),
                task: self.eggs.len() as u64,
                span: Span { begin: at, end: at },
                states: Vec::new(),
                polls: Vec::new(),
                result: Ok(String::new()),
            });
            self.eggs.len() - 1
        });
        enter_state(&mut self.eggs[index], to, at);
    }

    /// Who was dropped before its end never said so: it counts to the end.
    fn end(mut self, total: Nanos) -> Vec<EggHistory> {
        for egg in &mut self.eggs {
            let last = egg.states.last_mut();
            if let Some(last) = last.filter(|it| it.state != "Done") {
                last.span.end = total.max(last.span.begin);
                egg.span.end = last.span.end;
            }
        }
        self.eggs
    }
}

/// What was aborted never said that it was done; and the compiler's machine
/// says nothing at all: it counts as one state, from its first poll.
fn end_last_state(egg: &mut EggHistory) {
    let polls = (egg.polls.first(), egg.polls.last());
    if let (true, (Some(first), Some(last))) = (egg.states.is_empty(), polls) {
        let span = Span { begin: first.span.begin, end: last.span.end };
        egg.states.push(Stay { state: "Pending", span });
    }
    match egg.states.last_mut() {
        Some(last) if last.state == "Done" => egg.span.end = last.span.begin,
        Some(last) => last.span.end = egg.span.end.max(last.span.end),
        None => {}
    }
}
