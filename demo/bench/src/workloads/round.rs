//! How a workload becomes a case: its rounds are tasks.

use std::time::Duration;

use super::rt;
use crate::case::Case;

/// A case whose rounds are tasks that say how long their work took.
pub(crate) fn case(
    name: &'static str,
    operations: u64,
    spawn: impl Fn(u64) -> rt::JoinHandle<Duration> + Copy + 'static,
) -> Case {
    Case::new(name, operations, move |operations| {
        let mut runtime = rt::Runtime::new();
        runtime.block_on(rt::register_an_idle_socket());
        Box::new(move || {
            let round = async { spawn(operations).await };
            runtime.block_on(round).expect("the round did not panic")
        })
    })
}
