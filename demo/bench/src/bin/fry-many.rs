//! Many eggs at once by one technique: `fry-many TECHNIQUE SERVER COUNT` says
//! seconds, MiB at most, and seconds of the processor.

use std::process::ExitCode;

use onecook_bench::many::measure::{Took, fry};
use onecook_bench::many::techniques::TECHNIQUES;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, server, count] = &arguments[..] else {
        eprintln!("usage: fry-many TECHNIQUE SERVER COUNT");
        return ExitCode::from(2);
    };
    let server = server.parse().expect("an address");
    let count = count.parse().expect("a number of eggs");
    let found = TECHNIQUES.iter().find(|(it, _)| it == name);
    let Some((_, technique)) = found else {
        eprintln!("there is no technique `{name}`");
        return ExitCode::from(2);
    };
    match fry(*technique, server, count) {
        Ok(Took { seconds, mebibytes, processor }) => {
            println!("{seconds} {mebibytes} {processor}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
