//! The axis of the picture: from times to columns.
//!
//! Polls take microseconds and eggs take seconds, so that on one scale the
//! polls would vanish. Where nothing happens for long, the axis is cut: `//`.
//! What is left are segments, each with a scale of its own.
//!
//! Next: `timeline.rs`, what is drawn over it.

// Nothing here is finer than a column.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]

use std::time::Duration;

use crate::show::history::{Nanos, Span};
use crate::words::{pad, short, width};

/// A cut, in columns: `//`.
const CUT: usize = 2;

/// A segment has at least so many columns.
const LEAST: usize = 5;

/// A gap is cut out if it is this share of the whole, ...
const SHARE: Nanos = 40;

/// ... and no shorter than this.
const SHORTEST: Nanos = 2_000_000;

/// From times to columns.
#[derive(Debug)]
pub struct Axis {
    columns: usize,
    segments: Vec<Segment>,
}

/// A piece between two cuts.
#[derive(Clone, Copy, Debug)]
struct Segment {
    span: Span,
    first: usize,
    columns: usize,
}

impl Axis {
    /// An axis without cuts.
    #[must_use]
    pub fn whole(total: Nanos, columns: usize) -> Axis {
        Axis::of(&[Span { begin: 0, end: total.max(1) }], columns)
    }

    /// An axis that is cut wherever there is no moment for long. Where it
    /// would be cut to pieces, the longest gaps count.
    #[must_use]
    pub fn cut(mut moments: Vec<Nanos>, total: Nanos, columns: usize) -> Axis {
        moments.extend([0, total.max(1)]);
        moments.sort_unstable();
        let most = columns / (2 * (LEAST + CUT)).max(1);
        Axis::of(&pieces(&moments, total, most), columns)
    }

    fn of(pieces: &[Span], columns: usize) -> Axis {
        let room = columns - CUT * (pieces.len() - 1);
        let shares = share_out(room, pieces);
        let mut first = 0;
        let segments = pieces.iter().zip(shares).map(|(span, columns)| {
            let segment = Segment { span: *span, first, columns };
            first += columns + CUT;
            segment
        });
        Axis { columns, segments: segments.collect() }
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The column where `at` is.
    #[must_use]
    pub fn column(&self, at: Nanos) -> usize {
        let after = self.segments.partition_point(|it| it.span.begin <= at);
        self.segments[after.saturating_sub(1)].column(at)
    }

    /// The columns of the cuts.
    pub fn cuts(&self) -> impl Iterator<Item = usize> {
        let before = self.segments.iter().skip(1);
        before.flat_map(|it| it.first - CUT..it.first)
    }

    /// Where each segment begins: a time, and its column.
    pub fn begins(&self) -> impl Iterator<Item = (Nanos, usize)> {
        self.segments.iter().map(|it| (it.span.begin, it.first))
    }

    /// The times, where there is room for them.
    #[must_use]
    pub fn labels(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            let label = time_words(segment.span.begin);
            place(&mut text, segment.first, &label);
            let label = end_words(segment.span);
            let end = segment.first + segment.columns;
            let column = end.saturating_sub(width(&label));
            if column > segment.first && segment.span.length() > 0 {
                place(&mut text, column, &label);
            }
        }
        text
    }

    /// The line below the times.
    #[must_use]
    pub fn ruler(&self) -> String {
        let mut cells = vec!['─'; self.columns];
        for segment in &self.segments {
            cells[segment.first] = '├';
            cells[segment.first + segment.columns - 1] = '┤';
        }
        for column in self.cuts() {
            cells[column] = '/';
        }
        cells.into_iter().collect()
    }
}

impl Segment {
    fn column(&self, at: Nanos) -> usize {
        let length = self.span.length().max(1) as f64;
        let since = at.saturating_sub(self.span.begin) as f64;
        let last = self.columns - 1;
        self.first
            + ((since / length) * last as f64).round().min(last as f64) as usize
    }
}

