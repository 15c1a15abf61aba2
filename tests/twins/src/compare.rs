//! Two twins, side by side: for every run, the same events.
//!
//! Next: `pairs.rs`, who is compared.

use std::fmt::Write as _;
use std::future::Future;

use onecook::script::{Choices, Event, Setting};

use crate::drive::{self, Run};

/// An `async fn` and the machine that stands beside it.
pub struct Pair {
    /// What the machine is called.
    pub name: &'static str,
    /// What may happen to them.
    pub setting: Setting,
    by_async: Runner,
    by_machine: Runner,
    again: [Box<dyn Fn() -> String>; 2],
}

type Runner = Box<dyn Fn(Setting, Choices) -> Run>;

/// How many runs were compared, and whether these are all that there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compared {
    /// So many.
    pub runs: usize,
    /// No other run is possible.
    pub exhaustive: bool,
}

/// So many runs at most are tried in order. What is beyond is tried at random.
const IN_ORDER: usize = 30_000;

/// So many runs are tried at random, where there are too many for all.
const AT_RANDOM: usize = 10_000;

impl Pair {
    /// Two futures to compare. Their outputs are compared as `tell` tells them.
    pub fn new<A, M>(
        name: &'static str,
        by_async: impl Fn() -> A + Clone + 'static,
        by_machine: impl Fn() -> M + Clone + 'static,
        tell: fn(A::Output) -> String,
    ) -> Pair
    where
        A: Future<Output: 'static>,
        M: Future<Output = A::Output>,
    {
        let (other_async, other_machine) =
            (by_async.clone(), by_machine.clone());
        Pair {
            name,
            setting: Setting::ALL,
            by_async: Box::new(move |setting, choices| {
                drive::run(setting, choices, &by_async, tell)
            }),
            by_machine: Box::new(move |setting, choices| {
                drive::run(setting, choices, &by_machine, tell)
            }),
            again: [
                Box::new(move || drive::polled_after_the_end(&other_async)),
                Box::new(move || drive::polled_after_the_end(&other_machine)),
            ],
        }
    }

    /// Something else may happen to them.
    #[must_use]
    pub fn with(self, setting: Setting) -> Pair {
        Pair { setting, ..self }
    }

    /// Compares all runs, or as many as there is time for.
    ///
    /// # Errors
    ///
    /// The first difference, side by side.
    pub fn compare(&self, seed: u64) -> Result<Compared, String> {
        let mut choices = Choices::first();
        for runs in 1..=IN_ORDER {
            let made = self.compare_one(choices, "in order")?;
            match made.advanced() {
                Some(next) => choices = next,
                None => return Ok(Compared { runs, exhaustive: true }),
            }
        }
        for number in 0..AT_RANDOM as u64 {
            let seed = seed.wrapping_add(number);
            let how = format!("at random, seed {seed}");
            self.compare_one(Choices::random(seed), &how)?;
        }
        let runs = IN_ORDER + AT_RANDOM;
        Ok(Compared { runs, exhaustive: false })
    }

    fn compare_one(
        &self,
        choices: Choices,
        how: &str,
    ) -> Result<Choices, String> {
        let by_async = (self.by_async)(self.setting, choices);
        let again = by_async.choices.again();
        let by_machine = (self.by_machine)(self.setting, again);
        if by_async.events == by_machine.events {
            return Ok(by_async.choices);
        }
        let name = self.name;
        let sides = side_by_side(&by_async.events, &by_machine.events);
        Err(format!("`{name}` differs from its `async fn` ({how}):\n{sides}"))
    }

    /// What each says when it is polled after its end.
    #[must_use]
    pub fn polled_after_the_end(&self) -> [String; 2] {
        [(self.again[0])(), (self.again[1])()]
    }

    /// One run of the `async fn`, and what happens in it.
    #[must_use]
    pub fn first_run(&self) -> Vec<Event> {
        (self.by_async)(self.setting, Choices::first()).events
    }
}

/// How wide a side is.
const WIDTH: usize = 40;

/// Both lists, up to a little behind the first difference, which is marked.
#[must_use]
pub fn side_by_side(by_async: &[Event], by_machine: &[Event]) -> String {
    let first = by_async.iter().zip(by_machine).take_while(|(a, b)| a == b);
    let first = first.count();
    let mut text = format!("  {:WIDTH$} | {}\n", "async fn", "machine");
    for at in first.saturating_sub(30)..first + 6 {
        let line = |events: &[Event]| {
            events.get(at).map(ToString::to_string).unwrap_or_default()
        };
        let (left, right) = (line(by_async), line(by_machine));
        let mark = if at == first { '>' } else { ' ' };
        if left.is_empty() && right.is_empty() {
            break;
        }
        let _ = writeln!(text, "{mark} {left:WIDTH$} | {right}");
    }
    text
}
