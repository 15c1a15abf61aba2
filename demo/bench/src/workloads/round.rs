//! How a workload becomes a case: its rounds are tasks.

use super::rt;
use crate::case::Case;

/// A case whose rounds are tasks that say how long their work took.
pub(crate) fn case(
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
pub(crate) async fn register_an_idle_socket() {
    let listener = rt::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    drop(rt::spawn(async move {
        let _ = listener.accept().await;
    }));
    rt::yield_now().await;
}
