//! Slide 28, "Async under the hood": a decision kept in a local of `poll` is
//! lost at the next poll.
//!
//! A reply says how long it is, and then is so long. `ForgetfulReply` reads the
//! length into a variable of its `poll`. As long as the rest arrives in the
//! same poll, all is well; it passes each test that sends a reply in one piece.
//! When the rest takes its time `poll` returns, and the variable is gone. The
//! next poll takes the body for the head. A decision in a state machine belongs
//! into its state, as in `ReadReply`; in an `async fn` the compiler sees to it.
//! A mistake of just this kind overflowed a buffer in curl in 2023.
//!
//! ```text
//!            reads        the head is there            all of it is there
//!   Start ─────────▶ ReadingLength ───────▶ ReadingBody ────────────▶ Done
//!                    reply                  reply, length              ▲
//!                        │                      │                      │
//!                        └────── error ─────────┴────── error ─────────┘
//! ```
//!
//! Next: `control_flow.rs`.

use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::mem;
use std::net::{self, Shutdown};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use onecook::net::TcpStream;
use onecook::trace::{self, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::FryError;

/// So much is read at once: more than the reply of this slide is long.
const CHUNK: usize = 1024;

/// Reads a reply: what one writes.
///
/// # Errors
///
/// When the connection breaks, or ends too early.
pub async fn read_reply(connection: TcpStream) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let length = loop {
        let mut chunk = [0; CHUNK];
        let count = connection.read(&mut chunk).await?;
        receive(&mut reply, &chunk[..count])?;
        if let Some(length) = take_head(&mut reply) {
            break length;
        }
    };
    while reply.len() < length {
        let mut chunk = [0; CHUNK];
        let count = connection.read(&mut chunk).await?;
        receive(&mut reply, &chunk[..count])?;
    }
    Ok(reply)
}

