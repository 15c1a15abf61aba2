//! tokio, current_thread, with a `LocalSet` and `spawn_local`: the older way
//! for futures that are not `Send`.

/// The adapter.
pub mod rt {
    use std::future::Future;

    use tokio::task::LocalSet;

    pub use super::super::tokio_common::*;
    pub use tokio::task::spawn_local as spawn;

    /// Its name in the tables.
    pub const NAME: &str = "tokio LocalSet";

    /// A runtime as a user makes it.
    pub struct Runtime {
        tasks: LocalSet, // goes first
        runtime: tokio::runtime::Runtime,
    }

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            let runtime = builder().build().expect("a runtime");
            Runtime { tasks: LocalSet::new(), runtime }
        }

        pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.tasks.block_on(&self.runtime, future)
        }
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
