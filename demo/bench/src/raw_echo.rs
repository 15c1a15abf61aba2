//! An echo server as a loop of callbacks around mio: the least that any
//! runtime on epoll has to do.
//!
//! Three kinds of system calls: `epoll_wait`, and for each message a `read`
//! and a `write`. A read that does not fill the buffer says that no more is
//! there, so none is tried.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::echo_client::ECHO_BUFFER;

const LISTENER: Token = Token(usize::MAX);

/// The echo server.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    streams: Vec<Option<TcpStream>>,
}

impl Server {
    /// Listens on a free port.
    ///
    /// # Errors
    ///
    /// If the system grants none.
    pub fn bind() -> io::Result<Server> {
        let poll = Poll::new()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut listener = TcpListener::bind(address)?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Server { poll, listener, streams: Vec::new() })
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
                        closed += usize::from(self.on_readable(index)?);
                    }
                }
            }
        }
        self.streams.clear();
        Ok(())
    }

    fn on_connection(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let token = Token(self.streams.len());
            let registry = self.poll.registry();
            registry.register(&mut stream, token, Interest::READABLE)?;
            self.streams.push(Some(stream));
        }
    }

    /// Answers; `true` once the connection is closed.
    fn on_readable(&mut self, index: usize) -> io::Result<bool> {
        let Some(stream) = &mut self.streams[index] else { return Ok(false) };
        let mut buffer = [0; ECHO_BUFFER];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => {
                    self.streams[index] = None;
                    return Ok(true);
                }
                // The client waits for its answer before it sends more, so
                // the answer always fits into the socket.
                Ok(count) => {
                    stream.write_all(&buffer[..count])?;
                    if count < buffer.len() {
                        return Ok(false);
                    }
                }
                Err(error) if would_block(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