/// Reads a reply: what it becomes. The length is in the state.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum ReadReply {
    /// Nothing has happened.
    Start {
        /// From the server.
        connection: TcpStream,
    },
    /// Waits for the head, which says how long the body is.
    ReadingLength {
        /// What has arrived.
        reply: Vec<u8>,
        /// From the server.
        connection: TcpStream,
    },
    /// Waits for the rest of the body.
    ReadingBody {
        /// How long the body is: the decision that must not be lost.
        length: usize,
        /// What has arrived, without the head.
        reply: Vec<u8>,
        /// From the server. What is to be dropped last stands last.
        connection: TcpStream,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for ReadReply {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = ReadReply::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl ReadReply {
    /// A machine that will read a reply from `connection`.
    pub fn new(connection: TcpStream) -> ReadReply {
        ReadReply::Start { connection }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Vec<u8>>> {
        loop {
            trace::state(self);
            match self {
                ReadReply::Start { .. } => self.poll_start(),
                ReadReply::ReadingLength { .. } => {
                    ready!(self.poll_reading_length(cx))?;
                }
                ReadReply::ReadingBody { .. } => {
                    return self.poll_reading_body(cx);
                }
                ReadReply::Moving | ReadReply::Done => {
                    panic!("`ReadReply` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let ReadReply::Start { connection } = self.take() else { elsewhere() };
        let reply = Vec::new();

        *self = ReadReply::ReadingLength { reply, connection };
    }

    fn poll_reading_length(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let ReadReply::ReadingLength { reply, connection } = self else {
            elsewhere()
        };
        let length = loop {
            let mut chunk = [0; CHUNK];
            let count = ready!(connection.poll_read(cx, &mut chunk))?;
            receive(reply, &chunk[..count])?;
            if let Some(length) = take_head(reply) {
                break length;
            }
        };

        let ReadReply::ReadingLength { reply, connection } = self.take() else {
            elsewhere()
        };
        *self = ReadReply::ReadingBody { length, reply, connection };
        Poll::Ready(Ok(()))
    }

    fn poll_reading_body(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Vec<u8>>> {
        let ReadReply::ReadingBody { length, reply, connection } = self else {
            elsewhere()
        };
        while reply.len() < *length {
            let mut chunk = [0; CHUNK];
            let count = ready!(connection.poll_read(cx, &mut chunk))?;
            receive(reply, &chunk[..count])?;
        }
        Poll::Ready(Ok(mem::take(reply)))
    }

    /// Moves the state out.
    fn take(&mut self) -> ReadReply {
        mem::replace(self, ReadReply::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for ReadReply {
    const NAME: &'static str = "ReadReply";

    fn state(&self) -> &'static str {
        match self {
            ReadReply::Start { .. } => "Start",
            ReadReply::ReadingLength { .. } => "ReadingLength",
            ReadReply::ReadingBody { .. } => "ReadingBody",
            ReadReply::Moving => "Moving",
            ReadReply::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "reply"
    }
}

/// Reads a reply, wrongly: the length is in a local of `poll`.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct ForgetfulReply {
    connection: TcpStream,
    reply: Vec<u8>,
}

impl ForgetfulReply {
    /// Reads a reply from `connection`.
    pub fn new(connection: TcpStream) -> ForgetfulReply {
        ForgetfulReply { connection, reply: Vec::new() }
    }

    fn poll_reading(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Vec<u8>>> {
        let mut length = None; // gone when this returns `Pending`
        loop {
            length = length.or_else(|| take_head(&mut self.reply));
            if length.is_some_and(|length| self.reply.len() >= length) {
                return Poll::Ready(Ok(mem::take(&mut self.reply)));
            }
            let mut chunk = [0; CHUNK];
            let count = ready!(self.connection.poll_read(cx, &mut chunk))?;
            receive(&mut self.reply, &chunk[..count])?;
        }
    }
}

impl Future for ForgetfulReply {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll_reading(cx)
    }
}

/// Adds what has arrived. Nothing: the server is gone.
fn receive(reply: &mut Vec<u8>, chunk: &[u8]) -> io::Result<()> {
    if chunk.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    reply.extend_from_slice(chunk);
    Ok(())
}

/// Takes the head off, if all of it is there: how long the body is.
fn take_head(reply: &mut Vec<u8>) -> Option<usize> {
    let end = reply.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head: Vec<u8> = reply.drain(..end + 4).collect();
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|it| it.strip_prefix("content-length:"));
    length?.trim().parse().ok()
}

/// What a server answers, in one piece and in two.
const ONE_PIECE: [&str; 1] =
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\negg"];
const TWO_PIECES: [&str; 2] =
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "egg"];

/// Has a reply read that comes in pieces. Each is sent when the reader waits
/// for it, and not before: pieces that are sent one after the other, with a
/// pause, are found together by a reader who is late.
///
/// # Errors
///
/// When there is no connection.
pub async fn read_pieces<R: Future>(
    pieces: &[&str],
    read: fn(TcpStream) -> R,
) -> io::Result<R::Output> {
    let listener = net::TcpListener::bind(("127.0.0.1", 0))?;
    let connection = TcpStream::connect(listener.local_addr()?).await?;
    let (mut server, _) = listener.accept()?; // somebody stands at the door
    server.set_nodelay(true)?;

    let (mut reading, mut pieces) = (pin!(read(connection)), pieces.iter());
    poll_fn(|cx| {
        let polled = reading.as_mut().poll(cx);
        if polled.is_pending() {
            match pieces.next() {
                Some(piece) => server.write_all(piece.as_bytes())?,
                None => server.shutdown(Shutdown::Write)?,
            }
        }
        polled.map(Ok)
    })
    .await
}

fn run_in_one_piece(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, &ONE_PIECE)
}

fn run_in_two_pieces(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, &TWO_PIECES)
}

fn run(griddle: &Griddle, pieces: &[&str]) -> Result<(), FryError> {
    let wrong = griddle.block_on(read_pieces(pieces, ForgetfulReply::new));
    let right = griddle.block_on_twin(
        read_pieces(pieces, read_reply),
        read_pieces(pieces, ReadReply::new),
    );
    for (length, reply) in [("in a local", wrong), ("in a state", right)] {
        let reply = reply.map_err(FryError::Connect)?;
        griddle.say(format!("{length}: {}", words(&reply)));
    }
    Ok(())
}

fn words(reply: &io::Result<Vec<u8>>) -> String {
    match reply {
        Ok(reply) => String::from_utf8_lossy(reply).into_owned(),
        Err(why) => why.to_string(),
    }
}

const fn part(
    name: &'static str,
    run: fn(&Griddle) -> Result<(), FryError>,
    lines: &'static [&'static str],
) -> Part {
    let expected = Expected::takes(0.0).says(lines);
    Part { name, machine: Some("ReadReply"), expected, run }
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[28],
    public: &[26],
    slug: "lost-state",
    title: "Async under the hood",
    about: "a decision kept in a local of poll is lost at the next poll",
    parts: &[
        part(
            "in one piece",
            run_in_one_piece,
            &["in a local: egg", "in a state: egg"],
        ),
        part(
            "in two pieces",
            run_in_two_pieces,
            &["in a local: unexpected end of file", "in a state: egg"],
        ),
    ],
};
