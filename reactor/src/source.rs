//! One socket, as the reactor sees it: what it is ready for, and who waits.
//!
//! The kernel is asked late: to tell of a direction only when somebody has to
//! wait for it. Until then an operation is tried, ready or not. So a connection
//! that finds its bytes there, answers and closes is never registered, and one
//! that is only read brings no events of the other way. Whoever asks late is
//! told at once what happened before.
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

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Waker;

use mio::{Interest, Token};

use crate::context::Tag;

/// A place in the reactor's table of sources. Late keys find nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SourceKey {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl SourceKey {
    pub(crate) fn token(self) -> Token {
        Token(self.index as usize | (self.generation as usize) << 32)
    }

    pub(crate) fn from_token(Token(token): Token) -> SourceKey {
        SourceKey { index: token as u32, generation: (token >> 32) as u32 }
    }
}

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
    /// What the kernel is asked to tell when somebody waits for a direction:
    /// whoever writes will read as well. Of TCP streams also priority data: a
    /// read stops short at an urgent byte.
    fn interest(self, direction: Direction) -> Interest {
        let read = match self {
            SourceKind::TcpStream => with_priority(Interest::READABLE),
            _ => Interest::READABLE,
        };
        match direction {
            Direction::Read => read,
            Direction::Write => read | Interest::WRITABLE,
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

/// How a waiter is found again, among those of its direction.
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

/// Who waits for one direction, in order. Most often that is one, who has a
/// place of its own: so a wait asks for no memory.
#[derive(Debug, Default)]
struct Waiters {
    first: Option<Waiter>,
    others: Vec<Waiter>,
}

impl Waiters {
    #[inline]
    fn find(&self, key: WaiterKey) -> Option<&Waiter> {
        let first = self.first.as_ref()?; // if there is none, nobody waits
        if first.key == key {
            return Some(first);
        }
        self.others.iter().find(|waiter| waiter.key == key)
    }

    #[inline]
    fn find_mut(&mut self, key: WaiterKey) -> Option<&mut Waiter> {
        let first = self.first.as_mut()?;
        if first.key == key {
            return Some(first);
        }
        self.others.iter_mut().find(|waiter| waiter.key == key)
    }

    fn add(&mut self, waiter: Waiter) {
        if self.first.is_none() {
            self.first = Some(waiter);
        } else {
            self.others.push(waiter);
        }
    }

    fn remove(&mut self, key: WaiterKey) -> Option<Waiter> {
        if let Some(removed) = self.first.take_if(|it| it.key == key) {
            if !self.others.is_empty() {
                self.first = Some(self.others.remove(0));
            }
            return Some(removed);
        }
        let position = self.others.iter().position(|it| it.key == key)?;
        Some(self.others.remove(position))
    }
}

/// What is known of a direction.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Level {
    /// Nothing: the kernel has not been asked, so try.
    #[default]
    Untried,
    /// It would block.
    Unready,
    /// It would not.
    Ready,
    /// It would not, and a short transfer says nothing: it is closed, in
    /// error, or holds priority data.
    ReadyToTheEnd,
}

/// One direction: its readiness, and who waits for it.
#[derive(Debug, Default)]
struct Half {
    level: Cell<Level>,
    tick: Cell<u32>,
    /// The kernel was asked to tell of it.
    asked: Cell<bool>,
    waiters: RefCell<Waiters>,
}

impl Half {
    fn mark_ready(&self, to_the_end: bool) {
        if to_the_end {
            self.level.set(Level::ReadyToTheEnd);
        } else if self.level.get() != Level::ReadyToTheEnd {
            self.level.set(Level::Ready);
        }
        self.tick.set(self.tick.get().wrapping_add(1));
    }
}

/// One registered socket. The reactor holds it, and so does the registration
/// of the socket's owner, who thus looks at the readiness without asking the
/// reactor.
///
/// The descriptor is a plain number beside mio's socket, which the user's
/// handle owns: a debugger finds both without a pretty printer.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) fd: i32,
    pub(crate) key: SourceKey,
    pub(crate) number: u64,
    pub(crate) kind: SourceKind,
    pub(crate) peer: Cell<Option<SocketAddr>>,
    /// The reactor is gone: nobody will tell any more.
    orphaned: Cell<bool>,
    last_key: Cell<u64>,
    /// How many wait for any source of the reactor.
    waiting: Rc<Cell<usize>>,
    read: Half,
    write: Half,
}

impl Source {
    pub(crate) fn new(
        fd: i32,
        key: SourceKey,
        number: u64,
        kind: SourceKind,
        waiting: Rc<Cell<usize>>,
    ) -> Source {
        Source {
            fd,
            key,
            number,
            kind,
            peer: Cell::new(None),
            orphaned: Cell::new(false),
            last_key: Cell::new(0),
            waiting,
            read: Half::default(),
            write: Half::default(),
        }
    }

    /// There is room to write, though no event said so.
    pub(crate) fn set_writable(&self) {
        self.write.mark_ready(false);
    }

