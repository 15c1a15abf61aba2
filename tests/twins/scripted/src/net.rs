//! Connections that follow the script; all else is the real `onecook::net`.
//!
//! A named future of a connection does what its `poll_*` does, as the real
//! ones do. That it takes its waiter back when it is dropped is no event of its
//! own: that nobody waits any longer is seen when somebody is to be woken.
//!
//! Next: `time.rs`, timers.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub use onecook_real::net::*;

use crate::script::{self, Leaf, Operation};

/// A connection of which the script says what it does.
#[derive(Debug)]
pub struct TcpStream {
    leaf: Leaf,
}

impl TcpStream {
    /// Connects, as a future.
    pub fn connect(address: SocketAddr) -> Connect {
        Connect::Start { address }
    }

    /// A connection that stands already.
    #[must_use]
    pub fn connected() -> TcpStream {
        TcpStream { leaf: script::connected() }
    }

    /// Begins to connect.
    pub fn start_connect(address: SocketAddr) -> io::Result<TcpStream> {
        script::start_connect(address).map(|leaf| TcpStream { leaf })
    }

    /// Waits until the connection stands.
    pub fn poll_connect(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        script::poll_connect(self.leaf, cx)
    }

    /// Sends some bytes.
    pub fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        script::poll_write(self.leaf, cx, bytes)
    }

    /// Reads some bytes.
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if space.is_empty() {
            return Poll::Ready(Ok(0));
        }
        script::poll_read(self.leaf, cx, space)
    }

    /// Sends all bytes, as a future.
    pub fn write_all<'a>(&'a self, bytes: &'a [u8]) -> WriteAll<'a> {
        WriteAll { stream: self, bytes, written: 0 }
    }

    /// Reads some bytes, as a future.
    pub fn read<'a>(&'a self, space: &'a mut [u8]) -> Read<'a> {
        Read { stream: self, space }
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        script::dropped(self.leaf);
    }
}

/// The future of [`TcpStream::connect`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub enum Connect {
    /// Nothing has happened.
    Start {
        /// Whom to ask.
        address: SocketAddr,
    },
    /// Waits for the server's answer.
    Connecting {
        /// Not yet a connection.
        stream: TcpStream,
    },
    /// Waits for nothing any more.
    Done,
}

impl Future for Connect {
    type Output = io::Result<TcpStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Connect::Start { address } = this {
            match TcpStream::start_connect(*address) {
                Ok(stream) => *this = Connect::Connecting { stream },
                Err(why) => {
                    *this = Connect::Done;
                    return Poll::Ready(Err(why));
                }
            }
        }
        let Connect::Connecting { stream } = this else {
            panic!("`Connect` polled after it was done")
        };
        let outcome = ready!(stream.poll_connect(cx));
        match mem::replace(this, Connect::Done) {
            Connect::Connecting { stream } => {
                Poll::Ready(outcome.map(|()| stream))
            }
            _ => unreachable!("it was in `Connecting` just now"),
        }
    }
}

/// The future of [`TcpStream::write_all`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct WriteAll<'a> {
    stream: &'a TcpStream,
    bytes: &'a [u8],
    written: usize,
}

impl Future for WriteAll<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        while this.written < this.bytes.len() {
            let rest = &this.bytes[this.written..];
            match ready!(this.stream.poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                count => this.written += count,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for WriteAll<'_> {
    fn drop(&mut self) {
        script::waits_no_longer(self.stream.leaf, Operation::Write);
    }
}

/// The future of [`TcpStream::read`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Read<'a> {
    stream: &'a TcpStream,
    space: &'a mut [u8],
}

impl Future for Read<'_> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.stream.poll_read(cx, this.space)
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        script::waits_no_longer(self.stream.leaf, Operation::Read);
    }
}
