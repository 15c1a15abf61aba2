//! The client of every echo server: a loop of callbacks around mio, on a
//! thread of its own. And what is echoed: small, middling and large messages,
//! over one, some and many connections.
//!
//! Next: `raw_echo.rs`, the server that has no runtime.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Bytes in a small message.
pub const MESSAGE: usize = 64;

/// Messages of one size over so many connections.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// The name of the case.
    pub name: &'static str,
    /// How many connections; each has one message on its way.
    pub connections: usize,
    /// Bytes in a message.
    pub message: usize,
    /// Round trips in a full round.
    pub round_trips: u64,
}

const KB: usize = 1024;

/// All that is echoed.
pub const ECHOES: [Echo; 9] = [
    echo("TCP echo, 64 B, 1 connection", 1, MESSAGE, 3000),
    echo("TCP echo, 64 B, 100 connections", 100, MESSAGE, 5000),
    echo("TCP echo, 64 B, 1,000 connections", 1000, MESSAGE, 10_000),
    echo("TCP echo, 4 KB, 1 connection", 1, 4 * KB, 2500),
    echo("TCP echo, 4 KB, 100 connections", 100, 4 * KB, 5000),
    echo("TCP echo, 4 KB, 1,000 connections", 1000, 4 * KB, 10_000),
    echo("TCP echo, 64 KB, 1 connection", 1, 64 * KB, 800),
    echo("TCP echo, 64 KB, 100 connections", 100, 64 * KB, 1000),
    echo("TCP echo, 64 KB, 1,000 connections", 1000, 64 * KB, 2000),
];

const fn echo(
    name: &'static str,
    connections: usize,
    message: usize,
    round_trips: u64,
) -> Echo {
    Echo { name, connections, message, round_trips }
}

/// Bytes in a server's buffer for messages of that size: larger than a small
/// message, so that a short read says that no more is there, and smaller than
/// a large one, as in a server that has many connections.
#[must_use]
pub const fn buffer_for(message: usize) -> usize {
    if message < 4 * KB { 4 * message } else { 16 * KB }
}

struct Connection {
    stream: TcpStream,
    /// Bytes of the message that have not gone out.
    to_send: usize,
    /// Bytes of its echo that have not come back.
    to_receive: usize,
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
    message: usize,
    round_trips: u64,
) -> Duration {
    let mut poll = Poll::new().expect("an epoll");
    let mut connected: Vec<Connection> =
        (1..=connections).map(|number| connect(address, number)).collect();
    let both = Interest::READABLE | Interest::WRITABLE;
    for (index, connection) in connected.iter_mut().enumerate() {
        let (stream, token) = (&mut connection.stream, Token(index));
        let registered = poll.registry().register(stream, token, both);
        registered.expect("a socket can be registered");
    }
    let message = vec![b'e'; message];
    let start = Instant::now();
    drive(&mut poll, &mut connected, &message, round_trips);
    start.elapsed()
}

/// The 64th, 128th ... connection says a word and waits for its echo: by then
/// all before it have been accepted too, and nobody's queue of connections is
/// ever full.
///
/// # Panics
///
/// If there is no echo.
pub fn wait_for_acceptance(stream: &mut std::net::TcpStream, number: usize) {
    if number % 64 == 0 {
        stream.write_all(&[b'e'; 4]).expect("an open socket");
        stream.read_exact(&mut [0; 4]).expect("an echo");
    }
}

fn connect(address: SocketAddr, number: usize) -> Connection {
    let mut stream = std::net::TcpStream::connect(address).expect("a server");
    stream.set_nodelay(true).expect("an open socket");
    wait_for_acceptance(&mut stream, number);
    stream.set_nonblocking(true).expect("an open socket");
    let stream = TcpStream::from_std(stream);
    Connection { stream, to_send: 0, to_receive: 0 }
}

fn drive(
    poll: &mut Poll,
    connected: &mut [Connection],
    message: &[u8],
    round_trips: u64,
) {
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; message.len() + 1]; // never filled
    let (mut sent, mut done) = (0, 0);
    for connection in connected.iter_mut().take(round_trips as usize) {
        connection.send(message);
        sent += 1;
    }
    while done < round_trips {
        poll.poll(&mut events, None).expect("no error");
        for event in &events {
            let connection = &mut connected[event.token().0];
            connection.send_rest(message);
            if connection.receive(&mut buffer) {
                done += 1;
                if sent < round_trips {
                    connection.send(message);
                    sent += 1;
                }
            }
        }
    }
}

impl Connection {
    fn send(&mut self, message: &[u8]) {
        self.to_send = message.len();
        self.to_receive = message.len();
        self.send_rest(message);
    }

    fn send_rest(&mut self, message: &[u8]) {
        if self.to_send == 0 {
            return;
        }
        let rest = &message[message.len() - self.to_send..];
        self.to_send -= unless_blocked(self.stream.write(rest));
    }

    /// Whether the echo has become complete.
    fn receive(&mut self, buffer: &mut [u8]) -> bool {
        if self.to_receive == 0 {
            return false;
        }
        let read = self.stream.read(buffer);
        assert!(!matches!(read, Ok(0)), "the server closed the connection");
        self.to_receive -= unless_blocked(read);
        self.to_receive == 0
    }
}

fn unless_blocked(count: io::Result<usize>) -> usize {
    match count {
        Ok(count) => count,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => panic!("the server broke the connection: {error}"),
    }
}
