//! How the results are told on a terminal.

use crate::case::Memory;
use crate::limit;
use crate::rounds::{Figures, Line, Ratio};

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
        if *runtime != limit::NAME {
            row = format!("{row:<64} {}", ratio.verdict());
        }
    }
    row
}

/// What tokio's three ways to run are called in the summary.
const FASTEST_TOKIO: &str = "fastest tokio";

/// For each group of cases and each peer: the geometric mean, and how often
/// we win. Of the three ways to run tokio the fastest counts in each case.
pub fn print_summary(lines: &[Line]) {
    let mut groups: Vec<&str> = Vec::new();
    for line in lines {
        if !groups.contains(&line.group) {
            groups.push(line.group);
        }
    }
    for group in groups {
        let lines = lines.iter().filter(|line| line.group == group);
        print_group(group, &lines.collect::<Vec<_>>());
    }
}

fn print_group(group: &str, lines: &[&Line]) {
    println!("{group}: geometric mean of {} cases", lines.len());
    let mut peers: Vec<&str> = Vec::new();
    for figures in lines.iter().flat_map(|line| &line.figures[1..]) {
        let peer = peer(figures);
        if peer != limit::NAME && !peers.contains(&peer) {
            peers.push(peer);
        }
    }
    for peer in peers {
        let ratios: Vec<Ratio> =
            lines.iter().filter_map(|line| fastest(peer, line)).collect();
        println!("{}", summary(peer, &ratios));
    }
    println!();
}

fn summary(peer: &str, ratios: &[Ratio]) -> String {
    let sum: f64 = ratios.iter().map(|ratio| ratio.median.ln()).sum();
    let mean = (sum / ratios.len() as f64).exp();
    let count = |verdict: &str| {
        ratios.iter().filter(|ratio| ratio.verdict() == verdict).count()
    };
    format!(
        "  {peer:<20} {mean:>6.2} x   {} win, {} even, {} loss",
        count("win"),
        count("even"),
        count("loss")
    )
}

fn peer(figures: &Figures) -> &'static str {
    let is_tokio = figures.runtime.starts_with("tokio");
    if is_tokio { FASTEST_TOKIO } else { figures.runtime }
}

/// How often as long as ours the fastest of a peer's ways took.
fn fastest(of: &str, line: &Line) -> Option<Ratio> {
    let ways = line.figures.iter().filter(|figures| peer(figures) == of);
    let ratios = ways.filter_map(|figures| figures.ratio);
    ratios.min_by(|a, b| a.median.total_cmp(&b.median))
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
