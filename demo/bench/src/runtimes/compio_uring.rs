//! compio, with io_uring: only its sockets differ.

/// The adapter.
pub mod rt {
    use std::future::Future;

    use compio::driver::DriverType;

    pub use super::super::compio_common::*;
    pub(crate) use super::idle_socket::register_an_idle_socket;

    /// Its name in the tables.
    pub const NAME: &str = "compio io_uring";

    /// A runtime as a user makes it.
    pub struct Runtime(compio::runtime::Runtime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(runtime(DriverType::IoUring))
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}

use crate::case::{Case, in_group};
pub use network::serve_echo;
use round::case;

#[path = "../workloads/idle_socket.rs"]
mod idle_socket;
#[path = "../workloads/network.rs"]
mod network;
#[path = "../workloads/round.rs"]
mod round;

/// What it can do.
#[must_use]
pub fn cases() -> Vec<Case> {
    in_group("network", network::cases())
}
