//! `accept`, for TCP and Unix alike: what its errors mean.
//!
//! - No file descriptor is left (`EMFILE`, `ENFILE`): nobody is at fault, the
//!   connection waits in the kernel's queue, and `accept` waits with it, until
//!   a socket of ours closes, or a moment has passed.
//! - One connection has failed before it was accepted: on to the next.
//! - Everything else ends the call.
//!
//! Next: `split.rs`, a stream in two halves.

use std::fmt;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::tcp::TcpListener;
use crate::net::waiting::Waiting;
use crate::source::{Direction, WaiterKey};

pub(crate) use common::Listener;

/// Connections that wait to be accepted: mio's 128 would make the others of
/// 10,000 retransmit.
pub(crate) const BACKLOG: i32 = 4096;

/// Public because it stands in the bounds of [`Accept`], and here because
/// nobody else shall name it.
mod common {
    use super::io;
    use crate::registration::Registration;

    /// What the two kinds of listener have in common.
    pub trait Listener {
        /// A connection, as mio has it.
        type Raw;
        /// A connection.
        type Stream;
        /// Who connected.
        type Address;

        fn registration(&self) -> &Registration;
        fn accept_now(&self) -> io::Result<(Self::Raw, Self::Address)>;
        fn register(raw: Self::Raw, peer: &Self::Address) -> Self::Stream;
    }
}

/// Accepts a connection. Made by [`TcpListener::accept`] and its like.
#[must_use = "futures do nothing unless polled"]
pub struct Accept<'a, L = TcpListener> {
    waiting: Waiting<'a>,
    listener: &'a L,
}

impl<'a, L: Listener> Accept<'a, L> {
    pub(crate) fn new(listener: &'a L) -> Accept<'a, L> {
        let (registration, direction) =
            (listener.registration(), Direction::Read);
        let waiting = Waiting::new("Accept", registration, direction);
        Accept { waiting, listener }
    }
}

impl<L: Listener> Future for Accept<'_, L> {
    type Output = io::Result<(L::Stream, L::Address)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let key = this.waiting.key();
        let accepted = ready!(poll_accept_at(this.listener, cx, key));
        this.waiting.finish();
        Poll::Ready(accepted)
    }
}

impl<L> fmt::Debug for Accept<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accept").field("waiting", &self.waiting).finish()
    }
}

/// Waits for a connection in the place `key`.
pub(crate) fn poll_accept_at<L: Listener>(
    listener: &L,
    cx: &mut Context<'_>,
    key: &mut Option<WaiterKey>,
) -> Poll<io::Result<(L::Stream, L::Address)>> {
    let registration = listener.registration();
    loop {
        let accept = || listener.accept_now();
        match ready!(registration.poll_io(cx, Direction::Read, key, accept)) {
            Ok((raw, peer)) => {
                let stream = L::register(raw, &peer);
                return Poll::Ready(Ok((stream, peer)));
            }
            Err(error) if is_out_of_descriptors(&error) => {
                registration.pause_accept(cx, key, &error);
                return Poll::Pending;
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// `EMFILE` (this process) or `ENFILE` (the whole system). Std has no
/// `ErrorKind` for these; the numbers are the same on every Unix.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

/// What the manual page of `accept` says to treat like "try again": the
/// connection was gone, or forbidden, before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::PermissionDenied
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
    ) || error.raw_os_error().is_some_and(|it| NETWORK_ERRORS.contains(&it))
}

/// `EPROTO`, `ENOPROTOOPT`, `EHOSTDOWN`, `ENONET`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NETWORK_ERRORS: [i32; 4] = [71, 92, 112, 64];

/// `EPROTO`, `ENOPROTOOPT`, `EHOSTDOWN`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NETWORK_ERRORS: [i32; 3] = [100, 42, 64];

#[cfg(test)]
mod tests {
    use super::{io, is_of_one_connection, is_out_of_descriptors};

    fn os(number: i32) -> io::Error {
        io::Error::from_raw_os_error(number)
    }

    #[test]
    fn an_aborted_connection_is_not_the_listeners_error() {
        // ECONNABORTED, as this system numbers it.
        let aborted = if cfg!(target_os = "linux") { 103 } else { 53 };
        assert!(is_of_one_connection(&os(aborted)));
        assert!(is_of_one_connection(&os(1)), "EPERM: a firewall forbade it");
    }

    #[test]
    fn a_bad_descriptor_is_the_listeners_error() {
        for number in [9, 22] {
            assert!(!is_of_one_connection(&os(number)), "EBADF, EINVAL");
            assert!(!is_out_of_descriptors(&os(number)), "EBADF, EINVAL");
        }
    }
}
