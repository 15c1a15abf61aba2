//! The picture: a bar per egg, its states drawn differently, over one axis;
//! and below them what the cook did.
//!
//! A state that lasts a hundred microseconds is narrower than a column, but it
//! is what people came to see: every state gets at least one.
//!
//! Next: `full_pan.rs`, the picture of very many eggs.

use std::fmt::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::show::axis::Axis;
use crate::show::full_pan::draw_full_pan;
use crate::show::history::{
    CookHistory, EggHistory, History, Nanos, Stay, nanos,
};
use crate::show::style::{BAD, BOLD, DIM, GOOD, paint};
use crate::words::{count, pad, printable, short, width};

/// More eggs than this and only the first and the last are drawn.
const MOST_ROWS: usize = 16;

/// The longest name that is drawn in full.
const MOST_NAME: usize = 16;

/// Room for the time at the right end of a row.
const TIME: usize = 9;

/// The columns of the terminal, or 80.
#[must_use]
pub fn columns() -> usize {
    let size = terminal_size::terminal_size();
    size.map_or(80, |(columns, _)| usize::from(columns.0))
}

/// How a state is drawn: by colour and, where there is none, by shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Look {
    shape: char,
    style: Style,
}

const fn look(shape: char, color: AnsiColor) -> Look {
    Look { shape, style: color.on_default() }
}

/// The looks of an egg's own states, and of all others in the order in which
/// they are seen.
const CONNECTING: Look = look('░', AnsiColor::Magenta);
const WRITING: Look = look('▒', AnsiColor::Cyan);
const READING: Look = look('▆', AnsiColor::Green);
const OTHERS: [Look; 6] = [
    look('▄', AnsiColor::Yellow),
    look('▀', AnsiColor::Blue),
    look('▚', AnsiColor::Cyan),
    look('▞', AnsiColor::Magenta),
    look('▓', AnsiColor::Yellow),
    look('▖', AnsiColor::Blue),
];

/// The name of `state` in its colour, `columns` wide.
#[must_use]
pub fn paint_state(state: &str, columns: usize) -> String {
    let style = match state {
        "Start" | "Done" => BOLD,
        "Connecting" => CONNECTING.style,
        "Writing" => WRITING.style,
        _ => READING.style,
    };
    paint(style, &pad(state, columns))
}

/// The states of a picture, and how each is drawn.
struct Legend {
    looks: Vec<(&'static str, Look)>,
    has_cook: bool,
}

impl Legend {
    fn new(run: &History) -> Legend {
        let has_cook = !run.cooks.is_empty();
        let mut legend = Legend { looks: Vec::new(), has_cook };
        let mut others = OTHERS.iter().cycle();
        for stay in run.eggs.iter().flat_map(drawn) {
            if legend.looks.iter().any(|(state, _)| *state == stay.state) {
                continue;
            }
            let look = match stay.state {
                "Connecting" => CONNECTING,
                "Writing" => WRITING,
                "Reading" | "Pending" | "Open" => READING,
                _ => *others.next().expect("a cycle"),
            };
            legend.looks.push((stay.state, look));
        }
        legend
    }

    fn look(&self, state: &str) -> Look {
        let found = self.looks.iter().find(|(name, _)| *name == state);
        found.map_or(READING, |(_, look)| *look)
    }

    /// All of them, in as many lines as they take.
    fn draw(&self, columns: usize) -> String {
        let states = self.looks.iter().map(|(state, look)| {
            (look.shape.to_string(), look.style, (*state).to_owned())
        });
        let cook = [("┃", BOLD, "cook polls"), ("·", DIM, "sleeps")];
        let cook = cook.into_iter().filter(|_| self.has_cook);
        let cook = cook.map(|(shape, style, words)| {
            (shape.to_owned(), style, words.to_owned())
        });
        let (mut text, mut used) = (String::new(), columns);
        for (shape, style, words) in states.chain(cook) {
            let size = 4 + width(&words);
            if used + size > columns {
                text += "\n";
                used = 0;
            }
            let _ = write!(text, "  {} {words}", paint(style, &shape));
            used += size;
        }
        text + "\n"
    }
}

/// Draws `run`: rows for a few eggs, the pan's filling for many.
#[must_use]
pub fn draw(run: &History, columns: usize) -> String {
    let columns = columns.clamp(60, 120);
    let recorded = run.eggs.iter().any(|egg| !egg.states.is_empty());
    if recorded || run.eggs.len() <= MOST_ROWS {
        draw_rows(run, columns)
    } else {
        draw_full_pan(run, columns)
    }
}

/// Where the columns of the picture are.
pub struct Layout {
    /// Room for a name.
    pub name: usize,
    /// From times to columns.
    pub axis: Axis,
}

impl Layout {
    /// Room for names so wide; `axis` gets the columns for the bars.
    #[must_use]
    pub fn new(
        name: usize,
        columns: usize,
        axis: impl FnOnce(usize) -> Axis,
    ) -> Layout {
        let bar = columns - 2 - name - 2 - 1 - TIME;
        Layout { name, axis: axis(bar) }
    }

