//! [`Bind`]: a name becomes addresses, an address becomes a listener.
//!
//! Next: `tcp/stream.rs`, a connection.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::addr::LookupHost;
use crate::net::tcp::TcpListener;

pub(crate) use common::BindTo;

/// Public because it stands in the bounds of [`Bind`], and here because nobody
/// else shall name it.
mod common {
    use super::{SocketAddr, io};

    /// A socket that is made by binding it to an address.
    pub trait BindTo: Sized {
        fn bind_now(address: SocketAddr) -> io::Result<Self>;
    }
}

/// Binds a socket to an address. Made by [`TcpListener::bind`] and its like.
#[must_use = "futures do nothing unless polled"]
pub struct Bind<S = TcpListener> {
    state: State,
    socket: PhantomData<fn() -> S>,
}

#[derive(Debug)]
enum State {
    LookingUp(LookupHost),
    Done,
}

impl<S: BindTo> Bind<S> {
    pub(crate) fn new(lookup: LookupHost) -> Bind<S> {
        Bind { state: State::LookingUp(lookup), socket: PhantomData }
    }
}

impl<S: BindTo> Future for Bind<S> {
    type Output = io::Result<S>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let State::LookingUp(lookup) = &mut this.state else {
            panic!("`Bind` polled after it was done")
        };
        let found = ready!(Pin::new(lookup).poll(cx));
        this.state = State::Done;
        Poll::Ready(found.and_then(|found| found.try_each(S::bind_now)))
    }
}

impl<S> fmt::Debug for Bind<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bind").field("state", &self.state).finish()
    }
}
