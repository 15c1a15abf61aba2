//! A socket's place in the reactor: how an operation tries, waits and tries
//! again.
//!
//! Every operation of every socket goes through [`Registration::poll_io`]:
//! leave to go on, look at the readiness, try, and on `WouldBlock` wait.
//!
//! Next: `timers.rs`, deadlines in order.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use mio::Interest;

use crate::budget;
use crate::context::{self, ReactorId};
use crate::source::{
    Direction, Seen, Source, SourceKey, SourceKind, WaiterKey,
};

/// A registered socket. Dropping it takes the socket out of the reactor: keep
/// it *before* the socket in a struct, so that it goes first.
pub struct Registration {
    reactor: ReactorId,
    source: Rc<Source>,
}

impl Registration {
    /// Registers `socket` with the reactor that is entered. The kernel is
    /// asked nothing before somebody waits for it.
    ///
    /// # Panics
    ///
    /// When no reactor is entered.
    #[track_caller]
    pub(crate) fn new(socket: &impl AsRawFd, kind: SourceKind) -> Registration {
        let reactor = context::expect_current("a socket");
        let source = reactor.register(socket.as_raw_fd(), kind);
        Registration { reactor: reactor.id(), source }
    }

    /// There is room to write already, as on a connection just accepted.
    pub(crate) fn writable(self) -> Registration {
        self.source.set_writable();
        self
    }

    /// The connection is being made: neither way is ready.
    pub(crate) fn connecting(self) -> Registration {
        self.source.set_unready();
        self
    }

    /// Its place in the reactor.
    pub(crate) fn key(&self) -> SourceKey {
        self.source.key
    }

    /// Notes the peer's address, for dumps.
    pub(crate) fn set_peer(&self, peer: SocketAddr) {
        self.source.peer.set(Some(peer));
    }

    /// Tries `io` whenever the direction is ready, until it does not answer
    /// `WouldBlock`. Whoever has to wait is found by `key`.
    pub(crate) fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
        io: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.poll_operation(cx, direction, key, io, |_| false)
    }

    /// Like [`poll_io`](Registration::poll_io) for a transfer of up to `length`
    /// bytes on a stream: a short one drains it.
    #[inline]
    pub(crate) fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
        length: usize,
        io: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let is_short = |moved: &usize| 0 < *moved && *moved < length;
        self.poll_operation(cx, direction, key, io, is_short)
    }

    #[inline]
    fn poll_operation<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
        mut io: impl FnMut() -> io::Result<T>,
        is_short: impl Fn(&T) -> bool,
    ) -> Poll<io::Result<T>> {
        let leave = ready!(budget::poll_leave(cx));
        let source = &*self.source;
        let result = loop {
            let Some(seen) = source.seen(direction) else {
                return self.poll_wait(cx, direction, key);
            };
            self.stop_waiting(direction, key);
            match io() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    source.clear(direction, seen);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(moved) if is_short(&moved) => {
                    source.note_short(direction, seen);
                    break Ok(moved);
                }
                result => break result,
            }
        };
        leave.spend();
        Poll::Ready(result)
    }

    /// Asks the kernel once, ready or not, and never waits.
    pub(crate) fn try_io<T>(
        &self,
        direction: Direction,
        mut io: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let seen = self.source.seen(direction);
            let result = io();
            match (&result, seen) {
                (Err(error), _) if error.kind() == ErrorKind::Interrupted => {
                    continue;
                }
                (Err(error), Some(seen))
                    if error.kind() == ErrorKind::WouldBlock =>
                {
                    self.clear(direction, seen);
                }
                _ => {}
            }
            return result;
        }
    }

    /// Waits until the direction is ready. Only for whoever calls the kernel
    /// itself; then [`clear`](Registration::clear) says that it would block.
    pub(crate) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
    ) -> Poll<io::Result<Seen>> {
        let Some(seen) = self.source.seen_for_sure(direction) else {
            return self.poll_wait(cx, direction, key);
        };
        self.stop_waiting(direction, key);
        Poll::Ready(Ok(seen))
    }

    /// There is nothing to wait for any more.
    #[inline]
    fn stop_waiting(&self, direction: Direction, key: &mut Option<WaiterKey>) {
        if let Some(waited) = *key {
            // What is dropped is user code, with nothing borrowed.
            drop(self.source.remove_waiter(direction, waited));
            key.take_if(|key| *key != WaiterKey::SLOT);
        }
    }

    /// The direction would block: not ready, unless an event came since.
    pub(crate) fn clear(&self, direction: Direction, seen: Seen) {
        self.source.clear(direction, seen);
    }

    /// Takes back the waiter of a future that is dropped.
    pub(crate) fn forget(&self, direction: Direction, key: WaiterKey) {
        // What is dropped is user code, with nothing borrowed.
        drop(self.source.remove_waiter(direction, key));
    }

    /// `accept` found no free file descriptor: pause, then try again.
    pub(crate) fn pause_accept(
        &self,
        cx: &mut Context<'_>,
        key: &mut Option<WaiterKey>,
        error: &io::Error,
    ) {
        if let Some(reactor) = self.reactor.reactor() {
            self.wait(cx, Direction::Read, key);
            reactor.pause_accept(self.key(), error);
        }
    }

    /// `Pending`; or an error, where nobody would ever wake it. Whoever is the
    /// first to wait for a direction asks the kernel to tell of it.
    fn poll_wait<T>(
        &self,
        cx: &Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
    ) -> Poll<io::Result<T>> {
        if self.source.is_orphaned() {
            return Poll::Ready(Err(reactor_gone()));
        }
        if let Some(interest) = self.source.interest_for(direction) {
            self.ask(direction, interest)?;
        }
        self.wait(cx, direction, key);
        Poll::Pending
    }

    #[cold]
    fn ask(&self, direction: Direction, interest: Interest) -> io::Result<()> {
        let reactor = self.reactor.reactor().ok_or_else(reactor_gone)?;
        reactor.ask(&self.source, interest)?;
        self.source.note_asked(direction);
        Ok(())
    }

    /// Adds a waiter, or replaces its waker by the newest.
    fn wait(
        &self,
        cx: &Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
    ) {
        let (source, tag) = (&*self.source, context::polled());
        let Some(key) = *key else {
            let waker = cx.waker().clone(); // user code: nothing borrowed
            *key = Some(source.add_waiter(direction, tag, waker));
            return;
        };
        if source.would_wake(direction, key, cx.waker()) {
            return;
        }
        let newest = cx.waker().clone(); // user code: nothing borrowed
        let before = source.set_waiter(direction, key, tag, newest);
        drop(before); // user code, likewise
    }
}

/// Short: what it waits for is the reactor's to tell.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("reactor", &self.reactor)
            .field("key", &self.key())
            .finish_non_exhaustive()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(reactor) = self.reactor.reactor() {
            reactor.deregister(&self.source);
        }
    }
}

fn reactor_gone() -> io::Error {
    io::Error::other(
        "the runtime of this socket is gone: a socket works only as long as \
         the runtime in which it was made",
    )
}
