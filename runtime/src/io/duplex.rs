//! A connection in memory: two ends, and what is written into one is read
//! from the other.
//!
//! It stands in for a socket in tests: no kernel, no port, and it does not
//! hold virtual time, so a test of a timeout takes no time and always goes the
//! same way.
//!
//! **Why it is not `Send`.** tokio's is, because there a task may move to
//! another thread. Here a task stays on its thread, and so do our sockets: a
//! duplex promises no more than the socket that it stands in for. So it needs
//! no lock, and code that compiles with it will compile with a `TcpStream`.
//!
//! Next: `pipe.rs`, one of its two directions.

use std::io::Result;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::pipe::{Reader, Writer, pipe};

/// Two ends of a connection in memory.
///
/// Each direction holds up to `max_buf_size` bytes; whoever writes more waits
/// until the other end has read.
///
/// ```
/// use onecook::io;
///
/// let copied = onecook::block_on(async {
///     let (mut customer, mut kitchen) = io::duplex(16);
///     drop(onecook::spawn(async move {
///         io::copy(&mut &b"two eggs, sunny side up"[..], &mut customer).await
///     })); // and at its end the customer's end is dropped
///     let mut order = Vec::new();
///     io::copy(&mut kitchen, &mut order).await?;
///     Ok::<_, std::io::Error>(order)
/// });
/// assert_eq!(copied.unwrap(), b"two eggs, sunny side up");
/// ```
///
/// # Panics
///
/// If `max_buf_size` is 0.
#[doc(alias = "net.Pipe")]
#[must_use = "dropping one end closes the other"]
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    assert!(
        max_buf_size > 0,
        "`duplex(0)` could never pass on a byte: give it room for at least one"
    );
    let (to_right, from_left) = pipe(max_buf_size);
    let (to_left, from_right) = pipe(max_buf_size);
    let left = DuplexStream { incoming: from_right, outgoing: to_right };
    let right = DuplexStream { incoming: from_left, outgoing: to_left };
    (left, right)
}

/// One end of a [`duplex`].
///
/// It reads the end (0 bytes) once the other end was dropped or closed, and
/// everything written before that was read. It has the futures-io traits, and
/// so has `&DuplexStream`: one task may read while another writes.
///
/// There is **one place per direction, and the last waker wins**: two tasks
/// that read from one end take each other's wake-ups.
///
/// ```
/// use std::{future::poll_fn, io::Result};
/// use onecook::io::duplex;
///
/// onecook::block_on(async {
///     let (kitchen, customer) = duplex(16);
///     let mut buffer = [0; 16];
///     poll_fn(|cx| kitchen.poll_write(cx, b"egg")).await?;
///     drop(kitchen);
///     assert_eq!(poll_fn(|cx| customer.poll_read(cx, &mut buffer)).await?, 3);
///     assert_eq!(poll_fn(|cx| customer.poll_read(cx, &mut buffer)).await?, 0);
///     Result::Ok(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct DuplexStream {
    incoming: Reader,
    outgoing: Writer,
}

impl DuplexStream {
    /// Reads into `buffer`: how many bytes came, 0 at the end. For
    /// hand-written machines.
    ///
    /// With an empty buffer it answers 0 at once.
    ///
    /// ```
    /// # use std::{future::poll_fn, io::Result};
    /// # use onecook::io::duplex;
    /// # onecook::block_on(async {
    /// let (kitchen, customer) = duplex(16);
    /// let mut buffer = [0; 2];
    /// poll_fn(|cx| kitchen.poll_write(cx, b"egg")).await?;
    /// assert_eq!(poll_fn(|cx| customer.poll_read(cx, &mut buffer)).await?, 2);
    /// assert_eq!(&buffer, b"eg");
    /// # Result::Ok(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize>> {
        self.incoming.poll_read(cx, buffer)
    }

    /// Writes some of `bytes`: as many as there is room for, at least one. For
    /// hand-written machines.
    ///
    /// Without any bytes it answers 0 at once.
    ///
    /// ```
    /// # use std::{future::poll_fn, io::Result};
    /// # use onecook::io::duplex;
    /// # onecook::block_on(async {
    /// let (kitchen, _customer) = duplex(4);
    /// let written = poll_fn(|cx| kitchen.poll_write(cx, b"two eggs")).await?;
    /// assert_eq!(written, 4); // there was room for so many
    /// # Result::Ok(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `BrokenPipe` if the other end was dropped, or this one was closed.
    pub fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.outgoing.poll_write(cx, bytes)
    }

    /// Ends writing. The other end reads what was written, then the end, and
    /// can still write. Closing twice changes nothing.
    ///
    /// ```
    /// # use std::{future::poll_fn, io::Result};
    /// # use onecook::io::duplex;
    /// # onecook::block_on(async {
    /// let (kitchen, customer) = duplex(16);
    /// let mut buffer = [0; 16];
    /// kitchen.close();
    /// assert_eq!(poll_fn(|cx| customer.poll_read(cx, &mut buffer)).await?, 0);
    /// poll_fn(|cx| customer.poll_write(cx, b"thanks")).await?;
    /// assert_eq!(poll_fn(|cx| kitchen.poll_read(cx, &mut buffer)).await?, 6);
    /// # Result::Ok(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close(&self) {
        self.outgoing.close();
    }
}

impl AsyncRead for DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize>> {
        self.incoming.poll_read(cx, buffer)
    }
}

impl AsyncWrite for DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.outgoing.poll_write(cx, bytes)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<()>> {
        Poll::Ready(Ok(())) // nothing is kept back
    }

    fn poll_close(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for &DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize>> {
        self.incoming.poll_read(cx, buffer)
    }
}

impl AsyncWrite for &DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.outgoing.poll_write(cx, bytes)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<()>> {
        Poll::Ready(Ok(())) // nothing is kept back
    }

    fn poll_close(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}
