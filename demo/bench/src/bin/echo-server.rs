//! An echo server on a runtime of choice, in a process of its own, so that
//! its system calls can be counted. See `syscalls.sh`.
//!
//! `echo-server RUNTIME CONNECTIONS` prints its address, serves so many
//! connections, and ends when the last is closed.

use std::process::ExitCode;

use onecook_bench::catalogue::contestants;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, connections] = &arguments[..] else {
        eprintln!("usage: echo-server RUNTIME CONNECTIONS");
        return ExitCode::from(2);
    };
    let connections = connections.parse().expect("a number of connections");
    let contestants = contestants();
    let found = contestants.iter().find(|it| it.name == name);
    let Some(serve_echo) = found.and_then(|found| found.serve_echo) else {
        eprintln!("there is no runtime `{name}`");
        return ExitCode::from(2);
    };
    serve_echo(connections);
    ExitCode::SUCCESS
}
