//! The workloads. This file and those below it are compiled once for each
//! runtime: `rt` is another adapter each time.
//!
//! Everything that is timed runs inside a spawned task, and beside it an idle
//! socket is registered, as in any program that talks to a network.

use std::time::Duration;

use super::rt;
use crate::case::{Case, Memory, MemoryCase, in_group};
use round::case;

mod abort;
mod channels;
pub(super) mod idle_socket;
mod lateness;
mod memory;
mod network;
mod other_threads;
mod round;
mod scheduler;
mod scopes;
mod timers;
mod yields;

/// Everything that is timed.
pub fn cases() -> Vec<Case> {
    let mut cases = yields::cases();
    cases.extend(scheduler::cases());
    cases.extend(abort::cases());
    cases.extend(other_threads::cases());
    cases.extend(timers::cases());
    let mut cases = in_group("runtime", cases);
    cases.extend(in_group("network", network::cases()));
    cases.extend(in_group("channels", channels::cases()));
    cases.extend(in_group("scopes", scopes::cases()));
    cases
}

/// Everything whose memory is counted.
pub fn memory_cases() -> Vec<MemoryCase> {
    memory::cases()
}

/// What so many tasks or connections take.
pub fn grow(kind: &str, count: usize) -> Memory {
    memory::grow(kind, count)
}

/// How late its timers are.
pub fn lateness(spread: Duration) -> Vec<Duration> {
    lateness::measure(spread)
}

pub use network::serve_echo;
