//! Onecook, without its trace.

/// The adapter.
pub mod rt {
    use std::future::Future;

    pub use onecook::net::{TcpListener, TcpStream};
    pub use onecook::time::{Instant, sleep, sleep_until};
    pub use onecook::{JoinHandle, spawn, yield_now};

    /// Its name in the tables.
    pub const NAME: &str = "onecook";

    /// A runtime as a user makes it.
    pub struct Runtime(onecook::Runtime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(onecook::Runtime::new().expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }

    pub(crate) fn read<'a>(
        stream: &'a mut TcpStream,
        buffer: &'a mut [u8],
    ) -> impl Future<Output = std::io::Result<usize>> + 'a {
        stream.read(buffer)
    }

    pub(crate) fn write_all<'a>(
        stream: &'a mut TcpStream,
        bytes: &'a [u8],
    ) -> impl Future<Output = std::io::Result<()>> + 'a {
        stream.write_all(bytes)
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
