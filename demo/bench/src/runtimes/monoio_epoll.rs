//! monoio, with the driver it calls legacy: epoll.

/// The adapter.
pub mod rt {
    use std::future::Future;

    use monoio::time::TimeDriver;
    use monoio::{LegacyDriver, RuntimeBuilder};

    pub use super::super::monoio_common::*;
    pub(crate) use super::idle_socket::register_an_idle_socket;

    /// Its name in the tables.
    pub const NAME: &str = "monoio epoll";

    /// A runtime as a user makes it.
    pub struct Runtime(monoio::Runtime<TimeDriver<LegacyDriver>>);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            let builder = RuntimeBuilder::<LegacyDriver>::new();
            Runtime(builder.enable_timer().build().expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}

use std::time::Duration;

use crate::case::{Case, Memory, MemoryCase, in_group};
pub use network::serve_echo;
use round::case;

#[path = "../workloads/idle_socket.rs"]
mod idle_socket;
#[path = "../workloads/lateness.rs"]
mod lateness;
#[path = "../workloads/memory.rs"]
mod memory;
#[path = "../workloads/network.rs"]
mod network;
#[path = "../workloads/other_threads.rs"]
mod other_threads;
#[path = "../workloads/round.rs"]
mod round;
#[path = "../workloads/scheduler.rs"]
mod scheduler;
#[path = "../workloads/timers.rs"]
mod timers;

/// What it can do.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = scheduler::cases();
    cases.extend(other_threads::cases());
    cases.extend(timers::cases());
    let mut cases = in_group("runtime", cases);
    cases.extend(in_group("network", network::cases()));
    cases
}

/// Everything whose memory is counted.
#[must_use]
pub fn memory_cases() -> Vec<MemoryCase> {
    memory::cases()
}

/// How late its timers are.
#[must_use]
pub fn lateness(spread: Duration) -> Vec<Duration> {
    lateness::measure(spread)
}

/// What so many tasks or connections take.
#[must_use]
pub fn grow(kind: &str, count: usize) -> Memory {
    memory::grow(kind, count)
}
