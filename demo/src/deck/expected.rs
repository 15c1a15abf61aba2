//! What a part must show, and how what was measured differs from it.
//!
//! Times are classes, not figures: an egg's time, or four, or none.
//!
//! Next: `griddle.rs`, what a part works with.

use std::time::Duration;

use crate::words::short;

/// So much later than expected is still the same class.
const LATE: f64 = 0.75;

/// And this at any rate, however short the cook time.
const LATE_AT_LEAST: Duration = Duration::from_millis(150);

/// A timer is never early; two clocks may differ by this.
const CLOCKS: Duration = Duration::from_millis(2);

/// What a part must show.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// How many cook times it takes; `None`: that is not the point.
    pub cook_times: Option<f64>,
    /// The most eggs that the server sees in the pan at once.
    pub in_pan: Option<u64>,
    /// How many eggs the server serves.
    pub served: Option<u64>,
    /// How many guests leave while their egg is in the pan.
    pub left: Option<u64>,
    /// What it says, line by line.
    pub lines: Lines,
}

/// What a part says.
#[derive(Clone, Copy, Debug)]
pub enum Lines {
    /// Whatever it likes: its claims are what counts.
    Any,
    /// These, in this order.
    InOrder(&'static [&'static str]),
    /// These, in any order.
    InAnyOrder(&'static [&'static str]),
    /// One of these, and no more.
    OneOf(&'static [&'static str]),
}

impl Expected {
    /// It takes so many cook times: 4.0 for eggs one after another.
    #[must_use]
    pub const fn takes(cook_times: f64) -> Expected {
        Expected { cook_times: Some(cook_times), ..Expected::any_time() }
    }

    /// How long it takes is not the point.
    #[must_use]
    pub const fn any_time() -> Expected {
        Expected {
            cook_times: None,
            in_pan: None,
            served: None,
            left: None,
            lines: Lines::Any,
        }
    }

    /// The most eggs in the pan at once.
    #[must_use]
    pub const fn in_pan(self, most: u64) -> Expected {
        Expected { in_pan: Some(most), ..self }
    }

    /// So many eggs are served, whether or not their guests are still there.
    #[must_use]
    pub const fn served(self, count: u64) -> Expected {
        Expected { served: Some(count), ..self }
    }

    /// So many guests leave while their egg is in the pan.
    #[must_use]
    pub const fn left(self, count: u64) -> Expected {
        Expected { left: Some(count), ..self }
    }

    /// It says these lines, in this order.
    #[must_use]
    pub const fn says(self, lines: &'static [&'static str]) -> Expected {
        Expected { lines: Lines::InOrder(lines), ..self }
    }

    /// It says these lines, in whatever order.
    #[must_use]
    pub const fn says_in_any_order(
        self,
        lines: &'static [&'static str],
    ) -> Expected {
        Expected { lines: Lines::InAnyOrder(lines), ..self }
    }

    /// It says one of these lines.
    #[must_use]
    pub const fn says_one_of(self, lines: &'static [&'static str]) -> Expected {
        Expected { lines: Lines::OneOf(lines), ..self }
    }
}

impl Expected {
    /// The time in words, with D for a cook time: `4 D`, `D`, `D/4`, `0`.
    #[must_use]
    pub fn time_words(&self) -> String {
        match self.cook_times {
            None => "any".to_owned(),
            Some(0.0) => "0".to_owned(),
            Some(1.0) => "D".to_owned(),
            Some(times) if times < 1.0 => format!("D/{}", 1.0 / times),
            Some(times) => format!("{times} D"),
        }
    }
}

/// What was said; of many times the same, how many.
fn said_words(said: &[String]) -> String {
    match said {
        [line, _, ..] if said.iter().all(|it| it == line) => {
            format!("it said {} times {line:?}", said.len())
        }
        _ => format!("it said {said:?}"),
    }
}

/// What was seen of a part.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// From its first step to its last.
    pub time: Duration,
    /// The most eggs that the server saw in the pan at once; `None`: it could
    /// not be asked.
    pub in_pan: Option<u64>,
    /// How many eggs the server served.
    pub served: Option<u64>,
    /// How many guests it saw leave.
    pub left: Option<u64>,
    /// What it said.
    pub lines: Vec<String>,
    /// What it claimed that does not hold.
    pub untrue: Vec<String>,
    /// Why it ended early.
    pub error: Option<String>,
}

impl Expected {
    /// In what `measured` differs, a sentence each. None: it is as it should.
    /// Of a part that ended early, why: what it did not get to is no news.
    #[must_use]
    pub fn differences(
        &self,
        measured: &Measured,
        cook_time: Duration,
    ) -> Vec<String> {
        let mut all = Vec::new();
        all.extend(measured.error.iter().map(|why| format!("it ended: {why}")));
        all.extend(measured.untrue.iter().map(|it| format!("not true: {it}")));
        if measured.error.is_some() {
            return all;
        }
        all.extend(self.late_or_early(measured.time, cook_time));
        let counts = [
            ("in the pan at once", self.in_pan, measured.in_pan),
            ("served", self.served, measured.served),
            ("left early", self.left, measured.left),
        ];
        for (what, expected, seen) in counts {
            if let (Some(expected), Some(seen)) = (expected, seen) {
                let differ = (expected != seen)
                    .then(|| format!("{what}: {seen}, not {expected}"));
                all.extend(differ);
            }
        }
        all.extend(self.other_lines(&measured.lines));
        all
    }

