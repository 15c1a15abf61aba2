//! A listening Unix socket.
//!
//! Next: `unix/stream.rs`, a connection.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::net::accept::{BACKLOG, Listener, poll_accept_at};
use crate::net::addr::{PATH_IN_USE, cannot_bind};
use crate::net::unix::{Accept, UnixStream};
use crate::registration::Registration;
use crate::source::{SourceKind, WaiterKey};

/// A Unix socket that listens for connections.
///
/// The file at its path stays when it is dropped: remove it before binding
/// again.
pub struct UnixListener {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::UnixListener,
}

impl UnixListener {
    /// Listens at a path. 4,096 connections may wait to be accepted, or as
    /// many as the system allows.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if the file exists already, ..., with the path in the text.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixListener> {
        let path = path.as_ref();
        let listener = listen(path).map_err(|error| {
            let path = path.display();
            cannot_bind("listen on", &path, &error, PATH_IN_USE)
        })?;
        UnixListener::from_std(listener)
    }

    /// Takes over a listener made elsewhere. It becomes non-blocking; its
    /// backlog stays as it is.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(listener: net::UnixListener) -> io::Result<UnixListener> {
        listener.set_nonblocking(true)?;
        let socket = mio::net::UnixListener::from_std(listener);
        let registration = Registration::new(&socket, SourceKind::UnixListener);
        Ok(UnixListener { registration, socket })
    }

    /// Gives the listener away. It stays non-blocking.
    #[must_use]
    pub fn into_std(self) -> net::UnixListener {
        drop(self.registration);
        self.socket.into()
    }

    /// Waits for a connection.
    ///
    /// Errors of a single connection are skipped. When no file descriptor is
    /// left it waits for one, after one report.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the connection stays in the queue.
    pub fn accept(&self) -> Accept<'_> {
        Accept::new(self)
    }

    /// Waits for a connection, as [`accept`](UnixListener::accept) does. One
    /// place: the last waker wins.
    pub fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        poll_accept_at(self, cx, &mut Some(WaiterKey::SLOT))
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

fn listen(path: &Path) -> io::Result<net::UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Listener for UnixListener {
    type Raw = mio::net::UnixStream;
    type Stream = UnixStream;
    type Address = SocketAddr;

    fn registration(&self) -> &Registration {
        &self.registration
    }

    fn accept_now(&self) -> io::Result<(mio::net::UnixStream, SocketAddr)> {
        self.socket.accept()
    }

    fn register(raw: mio::net::UnixStream, _peer: &SocketAddr) -> UnixStream {
        UnixStream::connected(raw)
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for UnixListener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
