//! What a run leaves behind: for each egg when it was in which state, when the
//! cook turned to it, and why.
//!
//! It is plain data. Everything that `eggs` shows afterwards is made of it:
//! `timeline.rs` draws it, `chrome.rs` and `json.rs` write it down.
//!
//! Next: `steps.rs`, step by step.

use std::sync::Arc;
use std::time::Duration;

use crate::egg::FryError;
use crate::words;

/// Nanoseconds since the run began.
pub type Nanos = u64;

/// From one moment to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// The first moment of it.
    pub begin: Nanos,
    /// The first moment after it.
    pub end: Nanos,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(self) -> Nanos {
        self.end.saturating_sub(self.begin)
    }
}

/// A stay in one state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stay {
    /// The state, named as the variant is.
    pub state: &'static str,
    /// When.
    pub span: Span,
}

/// A wake that led to a poll.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wake {
    /// When.
    pub at: Nanos,
    /// Who woke: `socket`, `timer`, `task 3`.
    pub by: String,
}

/// One poll of a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Poll {
    /// Whose.
    pub task: u64,
    /// What the task is called.
    pub name: Arc<str>,
    /// When.
    pub span: Span,
    /// Why; `None` for the first, which the spawn asked for.
    pub woken: Option<Wake>,
}

/// Why there is no egg, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What happened, and why.
    pub what: String,
    /// What to try.
    pub remedy: String,
}

/// One egg, from the order to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EggHistory {
    /// What it is: an egg, or a machine of that type. `None`: its name says so.
    pub kind: Option<&'static str>,
    /// Its name.
    pub name: String,
    /// The task that fried it.
    pub task: u64,
    /// From the spawn to its end.
    pub span: Span,
    /// Its states in order; none if nobody recorded them.
    pub states: Vec<Stay>,
    /// Its polls in order; none if nobody recorded them.
    pub polls: Vec<Poll>,
    /// What the server said, or why there is no egg.
    pub result: Result<String, Failure>,
}

impl EggHistory {
    /// What it is, and which: `egg A`, `FryAll all`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind {
            Some(kind) => format!("{kind} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// Notes how it went.
    pub fn fail(&mut self, error: &FryError, server: std::net::SocketAddr) {
        let (what, remedy) = (error.to_string(), error.remedy(server));
        self.result = Err(Failure { what, remedy });
    }
}

/// One runtime: what the cook did, on one thread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CookHistory {
    /// What its thread is called.
    pub name: String,
    /// Every poll of a task.
    pub polls: Vec<Poll>,
    /// The turns of the reactor: when the cook slept, or looked around.
    pub turns: Vec<Span>,
    /// The length of the ready queue, whenever it changed.
    pub queue: Vec<(Nanos, u64)>,
    /// When each step was taken; the first is step 1.
    pub steps: Vec<Nanos>,
}

impl CookHistory {
    /// How long the cook was busy, rather than asleep.
    #[must_use]
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.polls.iter().map(|it| it.span.length()).sum())
    }
}

/// A time in nanoseconds, if it is less than 500 years.
#[must_use]
pub fn nanos(time: Duration) -> Nanos {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What the runtime counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Polls of tasks.
    pub polls: u64,
    /// Wakes of tasks.
    pub wakes: u64,
    /// Wakes of tasks that were awake: they cost no poll.
    pub coalesced: u64,
    /// Turns of the reactor.
    pub turns: u64,
    /// Turns that slept and then found nothing: there should be none.
    pub empty_turns: u64,
}

impl Counts {
    /// Adds what another runtime counted.
    pub fn add(&mut self, other: Counts) {
        self.polls += other.polls;
        self.wakes += other.wakes;
        self.coalesced += other.coalesced;
        self.turns += other.turns;
        self.empty_turns += other.empty_turns;
    }
}

/// A whole run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// The eggs in the order asked for.
    pub eggs: Vec<EggHistory>,
    /// The runtimes; none if nobody recorded them.
    pub cooks: Vec<CookHistory>,
    /// How many eggs the server had in the pan, whenever it changed; empty if
    /// it is not ours.
    pub pan: Vec<(Nanos, u64)>,
    /// From the first order to the last egg.
    pub total: Duration,
    /// What the runtime counted.
    pub counts: Counts,
}

impl History {
    /// How long it takes to fry these one after another.
    #[must_use]
    pub fn one_after_another(&self) -> Duration {
        Duration::from_nanos(self.fried().map(|egg| egg.span.length()).sum())
    }

    /// How many eggs are fried.
    #[must_use]
    pub fn fried_count(&self) -> u64 {
        self.fried().count() as u64
    }

    /// The eggs that are fried.
    pub fn fried(&self) -> impl Iterator<Item = &EggHistory> {
        self.eggs.iter().filter(|egg| egg.result.is_ok())
    }

    /// How long the cooks were busy, rather than asleep.
    #[must_use]
    pub fn busy(&self) -> Duration {
        self.cooks.iter().map(CookHistory::busy).sum()
    }

    /// The totals, in two lines.
    #[must_use]
    pub fn totals(&self) -> String {
        let Counts { polls, wakes, coalesced, turns, empty_turns } =
            self.counts;
        let polls = words::plural(polls, "poll");
        let wakes = words::plural(wakes, "wake");
        let turns = words::plural(turns, "reactor turn");
        let lost = match coalesced {
            0 => String::new(),
            _ => format!(" ({} coalesced)", words::count(coalesced)),
        };
        let empty = match empty_turns {
            0 => "none empty".to_owned(),
            _ => format!("{} empty", words::count(empty_turns)),
        };
        let first = self.time_words();
        format!("{first}\n{polls}, {wakes}{lost}, {turns}, {empty}.\n")
    }

