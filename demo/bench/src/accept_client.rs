//! The client of every server that only accepts: it connects, says that it
//! will send nothing, and waits for the server to close.
//!
//! The server closes last, so the port that waits for stragglers is the
//! client's; each round listens on another port, so none is ever missing.
//!
//! Next: `datagram_client.rs`.

use std::collections::VecDeque;
use std::io::Read;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The name of the case in which a thread connects all the time.
pub const STREAM: &str = "TCP accept, 32 in flight";

/// The name of the case in which many have connected already.
pub const BURST: &str = "TCP accept, bursts of 100";

/// Connections in a full round.
pub const CONNECTIONS: u64 = 2000;

/// Connections that are open at the same time.
const IN_FLIGHT: usize = 32;

/// Connections that wait for the server: fewer than fit into the shortest
/// queue that somebody listens with.
pub const ARRIVED: usize = 100;

/// Connects so often, as fast as it can. Returns how long that took, up to the
/// moment when the server has closed the last.
///
/// # Panics
///
/// If the server sends something.
#[must_use]
pub fn run(server: SocketAddr, connections: u64) -> Duration {
    let start = Instant::now();
    let mut open = VecDeque::with_capacity(IN_FLIGHT);
    for _ in 0..connections {
        if open.len() == IN_FLIGHT {
            open.pop_front().into_iter().for_each(wait_for_the_end);
        }
        open.push_back(connect(server));
    }
    open.into_iter().for_each(wait_for_the_end);
    start.elapsed()
}

/// So many connections that wait to be accepted.
///
/// # Panics
///
/// If nobody listens.
#[must_use]
pub fn arrive(server: SocketAddr, connections: usize) -> Vec<TcpStream> {
    (0..connections).map(|_| connect(server)).collect()
}

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("a server");
    stream.shutdown(Shutdown::Write).expect("an open socket");
    stream
}

fn wait_for_the_end(mut stream: TcpStream) {
    let read = stream.read(&mut [0]).expect("the server closes");
    assert_eq!(read, 0, "nothing was sent");
}
