//! How long it takes: `cargo bench -p onecook-bench --bench time`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use onecook_bench::catalogue::{Contestant, contestants};
use onecook_bench::eggs::raise_open_files;
use onecook_bench::growth::{self, Grown};
use onecook_bench::http;
use onecook_bench::json::{self, Results};
use onecook_bench::lateness::{self, Lateness};
use onecook_bench::many::measure::{self, Fried};
use onecook_bench::options::Options;
use onecook_bench::rounds::{self, Line};
use onecook_bench::{report, setting, table};

fn main() -> ExitCode {
    let options = Options::read();
    match results(&options).and_then(|results| keep(&results, &options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn results(options: &Options) -> io::Result<Results> {
    let Some(file) = &options.report_from else { return measure(options) };
    let name = file.display();
    let told = |error| io::Error::other(format!("cannot read {name}: {error}"));
    let text = fs::read_to_string(file).map_err(told)?;
    let what = format!("{name} is not what --json has written");
    json::read(&text).ok_or_else(|| io::Error::other(what))
}

fn measure(options: &Options) -> io::Result<Results> {
    raise_open_files()?;
    let contestants = contestants();
    let mut lines = Vec::new();
    for case in &contestants[0].cases {
        if options.want(case.group, case.name) {
            let line = run(case.name, &contestants, options);
            table::print_line(&line);
            lines.push(line);
        }
    }
    table::print_summary(&lines);
    let lateness = late_timers(&contestants, options);
    let setting = setting::here(options);
    let (growth, http, eggs) = (vec![], vec![], vec![]);
    let mut results = Results { setting, lines, lateness, growth, http, eggs };
    if options.report {
        keep_json(&results, options)?; // should one of these fail
        results.growth = growing(options)?;
        results.http = http::measure(options.quick)?;
        results.eggs = many_eggs(options)?;
    }
    Ok(results)
}

fn growing(options: &Options) -> io::Result<Vec<Grown>> {
    let most = if options.quick { 10_000 } else { 1_000_000 };
    growth::measure(Path::new(env!("CARGO_BIN_EXE_growth")), most)
}

fn late_timers(contestants: &[Contestant], options: &Options) -> Vec<Lateness> {
    if !options.want("runtime", lateness::NAME) {
        return Vec::new();
    }
    let (millis, rounds) = if options.quick { (100, 1) } else { (1000, 3) };
    let spread = Duration::from_millis(millis);
    let late = lateness::measure(contestants, spread, rounds);
    table::print_lateness(&late);
    late
}

fn many_eggs(options: &Options) -> io::Result<Vec<Fried>> {
    let (millis, rounds) = if options.quick { (200, 1) } else { (1000, 3) };
    let fry_many = Path::new(env!("CARGO_BIN_EXE_fry-many"));
    measure::measure(fry_many, Duration::from_millis(millis), rounds)
}

fn run(name: &str, contestants: &[Contestant], options: &Options) -> Line {
    let mut entrants = Vec::new();
    for Contestant { name: runtime, cases, .. } in contestants {
        let case = cases.iter().find(|case| case.name == name);
        entrants.extend(case.map(|case| (*runtime, case)));
    }
    let operations = options.operations(entrants[0].1.operations);
    rounds::compare(&entrants, operations, options.rounds)
}

/// Writes what is asked for: JSON, the report.
fn keep(results: &Results, options: &Options) -> io::Result<()> {
    keep_json(results, options)?;
    if options.report || options.report_from.is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        report::write(&docs, results)?;
    }
    Ok(())
}

fn keep_json(results: &Results, options: &Options) -> io::Result<()> {
    let Some(file) = &options.json else { return Ok(()) };
    let name = file.display();
    let told =
        |error| io::Error::other(format!("cannot write {name}: {error}"));
    fs::write(file, json::write(results)).map_err(told)
}
