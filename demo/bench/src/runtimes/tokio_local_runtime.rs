//! tokio, `LocalRuntime`, with `spawn_local`: the one for futures that are
//! not `Send`.

/// The adapter.
pub mod rt {
    use std::future::Future;

    pub use super::super::tokio_common::*;
    pub use tokio::task::spawn_local as spawn;

    /// Its name in the tables.
    pub const NAME: &str = "tokio LocalRuntime";

    /// A runtime as a user makes it.
    pub struct Runtime(tokio::runtime::LocalRuntime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            let options = tokio::runtime::LocalOptions::default();
            Runtime(builder().build_local(options).expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
