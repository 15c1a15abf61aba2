//! The client of every echo server: a loop of callbacks around mio, on a
//! thread of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Bytes in a message.
pub const MESSAGE: usize = 64;

/// Bytes in the servers' buffers. They are larger than a message, so that a
/// short read says that no more is there.
pub const ECHO_BUFFER: usize = 4 * MESSAGE;

struct Connection {
    stream: TcpStream,
    received: usize,
}

/// Sends a message over each connection, and the next one when its echo is
/// complete, until so many came back. Returns how long that took, connecting
/// not counted.
///
/// # Panics
///
/// If the server does not answer as it should.
#[must_use]
pub fn run(
    address: SocketAddr,
    connections: usize,
    round_trips: u64,
) -> Duration {
    let mut poll = Poll::new().expect("an epoll");
    let mut connected: Vec<Connection> =
        (0..connections).map(|_| connect(address)).collect();
    for (index, connection) in connected.iter_mut().enumerate() {
        let (stream, token) = (&mut connection.stream, Token(index));
        let registered =
            poll.registry().register(stream, token, Interest::READABLE);
        registered.expect("a socket can be registered");
    }
    let start = Instant::now();
    drive(&mut poll, &mut connected, round_trips);
    start.elapsed()
}

fn connect(address: SocketAddr) -> Connection {
    let stream = std::net::TcpStream::connect(address).expect("a server");
    stream.set_nodelay(true).expect("an open socket");
    stream.set_nonblocking(true).expect("an open socket");
    Connection { stream: TcpStream::from_std(stream), received: 0 }
}

fn drive(poll: &mut Poll, connected: &mut [Connection], round_trips: u64) {
    let mut events = Events::with_capacity(1024);
    let (mut sent, mut done) = (0, 0);
    for connection in connected.iter_mut().take(round_trips as usize) {
        connection.send();
        sent += 1;
    }
    while done < round_trips {
        poll.poll(&mut events, None).expect("no error");
        for event in &events {
            let connection = &mut connected[event.token().0];
            if connection.receive() {
                done += 1;
                if sent < round_trips {
                    connection.send();
                    sent += 1;
                }
            }
        }
    }
}

impl Connection {
    fn send(&mut self) {
        let message = [b'e'; MESSAGE];
        self.stream.write_all(&message).expect("64 bytes fit into a socket");
    }

    /// Whether the echo is complete.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; ECHO_BUFFER];
        match self.stream.read(&mut buffer) {
            Ok(0) => panic!("the server closed the connection"),
            Ok(count) => self.received += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("the server broke the connection: {error}"),
        }
        let complete = self.received == MESSAGE;
        self.received %= MESSAGE;
        complete
    }
}
