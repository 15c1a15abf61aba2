//! A run as a Chrome trace, which ui.perfetto.dev and chrome://tracing open.
//!
//! The cook's thread has a slice for each poll and each turn of the reactor;
//! each egg has a track of its own with a slice per state; an arrow leads from
//! each wake to the poll that it caused.
//!
//! Next: `json.rs`, the same for programs.

use serde_json::{Value, json};

use crate::perform::Performance;
use crate::show::history::{
    CookHistory, EggHistory, History, Nanos, Poll, Span,
};

/// A process of the format: a run, or a part of one.
type Process = u32;

/// The cooks are threads of it, from 1 on; the eggs have a track each.
type Thread = u32;

/// Writes `run` down as one JSON object.
#[must_use]
pub fn trace(run: &History) -> Value {
    let mut events = vec![named("process_name", 1, 1, "onecook")];
    add_run(&mut events, 1, run);
    object(&events)
}

/// Writes the parts of the deck down as one JSON object, a process each.
#[must_use]
pub fn trace_of_all(shows: &[Performance]) -> Value {
    let mut events = Vec::new();
    for (process, show) in (1..).zip(shows) {
        let name = show.verdict.name();
        events.push(named("process_name", process, 1, &name));
        add_run(&mut events, process, &show.history);
    }
    object(&events)
}

fn object(events: &[Value]) -> Value {
    json!({ "displayTimeUnit": "ms", "traceEvents": events })
}

fn add_run(events: &mut Vec<Value>, process: Process, run: &History) {
    let mut writer = Writer { events, process };
    for (thread, cook) in (1..).zip(&run.cooks) {
        writer.add_cook(thread, cook);
    }
    for egg in &run.eggs {
        writer.add_states(egg);
    }
    for (at, eggs) in &run.pan {
        writer.add_count("eggs in the pan", *at, *eggs);
    }
}

/// The format counts microseconds, with fractions.
#[allow(clippy::cast_precision_loss)] // a run lasts no 100 days
fn micros(nanos: Nanos) -> f64 {
    nanos as f64 / 1e3
}

fn named(what: &str, process: Process, thread: Thread, name: &str) -> Value {
    json!({
        "ph": "M", "pid": process, "tid": thread,
        "name": what, "args": { "name": name },
    })
}

/// Adds the events of one process.
struct Writer<'a> {
    events: &'a mut Vec<Value>,
    process: Process,
}

impl Writer<'_> {
    /// A thread: its turns, its polls, and its ready queue.
    fn add_cook(&mut self, thread: Thread, cook: &CookHistory) {
        let title = named("thread_name", self.process, thread, &cook.name);
        self.events.push(title);
        for span in &cook.turns {
            let turn = self.slice(thread, "turn", "reactor", *span);
            self.events.push(turn);
        }
        for poll in &cook.polls {
            self.add_poll(thread, poll);
        }
        for (at, depth) in &cook.queue {
            self.add_count("ready queue", *at, *depth);
        }
    }

    fn slice(
        &self,
        thread: Thread,
        name: &str,
        category: &str,
        span: Span,
    ) -> Value {
        json!({
            "ph": "X", "pid": self.process, "tid": thread,
            "cat": category, "name": name,
            "ts": micros(span.begin), "dur": micros(span.length()),
        })
    }

    fn add_count(&mut self, name: &str, at: Nanos, count: u64) {
        self.events.push(json!({
            "ph": "C", "pid": self.process, "name": name,
            "ts": micros(at), "args": { "count": count },
        }));
    }

    /// A track with the egg, and its states nested in it.
    fn add_states(&mut self, egg: &EggHistory) {
        let process = self.process;
        let id = format!("{process}.{}", egg.task);
        let mut add = |phase: &str, name: &str, at: Nanos| {
            self.events.push(json!({
                "ph": phase, "pid": process, "tid": 1, "cat": "egg",
                "id": id, "name": name, "ts": micros(at),
            }));
        };
        let title = egg.title();
        add("b", &title, egg.span.begin);
        for stay in &egg.states {
            add("b", stay.state, stay.span.begin);
            add("e", stay.state, stay.span.end);
        }
        add("e", &title, egg.span.end);
    }

    fn add_poll(&mut self, thread: Thread, poll: &Poll) {
        let name = format!("poll {}", poll.name);
        let mut event = self.slice(thread, &name, "poll", poll.span);
        let by = poll.woken.as_ref().map_or("spawn", |wake| &wake.by);
        event["args"] = json!({ "task": poll.task, "woken by": by });
        self.events.push(event);
        let Some(wake) = &poll.woken else { return };
        let id = format!("{}.{thread}.{}.{}", self.process, poll.task, wake.at);
        let arrow = |phase: &str, at: Nanos| {
            json!({
                "ph": phase, "pid": self.process, "tid": thread,
                "cat": "wake", "id": id, "bp": "e",
                "name": format!("wake {}", poll.name), "ts": micros(at),
            })
        };
        self.events.push(arrow("s", wake.at));
        self.events.push(arrow("f", poll.span.begin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::history::sample;

    fn events() -> Vec<Value> {
        let trace = trace(&sample::four_eggs());
        trace["traceEvents"].as_array().expect("a list").clone()
    }

    fn count(phase: &str) -> usize {
        events().iter().filter(|event| event["ph"] == phase).count()
    }

    #[test]
    fn each_poll_and_each_turn_is_a_slice() {
        assert_eq!(count("X"), 4 * 3 + 2);
    }

    #[test]
    fn each_state_is_begun_and_ended_on_the_track_of_its_egg() {
        assert_eq!((count("b"), count("e")), (4 * 4, 4 * 4));
        let states = events()
            .into_iter()
            .filter(|event| event["ph"] == "b" && event["id"] == "1.2");
        let names: Vec<_> = states.map(|it| it["name"].clone()).collect();
        assert_eq!(names, ["egg C", "Connecting", "Writing", "Reading"]);
    }

    #[test]
    fn a_track_is_named_after_the_machine_whose_states_it_shows() {
        let mut run = sample::four_eggs();
        run.eggs.truncate(2);
        (run.eggs[0].kind, run.eggs[0].name) = (Some("FryAll"), "all".into());
        (run.eggs[1].kind, run.eggs[1].name) = (None, "socket 1".into());
        let trace = trace(&run);
        let events = trace["traceEvents"].as_array().expect("a list");
        let begun = events.iter().filter(|it| it["ph"] == "b");
        let names: Vec<_> = begun.map(|it| it["name"].clone()).collect();
        assert_eq!(
            (&names[0], &names[4]),
            (&json!("FryAll all"), &json!("socket 1"))
        );
    }

    #[test]
    fn an_arrow_leads_from_each_wake_to_its_poll() {
        let events = events();
        let of = |phase: &'static str| {
            events.iter().filter(move |event| event["ph"] == phase)
        };
        assert_eq!(of("s").count(), 8);
        for (start, finish) in of("s").zip(of("f")) {
            assert_eq!(start["id"], finish["id"]);
            assert!(start["ts"].as_f64() < finish["ts"].as_f64());
        }
    }

    #[test]
    fn every_event_has_a_time_unless_it_names_something() {
        for event in events() {
            assert!(event["ph"] == "M" || event["ts"].is_f64(), "{event}");
        }
    }
}
