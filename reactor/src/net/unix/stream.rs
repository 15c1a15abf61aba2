//! A connection between two Unix sockets.
//!
//! Next: `unix/connect.rs`, how it is made.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll, ready};

use crate::net::addr::with_address;
use crate::net::split;
use crate::net::stream::{
    Read, ReadExact, ReadToEnd, Readable, StreamSocket, Writable, Write,
    WriteAll,
};
use crate::net::unix::{Connect, OwnedReadHalf, OwnedWriteHalf};
use crate::registration::Registration;
use crate::source::{Direction, SourceKind, WaiterKey};

/// A connection between two Unix sockets.
///
/// Everything takes `&self`: two tasks may use the two directions of one
/// stream. Dropping it closes the connection.
pub struct UnixStream {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::UnixStream,
}

/// Making and giving away.
impl UnixStream {
    /// Connects to the listener at `path`.
    ///
    /// # Errors
    ///
    /// `NotFound`, `ConnectionRefused`, ..., with the path in the text;
    /// `WouldBlock` if the listener's queue of connections is full: the kernel
    /// does not tell when that ends, so try again later.
    ///
    /// # Panics
    ///
    /// When polled without a running runtime.
    pub fn connect<P: AsRef<Path>>(path: P) -> Connect {
        Connect::new(path.as_ref().to_owned())
    }

    /// Begins to connect; [`poll_connect`](UnixStream::poll_connect) tells
    /// when it is done. For hand-written machines.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn start_connect<P: AsRef<Path>>(path: P) -> io::Result<UnixStream> {
        let path = path.as_ref();
        let socket = mio::net::UnixStream::connect(path).map_err(|error| {
            with_address("connect to", &path.display(), &error)
        })?;
        Ok(UnixStream::connected(socket))
    }

    /// Waits until the connection stands, or has failed.
    ///
    /// # Errors
    ///
    /// What became of the attempt: once, so do not poll again.
    pub fn poll_connect(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let write = Direction::Write;
            let ready = self.registration.poll_ready(
                cx,
                write,
                &mut Some(WaiterKey::SLOT),
            );
            let seen = ready!(ready)?;
            if let Some(error) = self.socket.take_error()? {
                return Poll::Ready(Err(error));
            }
            match self.socket.peer_addr() {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    self.registration.clear(write, seen);
                }
                outcome => return Poll::Ready(outcome.map(drop)),
            }
        }
    }

    /// Two streams that are connected with each other.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = mio::net::UnixStream::pair()?;
        Ok((UnixStream::connected(one), UnixStream::connected(other)))
    }

    /// Takes over a connection made elsewhere. It becomes non-blocking.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(stream: net::UnixStream) -> io::Result<UnixStream> {
        stream.set_nonblocking(true)?;
        let socket = mio::net::UnixStream::from_std(stream);
        Ok(UnixStream::connected(socket))
    }

    /// Gives the connection away. It stays non-blocking: call
    /// `set_nonblocking(false)` on it to use it with blocking code.
    #[must_use]
    pub fn into_std(self) -> net::UnixStream {
        drop(self.registration);
        self.socket.into()
    }

    /// Two halves, for two tasks. See
    /// [`OwnedWriteHalf`](crate::net::split::OwnedWriteHalf) for what dropping
    /// it means.
    #[must_use]
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split::split(self)
    }

    /// A Unix connection stands, and has room, as soon as it was begun; where
    /// it does not, `poll_connect` finds out.
    pub(crate) fn connected(socket: mio::net::UnixStream) -> UnixStream {
        let registration = Registration::new(&socket, SourceKind::UnixStream);
        UnixStream { registration: registration.writable(), socket }
    }

    /// The peer's address: mostly it has none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// The address on this side.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// Reading.
impl UnixStream {
    /// Reads into `buffer`: how many bytes came, 0 at the end of the stream.
    /// One place: the last waker wins. For hand-written machines.
    ///
    /// With an empty buffer it answers 0 at once.
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_read_at(cx, &mut Some(WaiterKey::SLOT), buffer)
    }

    /// Waits until there is something to read, the end, or an error. One
    /// place: the last waker wins.
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_ready_at(cx, Direction::Read, &mut Some(WaiterKey::SLOT))
    }

    /// Reads what is there, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there: then wait for
    /// [`readable`](UnixStream::readable).
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read_now(buffer)
    }

    /// Reads into `buffer`: how many bytes came, 0 at the end of the stream.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has read nothing.
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a, Self> {
        Read::new(self, buffer)
    }

    /// Fills `buffer`.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the stream ends before.
    ///
    /// # Cancel safety
    ///
    /// What was read so far is in `buffer`, but how much that is, is lost.
    pub fn read_exact<'a>(
        &'a self,
        buffer: &'a mut [u8],
    ) -> ReadExact<'a, Self> {
        ReadExact::new(self, buffer)
    }

    /// Appends to `buffer` whatever comes until the end of the stream: how
    /// many bytes that were.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what was read so far is in `buffer`.
    pub fn read_to_end<'a>(
        &'a self,
        buffer: &'a mut Vec<u8>,
    ) -> ReadToEnd<'a, Self> {
        ReadToEnd::new(self, buffer)
    }

    /// Waits until there is something to read, the end, or an error.
    ///
    /// A hint: [`try_read`](UnixStream::try_read) may still say `WouldBlock`,
    /// and then this waits again.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub fn readable(&self) -> Readable<'_> {
        Readable::new(&self.registration)
    }
}

/// Writing.
impl UnixStream {
    /// Writes some of `bytes`: how many the kernel took. One place: the last
    /// waker wins. For hand-written machines.
    ///
    /// Without any bytes it answers 0 at once.
    pub fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_at(cx, &mut Some(WaiterKey::SLOT), bytes)
    }

    /// Waits until there is room to write, or an error. One place: the last
    /// waker wins.
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_ready_at(cx, Direction::Write, &mut Some(WaiterKey::SLOT))
    }

    /// Writes what there is room for, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room: then wait for
    /// [`writable`](UnixStream::writable).
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.try_write_now(bytes)
    }

    /// Writes some of `bytes`: how many the kernel took.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has written nothing.
    pub fn write<'a>(&'a self, bytes: &'a [u8]) -> Write<'a, Self> {
        Write::new(self, bytes)
    }

    /// Writes all of `bytes`.
    ///
    /// # Cancel safety
    ///
    /// Some of the bytes are written. How many, the future's
    /// [`written`](WriteAll::written) tells before it is dropped.
    pub fn write_all<'a>(&'a self, bytes: &'a [u8]) -> WriteAll<'a, Self> {
        WriteAll::new(self, bytes)
    }

    /// Waits until there is room to write, or an error.
    ///
    /// A hint: [`try_write`](UnixStream::try_write) may still say `WouldBlock`,
    /// and then this waits again.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub fn writable(&self) -> Writable<'_> {
        Writable::new(&self.registration)
    }

    /// Ends one direction, or both. After `Shutdown::Write` the peer reads the
    /// end of the stream, and can still write.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }
}

impl StreamSocket for UnixStream {
    fn registration(&self) -> &Registration {
        &self.registration
    }

    fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.socket).read(buffer)
    }

    fn read_vectored_now(
        &self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<usize> {
        (&self.socket).read_vectored(buffers)
    }

    fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.socket).write(bytes)
    }

    fn write_vectored_now(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.socket).write_vectored(buffers)
    }

    fn shutdown_now(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for UnixStream {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
