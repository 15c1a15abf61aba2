//! A UDP socket.
//!
//! Next: `unix/`, the sockets of this machine.

use std::fmt;
use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::addr::{
    LookupHost, PORT_IN_USE, ToSocketAddrs, cannot_bind, with_address,
};
use crate::net::datagram::DatagramSocket;
use crate::net::stream::{Readable, Writable};
use crate::net::tcp::bind::BindTo;
use crate::net::waiting::Waiting;
use crate::registration::Registration;
use crate::source::{Direction, SourceKind};

pub use crate::net::datagram::{Recv, RecvFrom, Send};
pub use crate::net::tcp::Bind;

/// A UDP socket.
///
/// Everything takes `&self`, so several tasks may use one socket. A datagram
/// longer than the buffer is cut off.
///
/// A connected socket learns of a closed port: one later call fails with
/// `ConnectionRefused`, and then it goes on.
pub struct UdpSocket {
    registration: Registration, // goes first: see `Registration`
    socket: mio::net::UdpSocket,
}

/// Making and giving away.
impl UdpSocket {
    /// Binds a socket to an address; of several, to the first that is free.
    ///
    /// # Errors
    ///
    /// If no address is found or free: the text names the last.
    ///
    /// # Panics
    ///
    /// When polled without a running runtime.
    pub fn bind<A: ToSocketAddrs>(address: A) -> Bind<UdpSocket> {
        Bind::new(address.lookup())
    }

    /// Like [`bind`](UdpSocket::bind), at once: an address needs no lookup.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn bind_to(address: SocketAddr) -> io::Result<UdpSocket> {
        let bound = mio::net::UdpSocket::bind(address);
        let socket = bound.map_err(|error| {
            cannot_bind("bind to", &address, &error, PORT_IN_USE)
        })?;
        Ok(UdpSocket::register(socket))
    }

    /// Takes over a socket made elsewhere. It becomes non-blocking.
    ///
    /// # Panics
    ///
    /// Without a running runtime.
    pub fn from_std(socket: net::UdpSocket) -> io::Result<UdpSocket> {
        socket.set_nonblocking(true)?;
        Ok(UdpSocket::register(mio::net::UdpSocket::from_std(socket)))
    }

    /// Gives the socket away. It stays non-blocking: call
    /// `set_nonblocking(false)` on it to use it with blocking code.
    #[must_use]
    pub fn into_std(self) -> net::UdpSocket {
        drop(self.registration);
        self.socket.into()
    }

    /// Chooses the peer of [`send`](UdpSocket::send) and
    /// [`recv`](UdpSocket::recv); of several addresses, the first that is
    /// possible. Nothing is sent.
    pub fn connect<A: ToSocketAddrs>(&self, peer: A) -> Connect<'_> {
        let lookup = peer.lookup();
        Connect { socket: self, state: ConnectState::LookingUp(lookup) }
    }

    /// Like [`connect`](UdpSocket::connect), at once: an address needs no
    /// lookup.
    pub fn connect_to(&self, peer: SocketAddr) -> io::Result<()> {
        self.socket
            .connect(peer)
            .map_err(|error| with_address("connect to", &peer, &error))?;
        self.registration.set_peer(peer);
        Ok(())
    }

    fn register(socket: mio::net::UdpSocket) -> UdpSocket {
        let registration = Registration::new(&socket, SourceKind::UdpSocket);
        UdpSocket { registration: registration.writable(), socket }
    }
}

/// Sending to, and receiving from, the peer or anybody.
impl UdpSocket {
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

/// Sending to, and looking at, anybody.
impl UdpSocket {
    /// Sends a datagram to `target`. One place: the last waker wins.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let send = || self.socket.send_to(datagram, target);
        self.poll_slot(cx, Direction::Write, send)
    }

    /// Sends a datagram to `target`, and never waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room.
    pub fn try_send_to(
        &self,
        datagram: &[u8],
        target: SocketAddr,
    ) -> io::Result<usize> {
        let send = || self.socket.send_to(datagram, target);
        self.registration.try_io(Direction::Write, send)
    }

    /// Sends a datagram to `target`; of several addresses, to the first.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: while it is pending, nothing was sent.
    pub fn send_to<'a, A: ToSocketAddrs>(
        &'a self,
        datagram: &'a [u8],
        target: A,
    ) -> SendTo<'a> {
        let (registration, direction) = (&self.registration, Direction::Write);
        SendTo {
            waiting: Waiting::new("SendTo", registration, direction),
            socket: self,
            datagram,
            state: SendToState::LookingUp(target.lookup()),
        }
    }

    /// Like [`poll_recv_from`](UdpSocket::poll_recv_from), but leaves the
    /// datagram where it is.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let peek = || self.socket.peek_from(buffer);
        self.poll_slot(cx, Direction::Read, peek)
    }

    /// Like [`recv_from`](UdpSocket::recv_from), but leaves the datagram where
    /// it is.
    pub fn peek_from<'a>(&'a self, buffer: &'a mut [u8]) -> PeekFrom<'a> {
        let (registration, direction) = (&self.registration, Direction::Read);
        let waiting = Waiting::new("PeekFrom", registration, direction);
        PeekFrom { waiting, socket: self, buffer }
    }
}

