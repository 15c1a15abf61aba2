//! One round of one case on one runtime: for profilers, and for
//! `instructions.sh`.
//!
//! `one RUNTIME CASE OPERATIONS`

use std::process::ExitCode;

use onecook_bench::case;
use onecook_bench::catalogue::{contestants, counted};
use onecook_bench::eggs::raise_open_files;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, name, operations] = &arguments[..] else {
        eprintln!("usage: one RUNTIME CASE OPERATIONS");
        return ExitCode::from(2);
    };
    let operations = operations.parse().expect("a number of operations");
    raise_open_files().expect("the limit of open files can be raised");
    let mut contestants = contestants();
    contestants.extend(counted());
    let found = contestants.iter().filter(|it| it.name == runtime);
    let mut cases = found.flat_map(|found| &found.cases);
    let case = cases.find(|it| it.name == name);
    let Some(case) = case else {
        eprintln!("there is no case `{name}` on `{runtime}`");
        return ExitCode::from(2);
    };
    let took = (case.start)(operations)();
    println!("{:.1} ns/op", case::nanos_each(took, operations));
    ExitCode::SUCCESS
}
