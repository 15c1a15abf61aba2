//! A run as a Chrome trace, which ui.perfetto.dev and chrome://tracing open.
//!
//! The cook's thread has a slice for each poll and each turn of the reactor;
//! each egg has a track of its own with a slice per state; an arrow leads from
//! each wake to the poll that it caused.
//!
//! Next: `json.rs`, the same for programs.

use serde_json::{Value, json};

use crate::history::{EggHistory, History, Nanos, Poll, Span};

/// The cook, as the format has it: a thread of a process.
const PID: u32 = 1;
const COOK: u32 = 1;

/// Writes `run` down as one JSON object.
#[must_use]
pub fn trace(run: &History) -> Value {
    let mut events =
        vec![name("process_name", "onecook"), name("thread_name", "the cook")];
    let turns = run.turns.iter();
    events.extend(turns.map(|span| slice("turn", "reactor", *span)));
    for egg in &run.eggs {
        add_states(&mut events, egg);
        for poll in &egg.polls {
            add_poll(&mut events, egg, poll);
        }
    }
    json!({ "displayTimeUnit": "ms", "traceEvents": events })
}

/// The format counts microseconds, with fractions.
#[allow(clippy::cast_precision_loss)] // a run lasts no 100 days
fn micros(nanos: Nanos) -> f64 {
    nanos as f64 / 1e3
}

fn name(what: &str, name: &str) -> Value {
    json!({
        "ph": "M", "pid": PID, "tid": COOK,
        "name": what, "args": { "name": name },
    })
}

fn slice(name: &str, category: &str, span: Span) -> Value {
    json!({
        "ph": "X", "pid": PID, "tid": COOK, "cat": category, "name": name,
        "ts": micros(span.begin), "dur": micros(span.length()),
    })
}

/// A track with the egg, and its states nested in it.
fn add_states(events: &mut Vec<Value>, egg: &EggHistory) {
    let mut add = |phase: &str, name: &str, at: Nanos| {
        events.push(json!({
            "ph": phase, "pid": PID, "tid": COOK, "cat": "egg",
            "id": egg.task, "name": name, "ts": micros(at),
        }));
    };
    let title = format!("egg {}", egg.name);
    add("b", &title, egg.span.begin);
    for stay in &egg.states {
        add("b", stay.state, stay.span.begin);
        add("e", stay.state, stay.span.end);
    }
    add("e", &title, egg.span.end);
}

fn add_poll(events: &mut Vec<Value>, egg: &EggHistory, poll: &Poll) {
    let mut event = slice(&format!("poll {}", egg.name), "poll", poll.span);
    let by = poll.woken.as_ref().map_or("spawn", |wake| &wake.by);
    event["args"] = json!({ "task": egg.task, "woken by": by });
    events.push(event);
    let Some(wake) = &poll.woken else { return };
    let arrow = |phase: &str, at: Nanos| {
        json!({
            "ph": phase, "pid": PID, "tid": COOK, "cat": "wake",
            "id": format!("{}.{}", egg.task, wake.at), "bp": "e",
            "name": format!("wake {}", egg.name), "ts": micros(at),
        })
    };
    events.push(arrow("s", wake.at));
    events.push(arrow("f", poll.span.begin));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    fn events() -> Vec<Value> {
        let trace = trace(&sample::four_eggs());
        trace["traceEvents"].as_array().expect("a list").clone()
    }

    fn count(phase: &str) -> usize {
        events().iter().filter(|event| event["ph"] == phase).count()
    }

    #[test]
    fn each_poll_and_each_turn_is_a_slice() {
        assert_eq!(count("X"), 4 * 3 + 1);
    }

    #[test]
    fn each_state_is_begun_and_ended_on_the_track_of_its_egg() {
        assert_eq!((count("b"), count("e")), (4 * 4, 4 * 4));
        let states = events()
            .into_iter()
            .filter(|event| event["ph"] == "b" && event["id"] == 2);
        let names: Vec<_> = states.map(|it| it["name"].clone()).collect();
        assert_eq!(names, ["egg C", "Connecting", "Writing", "Reading"]);
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
