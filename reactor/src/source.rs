//! One socket, as the reactor sees it: what it is ready for, and who waits.
//!
//! The kernel tells us about *edges* (readiness that is new), so each source
//! remembers the level. What clears it:
//!
//! - `WouldBlock`, always: the kernel has the last word;
//! - a short transfer (0 < n < length), on TCP and Unix *streams* only: the
//!   rest will come with a new edge. It saves the system call that would say
//!   `WouldBlock`. Not after an event with priority data, because a read stops
//!   short at an urgent byte with more behind it; never for datagrams and
//!   `accept`, where one transfer says nothing about the next;
//!   Nor once the direction is closed or in error: the end of the stream comes
//!   as one event together with the last bytes, and is read after them.
//!
//! And neither clears anything if an event came since the transfer began (its
//! tick differs).
//!
//! Next: `registration.rs`, how an operation tries, waits and tries again.

use std::fmt;
use std::net::SocketAddr;
use std::task::Waker;

use mio::Interest;

use crate::context::Tag;

/// One of the two ways of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Towards us: read, receive, accept.
    Read,
    /// Away from us: write, send, connect.
    Write,
}

/// What kind of socket a source is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SourceKind {
    /// A listening TCP socket.
    TcpListener,
    /// A TCP connection.
    TcpStream,
    /// A UDP socket.
    UdpSocket,
    /// A listening Unix socket.
    UnixListener,
    /// A connection between Unix sockets.
    UnixStream,
    /// A Unix datagram socket.
    UnixDatagram,
    /// The pipe that tells of signals.
    Signals,
}

impl SourceKind {
    /// Whether a short transfer means that the socket is drained.
    fn is_stream(self) -> bool {
        matches!(self, SourceKind::TcpStream | SourceKind::UnixStream)
    }

    /// What the kernel is asked to tell. Of TCP streams also priority data: a
    /// read stops short at an urgent byte.
    fn interest(self) -> Interest {
        let both = Interest::READABLE | Interest::WRITABLE;
        match self {
            SourceKind::TcpStream => with_priority(both),
            SourceKind::TcpListener
            | SourceKind::UnixListener
            | SourceKind::Signals => Interest::READABLE,
            _ => both,
        }
    }

    /// Words for a dump: what one waits for.
    fn waits_for(self, direction: Direction) -> &'static str {
        match (self, direction) {
            (SourceKind::TcpListener, _) => "a TCP connection",
            (SourceKind::TcpStream, Direction::Read) => "TCP data",
            (SourceKind::TcpStream, Direction::Write) => "room to write TCP",
            (SourceKind::UdpSocket, Direction::Read) => "a UDP datagram",
            (SourceKind::UdpSocket, Direction::Write) => "room to send UDP",
            (SourceKind::UnixListener, _) => "a Unix connection",
            (SourceKind::UnixStream, Direction::Read) => "Unix stream data",
            (SourceKind::UnixStream, Direction::Write) => {
                "room to write a Unix stream"
            }
            (SourceKind::UnixDatagram, Direction::Read) => "a Unix datagram",
            (SourceKind::UnixDatagram, Direction::Write) => {
                "room to send a Unix datagram"
            }
            (SourceKind::Signals, _) => "a signal",
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn with_priority(interest: Interest) -> Interest {
    interest | Interest::PRIORITY
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn with_priority(interest: Interest) -> Interest {
    interest
}

/// What a socket is ready for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::struct_excessive_bools)] // six facts, and each is one
pub struct Readiness {
    /// There is something to read, or to accept.
    pub readable: bool,
    /// There is room to write.
    pub writable: bool,
    /// The peer will send no more.
    pub read_closed: bool,
    /// The peer takes no more.
    pub write_closed: bool,
    /// The socket is in error.
    pub error: bool,
    /// There is priority (urgent) data.
    pub priority: bool,
}

impl Readiness {
    pub(crate) fn of(event: &mio::event::Event) -> Readiness {
        Readiness {
            readable: event.is_readable(),
            writable: event.is_writable(),
            read_closed: event.is_read_closed(),
            write_closed: event.is_write_closed(),
            error: event.is_error(),
            priority: event.is_priority(),
        }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.readable, "readable"),
            (self.writable, "writable"),
            (self.read_closed, "read closed"),
            (self.write_closed, "write closed"),
            (self.error, "error"),
            (self.priority, "priority"),
        ];
        let set = words.iter().filter(|(set, _)| *set).map(|(_, word)| *word);
        f.write_str(&set.collect::<Vec<_>>().join("+"))
    }
}

/// A direction was ready when looked at; `tick` tells if an event came since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    tick: u32,
}