    /// Neither way is ready before an event says so: it is not connected yet.
    pub(crate) fn set_unready(&self) {
        self.read.level.set(Level::Unready);
        self.write.level.set(Level::Unready);
    }

    fn half(&self, direction: Direction) -> &Half {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }
}

/// Its readiness.
impl Source {
    /// Notes an event, and moves the wakers of its directions to `woken`.
    #[inline]
    pub(crate) fn note_event(
        &self,
        ready: Readiness,
        woken: &mut VecDeque<Waker>,
    ) {
        let over = ready.read_closed || ready.error;
        if ready.readable || over || ready.priority {
            self.become_ready(&self.read, over || ready.priority, woken);
        }
        let over = ready.write_closed || ready.error;
        if ready.writable || over {
            self.become_ready(&self.write, over, woken);
        }
    }

    /// Pretends that a direction became ready, so that its waiters try again.
    pub(crate) fn retry(
        &self,
        direction: Direction,
        woken: &mut VecDeque<Waker>,
    ) {
        self.become_ready(self.half(direction), false, woken);
    }

    #[inline]
    fn become_ready(
        &self,
        half: &Half,
        to_the_end: bool,
        woken: &mut VecDeque<Waker>,
    ) {
        half.mark_ready(to_the_end);
        self.take_wakers(half, woken);
    }

    /// What was seen, if the direction is ready, or was never tried.
    #[inline]
    pub(crate) fn seen(&self, direction: Direction) -> Option<Seen> {
        let half = self.half(direction);
        let may_be_ready = half.level.get() != Level::Unready;
        may_be_ready.then(|| Seen { tick: half.tick.get() })
    }

    /// What was seen, if the direction is known to be ready.
    pub(crate) fn seen_for_sure(&self, direction: Direction) -> Option<Seen> {
        let is_untried = self.half(direction).level.get() == Level::Untried;
        self.seen(direction).filter(|_| !is_untried)
    }

    /// `WouldBlock`: not ready, unless an event came since.
    #[inline]
    pub(crate) fn clear(&self, direction: Direction, seen: Seen) {
        let half = self.half(direction);
        if half.tick.get() == seen.tick {
            half.level.set(Level::Unready);
        }
    }

    /// Fewer bytes than asked for, on a stream: it is drained.
    #[inline]
    pub(crate) fn note_short(&self, direction: Direction, seen: Seen) {
        let level = self.half(direction).level.get();
        if level != Level::ReadyToTheEnd {
            self.clear(direction, seen);
        }
    }

    /// What the kernel has to be asked to tell, so that somebody can wait for
    /// a direction. `None`: it was asked.
    pub(crate) fn interest_for(
        &self,
        direction: Direction,
    ) -> Option<Interest> {
        let asked = self.half(direction).asked.get();
        (!asked).then(|| self.kind.interest(direction))
    }

    /// Whether the kernel tells anything of it.
    pub(crate) fn is_known_to_kernel(&self) -> bool {
        self.read.asked.get()
    }

    /// The kernel was asked to tell of a direction.
    pub(crate) fn note_asked(&self, direction: Direction) {
        self.read.asked.set(true);
        self.half(direction).asked.set(true);
    }

    /// The reactor goes: nothing is ready from here on, and nobody waits.
    pub(crate) fn orphan(&self) -> VecDeque<Waker> {
        self.orphaned.set(true);
        self.set_unready();
        self.take_all_wakers()
    }

    /// Whether the reactor is gone.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.orphaned.get()
    }
}

/// Who waits. Whatever is returned is the caller's to drop, where nothing is
/// borrowed: it may be anybody's code.
impl Source {
    /// Adds a waiter that has just begun to wait: its key.
    #[inline]
    pub(crate) fn add_waiter(
        &self,
        direction: Direction,
        tag: Tag,
        waker: Waker,
    ) -> WaiterKey {
        let number = self.last_key.get() + 1;
        self.last_key.set(number);
        let key = WaiterKey(number);
        let mut waiters = self.half(direction).waiters.borrow_mut();
        waiters.add(Waiter { key, tag, waker });
        self.waiting.set(self.waiting.get() + 1);
        key
    }

    /// Whether a waiter is there already, with a waker as good as this one.
    #[inline]
    pub(crate) fn would_wake(
        &self,
        direction: Direction,
        key: WaiterKey,
        waker: &Waker,
    ) -> bool {
        let waiters = self.half(direction).waiters.borrow();
        waiters.find(key).is_some_and(|it| it.waker.will_wake(waker))
    }

    /// Adds a waiter, or replaces its waker: the one before is returned.
    #[inline]
    pub(crate) fn set_waiter(
        &self,
        direction: Direction,
        key: WaiterKey,
        tag: Tag,
        waker: Waker,
    ) -> Option<Waker> {
        let mut waiters = self.half(direction).waiters.borrow_mut();
        if let Some(waiter) = waiters.find_mut(key) {
            return Some(mem::replace(&mut waiter.waker, waker));
        }
        waiters.add(Waiter { key, tag, waker });
        self.waiting.set(self.waiting.get() + 1);
        None
    }