/// What is left of the time between the first and the last moment when the
/// longest gaps are cut out, at most so many.
fn pieces(moments: &[Nanos], total: Nanos, most_cuts: usize) -> Vec<Span> {
    let shortest = (total / SHARE).max(SHORTEST);
    let gaps = moments.windows(2).map(|it| Span { begin: it[0], end: it[1] });
    let mut gaps: Vec<Span> =
        gaps.filter(|gap| gap.length() > shortest).collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.length()));
    gaps.truncate(most_cuts);
    gaps.sort_by_key(|gap| gap.begin);
    let mut pieces = Vec::new();
    let mut begin = moments[0];
    for gap in gaps {
        pieces.push(Span { begin, end: gap.begin });
        begin = gap.end;
    }
    let end = moments[moments.len() - 1];
    pieces.push(Span { begin, end });
    pieces
}

/// Columns for each piece: longer ones get more, but not much more, since
/// what happens in the short ones is what people look for.
fn share_out(room: usize, pieces: &[Span]) -> Vec<usize> {
    let weight = |span: &Span| 1.0 + (1.0 + span.length() as f64 / 1e3).ln();
    let all: f64 = pieces.iter().map(weight).sum();
    let spare = (room - LEAST * pieces.len()) as f64;
    let share = |span| LEAST + (spare * weight(span) / all) as usize;
    let mut shares: Vec<usize> = pieces.iter().map(share).collect();
    let given: usize = shares.iter().sum();
    shares[0] += room - given; // what rounding left over
    shares
}

fn time_words(at: Nanos) -> String {
    match at {
        0 => "0".to_owned(),
        at => short(Duration::from_nanos(at)),
    }
}

/// The end of a segment: by itself, or as so much later than its beginning.
fn end_words(span: Span) -> String {
    let length = short(Duration::from_nanos(span.length()));
    if span.begin == 0 { length } else { format!("+{length}") }
}

/// Puts `label` at `column`, if there is room behind what stands there.
fn place(text: &mut String, column: usize, label: &str) {
    let taken = width(text);
    if taken == 0 || taken < column {
        *text = pad(text, column) + label;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICRO: Nanos = 1_000;
    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn without_cuts_columns_follow_the_time() {
        let axis = Axis::whole(100, 101);
        assert_eq!(
            [0, 50, 100, 999].map(|at| axis.column(at)),
            [0, 50, 100, 100]
        );
        assert_eq!(axis.cuts().count(), 0);
    }

    #[test]
    fn a_long_gap_is_cut_out_and_both_sides_get_a_scale() {
        let end = 2 * SECOND + 300 * MICRO;
        let moments = vec![0, 400 * MICRO, 2 * SECOND, end];
        let axis = Axis::cut(moments, end, 62);
        assert_eq!(axis.cuts().count(), CUT);
        let cut = axis.cuts().next().unwrap();
        assert_eq!(axis.column(400 * MICRO), cut - 1);
        assert_eq!(axis.column(2 * SECOND), cut + CUT);
        assert_eq!(axis.column(end), 61);
        assert!(axis.column(200 * MICRO) > 10);
        let (labels, ruler) = (axis.labels(), axis.ruler());
        assert!(labels.starts_with('0') && labels.ends_with("+300 µs"));
        assert!(ruler.contains("┤//├"), "{ruler}");
        assert_eq!(width(&ruler), 62);
    }

    #[test]
    fn many_gaps_do_not_cut_it_to_pieces() {
        let moments: Vec<Nanos> = (0..1_000).map(|it| it * SECOND).collect();
        let axis = Axis::cut(moments, 1_000 * SECOND, 60);
        assert_eq!(axis.cuts().count(), 0, "no gap is long by comparison");
        let moments: Vec<Nanos> = (0..20).map(|it| it * SECOND).collect();
        let axis = Axis::cut(moments, 20 * SECOND, 60);
        assert!(axis.cuts().count() <= 2 * 4);
        assert_eq!(width(&axis.ruler()), 60);
    }

    #[test]
    fn nothing_at_all_has_an_axis() {
        let axis = Axis::cut(Vec::new(), 0, 60);
        assert_eq!(axis.column(0), 0);
        assert_eq!(width(&axis.ruler()), 60);
    }
}
