//! The client of every server that answers datagrams, on a thread of its own.
//!
//! Next: `raw_datagrams.rs`.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// The name of the case.
pub const NAME: &str = "UDP, 64 B, 32 in flight";

/// Datagrams in a full round.
pub const DATAGRAMS: u64 = 10_000;

/// Bytes in a datagram.
pub const DATAGRAM: usize = 64;

/// Datagrams on their way: so few fit into any socket, so none is lost.
const IN_FLIGHT: u64 = 32;

/// Sends so many datagrams, and waits for as many answers.
///
/// # Panics
///
/// If an answer is missing.
#[must_use]
pub fn run(server: SocketAddr, datagrams: u64) -> Duration {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.connect(server).expect("an address");
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).expect("an open socket");
    let start = Instant::now();
    let send = || {
        let sent = socket.send(&[b'e'; DATAGRAM]);
        assert_eq!(sent.expect("an open socket"), DATAGRAM);
    };
    let mut sent = datagrams.min(IN_FLIGHT);
    (0..sent).for_each(|_| send());
    for _ in 0..datagrams {
        let mut buffer = [0; 2 * DATAGRAM];
        let count = socket.recv(&mut buffer).expect("no datagram is lost");
        assert_eq!(count, DATAGRAM, "the answer is as long");
        if sent < datagrams {
            send();
            sent += 1;
        }
    }
    start.elapsed()
}
