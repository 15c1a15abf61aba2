//! What every named future of a socket consists of: a socket's direction, and
//! the place of whoever waits for it.
//!
//! Next: `stream.rs`, the futures of byte streams.

use std::io;
use std::task::{Context, Poll, ready};

use crate::registration::Registration;
use crate::source::{Direction, WaiterKey};

/// One future's wait for one direction of a socket.
///
/// It takes its waiter back when dropped, and it knows when the future is
/// done, and the future's name: polled again, it panics with that.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    registration: &'a Registration,
    direction: Direction,
    key: Option<WaiterKey>,
    name: &'static str,
    done: bool,
}

impl<'a> Waiting<'a> {
    #[inline]
    pub(crate) fn new(
        name: &'static str,
        registration: &'a Registration,
        direction: Direction,
    ) -> Waiting<'a> {
        Waiting { registration, direction, key: None, name, done: false }
    }

    /// # Panics
    ///
    /// After [`finish`](Waiting::finish).
    #[inline]
    pub(crate) fn expect_pending(&self) {
        assert!(!self.done, "`{}` polled after it was done", self.name);
    }

    /// The future is done.
    #[inline]
    pub(crate) fn finish(&mut self) {
        self.done = true;
    }

    /// One operation, and the future is done. See [`Registration::poll_io`].
    pub(crate) fn poll_io<T>(
        &mut self,
        cx: &mut Context<'_>,
        io: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.expect_pending();
        let (direction, key) = (self.direction, &mut self.key);
        let result = ready!(self.registration.poll_io(cx, direction, key, io));
        self.finish();
        Poll::Ready(result)
    }

    /// Waits until the direction is ready, and the future is done.
    pub(crate) fn poll_ready(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.expect_pending();
        let (direction, key) = (self.direction, &mut self.key);
        let seen = ready!(self.registration.poll_ready(cx, direction, key));
        self.finish();
        Poll::Ready(seen.map(drop))
    }

    /// The future's place, for operations that decide themselves when it is
    /// done.
    #[inline]
    pub(crate) fn key(&mut self) -> &mut Option<WaiterKey> {
        self.expect_pending();
        &mut self.key
    }
}

impl Drop for Waiting<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.registration.forget(self.direction, key);
        }
    }
}
