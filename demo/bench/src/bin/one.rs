//! One round of one case on one runtime: for profilers, and for
//! `instructions.sh`.
//!
//! `one RUNTIME CASE OPERATIONS`

use std::process::ExitCode;

use onecook_bench::case;
use onecook_bench::catalogue::contestants;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, name, operations] = &arguments[..] else {
        eprintln!("usage: one RUNTIME CASE OPERATIONS");
        return ExitCode::from(2);
    };
    let operations = operations.parse().expect("a number of operations");
    let contestants = contestants();
    let found = contestants.iter().find(|it| it.name == runtime);
    let cases = found.map(|found| found.cases.iter());
    let case = cases.and_then(|mut cases| cases.find(|it| it.name == name));
    let Some(case) = case else {
        eprintln!("there is no case `{name}` on `{runtime}`");
        return ExitCode::from(2);
    };
    let took = (case.start)(operations)();
    println!("{:.1} ns/op", case::nanos_each(took, operations));
    ExitCode::SUCCESS
}
