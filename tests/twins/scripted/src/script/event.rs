//! What happens in a run, as it can be seen from outside.
//!
//! Two twins are equal if these are: what is polled, with which arguments and
//! whose waker, what it answers, and when which value is dropped.
//!
//! Next: `choices.rs`, what may go one way or another.

use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

/// Something at the end of a chain of futures, that waits for the world. It is
/// numbered in the order of making.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaf {
    /// A connection.
    Connection(usize),
    /// A timer.
    Sleep(usize),
}

/// What a leaf is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Be connected.
    Connect,
    /// Take bytes.
    Write,
    /// Give bytes.
    Read,
    /// Wait until the time is over.
    Elapse,
}

/// What it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Not yet.
    Pending,
    /// It is done.
    Done,
    /// So many bytes.
    Bytes(usize),
    /// It failed.
    Failed(ErrorKind),
}

/// A value whose memory is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// An order, by its letter.
    Order(char),
    /// The text that came over a connection: the egg.
    Text(usize),
    /// A buffer for what arrives.
    Buffer,
    /// Where a program speaks.
    Griddle,
    /// What a user is called.
    Name,
    /// All that came over a connection.
    Reply(usize),
}

/// Whose waker it is that a leaf is polled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The one that the root is polled with.
    Root,
    /// Another one: of a combinator, or one of an earlier poll.
    Other,
}

/// What happens in a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// The root is polled, for the so-manieth time.
    Poll(usize),
    /// A connection is begun, or cannot be.
    Begun(Leaf, SocketAddr, Answer),
    /// A timer is made.
    Made(Leaf, Duration),
    /// A leaf is polled.
    Asked {
        /// Which.
        leaf: Leaf,
        /// What for.
        operation: Operation,
        /// The argument: how many bytes are offered, or there is room for, and
        /// a sum of the first ones.
        argument: (usize, u32),
        /// With whose waker.
        by: By,
        /// The answer.
        answer: Answer,
    },
    /// A leaf is dropped.
    Dropped(Leaf),
    /// The memory of a value is given back.
    Freed(Value),
    /// The script wakes whoever waits for this.
    Woken(Leaf, Operation),
    /// The root, or something within, wakes the root while it is polled.
    WokeItself,
    /// The root is dropped unfinished.
    Cancelled,
    /// The root was ready, was dropped, and this is what it gave.
    Ended(String),
    /// The root is pending, and nobody will ever wake it.
    Stuck,
    /// The root panicked.
    Panicked(String),
    /// So many leaves and registrations are left when all is over.
    Left(usize, usize),
    /// Something that a program said.
    Said(String),
    /// Something else happened in the world.
    Happened(&'static str),
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Leaf::Connection(number) => write!(f, "socket {number}"),
            Leaf::Sleep(number) => write!(f, "sleep {number}"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Connect => "connect",
            Operation::Write => "write",
            Operation::Read => "read",
            Operation::Elapse => "elapse",
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Pending => f.write_str("pending"),
            Answer::Done => f.write_str("done"),
            Answer::Bytes(count) => write!(f, "{count} bytes"),
            Answer::Failed(kind) => write!(f, "{kind}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Order(name) => write!(f, "order {name}"),
            Value::Text(number) => write!(f, "text of {number}"),
            Value::Buffer => f.write_str("buffer"),
            Value::Griddle => f.write_str("griddle"),
            Value::Name => f.write_str("name"),
            Value::Reply(number) => write!(f, "reply of {number}"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Poll(count) => write!(f, "poll {count}"),
            Event::Begun(leaf, address, answer) => {
                write!(f, "  {leaf}: begin {address} = {answer}")
            }
            Event::Made(leaf, time) => write!(f, "  {leaf}: {time:?}"),
            Event::Asked { leaf, operation, argument, by, answer } => {
                write!(f, "  {leaf}: {operation}")?;
                if *argument != (0, 0) {
                    write!(f, " {}", argument.0)?;
                }
                if argument.1 != 0 {
                    write!(f, "#{:04x}", argument.1 & 0xffff)?;
                }
                if *by == By::Other {
                    f.write_str(" (other waker)")?;
                }
                write!(f, " = {answer}")
            }
            Event::Dropped(leaf) => write!(f, "  drop {leaf}"),
            Event::Freed(value) => write!(f, "  free {value}"),
            Event::Woken(leaf, operation) => {
                write!(f, "wake {leaf}: {operation}")
            }
            Event::WokeItself => f.write_str("  it wakes itself"),
            Event::Cancelled => f.write_str("cancel"),
            Event::Ended(output) => write!(f, "ended: {output}"),
            Event::Stuck => f.write_str("stuck: nobody will wake it"),
            Event::Panicked(why) => write!(f, "panicked: {why}"),
            Event::Left(leaves, waiting) => {
                write!(f, "left: {leaves} leaves, {waiting} registrations")
            }
            Event::Said(line) => write!(f, "  says {line}"),
            Event::Happened(what) => f.write_str(what),
        }
    }
}
