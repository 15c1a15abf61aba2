//! How the results are told on a terminal.

use crate::case::Memory;
use crate::group::groups;
use crate::growth::Grown;
use crate::lateness::{self, Lateness};
use crate::limit;
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
        if *runtime != limit::NAME {
            row = format!("{row:<64} {}", ratio.verdict());
        }
    }
    row
}

/// Says for each group of cases how we stand with each peer.
pub fn print_summary(lines: &[Line]) {
    for group in &groups(lines) {
        println!(
            "{}: geometric mean of {} cases",
            group.name,
            group.lines.len()
        );
        for peer in group.peers() {
            println!("  {:<20} {}", peer, group.standing(peer));
        }
        println!();
    }
}

/// Says how late everybody's timers were.
pub fn print_lateness(late: &[Lateness]) {
    println!("{}: by how many microseconds", lateness::NAME);
    for (place, it) in late.iter().enumerate() {
        let (runtime, median, most) = (&it.runtime, it.median, it.most);
        print!("  {runtime:<20} {median:>8.1}   99 % within {most:>8.1}");
        if place > 0 {
            print!("   {:>6.2} x", median / late[0].median);
        }
        println!();
    }
    println!();
}

/// Says what a task and a connection took, in growing numbers.
pub fn print_growth(grown: &[Grown]) {
    for Grown { runtime, kind, count, bytes } in grown {
        let which = format!("{count:>9} {kind}s, {runtime}");
        match bytes {
            Ok(bytes) => println!("{which:<44} {bytes:>8.1} bytes each"),
            Err(why) => println!("{which:<44} {why}"),
        }
    }
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
