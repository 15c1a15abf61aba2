//! The workloads. This file and those below it are compiled once for each
//! runtime: `rt` is another adapter each time.
//!
//! Everything that is timed runs inside a spawned task, and beside it an idle
//! socket is registered, as in any program that talks to a network.

use super::rt;
use crate::case::{Case, MemoryCase, in_group};
use round::{case, register_an_idle_socket};

mod channels;
mod memory;
mod network;
mod other_threads;
mod round;
mod scheduler;
mod scopes;
mod timers;

/// Everything that is timed.
pub fn cases() -> Vec<Case> {
    let mut cases = scheduler::cases();
    cases.extend(other_threads::cases());
    cases.extend(timers::cases());
    cases.extend(network::cases());
    let mut cases = in_group("runtime", cases);
    cases.extend(in_group("channels", channels::cases()));
    cases.extend(in_group("scopes", scopes::cases()));
    cases
}

/// Everything whose memory is counted.
pub fn memory_cases() -> Vec<MemoryCase> {
    memory::cases()
}

/// Prints its address, then echoes over so many connections.
pub fn serve_echo(connections: usize) {
    rt::Runtime::new().block_on(async {
        let server = rt::spawn(network::serve_and_say_where(connections));
        server.await.expect("it does not panic");
    });
}
