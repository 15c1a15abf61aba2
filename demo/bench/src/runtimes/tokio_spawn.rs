//! tokio, current_thread, with `tokio::spawn`: futures must be `Send`.

/// The adapter.
pub mod rt {
    use std::future::Future;

    pub use super::super::tokio_common::*;
    pub use tokio::spawn;

    /// Its name in the tables.
    pub const NAME: &str = "tokio spawn";

    /// A runtime as a user makes it.
    pub struct Runtime(tokio::runtime::Runtime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(builder().build().expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