    fn time_words(&self) -> String {
        let total = words::short(self.total);
        let (fried, all) = (self.fried_count(), self.eggs.len() as u64);
        if fried == 0 {
            return format!("No egg in {total}.");
        }
        let eggs = if fried == all {
            words::plural(fried, "egg")
        } else {
            format!("{} of {}", words::count(fried), words::plural(all, "egg"))
        };
        let each = words::short(self.one_after_another());
        format!("{eggs} in {total}, on one thread. One after another: {each}.")
    }
}

#[cfg(test)]
#[allow(missing_docs)]
pub mod sample {
    //! Four eggs whose numbers never change.

    use super::*;

    const MICRO: Nanos = 1_000;
    const MILLI: Nanos = 1_000_000;

    fn span(begin: Nanos, end: Nanos) -> Span {
        Span { begin, end }
    }

    fn egg(index: u64, name: &str) -> EggHistory {
        let begin = index * 100 * MICRO;
        let (writing, reading) = (begin + 250 * MICRO, begin + 300 * MICRO);
        let end = 2_001 * MILLI + begin;
        let stay = |state, begin, end| Stay { state, span: span(begin, end) };
        let poll = |begin, length, by: Option<&str>| Poll {
            task: index,
            name: name.into(),
            span: span(begin, begin + length),
            woken: by
                .map(|by| Wake { at: begin - 10 * MICRO, by: by.to_owned() }),
        };
        EggHistory {
            kind: Some("egg"),
            name: name.to_owned(),
            task: index,
            span: span(begin, end),
            states: vec![
                stay("Connecting", begin, writing),
                stay("Writing", writing, reading),
                stay("Reading", reading, end),
            ],
            polls: vec![
                poll(begin, 80 * MICRO, None),
                poll(writing, 60 * MICRO, Some("socket")),
                poll(end - 40 * MICRO, 40 * MICRO, Some("socket")),
            ],
            result: Ok(name.to_owned()),
        }
    }

    fn cook(eggs: &[EggHistory]) -> CookHistory {
        let polls = eggs.iter().flat_map(|egg| &egg.polls);
        let mut polls: Vec<Poll> = polls.cloned().collect();
        polls.sort_by_key(|poll| poll.span.begin);
        CookHistory {
            name: "main".to_owned(),
            turns: vec![
                span(390 * MICRO, 400 * MICRO),
                span(800 * MICRO, 2_000 * MILLI),
            ],
            queue: (0..4)
                .map(|index| (index * MICRO, index + 1))
                .chain((0..4).map(|index| (index * 100 * MICRO, 3 - index)))
                .collect(),
            steps: polls.iter().map(|poll| poll.span.begin).collect(),
            polls,
        }
    }

    /// The server has each egg in the pan for 2 s.
    fn pan() -> Vec<(Nanos, u64)> {
        let begins = (0..4).map(|it| ((350 + 100 * it) * MICRO, it + 1));
        let ends = (0..4).map(|it| (2_001 * MILLI - (4 - it) * MICRO, 3 - it));
        begins.chain(ends).collect()
    }

    pub fn four_eggs() -> History {
        let names = ["A", "B", "C", "D"];
        let eggs = (0..4).zip(names).map(|(index, name)| egg(index, name));
        let eggs: Vec<EggHistory> = eggs.collect();
        History {
            cooks: vec![cook(&eggs)],
            eggs,
            pan: pan(),
            total: Duration::from_micros(2_001_350),
            counts: Counts {
                polls: 12,
                wakes: 8,
                coalesced: 0,
                turns: 6,
                empty_turns: 0,
            },
        }
    }

    /// Each begins when the one before is done; no cook was recorded.
    pub fn one_after_another() -> History {
        let mut run = four_eggs();
        for (place, egg) in (0..).zip(&mut run.eggs) {
            let begin = place * 2_001 * MILLI;
            let end = begin + 2_001 * MILLI - 500 * MICRO;
            egg.span = span(begin, end);
            egg.states = vec![Stay { state: "Frying", span: egg.span }];
        }
        let total = Duration::from_millis(4 * 2_001);
        History { cooks: vec![], pan: vec![], total, ..run }
    }

    pub fn many(count: u64) -> History {
        let eggs = (0..count).map(|index| {
            let end = 2_000 * MILLI + index * 10 * MICRO;
            EggHistory {
                span: span(index * 10 * MICRO, end),
                states: vec![],
                polls: vec![],
                ..egg(index, "X")
            }
        });
        let total = Duration::from_nanos(2_000 * MILLI + count * 10 * MICRO);
        History { eggs: eggs.collect(), cooks: vec![], total, ..four_eggs() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_compare_with_one_after_another() {
        assert_eq!(
            sample::four_eggs().totals(),
            "4 eggs in 2.001 s, on one thread. One after another: 8.004 s.\n\
             12 polls, 8 wakes, 6 reactor turns, none empty.\n"
        );
    }

    #[test]
    fn burnt_eggs_do_not_count_as_fried() {
        let mut run = sample::four_eggs();
        let server = "127.0.0.1:1".parse().unwrap();
        run.eggs[1].fail(&FryError::Lost("gone".into()), server);
        run.counts.coalesced = 2;
        run.counts.empty_turns = 1;
        assert_eq!(
            run.totals(),
            "3 of 4 eggs in 2.001 s, on one thread. One after another: 6.003 \
             s.\n\
             12 polls, 8 wakes (2 coalesced), 6 reactor turns, 1 empty.\n"
        );
    }
}
