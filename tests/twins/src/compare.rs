//! Two twins, side by side: for every run, the same events.
//!
//! Next: `orders.rs`, what they are given.

use std::fmt::{self, Write as _};
use std::future::Future;

use onecook::script::{Choices, Event, Setting};
use onecook::stream::Stream;

use crate::drive::{self, Items, Run};

/// An `async fn` and the machine that stands beside it.
pub struct Pair {
    /// What the machine is called.
    pub name: &'static str,
    setting: Setting,
    twins: [Twin; 2],
}

/// One of the two.
struct Twin {
    run: Box<dyn Fn(Setting, Choices) -> Run>,
    polled_after_the_end: Box<dyn Fn(Setting) -> String>,
}

/// So many runs of each kind are tried in order: the simple ones, those in
/// which a leaf waits once, and all.
const IN_ORDER: [usize; 3] = [2_000, 2_000, 7_000];

/// So many are tried at random, where there are more.
const AT_RANDOM: usize = 1_000;

/// How many runs were compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compared {
    /// So many in order.
    pub in_order: usize,
    /// So many of the three kinds are complete: those in which a leaf waits
    /// once at most, and nothing comes in pieces; those in which a leaf waits
    /// once at most; and all.
    pub complete: usize,
    /// So many at random.
    pub at_random: usize,
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} runs", self.in_order)?;
        f.write_str(match self.complete {
            0 => ", not even the simple ones complete",
            1 => ", with all where a leaf waits once, in one piece",
            2 => ", with all where a leaf waits once",
            _ => return f.write_str(": all there are"),
        })?;
        write!(f, "; and {} at random", self.at_random)
    }
}

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
        let twins = [Twin::new(by_async, tell), Twin::new(by_machine, tell)];
        Pair { name, setting: Setting::ALL, twins }
    }

    /// Two streams to compare, item by item, to their end.
    pub fn of_streams<A, M>(
        name: &'static str,
        by_async: impl Fn() -> A + Clone + 'static,
        by_machine: impl Fn() -> M + Clone + 'static,
        tell: fn(A::Item) -> String,
    ) -> Pair
    where
        A: Stream<Item: 'static> + 'static,
        M: Stream<Item = A::Item> + 'static,
    {
        Pair::new(
            name,
            move || Items::new(by_async(), tell),
            move || Items::new(by_machine(), tell),
            |()| "no more items".to_owned(),
        )
    }

    /// So many things may go wrong in one run.
    #[must_use]
    pub fn faults(self, faults: usize) -> Pair {
        let setting = Setting { faults, ..self.setting };
        Pair { setting, ..self }
    }

    /// Compares all runs, or as many as there is time for: `times` as many as
    /// on other days.
    ///
    /// # Errors
    ///
    /// The first difference, side by side.
    pub fn compare(&self, seed: u64, times: usize) -> Result<Compared, String> {
        let once = Setting { pendings: 1, ..self.setting };
        let simple = Setting { pieces: 1, ..once };
        let mut compared = Compared { in_order: 0, complete: 0, at_random: 0 };
        let kinds = [simple, once, self.setting];
        for (setting, most) in kinds.into_iter().zip(IN_ORDER) {
            let (runs, all) = self.compare_in_order(setting, times * most)?;
            compared.in_order += runs;
            if !all {
                break;
            }
            compared.complete += 1;
        }
        if compared.complete < 3 {
            compared.at_random = times * AT_RANDOM;
        }
        for number in 0..compared.at_random {
            let seed = seed.wrapping_add(number as u64);
            let how = format!("at random, seed {seed}");
            self.compare_one(self.setting, Choices::random(seed), &how)?;
        }
        Ok(compared)
    }

    /// So many runs, and whether these were all.
    fn compare_in_order(
        &self,
        setting: Setting,
        most: usize,
    ) -> Result<(usize, bool), String> {
        let mut choices = Choices::first();
        for runs in 1..=most {
            let how = format!("run {runs} in order");
            let made = self.compare_one(setting, choices, &how)?;
            match made.advanced() {
                Some(next) => choices = next,
                None => return Ok((runs, true)),
            }
        }
        Ok((most, false))
    }

    fn compare_one(
        &self,
        setting: Setting,
        choices: Choices,
        how: &str,
    ) -> Result<Choices, String> {
        let [by_async, by_machine] = &self.twins;
        let by_async = (by_async.run)(setting, choices);
        let again = by_async.choices.again();
        let by_machine = (by_machine.run)(setting, again);
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
        let [by_async, by_machine] = &self.twins;
        [by_async, by_machine].map(|it| (it.polled_after_the_end)(self.setting))
    }
}

impl Twin {
    fn new<F: Future<Output: 'static>>(
        make: impl Fn() -> F + Clone + 'static,
        tell: fn(F::Output) -> String,
    ) -> Twin {
        let again = make.clone();
        Twin {
            run: Box::new(move |setting, choices| {
                drive::run(setting, choices, &make, tell)
            }),
            polled_after_the_end: Box::new(move |setting| {
                drive::polled_after_the_end(setting, &again)
            }),
        }
    }
}

/// How wide a side is.
const WIDTH: usize = 40;

/// So much is shown of what was the same before.
const BEFORE: usize = 40;

/// Both lists, up to a little behind the first difference, which is marked.
#[must_use]
pub fn side_by_side(by_async: &[Event], by_machine: &[Event]) -> String {
    let same = by_async.iter().zip(by_machine).take_while(|(a, b)| a == b);
    let first = same.count();
    let mut text = format!("  {:WIDTH$} | {}\n", "async fn", "machine");
    for at in first.saturating_sub(BEFORE)..first + 6 {
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
