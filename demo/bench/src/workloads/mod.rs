//! The workloads. This file and those below it are compiled once for each
//! runtime: `rt` is another adapter each time.
//!
//! Everything that is timed runs inside a spawned task, and beside it an idle
//! socket is registered, as in any program that talks to a network.

use super::rt;
use crate::case::{Case, MemoryCase};

mod memory;
mod network;
mod other_threads;
mod scheduler;
mod timers;

/// Everything that is timed.
pub fn cases() -> Vec<Case> {
    let mut cases = scheduler::cases();
    cases.extend(other_threads::cases());
    cases.extend(timers::cases());
    cases.extend(network::cases());
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

/// A case whose rounds are tasks that say how long their work took.
fn case(
    name: &'static str,
    operations: u64,
    spawn: fn(u64) -> rt::JoinHandle<std::time::Duration>,
) -> Case {
    Case::new(name, operations, move |operations| {
        let runtime = rt::Runtime::new();
        runtime.block_on(register_an_idle_socket());
        Box::new(move || {
            let round = async { spawn(operations).await };
            runtime.block_on(round).expect("the round did not panic")
        })
    })
}

/// Without one, a runtime could do without asking the kernel.
async fn register_an_idle_socket() {
    let listener = rt::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    drop(rt::spawn(async move {
        let _ = listener.accept().await;
    }));
    rt::yield_now().await;
}
