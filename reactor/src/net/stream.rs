//! The futures of byte streams: [`Read`], [`ReadExact`], [`Write`], ...
//!
//! Each is written once, over what a [`TcpStream`] and a `UnixStream` have in
//! common, and each is thin: the waiting is done by `poll_read` and its like,
//! which hand-written machines call themselves.
//!
//! Next: `futures_io.rs`, the same for everybody else's helpers.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::tcp::TcpStream;
use crate::net::waiting::Waiting;
use crate::registration::Registration;
use crate::source::Direction;

pub(crate) use common::StreamSocket;

/// How much `ReadToEnd` asks for at a time.
const CHUNK: usize = 8 * 1024;

/// Public because it stands in the bounds of public futures, and here because
/// nobody else shall name it.
mod common {
    use super::{Context, IoSlice, IoSliceMut, Poll, Shutdown, io, ready};
    use crate::registration::Registration;
    use crate::source::{Direction, WaiterKey};

    /// What the two kinds of stream have in common.
    ///
    /// The required methods ask the kernel, once; the provided ones wait, in
    /// the place `key`.
    pub trait StreamSocket {
        fn registration(&self) -> &Registration;
        fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize>;
        fn read_vectored_now(
            &self,
            buffers: &mut [IoSliceMut<'_>],
        ) -> io::Result<usize>;
        fn write_now(&self, bytes: &[u8]) -> io::Result<usize>;
        fn write_vectored_now(
            &self,
            buffers: &[IoSlice<'_>],
        ) -> io::Result<usize>;
        fn shutdown_now(&self, how: Shutdown) -> io::Result<()>;

        fn poll_read_at(
            &self,
            cx: &mut Context<'_>,
            key: &mut Option<WaiterKey>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let length = buffer.len();
            if length == 0 {
                return Poll::Ready(Ok(0));
            }
            let read = || self.read_now(buffer);
            let registration = self.registration();
            registration.poll_transfer(cx, Direction::Read, key, length, read)
        }

        fn poll_write_at(
            &self,
            cx: &mut Context<'_>,
            key: &mut Option<WaiterKey>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let length = bytes.len();
            if length == 0 {
                return Poll::Ready(Ok(0));
            }
            let write = || self.write_now(bytes);
            let registration = self.registration();
            registration.poll_transfer(cx, Direction::Write, key, length, write)
        }

        /// A short vectored read says nothing: the kernel may stop at the end
        /// of a buffer. So only `WouldBlock` clears the readiness.
        fn poll_read_vectored_at(
            &self,
            cx: &mut Context<'_>,
            key: &mut Option<WaiterKey>,
            buffers: &mut [IoSliceMut<'_>],
        ) -> Poll<io::Result<usize>> {
            if buffers.iter().all(|buffer| buffer.is_empty()) {
                return Poll::Ready(Ok(0));
            }
            let read = || self.read_vectored_now(buffers);
            self.registration().poll_io(cx, Direction::Read, key, read)
        }

        fn poll_write_vectored_at(
            &self,
            cx: &mut Context<'_>,
            key: &mut Option<WaiterKey>,
            buffers: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            if buffers.iter().all(|buffer| buffer.is_empty()) {
                return Poll::Ready(Ok(0));
            }
            let write = || self.write_vectored_now(buffers);
            self.registration().poll_io(cx, Direction::Write, key, write)
        }

        fn poll_ready_at(
            &self,
            cx: &mut Context<'_>,
            direction: Direction,
            key: &mut Option<WaiterKey>,
        ) -> Poll<io::Result<()>> {
            let registration = self.registration();
            ready!(registration.poll_ready(cx, direction, key))?;
            Poll::Ready(Ok(()))
        }

        fn try_read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = || self.read_now(buffer);
            self.registration().try_io(Direction::Read, read)
        }

        fn try_write_now(&self, bytes: &[u8]) -> io::Result<usize> {
            let write = || self.write_now(bytes);
            self.registration().try_io(Direction::Write, write)
        }

        /// The end of writing. That the peer is gone already is no error.
        fn close_writing(&self) -> io::Result<()> {
            match self.shutdown_now(Shutdown::Write) {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    Ok(())
                }
                result => result,
            }
        }
    }
}

/// Reads some bytes. Made by [`TcpStream::read`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Read<'a, S = TcpStream> {
    waiting: Waiting<'a>,
    stream: &'a S,
    buffer: &'a mut [u8],
}

impl<'a, S: StreamSocket> Read<'a, S> {
    pub(crate) fn new(stream: &'a S, buffer: &'a mut [u8]) -> Read<'a, S> {
        Read { waiting: reading("Read", stream), stream, buffer }
    }
}

impl<S: StreamSocket> Future for Read<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let key = this.waiting.key();
        let result = ready!(this.stream.poll_read_at(cx, key, this.buffer));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Fills a buffer. Made by [`TcpStream::read_exact`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct ReadExact<'a, S = TcpStream> {
    waiting: Waiting<'a>,
    stream: &'a S,
    buffer: &'a mut [u8],
    filled: usize,
}

impl<'a, S: StreamSocket> ReadExact<'a, S> {
    pub(crate) fn new(stream: &'a S, buffer: &'a mut [u8]) -> Self {
        let waiting = reading("ReadExact", stream);
        ReadExact { waiting, stream, buffer, filled: 0 }
    }

