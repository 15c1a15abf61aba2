//! How a workload becomes a case: its rounds are tasks.

use std::time::Duration;

use super::rt;
use crate::case::{Case, Round};

/// A case whose rounds are tasks that say how long their work took.
pub(crate) fn case(
    name: &'static str,
    operations: u64,
    spawn: impl Fn(u64) -> rt::JoinHandle<Duration> + Copy + 'static,
) -> Case {
    Case::new(name, operations, move |operations| {
        let mut runtime = rt::Runtime::new();
        runtime.block_on(rt::register_an_idle_socket());
        rounds(runtime, operations, spawn)
    })
}

/// The same with no socket: nobody outside could wake a task.
#[allow(dead_code)] // not every runtime yields
pub(crate) fn case_without_a_socket(
    name: &'static str,
    operations: u64,
    spawn: impl Fn(u64) -> rt::JoinHandle<Duration> + Copy + 'static,
) -> Case {
    Case::new(name, operations, move |operations| {
        rounds(rt::Runtime::new(), operations, spawn)
    })
}

fn rounds(
    mut runtime: rt::Runtime,
    operations: u64,
    spawn: impl Fn(u64) -> rt::JoinHandle<Duration> + Copy + 'static,
) -> Round {
    Box::new(move || {
        let round = async { spawn(operations).await };
        runtime.block_on(round).expect("the round did not panic")
    })
}
