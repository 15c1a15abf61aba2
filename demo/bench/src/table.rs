//! How the results are told on a terminal.

use crate::case::Memory;
use crate::rounds::{Figures, Line};

/// Says how one case went.
pub fn print_line(line: &Line) {
    println!("{}", line.name);
    for figures in &line.figures {
        println!("{}", row(figures));
    }
    println!();
}

fn row(figures: &Figures) -> String {
    let Figures { runtime, nanos, ratio } = figures;
    let mut row = format!("  {runtime:<20} {nanos:>10.1} ns/op");
    if let Some(ratio) = ratio {
        let (low, high) = (ratio.low, ratio.high);
        let spread =
            format!("{:>6.2} x  ({low:.2} .. {high:.2})", ratio.median);
        row = format!("{row} {spread}");
        if runtime.starts_with("tokio") {
            row = format!("{row:<64} {}", ratio.verdict());
        }
    }
    row
}

/// The geometric mean over all cases, against the fastest tokio in each.
pub fn print_summary(lines: &[Line]) {
    let best: Vec<f64> = lines.iter().filter_map(best_ratio).collect();
    if best.is_empty() {
        return;
    }
    let sum: f64 = best.iter().map(|ratio| ratio.ln()).sum();
    let mean = (sum / best.len() as f64).exp();
    println!(
        "against the fastest way to run tokio in each of {} cases: {mean:.2} x",
        best.len()
    );
}

/// How often as long as ours the fastest tokio took.
#[must_use]
pub fn best_ratio(line: &Line) -> Option<f64> {
    let tokio =
        line.figures.iter().filter(|it| it.runtime.starts_with("tokio"));
    let ratios = tokio.filter_map(|figures| Some(figures.ratio?.median));
    ratios.min_by(f64::total_cmp)
}

/// Says what the memory of one case came to on one runtime.
pub fn print_memory(runtime: &str, memory: &Memory) {
    let Memory { count, future, bytes, peak, calls } = *memory;
    let per_one = |bytes: usize| bytes as f64 / count as f64;
    let (bytes, peak) = (per_one(bytes), per_one(peak));
    let overhead = bytes - future as f64;
    print!("  {runtime:<20} {bytes:>7.1} bytes each, ");
    if future > 0 {
        print!("{overhead:>6.1} beside its future, ");
    }
    println!("peak {peak:>6.1}, {:>5.3} calls", per_one(calls));
}
