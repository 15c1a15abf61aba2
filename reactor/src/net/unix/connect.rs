//! [`Connect`]: a path becomes a connection.
//!
//! Next: `unix/datagram.rs`.

use std::io;
use std::mem;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::addr::with_address;
use crate::net::unix::UnixStream;

/// Connects to a Unix socket. Made by [`UnixStream::connect`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Connect {
    path: PathBuf,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The first poll.
    Start,
    /// The listener's answer.
    Connecting {
        stream: UnixStream,
    },
    Done,
}

impl Connect {
    pub(crate) fn new(path: PathBuf) -> Connect {
        Connect { path, state: State::Start }
    }

    fn start(&mut self) -> io::Result<()> {
        let (state, result) = match UnixStream::start_connect(&self.path) {
            Ok(stream) => (State::Connecting { stream }, Ok(())),
            Err(error) => (State::Done, Err(error)),
        };
        self.state = state;
        result
    }

    fn poll_connecting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<UnixStream>> {
        let State::Connecting { stream } = &self.state else {
            unreachable!("called in the state `Connecting` only")
        };
        let outcome = ready!(stream.poll_connect(cx));
        let State::Connecting { stream } =
            mem::replace(&mut self.state, State::Done)
        else {
            unreachable!("called in the state `Connecting` only")
        };
        let path = self.path.display();
        Poll::Ready(match outcome {
            Ok(()) => Ok(stream),
            Err(error) => Err(with_address("connect to", &path, &error)),
        })
    }
}

impl Future for Connect {
    type Output = io::Result<UnixStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this.state {
                State::Start => this.start()?,
                State::Connecting { .. } => return this.poll_connecting(cx),
                State::Done => panic!("`Connect` polled after it was done"),
            }
        }
    }
}