/// How a waiter is found again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WaiterKey(u64);

impl WaiterKey {
    /// The one place of `poll_*` and of the futures-io traits: the last waker
    /// wins.
    pub(crate) const SLOT: WaiterKey = WaiterKey(0);
}

#[derive(Debug)]
struct Waiter {
    key: WaiterKey,
    tag: Tag,
    waker: Waker,
}

/// One direction: its readiness, and who waits for it, in order.
#[derive(Debug, Default)]
struct Half {
    ready: bool,
    /// Closed or in error: a short transfer does not make it unready.
    over: bool,
    /// Priority data was seen: a short transfer proves nothing any more.
    priority: bool,
    tick: u32,
    waiters: Vec<Waiter>,
}

impl Half {
    fn mark_ready(&mut self, over: bool, priority: bool) {
        self.ready = true;
        self.over |= over;
        self.priority |= priority;
        self.tick = self.tick.wrapping_add(1);
    }

    fn position(&self, key: WaiterKey) -> Option<usize> {
        self.waiters.iter().position(|waiter| waiter.key == key)
    }
}

/// One registered socket.
///
/// The descriptor is a plain number beside mio's socket, which the user's
/// handle owns: a debugger finds both without a pretty printer.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) fd: i32,
    pub(crate) generation: u32,
    pub(crate) number: u64,
    pub(crate) kind: SourceKind,
    /// What the kernel was asked to tell of it.
    pub(crate) interest: Interest,
    pub(crate) peer: Option<SocketAddr>,
    read: Half,
    write: Half,
}

impl Source {
    pub(crate) fn new(
        fd: i32,
        generation: u32,
        number: u64,
        kind: SourceKind,
    ) -> Source {
        let (read, write) = (Half::default(), Half::default());
        Source {
            fd,
            generation,
            number,
            kind,
            interest: kind.interest(),
            peer: None,
            read,
            write,
        }
    }

    /// There is room to write, though no event said so yet.
    pub(crate) fn set_writable(&mut self) {
        self.write.mark_ready(false, false);
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }

    /// Notes an event, and moves the wakers of its directions to `woken`.
    pub(crate) fn note_event(
        &mut self,
        ready: Readiness,
        woken: &mut Vec<Waker>,
    ) {
        let read_over = ready.read_closed || ready.error;
        if ready.readable || read_over || ready.priority {
            self.read.mark_ready(read_over, ready.priority);
            take_wakers(&mut self.read, woken);
        }
        let write_over = ready.write_closed || ready.error;
        if ready.writable || write_over {
            self.write.mark_ready(write_over, false);
            take_wakers(&mut self.write, woken);
        }
    }

    /// Pretends that a direction became ready, so that its waiters try again.
    pub(crate) fn retry(
        &mut self,
        direction: Direction,
        woken: &mut Vec<Waker>,
    ) {
        let half = self.half(direction);
        half.mark_ready(false, false);
        take_wakers(half, woken);
    }

    /// What was seen, if the direction is ready.
    pub(crate) fn seen(&mut self, direction: Direction) -> Option<Seen> {
        let half = self.half(direction);
        half.ready.then_some(Seen { tick: half.tick })
    }

