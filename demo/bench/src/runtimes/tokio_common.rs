//! What the three ways of running tokio on one thread share.

pub use std::mem::drop as detach;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;

pub use tokio::net::{TcpListener, TcpStream, UdpSocket};
pub use tokio::sync::{broadcast, mpsc, oneshot, watch};
pub use tokio::task::{JoinHandle, JoinSet as TaskSet, yield_now};
pub use tokio::time::{Instant, sleep, sleep_until};

use crate::datagram_client::DATAGRAM;

pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    builder
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
