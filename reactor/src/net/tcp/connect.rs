//! [`Connect`]: a name becomes addresses, an address becomes a connection.
//!
//! ```text
//!   LookingUp ──▶ Trying ──▶ Connecting ──▶ Done
//!                   ▲  └─────────│──────────▲   no address is left
//!                   └────────────┘              this one failed
//! ```
//!
//! Next: `udp.rs`.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::addr::{LookupHost, SocketAddrs, with_address};
use crate::net::tcp::TcpStream;

/// Connects to an address. Made by [`TcpStream::connect`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Connect {
    state: State,
}

#[derive(Debug)]
enum State {
    /// The name's addresses.
    LookingUp {
        lookup: LookupHost,
    },
    /// The next address; `error` is how the one before failed.
    Trying {
        rest: SocketAddrs,
        error: io::Error,
    },
    /// The peer's answer.
    Connecting {
        stream: TcpStream,
        address: SocketAddr,
        rest: SocketAddrs,
    },
    /// Nothing: for the instant between two states.
    Moving,
    Done,
}

impl Connect {
    pub(crate) fn new(lookup: LookupHost) -> Connect {
        Connect { state: State::LookingUp { lookup } }
    }

    fn poll_looking_up(&mut self, cx: &mut Context<'_>) -> Step {
        let State::LookingUp { lookup } = &mut self.state else {
            unreachable!("called in the state `LookingUp` only")
        };
        match ready!(Pin::new(lookup).poll(cx)) {
            Ok(rest) => {
                let error = ErrorKind::InvalidInput.into(); // if it is empty
                self.state = State::Trying { rest, error };
                Poll::Ready(None)
            }
            Err(error) => self.finish(Err(error)),
        }
    }

    fn try_next(&mut self) -> Step {
        let state = mem::replace(&mut self.state, State::Moving);
        let State::Trying { mut rest, error } = state else {
            unreachable!("called in the state `Trying` only")
        };
        let Some(address) = rest.next() else {
            return self.finish(Err(error));
        };
        self.state = match TcpStream::start_connect(address) {
            Ok(stream) => State::Connecting { stream, address, rest },
            Err(error) => State::Trying { rest, error },
        };
        Poll::Ready(None)
    }

    fn poll_connecting(&mut self, cx: &mut Context<'_>) -> Step {
        let State::Connecting { stream, .. } = &self.state else {
            unreachable!("called in the state `Connecting` only")
        };
        let outcome = ready!(stream.poll_connect(cx));
        let state = mem::replace(&mut self.state, State::Moving);
        let State::Connecting { stream, address, rest } = state else {
            unreachable!("called in the state `Connecting` only")
        };
        if let Err(error) = outcome {
            let error = with_address("connect to", &address, &error);
            self.state = State::Trying { rest, error };
            return Poll::Ready(None);
        }
        self.finish(Ok(stream))
    }

    fn finish(&mut self, result: io::Result<TcpStream>) -> Step {
        self.state = State::Done;
        Poll::Ready(Some(result))
    }
}

/// What one transition brings: the result, or the next state.
type Step = Poll<Option<io::Result<TcpStream>>>;

impl Future for Connect {
    type Output = io::Result<TcpStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            let step = match this.state {
                State::LookingUp { .. } => this.poll_looking_up(cx),
                State::Trying { .. } => this.try_next(),
                State::Connecting { .. } => this.poll_connecting(cx),
                State::Moving => unreachable!("no poll ends in `Moving`"),
                State::Done => panic!("`Connect` polled after it was done"),
            };
            if let Some(result) = ready!(step) {
                return Poll::Ready(result);
            }
        }
    }
}
