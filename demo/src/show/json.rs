//! A run as JSON, for programs.
//!
//! Next: `verdict.rs`, the table at the end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::by::By;
use crate::perform::Performance;
use crate::show::history::{EggHistory, History, Nanos, Span};
use crate::show::verdict::Verdict;

/// Writes `run` down as one JSON object; times are seconds.
#[must_use]
pub fn object(run: &History) -> Value {
    let mut object = seen(run);
    object["eggs"] = run.eggs.iter().map(egg).collect();
    object["fried"] = json!(run.fried_count());
    object["one_after_another_seconds"] =
        json!(run.one_after_another().as_secs_f64());
    object
}

/// What was seen of a run. Of a part of the deck there is no more to say: its
/// bars are not only eggs, and the server counts those that are fried.
fn seen(run: &History) -> Value {
    let counts = run.counts;
    json!({
        "eggs": run.eggs.iter().map(bar).collect::<Vec<_>>(),
        "seconds": run.total.as_secs_f64(),
        "busy_seconds": run.busy().as_secs_f64(),
        "polls": counts.polls,
        "wakes": counts.wakes,
        "coalesced_wakes": counts.coalesced,
        "turns": counts.turns,
        "empty_turns": counts.empty_turns,
    })
}

/// Writes parts of the deck down as one JSON object.
#[must_use]
pub fn performances(shows: &[Performance]) -> Value {
    let well = |it: &&Performance| it.verdict.differences.is_empty();
    json!({
        "programs": shows.iter().map(performance).collect::<Vec<_>>(),
        "as_expected": shows.iter().filter(well).count(),
    })
}

fn performance(show: &Performance) -> Value {
    let Verdict { slide, part, by, measured, differences } = &show.verdict;
    let claims = show.seen.claims.iter();
    let lines = show.seen.lines.iter();
    let seconds = |at: &Duration| at.as_secs_f64();
    json!({
        "slide": slide.slug,
        "program": part.name,
        "by": by.map(By::word),
        "expected_cook_times": part.expected.cook_times,
        "seconds": measured.time.as_secs_f64(),
        "most_in_pan": measured.in_pan,
        "served": measured.served,
        "left": measured.left,
        "said": lines.map(|it| json!({
            "at": seconds(&it.at), "text": it.text,
        })).collect::<Vec<_>>(),
        "claims": claims.map(|it| json!({
            "text": it.text, "holds": it.holds,
        })).collect::<Vec<_>>(),
        "differences": differences,
        "run": seen(&show.history),
    })
}

/// An egg: when it was what, and how it went.
fn egg(egg: &EggHistory) -> Value {
    let mut object = bar(egg);
    object["task"] = json!(egg.task);
    let polls = egg.polls.iter().map(|poll| {
        let mut object = times(poll.span);
        object["woken_by"] = json!(poll.woken.as_ref().map(|it| &it.by));
        object
    });
    object["polls"] = polls.collect();
    match &egg.result {
        Ok(text) => object["text"] = json!(text),
        Err(why) => {
            object["error"] = json!(why.what);
            object["try"] = json!(why.remedy);
        }
    }
    object
}

/// When something was in which state.
fn bar(egg: &EggHistory) -> Value {
    let mut object = times(egg.span);
    object["kind"] = json!(egg.kind.unwrap_or("socket"));
    object["name"] = json!(egg.name);
    let states = egg.states.iter().map(|stay| {
        let mut object = times(stay.span);
        object["state"] = json!(stay.state);
        object
    });
    object["states"] = states.collect();
    object
}

fn times(span: Span) -> Value {
    json!({ "from": seconds(span.begin), "to": seconds(span.end) })
}

fn seconds(nanos: Nanos) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egg::FryError;
    use crate::show::history::sample;

    #[test]
    fn an_egg_is_its_text_its_states_and_its_polls() {
        let object = object(&sample::four_eggs());
        assert_eq!(object["fried"], 4);
        assert_eq!(object["seconds"], 2.001_35);
        let egg = &object["eggs"][1];
        assert_eq!((&egg["name"], &egg["text"]), (&json!("B"), &json!("B")));
        assert_eq!(
            egg["states"][0],
            json!({ "from": 0.0001, "to": 0.00035, "state": "Connecting" })
        );
        assert_eq!(egg["polls"][0]["woken_by"], Value::Null);
        assert_eq!(egg["polls"][1]["woken_by"], "socket");
    }

    #[test]
    fn what_is_drawn_of_a_part_is_a_machine_and_its_states_and_no_text() {
        let mut run = sample::four_eggs();
        run.eggs.truncate(1);
        run.eggs[0].kind = Some("FryAll");
        let bar = &seen(&run)["eggs"][0];
        assert_eq!(bar["kind"], "FryAll");
        assert_eq!(bar["states"].as_array().map(Vec::len), Some(3));
        for of_eggs in ["text", "task", "polls"] {
            assert!(bar.get(of_eggs).is_none(), "{bar}");
        }
    }

    #[test]
    fn a_burnt_egg_says_why() {
        let mut run = sample::four_eggs();
        let server = "127.0.0.1:1".parse().unwrap();
        run.eggs[0].fail(&FryError::Lost("gone".into()), server);
        let object = object(&run);
        assert_eq!(object["fried"], 3);
        assert_eq!(object["eggs"][0]["error"], "gone");
        assert!(object["eggs"][0].get("text").is_none());
    }
}