    fn late_or_early(
        &self,
        time: Duration,
        cook_time: Duration,
    ) -> Option<String> {
        let least = cook_time.mul_f64(self.cook_times?);
        let most = least + cook_time.mul_f64(LATE).max(LATE_AT_LEAST);
        let early = time + CLOCKS < least;
        let word = if early { "early" } else { "late" };
        (early || time > most).then(|| format!("too {word}: {}", short(time)))
    }

    fn other_lines(&self, said: &[String]) -> Option<String> {
        let same = match self.lines {
            Lines::Any => true,
            Lines::InOrder(lines) => lines == said,
            Lines::InAnyOrder(lines) => {
                let mut lines = lines.to_vec();
                let mut said: Vec<&str> =
                    said.iter().map(String::as_str).collect();
                lines.sort_unstable();
                said.sort_unstable();
                lines == said
            }
            Lines::OneOf(lines) => {
                said.len() == 1 && lines.contains(&&*said[0])
            }
        };
        (!same).then(|| said_words(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: Duration = Duration::from_secs(2);

    fn differences(expected: Expected, measured: &Measured) -> Vec<String> {
        expected.differences(measured, D)
    }

    fn took(millis: u64) -> Measured {
        let time = Duration::from_millis(millis);
        Measured { time, ..Measured::default() }
    }

    #[test]
    fn a_time_of_the_class_is_as_expected() {
        for millis in [2_000, 2_100, 3_400] {
            let differ = differences(Expected::takes(1.0), &took(millis));
            assert!(differ.is_empty(), "{differ:?}");
        }
        assert!(differences(Expected::any_time(), &took(99_000)).is_empty());
    }

    #[test]
    fn a_time_of_another_class_is_told() {
        for (millis, word) in [(1_900, "early"), (0, "early"), (4_000, "late")]
        {
            let differ = differences(Expected::takes(1.0), &took(millis));
            assert_eq!(differ.len(), 1, "{millis}");
            assert!(differ[0].contains(word), "{differ:?}");
        }
    }

    #[test]
    fn times_are_told_in_cook_times() {
        let words = |times| Expected::takes(times).time_words();
        let all = [4.0, 1.0, 0.25, 0.0, 1.5].map(words);
        assert_eq!(all, ["4 D", "D", "D/4", "0", "1.5 D"]);
        assert_eq!(Expected::any_time().time_words(), "any");
    }

    #[test]
    fn counts_are_exact() {
        let expected = Expected::any_time().in_pan(4).served(4).left(0);
        let mut measured = took(0);
        (measured.in_pan, measured.served) = (Some(4), Some(3));
        assert_eq!(differences(expected, &measured), ["served: 3, not 4"]);
    }

    #[test]
    fn lines_are_compared_with_or_without_their_order() {
        let mut measured = took(0);
        measured.lines = vec!["B".into(), "A".into()];
        let any = Expected::any_time().says_in_any_order(&["A", "B"]);
        assert!(differences(any, &measured).is_empty());
        let in_order = Expected::any_time().says(&["A", "B"]);
        let differ = differences(in_order, &measured);
        assert_eq!(differ, ["it said [\"B\", \"A\"]"]);
        measured.lines.pop();
        assert_eq!(differences(any, &measured).len(), 1);
        measured.lines = vec!["no".into(); 4];
        assert_eq!(differences(any, &measured), ["it said 4 times \"no\""]);
    }

    #[test]
    fn of_several_lines_one_is_enough_and_two_are_too_many() {
        let expected = Expected::any_time().says_one_of(&["A", "B"]);
        let told = |lines: &[&str]| {
            let lines = lines.iter().map(|it| (*it).to_owned()).collect();
            differences(expected, &Measured { lines, ..took(0) })
        };
        assert!(told(&["A"]).is_empty() && told(&["B"]).is_empty());
        assert_eq!(told(&["C"]), ["it said [\"C\"]"]);
        assert_eq!((told(&[]).len(), told(&["A", "B"]).len()), (1, 1));
    }

    #[test]
    fn an_error_and_an_untrue_claim_are_told() {
        let mut measured = took(0);
        measured.error = Some("no server".into());
        measured.untrue = vec!["one is two".into()];
        let told = ["it ended: no server", "not true: one is two"];
        assert_eq!(differences(Expected::any_time(), &measured), told);
        let four_eggs = Expected::takes(4.0).says(&["A", "B", "C", "D"]);
        assert_eq!(differences(four_eggs, &measured), told);
    }
}
