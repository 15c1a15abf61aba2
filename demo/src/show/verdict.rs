//! The verdict: a part beside what was expected of it, in a table.
//!
//! Next: `../words.rs`, times and counts in words.

use std::collections::HashSet;
use std::time::Duration;

use crate::by::By;
use crate::deck::expected::Measured;
use crate::deck::seen::Claim;
use crate::deck::slide::{Part, Slide};
use crate::show::style::{BAD, BOLD, DIM, GOOD, paint};
use crate::words::{count, pad, plural, printable, short};

/// The columns of the table.
const SLUG: usize = 14;
const PART: usize = 19;
const EXPECTED: usize = 5;
const ORDER: usize = 9;

/// How a part went.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Of which slide.
    pub slide: &'static Slide,
    /// Which part.
    pub part: &'static Part,
    /// Whose machine ran, where there are two.
    pub by: Option<By>,
    /// What was measured.
    pub measured: Measured,
    /// In what it differs from what was expected.
    pub differences: Vec<String>,
}

impl Verdict {
    /// Slug, part, and whose machine: `join-right, joined (async)`.
    #[must_use]
    pub fn name(&self) -> String {
        let by = self.by.filter(|by| *by == By::Async);
        let by = by.map_or(String::new(), |by| format!(" ({})", by.word()));
        format!("{}, {}{by}", self.slide.slug, self.part.name)
    }

    /// In a line or two: what one sees after the part.
    #[must_use]
    pub fn words(&self) -> String {
        let time = short(self.measured.time);
        let expected = self.part.expected.time_words();
        let pan = self
            .measured
            .in_pan
            .map(|most| format!(", at most {} in the pan", count(most)));
        let facts =
            format!("{time}, expected {expected}{}", pan.unwrap_or_default());
        if self.differences.is_empty() {
            return format!("  {}  {facts}\n", paint(GOOD, "as expected"));
        }
        let differ = self.differences.iter();
        let lines = differ.map(|it| format!("    {}\n", printable(it, 200)));
        let lines: String = lines.collect();
        format!("  {}  {facts}\n{lines}", paint(BAD, "not as expected"))
    }

    fn row(&self) -> String {
        let well = self.differences.is_empty();
        let verdict =
            if well { paint(GOOD, "ok") } else { paint(BAD, "differs") };
        let by = match self.by {
            Some(By::Async) => paint(DIM, " async"),
            _ => String::new(),
        };
        format!(
            "  {}  {}  {}  {:>8}  {:>3}  {}  {verdict}{by}\n",
            pad(self.slide.slug, SLUG),
            pad(self.part.name, PART),
            pad(&self.part.expected.time_words(), EXPECTED),
            short(self.measured.time),
            self.pan_words(),
            pad(&self.order_words(), ORDER),
        )
    }

    fn pan_words(&self) -> String {
        self.measured.in_pan.map_or("–".to_owned(), count)
    }

    /// What it said, if that is short; else how much.
    fn order_words(&self) -> String {
        let lines = &self.measured.lines;
        let words = lines.join(" ");
        match words.chars().count() {
            0 => "–".to_owned(),
            1..=ORDER => printable(&words, ORDER),
            _ => plural(lines.len() as u64, "line"),
        }
    }
}

/// What a part claimed, a line for each different claim.
#[must_use]
pub fn claim_words(claims: &[Claim]) -> String {
    let mut texts: Vec<&str> =
        claims.iter().map(|claim| claim.text.as_str()).collect();
    let mut told = HashSet::new();
    texts.retain(|text| told.insert(*text));
    let line = |text: &&str| {
        let mut same = claims.iter().filter(|it| it.text == **text);
        let holds = same.all(|it| it.holds);
        let (mark, style) = if holds { ("✓", GOOD) } else { ("✗", BAD) };
        format!("  {}  {text}\n", paint(style, &format!("{mark:>9}")))
    };
    texts.iter().map(line).collect::<Vec<_>>().concat()
}

/// A row for each, and then what differs.
#[must_use]
pub fn table(verdicts: &[&Verdict], time: Duration) -> String {
    let header = format!(
        "\n  {}  {}  {}  {:>8}  {:>3}  {}  verdict\n",
        pad("slide", SLUG),
        pad("program", PART),
        pad("takes", EXPECTED),
        "measured",
        "pan",
        pad("said", ORDER),
    );
    let rows: String = verdicts.iter().map(|it| it.row()).collect();
    let differ = verdicts.iter().filter(|it| !it.differences.is_empty());
    let differ: Vec<_> = differ.collect();
    let details: String = differ.iter().map(|it| details(it)).collect();
    let total = totals(verdicts.len(), differ.len(), time);
    format!("{}{rows}{details}\n  {total}\n", paint(DIM, &header))
}

fn details(verdict: &Verdict) -> String {
    let differences = verdict.differences.iter();
    let lines = differences.map(|it| format!("    {}\n", printable(it, 400)));
    let name = paint(BAD, &verdict.name());
    format!("\n  {name}\n{}", lines.collect::<String>())
}

fn totals(all: usize, differ: usize, time: Duration) -> String {
    let programs = plural(all as u64, "program");
    let time = short(time);
    if differ == 0 {
        let words = format!("{programs} in {time}, all as expected.");
        return paint(BOLD, &words);
    }
    let words = format!("{programs} in {time}, {differ} not as expected.");
    paint(BAD, &words)
}
