//! What was seen of a run: records become plain data, states and polls for
//! each egg.
//!
//! Next: `history.rs`, that data.

use std::collections::HashMap;

use onecook::trace::{Event, ReactorEvent, Record, Tag, WokenBy};

use crate::history::{
    Counts, EggHistory, History, Nanos, Poll, Span, Stay, Wake,
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

/// Adds to `run` what the records say of its eggs and of the reactor.
pub fn add_records(run: &mut History, records: &[Record]) {
    let by_task =
        run.eggs.iter().enumerate().map(|(index, egg)| (egg.task, index));
    let mut reading = Reading { by_task: by_task.collect(), ..<_>::default() };
    for record in records {
        reading.read(run, record);
    }
    for egg in &mut run.eggs {
        end_last_state(egg);
    }
}

/// What is remembered from one record to the next.
#[derive(Default)]
struct Reading {
    by_task: HashMap<u64, usize>,
    wakes: HashMap<u64, Wake>,
    turn: Option<Nanos>,
}

impl Reading {
    fn read(&mut self, run: &mut History, record: &Record) {
        let at = record.nanos;
        match &record.event {
            Event::Wake { task, by, coalesced: false } => {
                let wake = Wake { at, by: waker_name(*by) };
                self.wakes.insert(task.number(), wake);
            }
            Event::PollBegin { task } => {
                let woken = self.wakes.remove(&task.number());
                let span = Span { begin: at, end: at };
                if let Some(egg) = self.egg(run, task.number()) {
                    egg.polls.push(Poll { span, woken });
                }
            }
            Event::PollEnd { task, .. } => {
                let egg = self.egg(run, task.number());
                let poll = egg.and_then(|egg| egg.polls.last_mut());
                if let Some(poll) = poll {
                    poll.span.end = at;
                }
            }
            Event::State { task, to, .. } => {
                if let Some(egg) = self.egg(run, task.0) {
                    enter_state(egg, to, at);
                }
            }
            Event::Reactor(ReactorEvent::TurnBegin { .. }) => {
                self.turn = Some(at);
            }
            Event::Reactor(ReactorEvent::TurnEnd { .. }) => {
                let begin = self.turn.take();
                let span = begin.map(|begin| Span { begin, end: at });
                run.turns.extend(span);
            }
            _ => {}
        }
    }

    fn egg<'a>(
        &self,
        run: &'a mut History,
        task: u64,
    ) -> Option<&'a mut EggHistory> {
        run.eggs.get_mut(*self.by_task.get(&task)?)
    }
}

fn enter_state(egg: &mut EggHistory, state: &'static str, at: Nanos) {
    if let Some(last) = egg.states.last_mut() {
        last.span.end = at;
    }
    let span = Span { begin: at, end: at };
    egg.states.push(Stay { state, span });
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
