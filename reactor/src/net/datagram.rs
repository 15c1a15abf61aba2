//! The futures of datagram sockets: [`Recv`], [`RecvFrom`], [`Send`], ...
//!
//! A datagram is taken whole, also by a buffer that is too short for it (the
//! rest of it is lost), and its length says nothing about the next one: only
//! `WouldBlock` means that nothing is left.
//!
//! Next: `accept.rs`, the future of listeners.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::net::udp::UdpSocket;
use crate::net::waiting::Waiting;
use crate::source::Direction;

pub(crate) use common::DatagramSocket;

/// Public because it stands in the bounds of public futures, and here because
/// nobody else shall name it.
mod common {
    use super::{Context, Direction, Poll, io};
    use crate::registration::Registration;
    use crate::source::WaiterKey;

    /// What the two kinds of datagram socket have in common: asking the
    /// kernel, once.
    pub trait DatagramSocket {
        /// Who sent a datagram.
        type Address;

        fn registration(&self) -> &Registration;
        fn send_now(&self, datagram: &[u8]) -> io::Result<usize>;
        fn recv_now(&self, buffer: &mut [u8]) -> io::Result<usize>;
        fn recv_from_now(
            &self,
            buffer: &mut [u8],
        ) -> io::Result<(usize, Self::Address)>;

        /// Waits in the one place that `poll_*` have.
        fn poll_slot<T>(
            &self,
            cx: &mut Context<'_>,
            direction: Direction,
            io: impl FnMut() -> io::Result<T>,
        ) -> Poll<io::Result<T>> {
            let registration = self.registration();
            registration.poll_io(cx, direction, &mut Some(WaiterKey::SLOT), io)
        }
    }
}

/// Sends a datagram to the peer. Made by [`UdpSocket::send`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Send<'a, S = UdpSocket> {
    waiting: Waiting<'a>,
    socket: &'a S,
    datagram: &'a [u8],
}

impl<'a, S: DatagramSocket> Send<'a, S> {
    pub(crate) fn new(socket: &'a S, datagram: &'a [u8]) -> Send<'a, S> {
        let (registration, direction) =
            (socket.registration(), Direction::Write);
        let waiting = Waiting::new("Send", registration, direction);
        Send { waiting, socket, datagram }
    }
}

impl<S: DatagramSocket> Future for Send<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (socket, datagram) = (this.socket, this.datagram);
        this.waiting.poll_io(cx, || socket.send_now(datagram))
    }
}

/// Receives a datagram of the peer. Made by [`UdpSocket::recv`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Recv<'a, S = UdpSocket> {
    waiting: Waiting<'a>,
    socket: &'a S,
    buffer: &'a mut [u8],
}

impl<'a, S: DatagramSocket> Recv<'a, S> {
    pub(crate) fn new(socket: &'a S, buffer: &'a mut [u8]) -> Recv<'a, S> {
        Recv { waiting: receiving("Recv", socket), socket, buffer }
    }
}

impl<S: DatagramSocket> Future for Recv<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (socket, buffer) = (this.socket, &mut *this.buffer);
        this.waiting.poll_io(cx, || socket.recv_now(buffer))
    }
}

/// Receives a datagram, and who sent it. Made by [`UdpSocket::recv_from`] and
/// its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct RecvFrom<'a, S = UdpSocket> {
    waiting: Waiting<'a>,
    socket: &'a S,
    buffer: &'a mut [u8],
}

impl<'a, S: DatagramSocket> RecvFrom<'a, S> {
    pub(crate) fn new(socket: &'a S, buffer: &'a mut [u8]) -> Self {
        RecvFrom { waiting: receiving("RecvFrom", socket), socket, buffer }
    }
}

impl<S: DatagramSocket> Future for RecvFrom<'_, S> {
    type Output = io::Result<(usize, S::Address)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let (socket, buffer) = (this.socket, &mut *this.buffer);
        this.waiting.poll_io(cx, || socket.recv_from_now(buffer))
    }
}

fn receiving<'a>(
    name: &'static str,
    socket: &'a impl DatagramSocket,
) -> Waiting<'a> {
    Waiting::new(name, socket.registration(), Direction::Read)
}
