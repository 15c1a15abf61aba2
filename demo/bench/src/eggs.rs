//! Eggs without a runtime: a server and a client, each a loop of callbacks
//! around mio. What `eggs serve` and `eggs fry --count N` are compared with.
//!
//! Both do no more than it takes: the server answers every request after the
//! cook time and closes; the client opens all connections at once, sends a
//! request over each, and reads until the end.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Protocol, Socket, Type};

/// As many connections may wait to be accepted as with `eggs serve`.
const BACKLOG: i32 = 4096;

const LISTENER: Token = Token(usize::MAX);

/// What every client of this benchmark says.
pub const REQUEST: &[u8] =
    b"GET /A HTTP/1.1\r\nhost: griddle\r\nconnection: close\r\n\r\n";

const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\
    content-length: 6\r\nconnection: close\r\n\r\nfried\n";

/// Raises the soft limit of open files as far as it goes.
///
/// # Errors
///
/// If the system refuses.
pub fn raise_open_files() -> io::Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX)
}

/// How often a connection found the queue of its listener full, on this
/// machine since it started.
///
/// # Errors
///
/// If `/proc/net/netstat` does not say.
pub fn listen_overflows() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/net/netstat")?;
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let names = lines.next().unwrap_or_default().split(' ');
    let values = lines.next().unwrap_or_default().split(' ');
    let mut pairs = names.zip(values);
    let found = pairs.find(|(name, _)| *name == "ListenOverflows");
    let value = found.and_then(|(_, value)| value.parse().ok());
    value.ok_or_else(|| io::Error::other("no ListenOverflows there"))
}

/// The server.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    connections: slab::Slab<Connection>,
    /// Who is in the pan, and when it is done. All take equally long, so the
    /// first in is the first out.
    pan: VecDeque<(Instant, usize)>,
    cook_time: Duration,
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    ///
    /// If the address cannot be had.
    pub fn bind(
        address: SocketAddr,
        cook_time: Duration,
    ) -> io::Result<Server> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let mut listener = TcpListener::from_std(socket.into());
        let poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let (connections, pan) = (slab::Slab::new(), VecDeque::new());
        Ok(Server { poll, listener, connections, pan, cook_time })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves for ever.
    ///
    /// # Errors
    ///
    /// If the listener breaks.
    pub fn serve(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            self.poll.poll(&mut events, self.until_next_egg())?;
            for event in &events {
                match event.token() {
                    LISTENER => self.on_connections()?,
                    Token(index) => self.on_readable(index),
                }
            }
            self.on_time();
        }
    }

    fn until_next_egg(&self) -> Option<Duration> {
        let (done, _) = self.pan.front()?;
        Some(done.saturating_duration_since(Instant::now()))
    }

    fn on_connections(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
            let entry = self.connections.vacant_entry();
            let registry = self.poll.registry();
            let token = Token(entry.key());
            registry.register(&mut stream, token, Interest::READABLE)?;
            entry.insert(Connection { stream, request: Vec::new() });
        }
    }

    fn on_readable(&mut self, index: usize) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        match connection.read_request() {
            Ok(true) => {
                let done = Instant::now() + self.cook_time;
                self.pan.push_back((done, index));
            }
            Ok(false) => {}
            Err(_) => drop(self.connections.try_remove(index)),
        }
    }

    /// Answers whose egg is done.
    fn on_time(&mut self) {
        let now = Instant::now();
        while self.pan.front().is_some_and(|(done, _)| *done <= now) {
            let next = self.pan.pop_front().map(|(_, index)| index);
            let eater =
                next.and_then(|index| self.connections.try_remove(index));
            if let Some(mut connection) = eater {
                // It fits into the socket; if the client is gone, so be it.
                let _ = connection.stream.write_all(REPLY);
            }
        }
    }
}

impl Connection {
    /// Whether the request has just become complete.
    fn read_request(&mut self) -> io::Result<bool> {
        let had_it = ends_a_head(&self.request);
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.request.extend_from_slice(&buffer[..count]),
                Err(error) if would_block(&error) => {
                    return Ok(!had_it && ends_a_head(&self.request));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn ends_a_head(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\r\n\r\n")
}

/// What the client saw.
#[derive(Clone, Copy, Debug)]
pub struct Fried {
    /// Eggs that came back with a 200.
    pub eggs: usize,
    /// Eggs that did not.
    pub lost: usize,
    /// From the first connect to the last reply.
    pub took: Duration,
}

/// Orders so many eggs, all at once.
///
/// # Errors
///
/// If a socket cannot be made.
pub fn fry(server: SocketAddr, count: usize) -> io::Result<Fried> {
    let start = Instant::now();
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut orders = Vec::with_capacity(count);
    for index in 0..count {
        let mut stream = TcpStream::connect(server)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(index), interest)?;
        let reply = Vec::new();
        orders.push(Some(Order { stream, reply, sent: false }));
    }
    let (mut eggs, mut lost) = (0, 0);
    while eggs + lost < count {
        poll.poll(&mut events, None)?;
        for event in &events {
            let place = &mut orders[event.token().0];
            let Some(order) = place else { continue };
            match order.on_event(event) {
                None => continue,
                Some(true) => eggs += 1,
                Some(false) => lost += 1,
            }
            *place = None;
        }
    }
    Ok(Fried { eggs, lost, took: start.elapsed() })
}

struct Order {
    stream: TcpStream,
    reply: Vec<u8>,
    sent: bool,
}

impl Order {
    /// Whether it came out well, once it is over.
    fn on_event(&mut self, event: &mio::event::Event) -> Option<bool> {
        let done = if !self.sent && event.is_writable() {
            self.send().map(|()| false)
        } else {
            self.receive()
        };
        match done {
            Ok(false) => None,
            Ok(true) => Some(self.reply.starts_with(b"HTTP/1.1 200")),
            Err(_) => Some(false),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        self.sent = true;
        self.stream.write_all(REQUEST)
    }

    /// Whether the end was reached.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(count) => self.reply.extend_from_slice(&buffer[..count]),
                Err(error) if would_block(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
