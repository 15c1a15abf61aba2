//! A stream in two halves that each own it: one task reads, another writes.
//!
//! Next: `tcp/`, the sockets themselves.

use std::fmt;
use std::io;
use std::mem;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::net::stream::{
    Read, ReadExact, ReadToEnd, Readable, StreamSocket, Writable, Write,
    WriteAll,
};
use crate::net::tcp::TcpStream;
use crate::source::{Direction, WaiterKey};

/// The half of a stream that reads. Made by [`TcpStream::into_split`] and its
/// like.
#[derive(Debug)]
pub struct OwnedReadHalf<S = TcpStream> {
    stream: Rc<S>,
}

/// The half of a stream that writes. Made by [`TcpStream::into_split`] and its
/// like.
///
/// When it is dropped, the peer reads the end of the stream.
#[derive(Debug)]
pub struct OwnedWriteHalf<S: StreamSocket = TcpStream> {
    stream: Rc<S>,
    shutdown_on_drop: bool,
}

pub(crate) fn split<S: StreamSocket>(
    stream: S,
) -> (OwnedReadHalf<S>, OwnedWriteHalf<S>) {
    let stream = Rc::new(stream);
    let write =
        OwnedWriteHalf { stream: stream.clone(), shutdown_on_drop: true };
    (OwnedReadHalf { stream }, write)
}

impl<S: StreamSocket> OwnedReadHalf<S> {
    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    /// Makes one stream of two halves again.
    ///
    /// # Errors
    ///
    /// Gives both back if they are halves of different streams.
    pub fn reunite(
        self,
        write: OwnedWriteHalf<S>,
    ) -> Result<S, ReuniteError<S>> {
        if !Rc::ptr_eq(&self.stream, &write.stream) {
            return Err(ReuniteError(self, write));
        }
        write.forget();
        Rc::try_unwrap(self.stream)
            .map_err(|_| "a third half")
            .map_or_else(|third| unreachable!("{third}"), Ok)
    }

    /// See [`TcpStream::poll_read`].
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.poll_read_at(cx, &mut Some(WaiterKey::SLOT), buffer)
    }

    /// See [`TcpStream::poll_read_ready`].
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.poll_ready_at(
            cx,
            Direction::Read,
            &mut Some(WaiterKey::SLOT),
        )
    }

    /// See [`TcpStream::try_read`].
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read_now(buffer)
    }

    /// See [`TcpStream::read`].
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a, S> {
        Read::new(&self.stream, buffer)
    }

    /// See [`TcpStream::read_exact`].
    pub fn read_exact<'a>(&'a self, buffer: &'a mut [u8]) -> ReadExact<'a, S> {
        ReadExact::new(&self.stream, buffer)
    }

    /// See [`TcpStream::read_to_end`].
    pub fn read_to_end<'a>(
        &'a self,
        buffer: &'a mut Vec<u8>,
    ) -> ReadToEnd<'a, S> {
        ReadToEnd::new(&self.stream, buffer)
    }

    /// See [`TcpStream::readable`].
    pub fn readable(&self) -> Readable<'_> {
        Readable::new(self.stream.registration())
    }
}

impl<S: StreamSocket> OwnedWriteHalf<S> {
    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    /// Ends writing: the peer reads the end of the stream.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.shutdown_on_drop = false;
        self.stream.close_writing()
    }

    /// Makes one stream of two halves again. See [`OwnedReadHalf::reunite`].
    pub fn reunite(self, read: OwnedReadHalf<S>) -> Result<S, ReuniteError<S>> {
        read.reunite(self)
    }

    /// Drops this half without ending the stream: the peer reads its end only
    /// when the other half is dropped too.
    pub fn forget(mut self) {
        self.shutdown_on_drop = false;
    }

    /// Ends writing: the peer reads the end of the stream.
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.close()
    }

    /// See [`TcpStream::poll_write`].
    pub fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.poll_write_at(cx, &mut Some(WaiterKey::SLOT), bytes)
    }

    /// See [`TcpStream::poll_write_ready`].
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.poll_ready_at(
            cx,
            Direction::Write,
            &mut Some(WaiterKey::SLOT),
        )
    }

    /// See [`TcpStream::try_write`].
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.try_write_now(bytes)
    }

    /// See [`TcpStream::write`].
    pub fn write<'a>(&'a self, bytes: &'a [u8]) -> Write<'a, S> {
        Write::new(&self.stream, bytes)
    }

    /// See [`TcpStream::write_all`].
    pub fn write_all<'a>(&'a self, bytes: &'a [u8]) -> WriteAll<'a, S> {
        WriteAll::new(&self.stream, bytes)
    }

    /// See [`TcpStream::writable`].
    pub fn writable(&self) -> Writable<'_> {
        Writable::new(self.stream.registration())
    }
}

impl<S: StreamSocket> Drop for OwnedWriteHalf<S> {
    fn drop(&mut self) {
        if mem::take(&mut self.shutdown_on_drop) {
            // It fails if the peer is gone already: then it needs no end.
            let _ = self.stream.close_writing();
        }
    }
}

/// Two halves that are not of one stream.
pub struct ReuniteError<S: StreamSocket = TcpStream>(
    /// The half that reads.
    pub OwnedReadHalf<S>,
    /// The half that writes.
    pub OwnedWriteHalf<S>,
);

impl<S: StreamSocket> fmt::Debug for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError")
    }
}

impl<S: StreamSocket> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these are halves of two different streams")
    }
}

impl<S: StreamSocket> std::error::Error for ReuniteError<S> {}