    /// A row: a name, whatever is drawn, a time.
    #[must_use]
    pub fn row(
        &self,
        style: Style,
        name: &str,
        bar: &str,
        time: &str,
    ) -> String {
        let name = paint(style, &pad(name, self.name));
        let line = format!("  {name}  {bar} {time:>TIME$}");
        format!("{}\n", line.trim_end())
    }

    /// The times, and a ruler below them.
    #[must_use]
    pub fn draw_axis(&self) -> String {
        let (labels, ruler) = (self.axis.labels(), self.axis.ruler());
        self.row(DIM, "", &paint(DIM, &labels), "")
            + &self.row(DIM, "", &paint(DIM, &ruler), "")
    }
}

/// The cells of one row.
struct Cells {
    cells: Vec<(char, Style)>,
}

impl Cells {
    fn empty(layout: &Layout) -> Cells {
        Cells { cells: vec![(' ', Style::new()); layout.axis.columns()] }
    }

    fn fill(&mut self, from: usize, to: usize, shape: char, style: Style) {
        let to = to.min(self.cells.len());
        if from < to {
            self.cells[from..to].fill((shape, style));
        }
    }

    /// Cells that go on over a cut show it.
    fn cut(&mut self, layout: &Layout) {
        for column in layout.axis.cuts() {
            if self.cells[column].0 != ' ' {
                self.cells[column] = ('/', DIM);
            }
        }
    }

