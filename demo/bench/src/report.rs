//! The report: `docs/benchmarks.md`, and a plot for each group.
//!
//! Next: `losses.rs`, then `plot.rs`.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use crate::catalogue::lacks;
use crate::group::{Group, groups};
use crate::growth::{self, Grown};
use crate::http::Served;
use crate::json::Results;
use crate::lateness::Lateness;
use crate::limit;
use crate::losses;
use crate::many::measure::{Fried, Took};
use crate::plot;
use crate::rounds::{Figures, Line};

const HEAD: &str = "\
# What the benchmark measured

This page is made, not written, by the command below. What is measured, who
runs, and what is fair about it is told in
[demo/bench/README.md](../demo/bench/README.md).

Nanoseconds per operation are medians over all rounds. The ratio is taken
within each round, *theirs by ours*: above 1 we are faster. Its median stands
first, and half of all rounds lie between the two figures behind it. If those
lie above 1 it is a win, below 1 a loss, and else even. *limit* is the same
work with no runtime: a yardstick. Who lacks what a workload needs has a word
in its place.
";

/// Writes the page and its plots into the folder `docs`.
///
/// # Errors
///
/// If a file cannot be written.
pub fn write(docs: &Path, results: &Results) -> io::Result<()> {
    let plots = docs.join("benchmarks");
    fs::create_dir_all(&plots)?;
    let mut page = HEAD.to_owned() + &setting(results);
    page += &losses::section(&results.lines);
    for group in groups(&results.lines) {
        let file = format!("{}.svg", group.name);
        fs::write(plots.join(file), plot::ratios(&group))?;
        page += &section(&group);
    }
    if !results.lateness.is_empty() {
        page += &lateness(&results.lateness);
    }
    if !results.growth.is_empty() {
        fs::write(plots.join("growth.svg"), plot::growth(&results.growth))?;
        page += &growth(&results.growth);
    }
    if !results.http.is_empty() {
        page += &http(&results.http);
    }
    if !results.eggs.is_empty() {
        fs::write(plots.join("eggs.svg"), plot::eggs(&results.eggs))?;
        page += &eggs(&results.eggs);
    }
    fs::write(docs.join("benchmarks.md"), page)
}

fn setting(results: &Results) -> String {
    let mut text = String::new();
    for (name, fact) in &results.setting {
        let item = format!("- **{name}**: {fact}");
        let _ = write!(text, "\n{}", wrapped(&item));
    }
    text + "\n"
}

