//! A listening TCP socket.
//!
//! Next: `tcp/bind.rs`, how it is made.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket, Type};

use crate::net::accept::{Accept, BACKLOG, Listener, poll_accept_at};
use crate::net::addr::{PORT_IN_USE, ToSocketAddrs, cannot_bind};
use crate::net::tcp::bind::BindTo;
use crate::net::tcp::{Bind, TcpStream};
use crate::registration::Registration;
use crate::source::{SourceKind, WaiterKey};

/// A TCP socket that listens for connections.
///
/// ```no_run
/// # use onecook_reactor::net::TcpListener;
/// # async fn serve() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:3001").await?;
/// loop {
///     let (stream, peer) = listener.accept().await?;
///     println!("{peer} came");
///     stream.write_all(b"an egg\n").await?;
/// }
/// # }
/// ```
pub struct TcpListener {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::TcpListener,
}

impl TcpListener {
    /// Listens on an address; of several, on the first that is possible.
    ///
    /// The address may be used again at once after a restart
    /// (`SO_REUSEADDR`), and 4,096 connections may wait to be accepted.
    ///
    /// # Errors
    ///
    /// If no address is found or can be listened on: the text names the last.
    ///
    /// # Panics
    ///
    /// When polled without a running runtime.
    pub fn bind<A: ToSocketAddrs>(address: A) -> Bind {
        Bind::new(address.lookup())
    }

    /// Like [`bind`](TcpListener::bind), at once: an address needs no lookup.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn bind_to(address: SocketAddr) -> io::Result<TcpListener> {
        let listener = listen(address).map_err(|error| {
            cannot_bind("listen on", &address, &error, PORT_IN_USE)
        })?;
        TcpListener::from_std(listener)
    }

    /// Takes over a listener made elsewhere. It becomes non-blocking; its
    /// backlog stays as it is.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(listener: net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        let socket = mio::net::TcpListener::from_std(listener);
        let registration = Registration::new(&socket, SourceKind::TcpListener);
        Ok(TcpListener { registration, socket })
    }

    /// Gives the listener away. It stays non-blocking.
    #[must_use]
    pub fn into_std(self) -> net::TcpListener {
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

    /// Waits for a connection, as [`accept`](TcpListener::accept) does. One
    /// place: the last waker wins.
    pub fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        poll_accept_at(self, cx, &mut Some(WaiterKey::SLOT))
    }

    /// The address it listens on: the one way to learn which port the system
    /// chose for port 0.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// How many routers a packet may pass.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.ttl()
    }

    /// Sets how many routers a packet may pass.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_ttl(ttl)
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

fn listen(address: SocketAddr) -> io::Result<net::TcpListener> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl BindTo for TcpListener {
    fn bind_now(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind_to(address)
    }
}

impl Listener for TcpListener {
    type Raw = mio::net::TcpStream;
    type Stream = TcpStream;
    type Address = SocketAddr;

    fn registration(&self) -> &Registration {
        &self.registration
    }

    fn accept_now(&self) -> io::Result<(mio::net::TcpStream, SocketAddr)> {
        self.socket.accept()
    }

    fn register(raw: mio::net::TcpStream, peer: &SocketAddr) -> TcpStream {
        TcpStream::connected(raw, Some(*peer))
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
