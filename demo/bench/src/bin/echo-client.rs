//! The client of `echo-server`.
//!
//! `echo-client ADDRESS CONNECTIONS ROUND_TRIPS`

use std::process::ExitCode;

use onecook_bench::case;
use onecook_bench::echo_client::{self, MESSAGE};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, round_trips] = &arguments[..] else {
        eprintln!("usage: echo-client ADDRESS CONNECTIONS ROUND_TRIPS");
        return ExitCode::from(2);
    };
    let address = address.parse().expect("an address");
    let connections = connections.parse().expect("a number of connections");
    let round_trips = round_trips.parse().expect("a number of round trips");
    let took = echo_client::run(address, connections, MESSAGE, round_trips);
    println!("{:.1} ns/op", case::nanos_each(took, round_trips));
    ExitCode::SUCCESS
}
