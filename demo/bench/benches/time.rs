//! How long it takes: `cargo bench -p onecook-bench --bench time`.

use std::process::ExitCode;

use onecook_bench::catalogue::{Contestant, contestants};
use onecook_bench::options::Options;
use onecook_bench::rounds::{self, Line};
use onecook_bench::{json, table};

fn main() -> ExitCode {
    let options = Options::read();
    let contestants = contestants();
    let mut lines = Vec::new();
    for case in &contestants[0].cases {
        if options.want(case.group, case.name) {
            let line = run(case.name, &contestants, &options);
            table::print_line(&line);
            lines.push(line);
        }
    }
    table::print_summary(&lines);
    write_json(&lines, &options)
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

fn write_json(lines: &[Line], options: &Options) -> ExitCode {
    let Some(file) = &options.json else { return ExitCode::SUCCESS };
    match std::fs::write(file, json::lines(lines)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write {}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