    /// `WouldBlock`: not ready, unless an event came since.
    pub(crate) fn clear(&mut self, direction: Direction, seen: Seen) {
        let half = self.half(direction);
        if half.tick == seen.tick {
            half.ready = false;
            half.over = false;
            half.priority = false;
        }
    }

    /// Fewer bytes than asked for: drained, on a stream.
    pub(crate) fn note_short(&mut self, direction: Direction, seen: Seen) {
        let half = self.half(direction);
        let may_hold_more = half.over || half.priority;
        if self.kind.is_stream() && !may_hold_more {
            self.clear(direction, seen);
        }
    }

    /// The waker of a waiter that still waits.
    pub(crate) fn waker(
        &mut self,
        direction: Direction,
        key: WaiterKey,
    ) -> Option<&mut Waker> {
        let half = self.half(direction);
        let position = half.position(key)?;
        Some(&mut half.waiters[position].waker)
    }

    pub(crate) fn add_waiter(
        &mut self,
        direction: Direction,
        key: WaiterKey,
        tag: Tag,
        waker: Waker,
    ) {
        self.half(direction).waiters.push(Waiter { key, tag, waker });
    }

    pub(crate) fn remove_waiter(
        &mut self,
        direction: Direction,
        key: WaiterKey,
    ) -> Option<Waker> {
        let half = self.half(direction);
        let position = half.position(key)?;
        Some(half.waiters.remove(position).waker)
    }

    /// All wakers, of both directions.
    pub(crate) fn take_all_wakers(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        take_wakers(&mut self.read, &mut wakers);
        take_wakers(&mut self.write, &mut wakers);
        wakers
    }

    /// Who waits for what, in words.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (Tag, String)> + '_ {
        let halves =
            [(Direction::Read, &self.read), (Direction::Write, &self.write)];
        halves.into_iter().flat_map(move |(direction, half)| {
            let waiters = half.waiters.iter();
            waiters.map(move |waiter| (waiter.tag, self.describe(direction)))
        })
    }

    fn describe(&self, direction: Direction) -> String {
        let what = self.kind.waits_for(direction);
        match self.peer {
            Some(peer) => format!("{what}, peer {peer} (fd {})", self.fd),
            None => format!("{what} (fd {})", self.fd),
        }
    }
}

fn take_wakers(half: &mut Half, woken: &mut Vec<Waker>) {
    // From the front, in order. Most often there is one, and popping it costs
    // less than draining.
    if half.waiters.len() > 1 {
        half.waiters.reverse();
    }
    while let Some(waiter) = half.waiters.pop() {
        woken.push(waiter.waker);
    }
}

/// Numbers the waiters of one reactor.
#[derive(Debug, Default)]
pub(crate) struct WaiterKeys {
    last: u64,
}

impl WaiterKeys {
    pub(crate) fn next(&mut self) -> WaiterKey {
        self.last += 1;
        WaiterKey(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Readiness, Source, SourceKind};

    fn stream() -> Source {
        Source::new(7, 0, 0, SourceKind::TcpStream)
    }

    fn readable() -> Readiness {
        Readiness { readable: true, ..Readiness::default() }
    }

    #[test]
    fn an_event_since_the_transfer_began_keeps_the_readiness() {
        let mut source = stream();
        source.note_event(readable(), &mut Vec::new());
        let seen = source.seen(Direction::Read).unwrap();
        source.note_event(readable(), &mut Vec::new());
        source.note_short(Direction::Read, seen);
        source.clear(Direction::Read, seen);
        let newer = source.seen(Direction::Read).unwrap();
        source.clear(Direction::Read, newer);
        assert!(source.seen(Direction::Read).is_none());
    }

    #[test]
    fn a_short_transfer_clears_nothing_on_a_stream_that_is_over() {
        let mut source = stream();
        let closed = Readiness { read_closed: true, ..readable() };
        source.note_event(closed, &mut Vec::new());
        let seen = source.seen(Direction::Read).unwrap();
        source.note_short(Direction::Read, seen);
        assert!(source.seen(Direction::Read).is_some());
    }
}
