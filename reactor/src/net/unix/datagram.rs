//! A Unix datagram socket.
//!
//! Back to `net/mod.rs` for the map.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::net::addr::{PATH_IN_USE, cannot_bind, with_address};
use crate::net::datagram::{DatagramSocket, Recv, RecvFrom, Send};
use crate::net::stream::{Readable, Writable};
use crate::net::waiting::Waiting;
use crate::registration::Registration;
use crate::source::{Direction, SourceKind};

/// A Unix datagram socket.
///
/// Everything takes `&self`, so several tasks may use one socket. A datagram
/// longer than the buffer is cut off.
///
/// The file at its path stays when it is dropped.
///
/// Sending waits asleep while the queue of a *connected* peer is full. To a
/// path ([`send_to`](UnixDatagram::send_to)) it waits by trying again in each
/// turn, since the kernel reports room that there is not: connect if that can
/// last.
pub struct UnixDatagram {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::UnixDatagram,
}

/// Making and giving away.
impl UnixDatagram {
    /// Binds a socket to a path.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if the file exists already, ..., with the path in the text.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixDatagram> {
        let path = path.as_ref();
        let bound = mio::net::UnixDatagram::bind(path);
        let socket = bound.map_err(|error| {
            let path = path.display();
            cannot_bind("bind to", &path, &error, PATH_IN_USE)
        })?;
        Ok(UnixDatagram::register(socket))
    }

    /// A socket without an address: nobody can answer it.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn unbound() -> io::Result<UnixDatagram> {
        Ok(UnixDatagram::register(mio::net::UnixDatagram::unbound()?))
    }

    /// Two sockets that are connected with each other.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = mio::net::UnixDatagram::pair()?;
        let one = UnixDatagram::register(one);
        Ok((one, UnixDatagram::register(other)))
    }

    /// Takes over a socket made elsewhere. It becomes non-blocking.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
        socket.set_nonblocking(true)?;
        let socket = mio::net::UnixDatagram::from_std(socket);
        Ok(UnixDatagram::register(socket))
    }

    /// Gives the socket away. It stays non-blocking: call
    /// `set_nonblocking(false)` on it to use it with blocking code.
    #[must_use]
    pub fn into_std(self) -> net::UnixDatagram {
        drop(self.registration);
        self.socket.into()
    }

    /// Chooses the peer of [`send`](UnixDatagram::send) and
    /// [`recv`](UnixDatagram::recv).
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        let path = path.as_ref();
        self.socket.connect(path).map_err(|error| {
            with_address("connect to", &path.display(), &error)
        })
    }

    fn register(socket: mio::net::UnixDatagram) -> UnixDatagram {
        let kind = SourceKind::UnixDatagram;
        let registration = Registration::new(&socket, kind).writable();
        UnixDatagram { registration, socket }
    }
}

/// Sending to, and receiving from, the peer or anybody.
impl UnixDatagram {
    /// Sends a datagram to the peer. One place: the last waker wins.
    pub fn poll_send(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_slot(cx, Direction::Write, || self.send_now(datagram))
    }

    /// Receives a datagram: its length. One place: the last waker wins.
    pub fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_slot(cx, Direction::Read, || self.recv_now(buffer))
    }

    /// Receives a datagram: its length, and who sent it. One place: the last
    /// waker wins.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.poll_slot(cx, Direction::Read, || self.recv_from_now(buffer))
    }

    /// Sends a datagram to the peer, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        let send = || self.send_now(datagram);
        self.registration.try_io(Direction::Write, send)
    }

    /// Receives a datagram that is there, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if none is there.
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let recv = || self.recv_now(buffer);
        self.registration.try_io(Direction::Read, recv)
    }

    /// Receives a datagram that is there, and who sent it; never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if none is there.
    pub fn try_recv_from(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<(usize, SocketAddr)> {
        let recv = || self.recv_from_now(buffer);
        self.registration.try_io(Direction::Read, recv)
    }

    /// Sends a datagram to the peer that `connect` chose.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, nothing was sent.
    pub fn send<'a>(&'a self, datagram: &'a [u8]) -> Send<'a, Self> {
        Send::new(self, datagram)
    }

    /// Receives a datagram of the peer: its length.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has received nothing.
    pub fn recv<'a>(&'a self, buffer: &'a mut [u8]) -> Recv<'a, Self> {
        Recv::new(self, buffer)
    }

    /// Receives a datagram: its length, and who sent it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has received nothing.
    pub fn recv_from<'a>(&'a self, buffer: &'a mut [u8]) -> RecvFrom<'a, Self> {
        RecvFrom::new(self, buffer)
    }

    /// Waits until there is a datagram, or an error: a hint.
    pub fn readable(&self) -> Readable<'_> {
        Readable::new(&self.registration)
    }

    /// Waits until there is room to send, or an error: a hint.
    pub fn writable(&self) -> Writable<'_> {
        Writable::new(&self.registration)
    }
}

/// Sending to anybody.
impl UnixDatagram {
    /// Sends a datagram to the socket at `path`. One place: the last waker
    /// wins.
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        path: P,
    ) -> Poll<io::Result<usize>> {
        let send = || self.socket.send_to(datagram, path.as_ref());
        self.poll_slot(cx, Direction::Write, send)
    }

    /// Sends a datagram to the socket at `path`, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room.
    pub fn try_send_to<P: AsRef<Path>>(
        &self,
        datagram: &[u8],
        path: P,
    ) -> io::Result<usize> {
        let send = || self.socket.send_to(datagram, path.as_ref());
        self.registration.try_io(Direction::Write, send)
    }

    /// Sends a datagram to the socket at `path`.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, nothing was sent.
    pub fn send_to<'a, P: AsRef<Path>>(
        &'a self,
        datagram: &'a [u8],
        path: P,
    ) -> SendTo<'a> {
        let (registration, direction) = (&self.registration, Direction::Write);
        let waiting = Waiting::new("SendTo", registration, direction);
        let path = path.as_ref().to_owned();
        SendTo { waiting, socket: self, datagram, path }
    }

    /// The address on this side.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The peer's address, if [`connect`](UnixDatagram::connect) chose one.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// Ends one direction, or both.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// Sends a datagram to a path. Made by [`UnixDatagram::send_to`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct SendTo<'a> {
    waiting: Waiting<'a>,
    socket: &'a UnixDatagram,
    datagram: &'a [u8],
    path: PathBuf,
}

impl Future for SendTo<'_> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (socket, datagram) = (&this.socket.socket, this.datagram);
        let path = &this.path;
        this.waiting.poll_io(cx, || socket.send_to(datagram, path))
    }
}

impl DatagramSocket for UnixDatagram {
    type Address = SocketAddr;

    fn registration(&self) -> &Registration {
        &self.registration
    }

    fn send_now(&self, datagram: &[u8]) -> io::Result<usize> {
        self.socket.send(datagram)
    }

    fn recv_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.recv(buffer)
    }

    fn recv_from_now(
        &self,
        buffer: &mut [u8],
    ) -> io::Result<(usize, SocketAddr)> {
        self.socket.recv_from(buffer)
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for UnixDatagram {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
