//! The picture: a bar per egg, its states drawn differently, over one axis.
//!
//! A state that lasts a hundred microseconds is narrower than a column, but it
//! is what people came to see: every state gets at least one.
//!
//! Next: `chrome.rs`, the same for a trace viewer.

// Nothing here is finer than an eighth of a character.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]

use std::fmt::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::history::{EggHistory, History, Nanos, Stay};
use crate::style::{BAD, BOLD, DIM, GOOD, paint};
use crate::words::{count, pad, printable, short, width};

/// More eggs than this and only the first and the last are drawn.
const MOST_ROWS: usize = 16;

/// The longest name that is drawn in full.
const MOST_NAME: usize = 16;

/// Room for the time at the right end of a row.
const TIME: usize = 9;

/// Rows of the picture of a full pan.
const PAN_ROWS: usize = 4;

/// The columns of the terminal, or 80.
#[must_use]
pub fn columns() -> usize {
    let size = terminal_size::terminal_size();
    size.map_or(80, |(columns, _)| usize::from(columns.0))
}

/// How a state is drawn: by colour and, where there is none, by shape.
#[derive(Clone, Copy)]
pub struct Look {
    shape: char,
    style: Style,
}

const fn look(shape: char, color: AnsiColor) -> Look {
    Look { shape, style: color.on_default() }
}

/// How `state` is drawn.
#[must_use]
pub fn look_of(state: &str) -> Look {
    match state {
        "Connecting" => look('░', AnsiColor::Magenta),
        "Writing" => look('▒', AnsiColor::Cyan),
        _ => look('▆', AnsiColor::Green),
    }
}

/// The name of `state` in its colour, `columns` wide.
#[must_use]
pub fn paint_state(state: &str, columns: usize) -> String {
    let style = match state {
        "Start" | "Done" => BOLD,
        _ => look_of(state).style,
    };
    paint(style, &pad(state, columns))
}

/// Draws `run`: rows for a few eggs, the pan's filling for many.
#[must_use]
pub fn draw(run: &History, columns: usize) -> String {
    let recorded = run.eggs.iter().any(|egg| !egg.states.is_empty());
    if recorded { draw_rows(run, columns) } else { draw_pan(run, columns) }
}

/// Where the columns of the picture are.
struct Layout {
    name: usize,
    bar: usize,
    total: Nanos,
}

impl Layout {
    fn new(name: usize, columns: usize, total: Duration) -> Layout {
        let columns = columns.clamp(60, 120);
        let bar = columns - 2 - name - 2 - 1 - TIME;
        let total = u64::try_from(total.as_nanos()).unwrap_or(u64::MAX);
        Layout { name, bar, total: total.max(1) }
    }

    /// The column where `at` is, at most one past the last.
    fn column(&self, at: Nanos) -> usize {
        let share = at as f64 / self.total as f64;
        ((share * self.bar as f64).round() as usize).min(self.bar)
    }

    /// A row: a name, whatever is drawn, a time.
    fn row(&self, style: Style, name: &str, bar: &str, time: &str) -> String {
        let name = paint(style, &pad(name, self.name));
        let line = format!("  {name}  {bar} {time:>TIME$}");
        format!("{}\n", line.trim_end())
    }
}

