//! smol: its `LocalExecutor`, timers and sockets.

/// The adapter.
pub mod rt {
    use std::cell::RefCell;
    use std::future::Future;
    use std::rc::Rc;
    use std::time::Duration;

    use smol::LocalExecutor;
    use smol::io::{AsyncReadExt, AsyncWriteExt};

    pub use smol::future::yield_now;
    pub use smol::net::{TcpListener, TcpStream, UdpSocket};
    pub use std::time::Instant;

    pub(crate) use super::idle_socket::register_an_idle_socket;
    use crate::datagram_client::DATAGRAM;
    use crate::runtimes::joined::Joined;

    pub(crate) type JoinHandle<T> = Joined<smol::Task<T>>;

    /// Its name in the tables.
    pub const NAME: &str = "smol";

    thread_local! {
        static EXECUTOR: RefCell<Rc<LocalExecutor<'static>>> =
            RefCell::default();
    }

    /// A runtime as a user makes it.
    pub struct Runtime(Rc<LocalExecutor<'static>>);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(Rc::default())
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            EXECUTOR.replace(self.0.clone());
            smol::block_on(self.0.run(future))
        }
    }

    pub(crate) fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> JoinHandle<T> {
        Joined(EXECUTOR.with_borrow(|executor| executor.spawn(future)))
    }

    pub(crate) fn detach<T>(handle: JoinHandle<T>) {
        handle.0.detach();
    }

    pub(crate) async fn abort_and_join(handles: Vec<JoinHandle<()>>) {
        for handle in handles {
            assert!(handle.0.cancel().await.is_none());
        }
    }

    pub(crate) fn sleep(duration: Duration) -> smol::Timer {
        smol::Timer::after(duration)
    }

    pub(crate) fn sleep_until(deadline: Instant) -> smol::Timer {
        smol::Timer::at(deadline)
    }

    pub(crate) async fn listen() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.expect("a port")
    }

    pub(crate) async fn echo_back(mut stream: TcpStream, size: usize) {
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
}

use std::time::Duration;

use crate::case::{Case, Memory, MemoryCase, in_group};
pub use network::serve_echo;
use round::case;

#[path = "../workloads/abort.rs"]
mod abort;
#[path = "../workloads/idle_socket.rs"]
mod idle_socket;
#[path = "../workloads/lateness.rs"]
mod lateness;
#[path = "../workloads/memory.rs"]
mod memory;
#[path = "../workloads/network.rs"]
mod network;
#[path = "../workloads/other_threads.rs"]
mod other_threads;
#[path = "../workloads/round.rs"]
mod round;
#[path = "../workloads/scheduler.rs"]
mod scheduler;
#[path = "../workloads/timers.rs"]
mod timers;
#[path = "../workloads/yields.rs"]
mod yields;

/// What it can do.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = yields::cases();
    cases.extend(scheduler::cases());
    cases.extend(abort::cases());
    cases.extend(other_threads::cases());
    cases.extend(timers::cases());
    let mut cases = in_group("runtime", cases);
    cases.extend(in_group("network", network::cases()));
    cases
}

/// Everything whose memory is counted.
#[must_use]
pub fn memory_cases() -> Vec<MemoryCase> {
    memory::cases()
}

/// How late its timers are.
#[must_use]
pub fn lateness(spread: Duration) -> Vec<Duration> {
    lateness::measure(spread)
}

/// What so many tasks or connections take.
#[must_use]
pub fn grow(kind: &str, count: usize) -> Memory {
    memory::grow(kind, count)
}
