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

use std::future::Future;
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::net::TcpStream;
use onecook::trace::{self, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{FryError, Order};

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

/// A connection over which an order was sent.
async fn ask(order: Rc<Order>) -> Result<TcpStream, FryError> {
    let connection = TcpStream::connect(order.server);
    let connection = connection.await.map_err(FryError::Connect)?;
    let request = &order.request;
    connection.write_all(request).await.map_err(FryError::Write)?;
    Ok(connection)
}

fn run_in_one_piece(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, 1)
}

fn run_in_two_pieces(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, 2)
}

/// Asks twice for an egg whose name is longer than a head, so that of two
/// pieces the first has all of the head, and some of the body.
fn run(griddle: &Griddle, pieces: usize) -> Result<(), FryError> {
    let name = "egg".repeat(150);
    let path = format!("/fast/{name}");
    let order =
        || griddle.order_from(&name, &path, &format!("after=0&split={pieces}"));
    let (first, second) = (order(), order());
    let by = griddle.by();
    let (wrong, right) = griddle.block_on(async {
        let wrong = ForgetfulReply::new(ask(first).await?).await;
        let connection = ask(second).await?;
        let right = match by {
            By::Async => read_reply(connection).await,
            By::Machine => ReadReply::new(connection).await,
        };
        Ok::<_, FryError>((wrong, right))
    })?;
    griddle.say(format!("in a local: {}", words(&wrong)));
    griddle.say(format!("in a state: {}", words(&right)));
    Ok(())
}

fn words(reply: &io::Result<Vec<u8>>) -> String {
    match reply {
        Ok(reply) => format!("{} bytes", reply.len()),
        Err(why) => why.to_string(),
    }
}

const fn part(
    name: &'static str,
    run: fn(&Griddle) -> Result<(), FryError>,
    lines: &'static [&'static str],
) -> Part {
    let expected = Expected::takes(0.0).served(2).says(lines);
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
            &["in a local: 450 bytes", "in a state: 450 bytes"],
        ),
        part(
            "in two pieces",
            run_in_two_pieces,
            &["in a local: unexpected end of file", "in a state: 450 bytes"],
        ),
    ],
};
