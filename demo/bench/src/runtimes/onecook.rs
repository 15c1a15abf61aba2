//! Onecook, without its trace.

/// The adapter.
pub mod rt {
    use std::cell::Cell;
    use std::future::Future;

    pub use onecook::channel::{broadcast, mpsc, oneshot, watch};
    pub use onecook::net::{TcpListener, TcpStream};
    pub use onecook::time::{Instant, sleep, sleep_until};
    pub use onecook::{JoinHandle, TaskSet, spawn, yield_now};

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

    pub(crate) fn spawn_on(
        set: &mut TaskSet<u64>,
        task: impl Future<Output = u64> + 'static,
    ) {
        set.spawn(task);
    }

    /// The children borrow the sum.
    pub(crate) async fn sum_in_a_scope<F: Future<Output = u64>>(
        children: u64,
        child: impl Fn(u64) -> F,
    ) -> u64 {
        let (sum, child) = (Cell::new(0), &child);
        let scope = onecook::scope(async |scope| {
            for number in 0..children {
                let sum = &sum;
                drop(scope.spawn(async move {
                    let output = child(number).await;
                    sum.set(sum.get() + output);
                }));
            }
        });
        scope.await.expect("nobody cancels it");
        sum.get()
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;
