//! Bytes between two streams in both directions, as a proxy needs it.
//!
//! Each direction is a machine of its own; it ends by closing the stream that
//! it wrote to, so a half close on one side arrives on the other.
//!
//! Next: `transfer.rs`, the machine below.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::transfer::Transfer;

/// Copies what `a` reads into `b`, and what `b` reads into `a`, until both
/// have come to their end: how many bytes went from `a` to `b`, and from `b`
/// to `a`.
///
/// When one comes to its end, the other is closed for writing, and the other
/// direction goes on.
///
/// ```
/// use onecook::io;
///
/// let copied = onecook::block_on(async {
///     let (mut customer, mut front) = io::duplex(64);
///     let (mut back, mut kitchen) = io::duplex(64);
///     io::copy(&mut &b"two eggs"[..], &mut customer).await?;
///     io::copy(&mut &b"one"[..], &mut kitchen).await?;
///     customer.close();
///     kitchen.close();
///     io::copy_bidirectional(&mut front, &mut back).await
/// });
/// assert_eq!(copied.unwrap(), (8, 3));
/// ```
///
/// # Errors
///
/// The first error of either direction ends both.
///
/// # Cancel safety
///
/// What was read and not written yet, up to 8 KiB in each direction, is lost.
pub fn copy_bidirectional<'a, A, B>(
    a: &'a mut A,
    b: &'a mut B,
) -> CopyBidirectional<'a, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    let turn = Turn::AToB;
    CopyBidirectional { a, b, a_to_b: Way::new(), b_to_a: Way::new(), turn }
}

/// The future of [`copy_bidirectional`].
#[must_use = "futures do nothing unless polled"]
pub struct CopyBidirectional<'a, A: ?Sized, B: ?Sized> {
    a: &'a mut A,
    b: &'a mut B,
    a_to_b: Way,
    b_to_a: Way,
    turn: Turn,
}

/// Which direction is polled first. They take turns: a direction that always
/// has bytes uses up the budget of the poll, and the other would never have
/// any.
#[derive(Debug)]
enum Turn {
    AToB,
    BToA,
    Done,
}

impl<A, B> CopyBidirectional<'_, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    /// Polls both directions, each in its turn.
    fn poll_both(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (there, back) = match self.turn {
            Turn::AToB => {
                self.turn = Turn::BToA;
                let there = self.a_to_b.poll(cx, self.a, self.b)?;
                (there, self.b_to_a.poll(cx, self.b, self.a)?)
            }
            Turn::BToA => {
                self.turn = Turn::AToB;
                let back = self.b_to_a.poll(cx, self.b, self.a)?;
                (self.a_to_b.poll(cx, self.a, self.b)?, back)
            }
            Turn::Done => {
                panic!("`CopyBidirectional` polled after it was done")
            }
        };
        if there.is_ready() && back.is_ready() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }
}

impl<A, B> Future for CopyBidirectional<'_, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    type Output = io::Result<(u64, u64)>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let both = ready!(this.poll_both(cx));
        this.turn = Turn::Done;
        let copied = (this.a_to_b.copied(), this.b_to_a.copied());
        Poll::Ready(both.map(|()| copied))
    }
}

impl<A: ?Sized, B: ?Sized> fmt::Debug for CopyBidirectional<'_, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyBidirectional")
            .field("a_to_b", &self.a_to_b)
            .field("b_to_a", &self.b_to_a)
            .finish_non_exhaustive()
    }
}

/// One direction.
#[derive(Debug)]
enum Way {
    Copying { transfer: Transfer },
    Closing { copied: u64 },
    Done { copied: u64 },
}

impl Way {
    fn new() -> Way {
        Way::Copying { transfer: Transfer::new() }
    }

    fn copied(&self) -> u64 {
        match self {
            Way::Copying { transfer } => transfer.copied(),
            Way::Closing { copied } | Way::Done { copied } => *copied,
        }
    }

    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        loop {
            match self {
                Way::Copying { transfer } => {
                    ready!(transfer.poll(cx, reader, writer))?;
                    *self = Way::Closing { copied: transfer.copied() };
                }
                Way::Closing { copied } => {
                    ready!(Pin::new(&mut *writer).poll_close(cx))?;
                    *self = Way::Done { copied: *copied };
                }
                Way::Done { .. } => return Poll::Ready(Ok(())),
            }
        }
    }
}
