//! Onecook, without its trace.

/// The adapter.
pub mod rt {
    use std::cell::Cell;
    use std::future::Future;

    pub use onecook::channel::{mpsc, oneshot};
    pub use tokio::sync::{broadcast, watch}; // STANDIN
    pub use onecook::net::{TcpListener, TcpStream};
    pub use onecook::time::{Instant, sleep, sleep_until};
    pub use super::standin::TaskSet; // STANDIN
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
        super::standin::scope(async |scope| {
            for number in 0..children {
                let sum = &sum;
                scope.spawn(async move {
                    sum.set(sum.get() + child(number).await);
                });
            }
        })
        .await;
        sum.get()
    }
}

#[path = "../workloads/mod.rs"]
pub mod workloads;

// STANDIN
mod standin {
    use std::future::Future;
    use std::cell::RefCell;
    use std::pin::Pin;
    use futures::stream::{FuturesUnordered, StreamExt};
    pub struct TaskSet<T>(FuturesUnordered<Pin<Box<dyn Future<Output = T>>>>);
    impl<T: 'static> TaskSet<T> {
        pub fn new() -> Self { TaskSet(FuturesUnordered::new()) }
        pub fn spawn(&mut self, f: impl Future<Output = T> + 'static) { self.0.push(Box::pin(f)); }
        pub async fn join_next(&mut self) -> Option<Result<T, ()>> { self.0.next().await.map(Ok) }
    }
    #[derive(Default)]
    pub struct Scope<'a>(RefCell<Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>>);
    impl<'a> Scope<'a> {
        pub fn spawn(&self, f: impl Future<Output = ()> + 'a) { self.0.borrow_mut().push(Box::pin(f)); }
    }
    pub async fn scope<'a>(body: impl AsyncFn(&Scope<'a>)) {
        let s = Scope::default();
        body(&s).await;
        let mut all: FuturesUnordered<_> = s.0.take().into_iter().collect();
        while all.next().await.is_some() {}
    }
}
