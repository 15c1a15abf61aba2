//! A socket's place in the reactor: how an operation tries, waits and tries
//! again.
//!
//! Every operation of every socket goes through [`Registration::poll_io`]:
//! leave to go on, look at the readiness, try, and on `WouldBlock` wait.
//!
//! Next: `timers.rs`, deadlines in order.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::budget;
use crate::context::{self, ReactorId};
use crate::reactor::{Reactor, SourceKey};
use crate::source::{Direction, Seen, Source, SourceKind, WaiterKey};

/// A registered socket. Dropping it takes the socket out of the reactor: keep
/// it *before* the socket in a struct, so that it goes first.
#[derive(Debug)]
pub struct Registration {
    reactor: ReactorId,
    key: SourceKey,
}

impl Registration {
    /// Registers `socket` with the reactor that is entered.
    ///
    /// `writable` says whether there is room to write already, as there is on
    /// a connection just accepted, but not on one that is being made.
    ///
    /// # Panics
    ///
    /// When no reactor is entered.
    #[track_caller]
    pub(crate) fn new<S>(
        socket: &mut S,
        kind: SourceKind,
        writable: bool,
    ) -> io::Result<Registration>
    where
        S: mio::event::Source + AsRawFd,
    {
        let reactor = context::expect_current("a socket");
        let fd = socket.as_raw_fd();
        let key = reactor.register(socket, fd, kind)?;
        if writable {
            reactor.with_source(key, Source::set_writable);
        }
        Ok(Registration { reactor: reactor.id(), key })
    }

    /// Notes the peer's address, for dumps.
    pub(crate) fn set_peer(&self, peer: SocketAddr) {
        if let Some(reactor) = self.reactor.reactor() {
            reactor.with_source(self.key, |it| it.peer = Some(peer));
        }
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

    fn poll_operation<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
        mut io: impl FnMut() -> io::Result<T>,
        is_short: impl Fn(&T) -> bool,
    ) -> Poll<io::Result<T>> {
        let leave = ready!(budget::poll_leave(cx));
        let Some(reactor) = self.reactor.reactor() else {
            return Poll::Ready(Err(reactor_gone()));
        };
        let result = loop {
            let Some(seen) = self.ready(&reactor, direction, key) else {
                self.wait(&reactor, cx, direction, key);
                return Poll::Pending;
            };
            match io() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    reactor.with_source(self.key, |it| {
                        it.clear(direction, seen);
                    });
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(moved) if is_short(&moved) => {
                    reactor.with_source(self.key, |it| {
                        it.note_short(direction, seen);
                    });
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
            let seen = self.seen(direction);
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
        let Some(reactor) = self.reactor.reactor() else {
            return Poll::Ready(Err(reactor_gone()));
        };
        if let Some(seen) = self.ready(&reactor, direction, key) {
            return Poll::Ready(Ok(seen));
        }
        self.wait(&reactor, cx, direction, key);
        Poll::Pending
    }

    /// What was seen, if the direction is ready: then there is nothing to wait
    /// for any more.
    fn ready(
        &self,
        reactor: &Reactor,
        direction: Direction,
        key: &mut Option<WaiterKey>,
    ) -> Option<Seen> {
        let ready = reactor.with_source(self.key, |it| {
            let seen = it.seen(direction)?;
            Some((seen, key.and_then(|key| it.remove_waiter(direction, key))))
        });
        let (seen, removed) = ready.flatten()?;
        if removed.is_some() {
            reactor.count_waiters(-1);
        }
        key.take_if(|key| *key != WaiterKey::SLOT);
        drop(removed); // user code, with nothing borrowed
        Some(seen)
    }

    /// The direction would block: not ready, unless an event came since.
    pub(crate) fn clear(&self, direction: Direction, seen: Seen) {
        if let Some(reactor) = self.reactor.reactor() {
            reactor.with_source(self.key, |it| it.clear(direction, seen));
        }
    }

    /// Takes back the waiter of a future that is dropped.
    pub(crate) fn forget(&self, direction: Direction, key: WaiterKey) {
        if let Some(reactor) = self.reactor.reactor() {
            self.stop_waiting(&reactor, direction, key);
        }
    }

    /// `accept` found no free file descriptor: pause, then try again.
    pub(crate) fn pause_accept(
        &self,
        cx: &mut Context<'_>,
        key: &mut Option<WaiterKey>,
        error: &io::Error,
    ) {
        if let Some(reactor) = self.reactor.reactor() {
            self.wait(&reactor, cx, Direction::Read, key);
            reactor.pause_accept(self.key, error);
        }
    }

    fn seen(&self, direction: Direction) -> Option<Seen> {
        let reactor = self.reactor.reactor()?;
        reactor.with_source(self.key, |it| it.seen(direction))?
    }

    /// Adds a waiter, or replaces its waker by the newest.
    fn wait(
        &self,
        reactor: &Rc<Reactor>,
        cx: &Context<'_>,
        direction: Direction,
        key: &mut Option<WaiterKey>,
    ) {
        let key = *key.get_or_insert_with(|| reactor.new_waiter_key());
        let newest = cx.waker();
        let is_current = reactor.with_source(self.key, |it| {
            it.waker(direction, key).map(|waker| waker.will_wake(newest))
        });
        if is_current == Some(Some(true)) {
            return;
        }
        let mut newest = Some(newest.clone()); // user code: nothing borrowed
        let tag = context::polled();
        let added = reactor.with_source(self.key, |it| {
            if let Some(current) = it.waker(direction, key) {
                newest = newest.take().map(|it| mem::replace(current, it));
                return false;
            }
            if let Some(waker) = newest.take() {
                it.add_waiter(direction, key, tag, waker);
            }
            true
        });
        if added == Some(true) {
            reactor.count_waiters(1);
        }
        drop(newest); // the waker before, if any: user code, nothing borrowed
    }

    fn stop_waiting(
        &self,
        reactor: &Rc<Reactor>,
        direction: Direction,
        key: WaiterKey,
    ) {
        let removed = reactor
            .with_source(self.key, |it| it.remove_waiter(direction, key))
            .flatten();
        if removed.is_some() {
            reactor.count_waiters(-1);
        }
        drop(removed); // user code, with nothing borrowed
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(reactor) = self.reactor.reactor() {
            reactor.deregister(self.key);
        }
    }
}

fn reactor_gone() -> io::Error {
    io::Error::other(
        "the runtime of this socket is gone: a socket works only as long as \
         the runtime in which it was made",
    )
}

#[cfg(test)]
mod tests {
    use super::{Reactor, Registration, SourceKind};
    use crate::reactor::Settings;

    #[test]
    fn a_late_key_does_not_find_the_next_user_of_its_slot() {
        let reactor = Reactor::new(Settings::default()).unwrap();
        let _entered = reactor.enter();
        let (mut one, mut other) = mio::net::UnixStream::pair().unwrap();
        let kind = SourceKind::UnixStream;
        let first = Registration::new(&mut one, kind, false).unwrap();
        let late = first.key;
        drop(first);
        let next = Registration::new(&mut other, kind, false).unwrap();
        assert!(reactor.with_source(next.key, |_| ()).is_some());
        assert!(reactor.with_source(late, |_| ()).is_none());
    }
}
