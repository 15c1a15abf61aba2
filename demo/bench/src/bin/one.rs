//! One round of one case on one runtime: for profilers, and for
//! `instructions.sh`.
//!
//! `one RUNTIME CASE OPERATIONS`

use std::process::ExitCode;

use onecook_bench::catalogue::contestants;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, name, operations] = &arguments[..] else {
        eprintln!("usage: one RUNTIME CASE OPERATIONS");
        return ExitCode::from(2);
    };
    let operations = operations.parse().expect("a number of operations");
    for contestant in contestants().iter().filter(|it| it.name == runtime) {
        for case in contestant.cases.iter().filter(|it| it.name == name) {
            let took = (case.start)(operations)();
            println!(
                "{:.1} ns/op",
                took.as_secs_f64() * 1e9 / operations as f64
            );
            return ExitCode::SUCCESS;
        }
    }
    eprintln!("there is no case `{name}` on `{runtime}`");
    ExitCode::from(2)
}