    #[inline]
    pub(crate) fn remove_waiter(
        &self,
        direction: Direction,
        key: WaiterKey,
    ) -> Option<Waker> {
        let mut waiters = self.half(direction).waiters.borrow_mut();
        waiters.first.as_ref()?; // most often: whoever is woken was taken out
        let removed = waiters.remove(key)?;
        self.waiting.set(self.waiting.get() - 1);
        Some(removed.waker)
    }

    /// All wakers, of both directions.
    pub(crate) fn take_all_wakers(&self) -> VecDeque<Waker> {
        let mut wakers = VecDeque::new();
        self.take_wakers(&self.read, &mut wakers);
        self.take_wakers(&self.write, &mut wakers);
        wakers
    }

    /// Moves a direction's wakers to `woken`, in order.
    #[inline]
    fn take_wakers(&self, half: &Half, woken: &mut VecDeque<Waker>) {
        let mut waiters = half.waiters.borrow_mut();
        let Some(first) = waiters.first.take() else { return };
        self.waiting.set(self.waiting.get() - 1 - waiters.others.len());
        woken.push_back(first.waker);
        if !waiters.others.is_empty() {
            woken.extend(waiters.others.drain(..).map(|it| it.waker));
        }
    }

    /// Who waits for what, in words.
    pub(crate) fn waiting(&self) -> Vec<(Tag, String)> {
        let mut waiting = Vec::new();
        for direction in [Direction::Read, Direction::Write] {
            let waiters = self.half(direction).waiters.borrow();
            for waiter in waiters.first.iter().chain(&waiters.others) {
                waiting.push((waiter.tag, self.describe(direction)));
            }
        }
        waiting
    }

    fn describe(&self, direction: Direction) -> String {
        let what = self.kind.waits_for(direction);
        match self.peer.get() {
            Some(peer) => format!("{what}, peer {peer} (fd {})", self.fd),
            None => format!("{what} (fd {})", self.fd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Readiness, Source, SourceKey, SourceKind};
    use crate::context::Tag;
    use std::cell::Cell;
    use std::collections::VecDeque;
    use std::rc::Rc;
    use std::task::Waker;

    fn stream() -> Source {
        let key = SourceKey { index: 0, generation: 0 };
        Source::new(7, key, 0, SourceKind::TcpStream, Rc::default())
    }

    fn readable() -> Readiness {
        Readiness { readable: true, ..Readiness::default() }
    }

    #[test]
    fn an_event_since_the_transfer_began_keeps_the_readiness() {
        let source = stream();
        source.note_event(readable(), &mut VecDeque::new());
        let seen = source.seen(Direction::Read).unwrap();
        source.note_event(readable(), &mut VecDeque::new());
        source.note_short(Direction::Read, seen);
        source.clear(Direction::Read, seen);
        let newer = source.seen(Direction::Read).unwrap();
        source.clear(Direction::Read, newer);
        assert!(source.seen(Direction::Read).is_none());
    }

    #[test]
    fn a_short_transfer_clears_nothing_on_a_stream_that_is_over() {
        let source = stream();
        let closed = Readiness { read_closed: true, ..readable() };
        source.note_event(closed, &mut VecDeque::new());
        let seen = source.seen(Direction::Read).unwrap();
        source.note_short(Direction::Read, seen);
        assert!(source.seen(Direction::Read).is_some());
    }

    #[test]
    fn whoever_waits_is_counted_until_it_is_taken_out() {
        let source = stream();
        let counted = || Rc::<Cell<usize>>::clone(&source.waiting).get();
        let wait = |direction| {
            source.add_waiter(direction, Tag::NONE, Waker::noop().clone())
        };
        let keys = [0; 3].map(|_| wait(Direction::Read));
        wait(Direction::Write);
        assert_eq!(counted(), 4);
        let again = Waker::noop().clone();
        assert!(
            source
                .set_waiter(Direction::Read, keys[1], Tag::NONE, again)
                .is_some()
        );
        assert_eq!(counted(), 4);
        assert!(source.remove_waiter(Direction::Read, keys[0]).is_some());
        assert!(source.remove_waiter(Direction::Read, keys[0]).is_none());
        assert_eq!(counted(), 3);
        source.note_event(readable(), &mut VecDeque::new());
        assert_eq!(counted(), 1);
        assert_eq!(source.orphan().len(), 1);
        assert_eq!(counted(), 0);
    }

    #[test]
    fn waiters_keep_their_order_when_the_first_one_leaves() {
        let source = stream();
        let keys = [0_u64, 1, 2].map(|number| {
            let waker = Waker::noop().clone();
            source.add_waiter(Direction::Read, Tag(number), waker)
        });
        source.remove_waiter(Direction::Read, keys[0]);
        let tags: Vec<_> =
            source.waiting().into_iter().map(|it| it.0).collect();
        assert_eq!(tags, [Tag(1), Tag(2)]);
    }
}