/// Broken into lines of at most 80 characters, the later ones indented.
pub(crate) fn wrapped(text: &str) -> String {
    let (mut all, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > 80 {
            all += &line;
            all.push('\n');
            line.clear();
            line.push(' ');
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    all + &line
}

fn section(group: &Group<'_>) -> String {
    let name = group.name;
    let mut text = format!("\n## {name}\n\n");
    let _ = writeln!(text, "![ratios, {name}](benchmarks/{name}.svg)\n");
    text += "| geometric mean | ratio | win | even | loss |\n";
    text += "|---|--:|--:|--:|--:|\n";
    for peer in group.peers() {
        let standing = group.standing(peer);
        let mean = standing.mean();
        let [win, even, loss] =
            ["win", "even", "loss"].map(|it| standing.count(it));
        let _ =
            writeln!(text, "| {peer} | {mean:.2} | {win} | {even} | {loss} |");
    }
    for line in &group.lines {
        text += &table(group, line);
    }
    text
}

fn table(group: &Group<'_>, line: &Line) -> String {
    let mut text =
        format!("\n| {} | ns/op | ratio | half lie in | |\n", line.name);
    text += "|---|--:|--:|---|---|\n";
    for runtime in group.runtimes() {
        let figures = line.figures.iter().find(|it| it.runtime == runtime);
        if let Some(figures) = figures {
            text += &row(figures);
        } else if let Some(what) = lacks(runtime, line.name) {
            let _ = writeln!(text, "| {runtime} | no {what} | | | |");
        }
    }
    text
}

fn row(figures: &Figures) -> String {
    let Figures { runtime, nanos, ratio } = figures;
    let Some(ratio) = ratio else {
        return format!("| {runtime} | {nanos:.1} | | | |\n");
    };
    let is_limit = *runtime == limit::NAME;
    let verdict = if is_limit { "" } else { ratio.verdict() };
    let (low, median, high) = (ratio.low, ratio.median, ratio.high);
    format!(
        "| {runtime} | {nanos:.1} | {median:.2} | {low:.2} .. {high:.2} \
        | {verdict} |\n"
    )
}

const LATENESS: &str = "
## Timer lateness

A thousand tasks sleep until moments spread over a while; nothing else runs. By
how many microseconds are they late? Less is better; the ratio is *theirs by
ours*, of the medians.

| runtime | median | 99 % within | ratio |
|---|--:|--:|--:|
";

fn lateness(late: &[Lateness]) -> String {
    let mut text = LATENESS.to_owned();
    for (place, it) in late.iter().enumerate() {
        let (runtime, median, most) = (&it.runtime, it.median, it.most);
        let _ = write!(text, "| {runtime} | {median:.1} | {most:.1} | ");
        if place > 0 {
            let _ = write!(text, "{:.2} ", median / late[0].median);
        }
        text += "|\n";
    }
    text
}

const GROWTH: &str = "
## Growth

Bytes that a waiting task takes beside its future, and that a connection takes
with the task and the buffer of 256 bytes that wait for its next message, by how
many there are. What the kernel keeps for a connection is not in it. A table
that doubles makes steps, up or down by where the number lies between two powers
of two.

![bytes each, by number](benchmarks/growth.svg)

";

fn growth(grown: &[Grown]) -> String {
    let mut text = GROWTH.to_owned() + "| bytes each |";
    for count in growth::COUNTS {
        let _ = write!(text, " {count} |");
    }
    text += "\n|---|--:|--:|--:|--:|\n";
    for kind in growth::KINDS {
        for runtime in growth::runtimes() {
            let _ = write!(text, "| {kind}, {runtime} |");
            for count in growth::COUNTS {
                let it = grown.iter().find(|it| {
                    (&*it.kind, &*it.runtime, it.count)
                        == (kind, runtime, count)
                });
                let _ = match it.map(|it| &it.bytes) {
                    None => write!(text, " |"),
                    Some(Ok(bytes)) => write!(text, " {bytes:.1} |"),
                    Some(Err(_)) => write!(text, " - |"),
                };
            }
            text.push('\n');
        }
    }
    text + &missing(grown)
}

/// Why there are no figures, where there are none.
fn missing(grown: &[Grown]) -> String {
    let mut reasons: Vec<&String> =
        grown.iter().filter_map(|it| it.bytes.as_ref().err()).collect();
    reasons.dedup();
    let told =
        |why: &&String| format!("\n{}\n", wrapped(&format!("-: {why}.")));
    reasons.iter().map(told).collect()
}

const HTTP: &str = "
## HTTP

Requests per second: wrk asks for `/fast/A` over 64 connections that stay open.
*tokio-eggs* has the parser, the routes and the replies of `eggs serve`, on
tokio's current_thread; *axum-eggs* sends the same body by axum. The ratio is
*ours by theirs*, within each round: above 1 we are faster.

| server | requests/s | ratio | half lie in | |
|---|--:|--:|---|---|
";

fn http(http: &[Served]) -> String {
    let mut text = HTTP.to_owned();
    for Served { server, requests, ratio } in http {
        let _ = write!(text, "| {server} | {requests:.0} | ");
        let Some(ratio) = ratio else {
            text += "| | |\n";
            continue;
        };
        let (low, median, high) = (ratio.low, ratio.median, ratio.high);
        let verdict = ratio.verdict();
        let _ =
            writeln!(text, "{median:.2} | {low:.2} .. {high:.2} | {verdict} |");
    }
    text
}

const EGGS: &str = "
## Many eggs at once

Each egg is a request to a server that takes its time for it; the server is a
loop of callbacks in another process. *Sequential* takes that time for each egg,
so it fries the small number only. Threads are many at once as well, but each
has a stack and is the kernel's to schedule: they are *not suitable for massive
IO-bound workloads*. A green thread has a stack too, but the kernel does not
see it. Callbacks and tasks keep what is needed.

![time, memory and processor by number of eggs](benchmarks/eggs.svg)

| technique | eggs | seconds | MiB at most | s of processor |
|---|--:|--:|--:|--:|
";

fn eggs(eggs: &[Fried]) -> String {
    let mut text = EGGS.to_owned();
    for Fried { technique, count, took } in eggs {
        let row = match took {
            Ok(Took { seconds, mebibytes, processor }) => {
                format!("{seconds:.3} | {mebibytes:.1} | {processor:.2}")
            }
            Err(why) => format!("{why} | |"),
        };
        let _ = writeln!(text, "| {technique} | {count} | {row} |");
    }
    text
}