/// Options.
impl UdpSocket {
    /// The address on this side.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The peer's address, if [`connect`](UdpSocket::connect) chose one.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    /// Whether it may send to broadcast addresses.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.socket.broadcast()
    }

    /// Sets whether it may send to broadcast addresses.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.socket.set_broadcast(on)
    }

    /// How many routers a packet may pass.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.ttl()
    }

    /// Sets how many routers a packet may pass.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_ttl(ttl)
    }

    /// Whether its IPv4 multicasts come back to this machine.
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.socket.multicast_loop_v4()
    }

    /// Sets whether its IPv4 multicasts come back to this machine.
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.socket.set_multicast_loop_v4(on)
    }

    /// How many routers an IPv4 multicast may pass.
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.socket.multicast_ttl_v4()
    }

    /// Sets how many routers an IPv4 multicast may pass.
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_multicast_ttl_v4(ttl)
    }

    /// Whether its IPv6 multicasts come back to this machine.
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.socket.multicast_loop_v6()
    }

    /// Sets whether its IPv6 multicasts come back to this machine.
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.socket.set_multicast_loop_v6(on)
    }

    /// Joins an IPv4 multicast group, through the interface of that address.
    pub fn join_multicast_v4(
        &self,
        group: Ipv4Addr,
        interface: Ipv4Addr,
    ) -> io::Result<()> {
        self.socket.join_multicast_v4(&group, &interface)
    }

    /// Leaves an IPv4 multicast group.
    pub fn leave_multicast_v4(
        &self,
        group: Ipv4Addr,
        interface: Ipv4Addr,
    ) -> io::Result<()> {
        self.socket.leave_multicast_v4(&group, &interface)
    }

    /// Joins an IPv6 multicast group, through the interface of that index.
    pub fn join_multicast_v6(
        &self,
        group: &Ipv6Addr,
        interface: u32,
    ) -> io::Result<()> {
        self.socket.join_multicast_v6(group, interface)
    }

    /// Leaves an IPv6 multicast group.
    pub fn leave_multicast_v6(
        &self,
        group: &Ipv6Addr,
        interface: u32,
    ) -> io::Result<()> {
        self.socket.leave_multicast_v6(group, interface)
    }

    /// Takes the socket's pending error, if it has one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// Chooses a peer. Made by [`UdpSocket::connect`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Connect<'a> {
    socket: &'a UdpSocket,
    state: ConnectState,
}

#[derive(Debug)]
enum ConnectState {
    LookingUp(LookupHost),
    Done,
}

impl Future for Connect<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let ConnectState::LookingUp(lookup) = &mut this.state else {
            panic!("`Connect` polled after it was done")
        };
        let found = ready!(Pin::new(lookup).poll(cx));
        this.state = ConnectState::Done;
        let connect = |peer| this.socket.connect_to(peer);
        Poll::Ready(found.and_then(|found| found.try_each(connect)))
    }
}

/// Sends a datagram to somebody. Made by [`UdpSocket::send_to`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct SendTo<'a> {
    waiting: Waiting<'a>,
    socket: &'a UdpSocket,
    datagram: &'a [u8],
    state: SendToState,
}

#[derive(Debug)]
enum SendToState {
    LookingUp(LookupHost),
    Sending(SocketAddr),
    Done,
}

impl SendTo<'_> {
    fn poll_looking_up(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let SendToState::LookingUp(lookup) = &mut self.state else {
            unreachable!("called in the state `LookingUp` only")
        };
        let found = ready!(Pin::new(lookup).poll(cx));
        let (state, result) = match found.and_then(|it| it.try_each(Ok)) {
            Ok(target) => (SendToState::Sending(target), Ok(())),
            Err(error) => (SendToState::Done, Err(error)),
        };
        self.state = state;
        Poll::Ready(result)
    }

    fn poll_sending(
        &mut self,
        cx: &mut Context<'_>,
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let (socket, datagram) = (&self.socket.socket, self.datagram);
        let send = || socket.send_to(datagram, target);
        let result = ready!(self.waiting.poll_io(cx, send));
        self.state = SendToState::Done;
        Poll::Ready(result)
    }
}

impl Future for SendTo<'_> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this.state {
                SendToState::LookingUp(_) => ready!(this.poll_looking_up(cx))?,
                SendToState::Sending(to) => return this.poll_sending(cx, to),
                SendToState::Done => {
                    panic!("`SendTo` polled after it was done")
                }
            }
        }
    }
}

/// Looks at a datagram. Made by [`UdpSocket::peek_from`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct PeekFrom<'a> {
    waiting: Waiting<'a>,
    socket: &'a UdpSocket,
    buffer: &'a mut [u8],
}

impl Future for PeekFrom<'_> {
    type Output = io::Result<(usize, SocketAddr)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (socket, buffer) = (&this.socket.socket, &mut *this.buffer);
        this.waiting.poll_io(cx, || socket.peek_from(buffer))
    }
}

impl BindTo for UdpSocket {
    fn bind_now(address: SocketAddr) -> io::Result<UdpSocket> {
        UdpSocket::bind_to(address)
    }
}

impl DatagramSocket for UdpSocket {
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

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
