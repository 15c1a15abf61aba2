//! The picture of very many eggs: how full the pan was.
//!
//! Next: `chrome.rs`, the same for a trace viewer.

// Nothing here is finer than an eighth of a character.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]

use std::time::Duration;

use crate::show::axis::Axis;
use crate::show::history::{History, Nanos, nanos};
use crate::show::style::{BOLD, GOOD, paint};
use crate::show::timeline::Layout;
use crate::words::{count, short, width};

/// Rows of the picture.
const PAN_ROWS: usize = 4;

/// Draws how many eggs were in the pan, for more eggs than there is room.
#[must_use]
pub fn draw_full_pan(run: &History, columns: usize) -> String {
    let most = count(run.eggs.len() as u64);
    let total = nanos(run.total);
    let name = width(&most).max(4);
    let layout = Layout::new(name, columns, |bar| Axis::whole(total, bar));
    let filling = pan_filling(run, &layout);
    let mut text = layout.draw_axis();
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
    let columns = layout.axis.columns();
    let mut change = vec![0_i64; columns + 1];
    for egg in &run.eggs {
        let begin = layout.axis.column(egg.span.begin);
        change[begin] += 1;
        change[layout.axis.column(egg.span.end).max(begin) + 1] -= 1;
    }
    let mut now = 0;
    let sums = change[..columns].iter().map(|change| {
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
