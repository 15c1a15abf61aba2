//! All bytes of a reader into a writer.
//!
//! Next: `copy_bidirectional.rs`, the same in both directions.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::transfer::Transfer;

/// Copies all bytes of `reader` into `writer`, up to the reader's end, and
/// flushes: how many bytes that were.
///
/// It flushes as well whenever the reader has nothing more for now. It does
/// not close the writer.
///
/// ```
/// use onecook::io;
///
/// let mut pan = Vec::new();
/// let copied = onecook::block_on(io::copy(&mut &b"egg"[..], &mut pan));
/// assert_eq!((copied.unwrap(), &pan[..]), (3, &b"egg"[..]));
/// ```
///
/// # Errors
///
/// The reader's or the writer's first error; `WriteZero` if the writer takes
/// no more bytes.
///
/// # Cancel safety
///
/// What was read and not written yet, up to 8 KiB, is lost; the rest of both
/// streams is untouched. Who wants to go on later keeps the future, or asks
/// it for [`copied`](Copy::copied) and [`unwritten`](Copy::unwritten) first.
#[doc(alias = "pipeTo")]
pub fn copy<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> Copy<'a, R, W>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    Copy { transfer: Transfer::new(), reader, writer }
}

/// The future of [`copy`].
#[must_use = "futures do nothing unless polled"]
pub struct Copy<'a, R: ?Sized, W: ?Sized> {
    transfer: Transfer,
    reader: &'a mut R,
    writer: &'a mut W,
}

impl<R: ?Sized, W: ?Sized> Copy<'_, R, W> {
    /// How many bytes the writer has taken so far.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::{io, time::timeout};
    ///
    /// let runtime = onecook::Builder::new().virtual_time().build()?;
    /// runtime.block_on(async {
    ///     let (mut narrow, _far) = io::duplex(4);
    ///     let mut order = &b"two eggs"[..];
    ///     let mut copying = io::copy(&mut order, &mut narrow);
    ///     let second = Duration::from_secs(1);
    ///     // Nobody reads.
    ///     assert!(timeout(second, &mut copying).await.is_err());
    ///     assert_eq!(copying.copied(), 4);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.transfer.copied()
    }

    /// What was read and the writer has not taken yet.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::{io, time::timeout};
    /// # let runtime = onecook::Builder::new().virtual_time().build()?;
    /// # runtime.block_on(async {
    /// let (mut narrow, _far) = io::duplex(4);
    /// let mut order = &b"two eggs"[..];
    /// let mut copying = io::copy(&mut order, &mut narrow);
    /// let second = Duration::from_secs(1);
    /// assert!(timeout(second, &mut copying).await.is_err()); // nobody reads
    /// assert_eq!(copying.unwritten(), b"eggs");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn unwritten(&self) -> &[u8] {
        self.transfer.unwritten()
    }
}

impl<R, W> Future for Copy<'_, R, W>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    type Output = io::Result<u64>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.transfer.is_done(), "`Copy` polled after it was done");
        ready!(this.transfer.poll(cx, this.reader, this.writer))?;
        Poll::Ready(Ok(this.transfer.copied()))
    }
}

impl<R: ?Sized, W: ?Sized> fmt::Debug for Copy<'_, R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Copy").field(&self.transfer).finish()
    }
}
