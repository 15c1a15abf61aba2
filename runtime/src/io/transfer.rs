//! The machine that moves bytes: read, write, again; flush at the end.
//!
//! ```text
//!                 ┌────── all written ──────┐
//!                 ▼                         │
//!   (new) ──▶ Reading ──── some came ──▶ Writing
//!                 │
//!                 └─ the end ─▶ Flushing ─▶ Done
//! ```
//!
//! An error leads to `Done` from everywhere. A reader that has nothing now
//! makes it flush, so that what a buffered writer holds does not stay there
//! while both sides wait for each other.
//!
//! Next: `stdin.rs`, the user's input, line by line.

use std::fmt;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use onecook_reactor::budget;

/// How many bytes are under way at most.
const BUFFER: usize = 8 * 1024;

/// Bytes from a reader to a writer, which its owner lends for each poll.
pub(super) struct Transfer {
    state: State,
    buffer: Box<[u8]>,
    copied: u64,
    /// Whether something was written since the last flush.
    unflushed: bool,
}

/// What it waits for.
#[derive(Clone, Copy, Debug)]
enum State {
    Reading,
    /// Bytes `start..end` of the buffer are still to be written.
    Writing {
        start: usize,
        end: usize,
    },
    Flushing,
    Done,
}

impl Transfer {
    pub(super) fn new() -> Transfer {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        let state = State::Reading;
        Transfer { state, buffer, copied: 0, unflushed: false }
    }

    /// How many bytes the writer has taken.
    pub(super) fn copied(&self) -> u64 {
        self.copied
    }

    /// What was read and the writer has not taken.
    pub(super) fn unwritten(&self) -> &[u8] {
        match self.state {
            State::Writing { start, end } => &self.buffer[start..end],
            _ => &[],
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Goes on until everything was copied and flushed, or the first error.
    pub(super) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut reader = Pin::new(reader);
        let mut writer = Pin::new(writer);
        loop {
            let step = match self.state {
                State::Reading => {
                    self.poll_reading(cx, reader.as_mut(), writer.as_mut())
                }
                State::Writing { start, end } => {
                    self.poll_writing(cx, writer.as_mut(), start, end)
                }
                State::Flushing => self.poll_flushing(cx, writer.as_mut()),
                State::Done => return Poll::Ready(Ok(())),
            };
            if let Err(error) = ready!(step) {
                self.state = State::Done;
                return Poll::Ready(Err(error));
            }
        }
    }

    /// The budget counts a chunk here too: the reader and the writer may be
    /// somebody else's, and know of none.
    fn poll_reading<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: Pin<&mut R>,
        writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        let leave = ready!(budget::poll_leave(cx));
        let Poll::Ready(read) = reader.poll_read(cx, &mut self.buffer) else {
            return self.poll_flushing_meanwhile(cx, writer);
        };
        leave.spend();
        match read? {
            0 => self.state = State::Flushing,
            end => self.state = State::Writing { start: 0, end },
        }
        Poll::Ready(Ok(()))
    }

    /// Nothing can be read now: what was written shall not wait for more.
    fn poll_flushing_meanwhile<W>(
        &mut self,
        cx: &mut Context<'_>,
        writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>>
    where
        W: AsyncWrite + ?Sized,
    {
        if self.unflushed {
            ready!(writer.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Pending // the reader wakes us
    }

    fn poll_writing<W>(
        &mut self,
        cx: &mut Context<'_>,
        writer: Pin<&mut W>,
        start: usize,
        end: usize,
    ) -> Poll<io::Result<()>>
    where
        W: AsyncWrite + ?Sized,
    {
        let bytes = &self.buffer[start..end];
        let written = ready!(writer.poll_write(cx, bytes))?;
        if written == 0 {
            return Poll::Ready(Err(takes_no_more()));
        }
        self.copied += written as u64;
        self.unflushed = true;
        self.state = match start + written {
            start if start < end => State::Writing { start, end },
            _ => State::Reading,
        };
        Poll::Ready(Ok(()))
    }

    fn poll_flushing<W>(
        &mut self,
        cx: &mut Context<'_>,
        writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>>
    where
        W: AsyncWrite + ?Sized,
    {
        ready!(writer.poll_flush(cx))?;
        self.state = State::Done;
        Poll::Ready(Ok(()))
    }
}

fn takes_no_more() -> io::Error {
    let text = "the writer took none of the bytes: it takes no more";
    io::Error::new(ErrorKind::WriteZero, text)
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("state", &self.state)
            .field("copied", &self.copied)
            .field("unflushed", &self.unflushed)
            .finish_non_exhaustive()
    }
}
