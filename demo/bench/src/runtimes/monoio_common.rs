//! What monoio's two drivers share. It has no way to abort a task, and no
//! yield: a task that wakes itself runs again before all others.

use std::future::{Future, Ready, ready};
pub use std::mem::drop as detach;

use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
pub use monoio::net::udp::UdpSocket;
pub use monoio::net::{TcpListener, TcpStream};
pub use monoio::time::{Instant, sleep, sleep_until};

use super::joined::Joined;
use crate::children::YieldOnce;
use crate::datagram_client::DATAGRAM;

pub(crate) type JoinHandle<T> = Joined<monoio::task::JoinHandle<T>>;

pub(crate) fn spawn<T: 'static>(
    future: impl Future<Output = T> + 'static,
) -> JoinHandle<T> {
    Joined(monoio::spawn(future))
}

pub(crate) async fn yield_now() {
    YieldOnce::new(0).await;
}

pub(crate) fn listen() -> Ready<TcpListener> {
    ready(TcpListener::bind("127.0.0.1:0").expect("a port"))
}

/// Who reads lends the buffer, and gets it back.
pub(crate) async fn echo_back(mut stream: TcpStream, size: usize) {
    let mut buffer = Vec::with_capacity(size);
    loop {
        let (read, filled) = stream.read(buffer).await;
        if !read.is_ok_and(|count| count > 0) {
            return;
        }
        let (written, sent) = stream.write_all(filled).await;
        written.expect("the client reads");
        buffer = sent;
        buffer.clear();
    }
}

pub(crate) fn bind_udp() -> Ready<UdpSocket> {
    ready(UdpSocket::bind("127.0.0.1:0").expect("a port"))
}

pub(crate) async fn answer(socket: UdpSocket, datagrams: u64) {
    let mut buffer = Vec::with_capacity(2 * DATAGRAM);
    for _ in 0..datagrams {
        let (received, filled) = socket.recv_from(buffer).await;
        let (_, client) = received.expect("an open socket");
        let (sent, lent) = socket.send_to(filled, client).await;
        sent.expect("an open socket");
        buffer = lent;
        buffer.clear();
    }
}