    fn paint(&self) -> String {
        let runs = self.cells.chunk_by(|a, b| a.1 == b.1);
        let runs = runs.map(|cells| {
            let text: String = cells.iter().map(|cell| cell.0).collect();
            paint(cells[0].1, &text)
        });
        runs.collect()
    }
}

/// Draws a bar for each egg, or for the first and the last of them.
fn draw_rows(run: &History, columns: usize) -> String {
    let names = run.eggs.iter().map(|egg| width(&shown_name(egg)));
    let names =
        names.chain(run.cooks.iter().map(|it| width(&cook_name(run, it))));
    let name = names.max().unwrap_or(0).max("queue".len());
    let total = nanos(run.total);
    let layout =
        Layout::new(name, columns, |bar| Axis::cut(moments(run), total, bar));
    let legend = Legend::new(run);
    let mut text = layout.draw_axis();
    let (first, skipped, last) = sample_rows(&run.eggs);
    let bar = |egg| draw_egg(egg, &layout, &legend);
    text.extend(first.iter().map(bar));
    if skipped > 0 {
        let more = format!("({} more)", count(skipped as u64));
        text += &layout.row(DIM, "⋮", &paint(DIM, &more), "");
    }
    text.extend(last.iter().map(bar));
    text += &draw_cooks(run, &layout);
    text + &legend.draw(columns)
}

/// Whenever something happened.
fn moments(run: &History) -> Vec<Nanos> {
    let stays = run.eggs.iter().flat_map(|egg| &egg.states);
    let stays = stays.map(|stay| stay.span);
    let polls = run.cooks.iter().flat_map(|cook| &cook.polls);
    let polls = polls.map(|poll| poll.span);
    let pan = run.pan.iter().map(|(at, _)| *at);
    let ends = stays.chain(polls).flat_map(|it| [it.begin, it.end]);
    let total = nanos(run.total);
    ends.chain(pan).filter(|at| *at <= total).collect()
}

fn shown_name(egg: &EggHistory) -> String {
    printable(&egg.name, MOST_NAME)
}

/// The eggs at both ends, and how many are left out between them.
fn sample_rows(eggs: &[EggHistory]) -> (&[EggHistory], usize, &[EggHistory]) {
    if eggs.len() <= MOST_ROWS {
        return (eggs, 0, &[]);
    }
    let half = MOST_ROWS / 2;
    let last = eggs.len() - half;
    (&eggs[..half], last - half, &eggs[last..])
}

fn draw_egg(egg: &EggHistory, layout: &Layout, legend: &Legend) -> String {
    let columns = layout.axis.columns();
    let mut cells = Cells::empty(layout);
    let mut at = layout.axis.column(egg.span.begin);
    let stays = drawn(egg).count();
    for (index, stay) in drawn(egg).enumerate() {
        let left = stays - index - 1;
        let end = layout.axis.column(stay.span.end).max(at + 1);
        let end = end.min(columns - left.min(columns));
        let Look { shape, style } = legend.look(stay.state);
        cells.fill(at, end, shape, style);
        at = end.max(at);
    }
    cells.cut(layout);
    if egg.result.is_err() {
        cells.fill(at, at + 1, '✗', BAD);
    }
    let time = short(Duration::from_nanos(egg.span.length()));
    let style = if egg.result.is_ok() { BOLD } else { BAD };
    layout.row(style, &shown_name(egg), &cells.paint(), &time)
}

/// The states with a bar: `Start` and `Done` take no time.
fn drawn(egg: &EggHistory) -> impl Iterator<Item = &Stay> {
    let moments = ["Start", "Moving", "Done"];
    egg.states.iter().filter(move |stay| !moments.contains(&stay.state))
}

/// A row for each cook; if there is only one, and its steps were recorded,
/// what else is known of it.
fn draw_cooks(run: &History, layout: &Layout) -> String {
    let cooks = run.cooks.iter();
    let mut text: String =
        cooks.map(|cook| draw_polls(run, cook, layout)).collect();
    if let [cook] = &run.cooks[..] {
        text += &draw_counts("queue", highest(&cook.queue, layout), layout);
        text += &draw_counts("turns", turns_ended(cook, layout), layout);
    }
    if !run.pan.is_empty() {
        text += &draw_counts("pan", highest(&run.pan, layout), layout);
    }
    if let [cook] = &run.cooks[..] {
        text += &draw_steps(cook, layout);
    }
    text
}

fn cook_name(run: &History, cook: &CookHistory) -> String {
    match &run.cooks[..] {
        [_] => "cook".to_owned(),
        _ => printable(&cook.name, MOST_NAME),
    }
}

/// Where there was something to do.
fn draw_polls(run: &History, cook: &CookHistory, layout: &Layout) -> String {
    let mut cells = Cells::empty(layout);
    cells.fill(0, layout.axis.columns(), '·', DIM);
    for poll in &cook.polls {
        let from = layout.axis.column(poll.span.begin);
        let to = layout.axis.column(poll.span.end);
        cells.fill(from, to + 1, '┃', BOLD);
    }
    cells.cut(layout);
    let name = cook_name(run, cook);
    layout.row(DIM, &name, &cells.paint(), &short(cook.busy()))
}

/// A row of digits; the most of them at its end.
fn draw_counts(name: &str, counts: Vec<u64>, layout: &Layout) -> String {
    let most = counts.iter().max().copied().unwrap_or(0);
    let mut cells = Cells::empty(layout);
    for (column, count) in counts.into_iter().enumerate() {
        let (shape, style) = match count {
            0 => ('·', DIM),
            1..=9 => (char::from(b'0' + count as u8), GOOD),
            _ => ('+', GOOD),
        };
        cells.fill(column, column + 1, shape, style);
    }
    cells.cut(layout);
    let most = if name == "turns" {
        String::new()
    } else {
        format!("≤ {}", count(most))
    };
    layout.row(DIM, name, &cells.paint(), &most)
}

/// For each column the highest value in it, of one that stays until it
/// changes.
fn highest(changes: &[(Nanos, u64)], layout: &Layout) -> Vec<u64> {
    let mut counts = vec![0; layout.axis.columns()];
    let (mut column, mut now) = (0, 0);
    for (at, value) in changes {
        let next = layout.axis.column(*at);
        if column < next {
            counts[column + 1..next].fill(now);
            counts[next] = now;
            column = next;
        }
        now = *value;
        counts[column] = counts[column].max(now);
    }
    if column + 1 < counts.len() {
        counts[column + 1..].fill(now);
    }
    counts
}

fn turns_ended(cook: &CookHistory, layout: &Layout) -> Vec<u64> {
    let mut counts = vec![0; layout.axis.columns()];
    for turn in &cook.turns {
        counts[layout.axis.column(turn.end)] += 1;
    }
    counts
}

/// The first step of each segment: where to look in the list of `--steps`.
fn draw_steps(cook: &CookHistory, layout: &Layout) -> String {
    let mut text = String::new();
    for (at, column) in layout.axis.begins() {
        let step = cook.steps.partition_point(|step| *step < at) + 1;
        if step <= cook.steps.len()
            && (text.is_empty() || width(&text) < column)
        {
            text = pad(&text, column) + &count(step as u64);
        }
    }
    layout.row(DIM, "step", &paint(DIM, &text), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egg::FryError;
    use crate::show::history::sample;

    fn plain(run: &History, columns: usize) -> String {
        anstream::adapter::strip_str(&draw(run, columns)).to_string()
    }

    /// Compares with a file; `EGGS_BLESS=1` writes it anew.
    #[track_caller]
    fn assert_snapshot(name: &str, text: &str) {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/show/snapshots/");
        let file = format!("{folder}{name}.txt");
        if std::env::var_os("EGGS_BLESS").is_some() {
            std::fs::write(&file, text).expect("written");
        }
        assert_eq!(text, std::fs::read_to_string(&file).expect(&file));
    }

    #[test]
    fn four_eggs_in_60_80_and_120_columns() {
        for columns in [60, 80, 120] {
            let picture = plain(&sample::four_eggs(), columns);
            assert_snapshot(&format!("four_eggs_{columns}"), &picture);
        }
    }

    #[test]
    fn eggs_one_after_another_in_60_80_and_120_columns() {
        for columns in [60, 80, 120] {
            let picture = plain(&sample::one_after_another(), columns);
            assert_snapshot(&format!("one_by_one_{columns}"), &picture);
        }
    }

    #[test]
    fn it_adapts_between_60_and_120_columns() {
        for (columns, widest) in [(10, 60), (60, 60), (100, 100), (500, 120)] {
            let picture = plain(&sample::four_eggs(), columns);
            let bars = picture.lines().filter(|line| line.contains("▆/"));
            for line in bars {
                assert_eq!(width(line), widest, "{line}");
            }
            assert!(picture.lines().all(|line| width(line) <= widest));
        }
    }

    #[test]
    fn every_state_is_seen_however_short() {
        let picture = plain(&sample::four_eggs(), 60);
        for name in ["A", "B", "C", "D"] {
            let row =
                picture.lines().find(|line| line.trim().starts_with(name));
            let row = row.expect("a row per egg");
            assert!(row.contains('░') && row.contains('▒'), "{row}");
        }
    }

    #[test]
    fn a_burnt_egg_is_marked() {
        let mut run = sample::four_eggs();
        let server = "127.0.0.1:1".parse().unwrap();
        run.eggs[1].fail(&FryError::Lost("gone".into()), server);
        run.eggs[1].states.truncate(1);
        run.eggs[1].states[0].span.end = 1_000_000_000;
        let picture = plain(&run, 80);
        assert!(picture.contains("░//✗"), "{picture}");
    }

    #[test]
    fn names_in_any_script_stay_aligned() {
        let mut run = sample::four_eggs();
        run.eggs[0].name = "卵".into();
        run.eggs[1].name = "a\x1b[2J".into();
        run.eggs[2].name = "an egg with a very long name".into();
        let picture = plain(&run, 80);
        let rows = picture.lines().filter(|line| line.contains("▆//"));
        let widths: Vec<usize> = rows.map(width).collect();
        assert_eq!(widths, [80; 4], "{picture}");
    }

    #[test]
    fn of_many_rows_the_first_and_the_last_are_drawn() {
        let mut run = sample::four_eggs();
        run.eggs = vec![run.eggs; 10].concat();
        let picture = plain(&run, 80);
        assert!(picture.contains("(24 more)"), "{picture}");
        let (axis, cook, legend) = (2, 5, 2);
        assert_eq!(picture.lines().count(), axis + 16 + 1 + cook + legend);
    }

    #[test]
    fn ten_thousand_eggs_are_drawn_as_a_full_pan() {
        let picture = plain(&sample::many(10_000), 80);
        assert_snapshot("many_eggs_80", &picture);
    }

    #[test]
    fn nothing_at_all_can_be_drawn() {
        assert!(!plain(&History::default(), 80).is_empty());
    }
}
