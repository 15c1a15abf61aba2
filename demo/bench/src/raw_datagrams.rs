//! A server that answers datagrams, as a loop of callbacks around mio.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use crate::datagram_client::DATAGRAM;

/// The server.
pub struct Server {
    poll: Poll,
    socket: UdpSocket,
}

impl Server {
    /// Takes a free port.
    ///
    /// # Errors
    ///
    /// If the system grants none.
    pub fn bind() -> io::Result<Server> {
        let poll = Poll::new()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut socket = UdpSocket::bind(address)?;
        let registry = poll.registry();
        registry.register(&mut socket, Token(0), Interest::READABLE)?;
        Ok(Server { poll, socket })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Sends so many datagrams back.
    ///
    /// # Errors
    ///
    /// If the socket breaks.
    pub fn answer(&mut self, datagrams: u64) -> io::Result<()> {
        let mut events = Events::with_capacity(16);
        let mut answered = 0;
        while answered < datagrams {
            match self.poll.poll(&mut events, None) {
                // As a ring that somebody has closed on this thread does.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                polled => polled?,
            }
            answered += self.answer_all()?;
        }
        Ok(())
    }

    /// Those that have come. Answers are few enough for any socket.
    fn answer_all(&self) -> io::Result<u64> {
        let mut buffer = [0; 2 * DATAGRAM];
        let mut answered = 0;
        loop {
            match self.socket.recv_from(&mut buffer) {
                Ok((count, client)) => {
                    self.socket.send_to(&buffer[..count], client)?;
                    answered += 1;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Ok(answered);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
