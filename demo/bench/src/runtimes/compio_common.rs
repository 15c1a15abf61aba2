//! What compio's two drivers share. It has no `yield_now`.

pub use std::time::Instant;

use compio::buf::BufResult;
use compio::driver::{DriverType, ProactorBuilder};
use compio::io::{AsyncRead, AsyncWriteExt};
pub use compio::net::{TcpListener, TcpStream, UdpSocket};
pub use compio::runtime::{JoinHandle, Runtime, spawn};
pub use compio::time::{sleep, sleep_until};

use crate::children::YieldOnce;
use crate::datagram_client::DATAGRAM;

pub(crate) fn runtime(driver: DriverType) -> Runtime {
    let mut proactor = ProactorBuilder::new();
    proactor.driver_type(driver);
    let mut builder = Runtime::builder();
    builder.with_proactor(proactor).build().expect("a runtime")
}

pub(crate) fn detach<T>(handle: JoinHandle<T>) {
    handle.detach();
}

/// A handle answers before its task is gone, so they are given a turn.
pub(crate) async fn abort_and_join(handles: Vec<JoinHandle<()>>) {
    for handle in handles {
        assert!(handle.cancel().await.is_none());
    }
    yield_now().await;
}

pub(crate) async fn yield_now() {
    YieldOnce::new(0).await;
}

pub(crate) async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

/// Who reads lends the buffer, and gets it back.
pub(crate) async fn echo_back(mut stream: TcpStream, size: usize) {
    let mut buffer = Vec::with_capacity(size);
    loop {
        let BufResult(read, filled) = stream.read(buffer).await;
        if !read.is_ok_and(|count| count > 0) {
            return;
        }
        let BufResult(written, sent) = stream.write_all(filled).await;
        written.expect("the client reads");
        buffer = sent;
        buffer.clear();
    }
}

pub(crate) async fn bind_udp() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.expect("a port")
}

pub(crate) async fn answer(socket: UdpSocket, datagrams: u64) {
    let mut buffer = Vec::with_capacity(2 * DATAGRAM);
    for _ in 0..datagrams {
        let BufResult(received, filled) = socket.recv_from(buffer).await;
        let (_, client) = received.expect("an open socket");
        let BufResult(sent, lent) = socket.send_to(filled, client).await;
        sent.expect("an open socket");
        buffer = lent;
        buffer.clear();
    }
}
