//! An echo server as a loop of callbacks around mio: the least that any
//! runtime on epoll has to do.
//!
//! Three kinds of system calls: `epoll_wait`, and for each message a `read`
//! and a `write`. A read that does not fill the buffer says that no more is
//! there, so none is tried, unless the event said that the client is done: the
//! kernel does not tell of that again. What a full socket does not take is
//! kept, and no more is read until it has gone out.
//!
//! Next: `accept_client.rs`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

/// The echo server.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    buffer: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// What was read and not yet written.
    rest: Vec<u8>,
}

impl Server {
    /// Listens on a free port; reads into a buffer of so many bytes.
    ///
    /// # Errors
    ///
    /// If the system grants none.
    pub fn bind(buffer: usize) -> io::Result<Server> {
        let poll = Poll::new()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut listener = TcpListener::bind(address)?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let (connections, buffer) = (Vec::new(), vec![0; buffer]);
        Ok(Server { poll, listener, connections, buffer })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves so many connections, until the last is closed.
    ///
    /// # Errors
    ///
    /// If a connection breaks.
    pub fn serve(&mut self, connections: usize) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut closed = 0;
        while closed < connections {
            match self.poll.poll(&mut events, None) {
                // As a ring that somebody has closed on this thread does.
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    continue;
                }
                polled => polled?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.on_connection()?,
                    Token(index) => {
                        let is_last = event.is_read_closed();
                        closed += usize::from(self.on_ready(index, is_last)?);
                    }
                }
            }
        }
        self.connections.clear();
        Ok(())
    }

    /// Registers for both ways at once: the kernel tells only what changes, so
    /// nobody is told of a socket that could be written to all the time.
    fn on_connection(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let token = Token(self.connections.len());
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, token, both)?;
            let connection = Connection { stream, rest: Vec::new() };
            self.connections.push(Some(connection));
        }
    }

    /// Answers; `true` once the connection is closed.
    fn on_ready(&mut self, index: usize, is_last: bool) -> io::Result<bool> {
        let Some(connection) = &mut self.connections[index] else {
            return Ok(false);
        };
        while connection.write_rest()? {
            match connection.stream.read(&mut self.buffer) {
                Ok(0) => {
                    self.connections[index] = None;
                    return Ok(true);
                }
                Ok(count) => {
                    connection.write(&self.buffer[..count])?;
                    if count < self.buffer.len() && !is_last {
                        break;
                    }
                }
                Err(error) if would_block(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

impl Connection {
    /// Writes; keeps what does not fit into the socket.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let count = match self.stream.write(bytes) {
            Err(error) if would_block(&error) => 0,
            written => written?,
        };
        self.rest.extend_from_slice(&bytes[count..]);
        Ok(())
    }

    /// Whether nothing is left to be written.
    fn write_rest(&mut self) -> io::Result<bool> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.write(&rest)?;
        }
        Ok(self.rest.is_empty())
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpStream};
    use std::thread;

    use super::*;

    #[test]
    fn an_end_that_comes_with_the_bytes_is_seen() {
        let mut server = Server::bind(1024).expect("a port");
        let address = server.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).expect("a server");
        client.write_all(b"egg").expect("an open socket");
        client.shutdown(Shutdown::Write).expect("an open socket");
        server.serve(1).expect("no error"); // else it waits for ever
    }

    #[test]
    fn what_a_full_socket_does_not_take_comes_back_later() {
        const SENT: usize = 16 * 1024 * 1024; // more than sockets hold
        let mut server = Server::bind(16 * 1024).expect("a port");
        let address = server.local_addr().expect("an address");
        let server = thread::spawn(move || server.serve(1));
        let mut client = TcpStream::connect(address).expect("a server");
        let mut other_half = client.try_clone().expect("an open socket");
        let sender =
            thread::spawn(move || other_half.write_all(&vec![7; SENT]));
        let (mut received, mut buffer) = (0, [0; 1024]);
        while received < SENT {
            let count = client.read(&mut buffer).expect("an open socket");
            assert!(count > 0 && buffer[..count].iter().all(|it| *it == 7));
            received += count;
        }
        sender.join().expect("no panic").expect("an open socket");
        drop(client);
        server.join().expect("no panic").expect("no error");
    }
}
