//! Bytes on their way through memory, in one direction.
//!
//! A ring of bytes between a [`Writer`] and a [`Reader`]. Whoever cannot go on
//! leaves a waker, and the other end wakes it. Cloning, waking and dropping a
//! waker is user code: it happens with nothing borrowed, and since a clone may
//! come back here and change everything, whoever has left a waker looks again.
//!
//! Next: `copy.rs`, all bytes of a reader into a writer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;

/// A pipe that holds up to `capacity` bytes.
pub(super) fn pipe(capacity: usize) -> (Writer, Reader) {
    let state = RefCell::new(State::new(capacity));
    let pipe = Rc::new(Pipe { state });
    (Writer { pipe: pipe.clone() }, Reader { pipe })
}

/// What both ends share.
struct Pipe {
    state: RefCell<State>,
}

struct State {
    bytes: VecDeque<u8>,
    capacity: usize,
    writing: Writing,
    /// Whether the reader was dropped.
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Whether more bytes may come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Writing {
    Open,
    Closed,
}

/// Who waits, or is to be woken.
#[derive(Clone, Copy)]
enum End {
    Reader,
    Writer,
}

impl End {
    fn other(self) -> End {
        match self {
            End::Reader => End::Writer,
            End::Writer => End::Reader,
        }
    }
}

/// What can be done at once. `None`: it has to be waited for.
impl State {
    fn new(capacity: usize) -> State {
        State {
            bytes: VecDeque::new(),
            capacity,
            writing: Writing::Open,
            abandoned: false,
            reader: None,
            writer: None,
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let count = buffer.len().min(self.bytes.len());
        if count == 0 {
            return (self.writing == Writing::Closed).then_some(Ok(0));
        }
        let read = self.bytes.read_exact(&mut buffer[..count]);
        Some(read.map(|()| count))
    }

    fn write(&mut self, bytes: &[u8]) -> Option<io::Result<usize>> {
        if self.writing == Writing::Closed {
            return Some(Err(closed()));
        }
        if self.abandoned {
            return Some(Err(nobody_reads()));
        }
        let room = self.capacity - self.bytes.len();
        if room == 0 {
            return None;
        }
        let count = bytes.len().min(room);
        self.bytes.extend(&bytes[..count]);
        Some(Ok(count))
    }

    fn waker(&mut self, end: End) -> &mut Option<Waker> {
        match end {
            End::Reader => &mut self.reader,
            End::Writer => &mut self.writer,
        }
    }
}

fn closed() -> io::Error {
    let text = "this end of the duplex was closed: nothing can be written \
                after that";
    io::Error::new(ErrorKind::BrokenPipe, text)
}

fn nobody_reads() -> io::Error {
    let text = "the other end of the duplex was dropped: nobody will read \
                what is written";
    io::Error::new(ErrorKind::BrokenPipe, text)
}

impl Pipe {
    /// Tries; if it has to wait, leaves the newest waker and tries again.
    fn poll(
        &self,
        cx: &mut Context<'_>,
        end: End,
        mut attempt: impl FnMut(&mut State) -> Option<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let leave = ready!(budget::poll_leave(cx));
        let mut result = attempt(&mut self.state.borrow_mut());
        if result.is_none() {
            self.wait(end, cx);
            result = attempt(&mut self.state.borrow_mut());
            if result.is_some() {
                self.stop_waiting(end);
            }
        }
        let Some(result) = result else { return Poll::Pending };
        leave.spend();
        self.wake(end.other());
        Poll::Ready(result)
    }

    /// Leaves the newest waker.
    fn wait(&self, end: End, cx: &Context<'_>) {
        let newest = cx.waker();
        if self.is_waited_on_by(end, newest) {
            return;
        }
        let newest = newest.clone(); // user code, with nothing borrowed
        let older = self.state.borrow_mut().waker(end).replace(newest);
        drop(older); // likewise
    }

    fn is_waited_on_by(&self, end: End, newest: &Waker) -> bool {
        let mut state = self.state.borrow_mut();
        let current = state.waker(end).as_ref();
        current.is_some_and(|waker| waker.will_wake(newest))
    }

    fn stop_waiting(&self, end: End) {
        let waker = self.take_waker(end);
        drop(waker); // user code, with nothing borrowed
    }

    fn wake(&self, end: End) {
        if let Some(waker) = self.take_waker(end) {
            waker.wake(); // user code, with nothing borrowed
        }
    }

    fn take_waker(&self, end: End) -> Option<Waker> {
        self.state.borrow_mut().waker(end).take()
    }

    /// One end is gone: nobody waits there, and the other has to know.
    fn leave(&self, end: End) {
        let own = self.take_waker(end);
        self.wake(end.other());
        drop(own); // user code, with nothing borrowed
    }
}

/// Where bytes come out.
pub(super) struct Reader {
    pipe: Rc<Pipe>,
}

impl Reader {
    /// Takes what is there, or waits for it. 0 is the end.
    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.pipe.poll(cx, End::Reader, |state| state.read(buffer))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        {
            let mut state = self.pipe.state.borrow_mut();
            state.abandoned = true;
            state.bytes = VecDeque::new();
        }
        self.pipe.leave(End::Reader);
    }
}

/// Where bytes go in.
pub(super) struct Writer {
    pipe: Rc<Pipe>,
}

impl Writer {
    /// Puts in what there is room for, or waits for room.
    pub(super) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.pipe.poll(cx, End::Writer, |state| state.write(bytes))
    }

    /// No more will be written: the reader comes to the end, and a write that
    /// waits for room learns of it.
    pub(super) fn close(&self) {
        self.pipe.state.borrow_mut().writing = Writing::Closed;
        self.pipe.wake(End::Reader);
        self.pipe.wake(End::Writer);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.pipe.state.borrow_mut().writing = Writing::Closed;
        self.pipe.leave(End::Writer);
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("Pipe")
            .field("bytes", &state.bytes.len())
            .field("capacity", &state.capacity)
            .field("writing", &state.writing)
            .field("abandoned", &state.abandoned)
            .field("reader_waits", &state.reader.is_some())
            .field("writer_waits", &state.writer.is_some())
            .finish()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pipe.fmt(f)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pipe.fmt(f)
    }
}
