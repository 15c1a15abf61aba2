//! A TCP connection.
//!
//! Next: `tcp/connect.rs`, how it is made.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::{self, Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;

use crate::net::addr::{ToSocketAddrs, with_address};
use crate::net::split::{self, OwnedReadHalf, OwnedWriteHalf};
use crate::net::stream::{
    Peek, Read, ReadExact, ReadToEnd, Readable, StreamSocket, Writable, Write,
    WriteAll,
};
use crate::net::tcp::Connect;
use crate::registration::Registration;
use crate::source::{Direction, SourceKind, WaiterKey};

/// A TCP connection.
///
/// Everything takes `&self`: two tasks may use the two directions of one
/// stream. Dropping it closes the connection.
///
/// ```no_run
/// # use onecook_reactor::net::TcpStream;
/// # async fn order() -> std::io::Result<()> {
/// let stream = TcpStream::connect("localhost:3001").await?;
/// stream.write_all(b"GET /A HTTP/1.1\r\n\r\n").await?;
/// let mut reply = [0; 1024];
/// let length = stream.read(&mut reply).await?;
/// # Ok(()) }
/// ```
pub struct TcpStream {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::TcpStream,
}

/// Making and giving away.
impl TcpStream {
    /// Connects to an address; of several, to the first that answers.
    ///
    /// # Errors
    ///
    /// If no address is found or answers: the last error, with its address in
    /// the text, and its kind (`ConnectionRefused`, `TimedOut`, ...).
    ///
    /// # Panics
    ///
    /// When polled without a running runtime.
    ///
    /// # Cancel safety
    ///
    /// A connection that is being made is closed.
    pub fn connect<A: ToSocketAddrs>(address: A) -> Connect {
        Connect::new(address.lookup())
    }

    /// Begins to connect; [`poll_connect`](TcpStream::poll_connect) tells when
    /// it is done. For hand-written machines.
    ///
    /// # Errors
    ///
    /// If the kernel refuses at once, as for an address it has no way to.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn start_connect(address: SocketAddr) -> io::Result<TcpStream> {
        let socket = mio::net::TcpStream::connect(address)
            .map_err(|error| with_address("connect to", &address, &error))?;
        let kind = SourceKind::TcpStream;
        let registration = Registration::new(&socket, kind).connecting();
        registration.set_peer(address);
        Ok(TcpStream { registration, socket })
    }

    /// Waits until the connection stands, or has failed.
    ///
    /// Writable is only a hint: the kernel keeps the outcome in `SO_ERROR`,
    /// and a socket without an error that has no peer yet is still trying.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`, `TimedOut`, ...: once, so do not poll again.
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

    /// Takes over a connection made elsewhere. It becomes non-blocking.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(stream: net::TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(true)?;
        let peer = stream.peer_addr().ok();
        let socket = mio::net::TcpStream::from_std(stream);
        Ok(TcpStream::connected(socket, peer))
    }

    /// Gives the connection away. It stays non-blocking: call
    /// `set_nonblocking(false)` on it to use it with blocking code.
    #[must_use]
    pub fn into_std(self) -> net::TcpStream {
        drop(self.registration);
        self.socket.into()
    }

    /// Two halves, for two tasks. See [`OwnedWriteHalf`] for what dropping it
    /// means.
    #[must_use]
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split::split(self)
    }

    pub(crate) fn connected(
        socket: mio::net::TcpStream,
        peer: Option<SocketAddr>,
    ) -> TcpStream {
        let kind = SourceKind::TcpStream;
        let registration = Registration::new(&socket, kind).writable();
        if let Some(peer) = peer {
            registration.set_peer(peer);
        }
        TcpStream { registration, socket }
    }
}

/// Reading.
impl TcpStream {
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
    /// [`readable`](TcpStream::readable).
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read_now(buffer)
    }

    /// Reads into `buffer`: how many bytes came, 0 at the end of the stream.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has read nothing.
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a> {
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
    pub fn read_exact<'a>(&'a self, buffer: &'a mut [u8]) -> ReadExact<'a> {
        ReadExact::new(self, buffer)
    }

    /// Appends to `buffer` whatever comes until the end of the stream: how
    /// many bytes that were.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what was read so far is in `buffer`.
    pub fn read_to_end<'a>(&'a self, buffer: &'a mut Vec<u8>) -> ReadToEnd<'a> {
        ReadToEnd::new(self, buffer)
    }

    /// Waits until there is something to read, the end, or an error.
    ///
    /// A hint: [`try_read`](TcpStream::try_read) may still say `WouldBlock`,
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
impl TcpStream {
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
    /// [`writable`](TcpStream::writable).
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.try_write_now(bytes)
    }

    /// Writes some of `bytes`: how many the kernel took.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, it has written nothing.
    pub fn write<'a>(&'a self, bytes: &'a [u8]) -> Write<'a> {
        Write::new(self, bytes)
    }

    /// Writes all of `bytes`.
    ///
    /// # Cancel safety
    ///
    /// Some of the bytes are written. How many, the future's
    /// [`written`](WriteAll::written) tells before it is dropped.
    pub fn write_all<'a>(&'a self, bytes: &'a [u8]) -> WriteAll<'a> {
        WriteAll::new(self, bytes)
    }

    /// Waits until there is room to write, or an error.
    ///
    /// A hint: [`try_write`](TcpStream::try_write) may still say `WouldBlock`,
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

/// Looking at bytes without taking them.
impl TcpStream {
    /// Like [`poll_read`](TcpStream::poll_read), but leaves the bytes where
    /// they are.
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_peek_at(cx, &mut Some(WaiterKey::SLOT), buffer)
    }

    /// Like [`read`](TcpStream::read), but leaves the bytes where they are.
    pub fn peek<'a>(&'a self, buffer: &'a mut [u8]) -> Peek<'a> {
        Peek::new(self, buffer)
    }

    /// A peek proves nothing by being short: the bytes are still there.
    pub(crate) fn poll_peek_at(
        &self,
        cx: &mut Context<'_>,
        key: &mut Option<WaiterKey>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let peek = || self.socket.peek(buffer);
        self.registration.poll_io(cx, Direction::Read, key, peek)
    }
}

/// Options.
impl TcpStream {
    /// The peer's address.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// The address on this side.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Whether small writes are sent at once (`TCP_NODELAY`).
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket.nodelay()
    }

    /// Sets whether small writes are sent at once (`TCP_NODELAY`), instead of
    /// being held back while earlier bytes are unacknowledged.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket.set_nodelay(nodelay)
    }

    /// How many routers a packet may pass.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.ttl()
    }

    /// Sets how many routers a packet may pass.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_ttl(ttl)
    }

    /// How long a close tries to deliver what was written.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(&self.socket).linger()
    }

    /// Sets how long a close tries to deliver what was written. With
    /// `Some(Duration::ZERO)` closing resets the connection.
    ///
    /// Any other duration makes *dropping* the stream block for up to so long.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        SockRef::from(&self.socket).set_linger(linger)
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

impl StreamSocket for TcpStream {
    #[inline]
    fn registration(&self) -> &Registration {
        &self.registration
    }

    #[inline]
    fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.socket).read(buffer)
    }

    fn read_vectored_now(
        &self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<usize> {
        (&self.socket).read_vectored(buffers)
    }

    #[inline]
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

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