/// Draws a bar for each egg, or for the first and the last of them.
fn draw_rows(run: &History, columns: usize) -> String {
    let names = run.eggs.iter().map(|egg| width(&shown_name(egg)));
    let name = names.max().unwrap_or(0).max("cook".len());
    let layout = Layout::new(name, columns, run.total);
    let mut text = draw_axis(&layout);
    let (first, skipped, last) = sample_rows(&run.eggs);
    text.extend(first.iter().map(|egg| draw_egg(egg, &layout)));
    if skipped > 0 {
        let more = format!("({} more)", count(skipped as u64));
        text += &layout.row(DIM, "⋮", &paint(DIM, &more), "");
    }
    text.extend(last.iter().map(|egg| draw_egg(egg, &layout)));
    text += &draw_cook(run, &layout);
    text + &draw_legend(run)
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

fn draw_egg(egg: &EggHistory, layout: &Layout) -> String {
    let mut bar = " ".repeat(layout.column(egg.span.begin));
    let mut at = bar.len();
    for (index, stay) in drawn(egg).enumerate() {
        let left = drawn(egg).count() - index - 1;
        let end = layout.column(stay.span.end).max(at + 1);
        let end = end.min(layout.bar - left.min(layout.bar));
        let Look { shape, style } = look_of(stay.state);
        let cells = shape.to_string().repeat(end.saturating_sub(at));
        bar += &paint(style, &cells);
        at = end.max(at);
    }
    let mut rest = layout.bar.saturating_sub(at);
    if egg.result.is_err() && rest > 0 {
        bar += &paint(BAD, "✗");
        rest -= 1;
    }
    bar += &" ".repeat(rest);
    let time = short(Duration::from_nanos(egg.span.length()));
    let style = if egg.result.is_ok() { BOLD } else { BAD };
    layout.row(style, &shown_name(egg), &bar, &time)
}

/// The states with a bar: `Start` and `Done` take no time.
fn drawn(egg: &EggHistory) -> impl Iterator<Item = &Stay> {
    let moments = ["Start", "Moving", "Done"];
    egg.states.iter().filter(move |stay| !moments.contains(&stay.state))
}

/// The cook's row: where there was something to do.
fn draw_cook(run: &History, layout: &Layout) -> String {
    let mut busy = vec![false; layout.bar];
    for poll in run.eggs.iter().flat_map(|egg| &egg.polls) {
        let from = layout.column(poll.span.begin).min(layout.bar - 1);
        let to = layout.column(poll.span.end).min(layout.bar - 1);
        busy[from..=to].fill(true);
    }
    let bar = busy.chunk_by(|a, b| a == b).map(|cells| {
        let (style, shape) = if cells[0] { (BOLD, "┃") } else { (DIM, "·") };
        paint(style, &shape.repeat(cells.len()))
    });
    layout.row(DIM, "cook", &bar.collect::<String>(), &short(run.busy()))
}

fn draw_legend(run: &History) -> String {
    let mut text = String::from("\n ");
    let mut seen: Vec<&str> = Vec::new();
    for stay in run.eggs.iter().flat_map(drawn) {
        if !seen.contains(&stay.state) {
            seen.push(stay.state);
        }
    }
    for state in seen {
        let Look { shape, style } = look_of(state);
        let shape = paint(style, &shape.to_string());
        let _ = write!(text, " {shape} {} ", state.to_lowercase());
    }
    let (busy, idle) = (paint(BOLD, "┃"), paint(DIM, "·"));
    text + &format!(" {busy} cook polls  {idle} sleeps\n")
}

/// The times, and a ruler below them.
fn draw_axis(layout: &Layout) -> String {
    let step = tick_step(layout.total, layout.bar);
    let mut labels = String::new();
    let mut ruler: Vec<char> = vec!['─'; layout.bar];
    for at in (0..).map(|tick| tick * step).take_while(|t| *t <= layout.total) {
        let column = layout.column(at).min(layout.bar - 1);
        ruler[column] = '┬';
        labels = pad(&labels, column) + &tick_label(at, layout.total);
    }
    ruler[0] = '├';
    let end = &mut ruler[layout.bar - 1];
    *end = if *end == '┬' { '┤' } else { '╴' };
    let ruler: String = ruler.into_iter().collect();
    let labels = paint(DIM, &labels);
    layout.row(DIM, "", &labels, "")
        + &layout.row(DIM, "", &paint(DIM, &ruler), "")
}

/// A round step (1, 2, 5, 10, ...) with at least 10 columns for each.
fn tick_step(total: Nanos, columns: usize) -> Nanos {
    let least = total / (columns as u64 / 10).max(1);
    let powers = (0..18).map(|power| 10_u64.pow(power));
    let mut steps = powers.flat_map(|ten| [ten, 2 * ten, 5 * ten]);
    steps.find(|step| *step > least).unwrap_or(u64::MAX)
}

/// A tick in the unit that suits `total`: `0.5 s`.
fn tick_label(at: Nanos, total: Nanos) -> String {
    let (unit, name) = match total {
        1_000_000_000.. => (1e9, "s"),
        1_000_000.. => (1e6, "ms"),
        _ => (1e3, "µs"),
    };
    match at {
        0 => "0".to_owned(),
        _ => format!("{} {name}", at as f64 / unit),
    }
}

/// Draws how many eggs were in the pan, for more eggs than there is room.
fn draw_pan(run: &History, columns: usize) -> String {
    let most = count(run.eggs.len() as u64);
    let layout = Layout::new(width(&most).max(4), columns, run.total);
    let filling = pan_filling(run, &layout);
    let mut text = draw_axis(&layout);
    for row in (0..PAN_ROWS).rev() {
        let cells = filling.iter().map(|share| pan_cell(*share, row));
        let bar = paint(GOOD, cells.collect::<String>().trim_end());
        let label = if row == PAN_ROWS - 1 { most.as_str() } else { "" };
        text += &layout.row(BOLD, label, &bar, "");
    }
    text + &draw_finishes(run)
}

/// For each column the share of all eggs that were in the pan then.
fn pan_filling(run: &History, layout: &Layout) -> Vec<f64> {
    let mut change = vec![0_i64; layout.bar + 1];
    for egg in &run.eggs {
        let begin = layout.column(egg.span.begin);
        change[begin] += 1;
        change[layout.column(egg.span.end).max(begin)] -= 1;
    }
    let mut now = 0;
    let sums = change[..layout.bar].iter().map(|change| {
        now += change;
        now as f64 / run.eggs.len() as f64
    });
    sums.collect()
}

/// The part of a column of height `share` that is in `row`, from below.
fn pan_cell(share: f64, row: usize) -> char {
    const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let eighths = (share * PAN_ROWS as f64 - row as f64) * 8.0;
    EIGHTHS[eighths.round().clamp(0.0, 8.0) as usize]
}

/// When the first, the middle and the last egg was done.
fn draw_finishes(run: &History) -> String {
    let mut ends: Vec<Nanos> = run.fried().map(|egg| egg.span.end).collect();
    ends.sort_unstable();
    let (Some(first), Some(last)) = (ends.first(), ends.last()) else {
        return String::new();
    };
    let time = |at: Nanos| short(Duration::from_nanos(at));
    let (first, last) = (time(*first), time(*last));
    let half = time(ends[ends.len() / 2]);
    format!(
        "\n  Eggs in the pan. The first was done at {first}, half of them \
         at {half},\n  the last at {last}.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egg::FryError;
    use crate::history::sample;
    use crate::style::{BAD, BOLD, DIM, GOOD, paint};

    fn plain(run: &History, columns: usize) -> String {
        anstream::adapter::strip_str(&draw(run, columns)).to_string()
    }

    #[test]
    fn four_eggs_in_80_columns() {
        let picture = plain(&sample::four_eggs(), 80);
        assert_eq!(picture, include_str!("snapshots/four_eggs_80.txt"));
    }

    #[test]
    fn it_adapts_between_60_and_120_columns() {
        for (columns, widest) in [(10, 60), (60, 60), (100, 100), (500, 120)] {
            let picture = plain(&sample::four_eggs(), columns);
            let bars = picture.lines().filter(|line| line.contains('▆'));
            let bars = bars.filter(|line| !line.contains("reading"));
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
        assert!(picture.contains("░✗"), "{picture}");
    }

    #[test]
    fn names_in_any_script_stay_aligned() {
        let mut run = sample::four_eggs();
        run.eggs[0].name = "卵".into();
        run.eggs[1].name = "a\x1b[2J".into();
        run.eggs[2].name = "an egg with a very long name".into();
        let picture = plain(&run, 80);
        let starts = picture.lines().filter_map(|line| {
            let at = line.find('░').filter(|_| line.contains('▆'))?;
            (!line.contains("reading")).then(|| width(&line[..at]))
        });
        let starts: Vec<usize> = starts.collect();
        assert_eq!(starts, [20, 20, 20, 20], "{picture}");
    }

    #[test]
    fn of_many_rows_the_first_and_the_last_are_drawn() {
        let mut run = sample::four_eggs();
        run.eggs = vec![run.eggs; 10].concat();
        let picture = plain(&run, 80);
        assert!(picture.contains("(24 more)"), "{picture}");
        assert_eq!(picture.lines().count(), 2 + 16 + 1 + 1 + 2);
    }

    #[test]
    fn ten_thousand_eggs_are_drawn_as_a_full_pan() {
        let picture = plain(&sample::many(10_000), 80);
        assert_eq!(picture, include_str!("snapshots/many_eggs_80.txt"));
    }

    #[test]
    fn nothing_at_all_can_be_drawn() {
        assert!(!plain(&History::default(), 80).is_empty());
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let total = 2_001_000_000;
        assert_eq!(tick_step(total, 60), 500_000_000);
        assert_eq!(tick_label(500_000_000, total), "0.5 s");
        assert_eq!(tick_label(20_000_000, 200_000_000), "20 ms");
        assert_eq!(tick_label(20_000, 200_000), "20 µs");
    }
}
