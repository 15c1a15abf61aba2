//! Onecook, without its trace.

/// The adapter.
pub mod rt {
    use std::cell::Cell;
    use std::future::Future;
    pub use std::mem::drop as detach;

    pub use onecook::channel::{broadcast, mpsc, oneshot, watch};
    pub use onecook::net::{TcpListener, TcpStream, UdpSocket};
    pub use onecook::time::{Instant, sleep, sleep_until};
    pub use onecook::{JoinHandle, TaskSet, spawn, yield_now};

    use crate::datagram_client::DATAGRAM;

    pub(crate) use super::workloads::idle_socket::register_an_idle_socket;

    /// Its name in the tables.
    pub const NAME: &str = "onecook";

    /// A runtime as a user makes it.
    pub struct Runtime(onecook::Runtime);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(onecook::Runtime::new().expect("a runtime"))
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }

    pub(crate) async fn abort_and_join(handles: Vec<JoinHandle<()>>) {
        for handle in &handles {
            handle.abort();
        }
        for handle in handles {
            let error = handle.await.expect_err("it was aborted");
            assert!(error.is_cancelled());
        }
    }

    pub(crate) async fn listen() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.expect("a port")
    }

    pub(crate) async fn echo_back(stream: TcpStream, size: usize) {
        let mut buffer = vec![0; size];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => stream
                    .write_all(&buffer[..count])
                    .await
                    .expect("the client reads"),
            }
        }
    }

    pub(crate) async fn bind_udp() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").await.expect("a port")
    }

    pub(crate) async fn answer(socket: UdpSocket, datagrams: u64) {
        let mut buffer = [0; 2 * DATAGRAM];
        for _ in 0..datagrams {
            let received = socket.recv_from(&mut buffer).await;
            let (count, client) = received.expect("an open socket");
            let sent = socket.send_to(&buffer[..count], client).await;
            sent.expect("an open socket");
        }
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
