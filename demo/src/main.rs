//! `eggs`: see async at work. `eggs --help` says what it can do.
//!
//! Next: `lib.rs`, the map.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use onecook_demo::cli::{Cli, Command, FryArgs};
use onecook_demo::deck::gotchas::deadlock;
use onecook_demo::fry::fry;
use onecook_demo::list::list;
use onecook_demo::run::run;
use onecook_demo::serve::serve;

fn main() -> ExitCode {
    let command = Cli::parse_or_exit().command;
    let fry_abcd = || Command::Fry(FryArgs::default());
    let result = match command.unwrap_or_else(fry_abcd) {
        Command::Fry(args) => fry(&args),
        Command::List(args) => list(&args).map(|()| ExitCode::SUCCESS),
        Command::Run(args) => run(&args),
        Command::Serve(args) => serve(&args).map(|()| ExitCode::SUCCESS),
        Command::GotchaDeadlock => Ok(deadlock()),
    };
    result.unwrap_or_else(|why| {
        eprintln!("eggs: {why}");
        ExitCode::FAILURE
    })
}
