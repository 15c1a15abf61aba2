//! Interleaved rounds, and what they come to.
//!
//! The machine's speed changes while we measure: other programs run, the
//! clock rate moves. So all runtimes run in turn, one round each, in an order
//! that is reversed every time; and what is compared is the ratio within a
//! round. Medians and quartiles leave out the rounds that somebody disturbed.
//!
//! Next: `table.rs`, how it is told.

use crate::case::{Case, Round, nanos_each};

/// One runtime's figures in one case.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Which runtime.
    pub runtime: &'static str,
    /// Nanoseconds per operation: the median.
    pub nanos: f64,
    /// How often as long as the first runtime it took; none for the first.
    pub ratio: Option<Ratio>,
}

/// How often as long it took as something else did.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// A quarter of the rounds lie below.
    pub low: f64,
    /// Half of the rounds lie below.
    pub median: f64,
    /// A quarter of the rounds lie above.
    pub high: f64,
}

impl Ratio {
    /// What can be said with this spread, seen from the first runtime.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self {
            Ratio { low, .. } if *low > 1.0 => "win",
            Ratio { high, .. } if *high < 1.0 => "loss",
            _ => "even",
        }
    }
}

/// One case on every runtime that has it.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the case belongs to.
    pub group: &'static str,
    /// The case.
    pub name: &'static str,
    /// Operations in a round.
    pub operations: u64,
    /// The first is compared with each of the others.
    pub figures: Vec<Figures>,
}

/// Runs a case on each of these runtimes, in turn.
#[must_use]
pub fn compare(
    entrants: &[(&'static str, &Case)],
    operations: u64,
    rounds: usize,
) -> Line {
    let mut runs: Vec<Round> =
        entrants.iter().map(|(_, case)| (case.start)(operations)).collect();
    for run in &mut runs {
        run(); // warm-up
    }
    let mut nanos = vec![Vec::new(); runs.len()];
    for round in 0..rounds {
        for entrant in order(runs.len(), round) {
            let took = runs[entrant]();
            nanos[entrant].push(nanos_each(took, operations));
        }
    }
    let figures = entrants.iter().zip(&nanos).enumerate();
    let figures = figures.map(|(place, ((runtime, _), own))| Figures {
        runtime,
        nanos: quantile(own, 0.5),
        ratio: (place > 0).then(|| ratio(own, &nanos[0])),
    });
    let Case { group, name, .. } = *entrants[0].1;
    Line { group, name, operations, figures: figures.collect() }
}

fn order(entrants: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entrants).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

fn ratio(theirs: &[f64], ours: &[f64]) -> Ratio {
    let rounds = theirs.iter().zip(ours);
    let ratios: Vec<f64> = rounds.map(|(theirs, ours)| theirs / ours).collect();
    Ratio {
        low: quantile(&ratios, 0.25),
        median: quantile(&ratios, 0.5),
        high: quantile(&ratios, 0.75),
    }
}

/// Between the two values that lie nearest, if it falls between.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * (sorted.len() - 1) as f64;
    #[allow(clippy::cast_sign_loss)] // `part` lies between 0 and 1
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let share = place.fract();
    sorted[below] * (1.0 - share) + sorted[above] * share
}
