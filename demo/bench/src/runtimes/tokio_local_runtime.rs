//! tokio, `LocalRuntime`, with `spawn_local`: the one for futures that are
//! not `Send`.

/// The adapter.
pub mod rt {
    use std::future::Future;

    pub use super::super::tokio_common::*;
    pub use tokio::task::spawn_local as spawn;

    pub(crate) use super::workloads::idle_socket::register_an_idle_socket;

    /// Its name in the tables.
    pub const NAME: &str = "tokio LocalRuntime";

    /// A runtime as a user makes it.
    pub struct Runtime(tokio::runtime::LocalRuntime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            let options = tokio::runtime::LocalOptions::default();
            Runtime(builder().build_local(options).expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }

    pub(crate) fn spawn_on(
        set: &mut TaskSet<u64>,
        task: impl Future<Output = u64> + 'static,
    ) {
        set.spawn_local(task);
    }

    /// tokio has no scopes: this is how its documentation has one wait for
    /// children, and get their outputs.
    pub(crate) async fn sum_in_a_scope<F>(
        children: u64,
        child: impl Fn(u64) -> F,
    ) -> u64
    where
        F: Future<Output = u64> + 'static,
    {
        let mut set = TaskSet::new();
        for number in 0..children {
            set.spawn_local(child(number));
        }
        let mut sum = 0;
        while let Some(output) = set.join_next().await {
            sum += output.expect("it does not panic");
        }
        sum
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