    /// Reads until the buffer is full: how many bytes that were.
    fn poll_filling(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        while self.filled < self.buffer.len() {
            let rest = &mut self.buffer[self.filled..];
            let key = self.waiting.key();
            match ready!(self.stream.poll_read_at(cx, key, rest))? {
                0 => return Poll::Ready(Err(self.ended_early())),
                read => self.filled += read,
            }
        }
        Poll::Ready(Ok(self.filled))
    }

    fn ended_early(&self) -> io::Error {
        io::Error::new(
            ErrorKind::UnexpectedEof,
            format!(
                "the stream ended after {} of {} bytes",
                self.filled,
                self.buffer.len()
            ),
        )
    }
}

impl<S: StreamSocket> Future for ReadExact<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.waiting.expect_pending();
        let result = ready!(this.poll_filling(cx));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Reads to the end of the stream. Made by [`TcpStream::read_to_end`] and its
/// like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct ReadToEnd<'a, S = TcpStream> {
    waiting: Waiting<'a>,
    stream: &'a S,
    buffer: &'a mut Vec<u8>,
    total: usize,
}

impl<'a, S: StreamSocket> ReadToEnd<'a, S> {
    pub(crate) fn new(stream: &'a S, buffer: &'a mut Vec<u8>) -> Self {
        let waiting = reading("ReadToEnd", stream);
        ReadToEnd { waiting, stream, buffer, total: 0 }
    }

    /// Reads until nothing comes any more: how many bytes came.
    fn poll_reading(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut chunk = [0; CHUNK];
        loop {
            let key = self.waiting.key();
            match ready!(self.stream.poll_read_at(cx, key, &mut chunk))? {
                0 => return Poll::Ready(Ok(self.total)),
                read => {
                    self.buffer.extend_from_slice(&chunk[..read]);
                    self.total += read;
                }
            }
        }
    }
}

impl<S: StreamSocket> Future for ReadToEnd<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.waiting.expect_pending();
        let result = ready!(this.poll_reading(cx));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Reads some bytes and leaves them. Made by [`TcpStream::peek`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Peek<'a> {
    waiting: Waiting<'a>,
    stream: &'a TcpStream,
    buffer: &'a mut [u8],
}

impl<'a> Peek<'a> {
    pub(crate) fn new(stream: &'a TcpStream, buffer: &'a mut [u8]) -> Peek<'a> {
        Peek { waiting: reading("Peek", stream), stream, buffer }
    }
}

impl Future for Peek<'_> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let key = this.waiting.key();
        let result = ready!(this.stream.poll_peek_at(cx, key, this.buffer));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Writes some bytes. Made by [`TcpStream::write`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Write<'a, S = TcpStream> {
    waiting: Waiting<'a>,
    stream: &'a S,
    bytes: &'a [u8],
}

impl<'a, S: StreamSocket> Write<'a, S> {
    pub(crate) fn new(stream: &'a S, bytes: &'a [u8]) -> Write<'a, S> {
        Write { waiting: writing("Write", stream), stream, bytes }
    }
}

impl<S: StreamSocket> Future for Write<'_, S> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let key = this.waiting.key();
        let result = ready!(this.stream.poll_write_at(cx, key, this.bytes));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Writes all bytes. Made by [`TcpStream::write_all`] and its like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct WriteAll<'a, S = TcpStream> {
    waiting: Waiting<'a>,
    stream: &'a S,
    bytes: &'a [u8],
    written: usize,
}

impl<'a, S: StreamSocket> WriteAll<'a, S> {
    pub(crate) fn new(stream: &'a S, bytes: &'a [u8]) -> WriteAll<'a, S> {
        let waiting = writing("WriteAll", stream);
        WriteAll { waiting, stream, bytes, written: 0 }
    }

    /// How many bytes the kernel has taken so far.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written
    }

    /// Writes until nothing is left.
    fn poll_writing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            let rest = &self.bytes[self.written..];
            let key = self.waiting.key();
            match ready!(self.stream.poll_write_at(cx, key, rest))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: StreamSocket> Future for WriteAll<'_, S> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.waiting.expect_pending();
        let result = ready!(this.poll_writing(cx));
        this.waiting.finish();
        Poll::Ready(result)
    }
}

/// Waits until a stream is readable. Made by [`TcpStream::readable`] and its
/// like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Readable<'a> {
    waiting: Waiting<'a>,
}

impl<'a> Readable<'a> {
    pub(crate) fn new(registration: &'a Registration) -> Readable<'a> {
        let direction = Direction::Read;
        Readable { waiting: Waiting::new("Readable", registration, direction) }
    }
}

impl Future for Readable<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().waiting.poll_ready(cx)
    }
}

/// Waits until a stream is writable. Made by [`TcpStream::writable`] and its
/// like.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Writable<'a> {
    waiting: Waiting<'a>,
}

impl<'a> Writable<'a> {
    pub(crate) fn new(registration: &'a Registration) -> Writable<'a> {
        let direction = Direction::Write;
        Writable { waiting: Waiting::new("Writable", registration, direction) }
    }
}

impl Future for Writable<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().waiting.poll_ready(cx)
    }
}

fn reading<'a>(
    name: &'static str,
    stream: &'a impl StreamSocket,
) -> Waiting<'a> {
    Waiting::new(name, stream.registration(), Direction::Read)
}

fn writing<'a>(
    name: &'static str,
    stream: &'a impl StreamSocket,
) -> Waiting<'a> {
    Waiting::new(name, stream.registration(), Direction::Write)
}
