//! How a name becomes addresses.
//!
//! What is an address already costs nothing. A name is looked up by std's
//! resolver, which blocks, and so runs on the reactor's pool of threads.
//!
//! Next: `waiting.rs`, what every named future of a socket consists of.

use std::fmt;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::{
    self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use crate::blocking::{BlockingCall, BlockingError};
use crate::context;

/// What can be turned into addresses: `"egg.example:3001"`,
/// `("127.0.0.1", 3001)`, a [`SocketAddr`], a slice of them, ...
pub trait ToSocketAddrs {
    /// The future of the addresses. Nothing is looked up before it is polled.
    fn lookup(&self) -> LookupHost;
}

impl<A: ToSocketAddrs + ?Sized> ToSocketAddrs for &A {
    fn lookup(&self) -> LookupHost {
        (**self).lookup()
    }
}

impl ToSocketAddrs for SocketAddr {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(*self)
    }
}

impl ToSocketAddrs for SocketAddrV4 {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(SocketAddr::V4(*self))
    }
}

impl ToSocketAddrs for SocketAddrV6 {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(SocketAddr::V6(*self))
    }
}

impl ToSocketAddrs for (IpAddr, u16) {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(SocketAddr::new(self.0, self.1))
    }
}

impl ToSocketAddrs for (Ipv4Addr, u16) {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(SocketAddr::new(self.0.into(), self.1))
    }
}

impl ToSocketAddrs for (Ipv6Addr, u16) {
    fn lookup(&self) -> LookupHost {
        LookupHost::known(SocketAddr::new(self.0.into(), self.1))
    }
}

impl ToSocketAddrs for (&str, u16) {
    fn lookup(&self) -> LookupHost {
        LookupHost::name(self.0, self.1)
    }
}

impl ToSocketAddrs for (String, u16) {
    fn lookup(&self) -> LookupHost {
        LookupHost::name(&self.0, self.1)
    }
}

impl ToSocketAddrs for str {
    fn lookup(&self) -> LookupHost {
        if let Ok(address) = self.parse() {
            return LookupHost::known(address);
        }
        match split_port(self) {
            Ok((host, port)) => LookupHost::name(host, port),
            Err(error) => LookupHost::failed(error),
        }
    }
}

impl ToSocketAddrs for String {
    fn lookup(&self) -> LookupHost {
        self.as_str().lookup()
    }
}

impl ToSocketAddrs for [SocketAddr] {
    fn lookup(&self) -> LookupHost {
        if self.is_empty() {
            return LookupHost::failed(invalid("no address was given"));
        }
        LookupHost::all(self.to_vec())
    }
}

impl<const N: usize> ToSocketAddrs for [SocketAddr; N] {
    fn lookup(&self) -> LookupHost {
        self.as_slice().lookup()
    }
}

fn split_port(text: &str) -> io::Result<(&str, u16)> {
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err(invalid(&format!(
            "the port is missing in `{text}`: write `{text}:PORT`"
        )));
    };
    let Ok(port) = port.parse() else {
        return Err(invalid(&format!(
            "`{port}` is no port number in `{text}`: write a number from 0 \
             to 65535 behind the colon"
        )));
    };
    Ok((host, port))
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, text)
}

/// Looks up the addresses of a host, on a thread for blocking calls.
///
/// # Errors
///
/// If the text has no port, or the resolver knows no such name.
///
/// # Cancel safety
///
/// Nothing is lost. A lookup under way goes on in its thread, unheard.
pub fn lookup_host<A: ToSocketAddrs>(host: A) -> LookupHost {
    host.lookup()
}

/// The future of [`lookup_host`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct LookupHost {
    state: State,
}

enum State {
    /// It was clear from the beginning: no thread needed.
    Known(io::Result<SocketAddrs>),
    /// A name, and nobody has polled yet.
    Start {
        host: String,
        port: u16,
    },
    LookingUp {
        host: String,
        call: BlockingCall<io::Result<SocketAddrs>>,
    },
    Done,
}

impl LookupHost {
    fn known(address: SocketAddr) -> LookupHost {
        LookupHost { state: State::Known(Ok(SocketAddrs::one(address))) }
    }

    fn all(addresses: Vec<SocketAddr>) -> LookupHost {
        LookupHost { state: State::Known(Ok(SocketAddrs::many(addresses))) }
    }

    fn failed(error: io::Error) -> LookupHost {
        LookupHost { state: State::Known(Err(error)) }
    }

    fn name(host: &str, port: u16) -> LookupHost {
        if let Ok(address) = host.parse::<IpAddr>() {
            return LookupHost::known(SocketAddr::new(address, port));
        }
        LookupHost { state: State::Start { host: host.to_owned(), port } }
    }

    fn poll_known(&mut self) -> Poll<io::Result<SocketAddrs>> {
        match mem::replace(&mut self.state, State::Done) {
            State::Known(result) => Poll::Ready(result),
            _ => unreachable!("called in the state `Known` only"),
        }
    }

    fn start(&mut self) {
        let State::Start { host, port } = &mut self.state else { return };
        let reactor = context::expect_current("looking up a name");
        let (host, port) = (mem::take(host), *port);
        let name = host.clone();
        let call = reactor.blocking().call(move || resolve(&name, port));
        self.state = State::LookingUp { host, call };
    }

    fn poll_looking_up(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<SocketAddrs>> {
        let State::LookingUp { host, call } = &mut self.state else {
            unreachable!("called in the state `LookingUp` only")
        };
        let result = match ready!(Pin::new(call).poll(cx)) {
            Ok(Ok(addresses)) if addresses.is_empty() => Err(io::Error::new(
                ErrorKind::NotFound,
                format!("the name `{host}` has no address"),
            )),
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(error)) => Err(cannot_look_up(host, error.kind(), &error)),
            Err(error) => Err(not_looked_up(host, &error)),
        };
        self.state = State::Done;
        Poll::Ready(result)
    }
}

impl Future for LookupHost {
    type Output = io::Result<SocketAddrs>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match this.state {
                State::Known(_) => return this.poll_known(),
                State::Start { .. } => this.start(),
                State::LookingUp { .. } => return this.poll_looking_up(cx),
                State::Done => panic!("`LookupHost` polled after it was done"),
            }
        }
    }
}

fn resolve(host: &str, port: u16) -> io::Result<SocketAddrs> {
    let found = net::ToSocketAddrs::to_socket_addrs(&(host, port))?;
    Ok(SocketAddrs::many(found.collect()))
}

fn cannot_look_up(
    host: &str,
    kind: ErrorKind,
    error: &dyn fmt::Display,
) -> io::Error {
    io::Error::new(kind, format!("cannot look up `{host}`: {error}"))
}

fn not_looked_up(host: &str, error: &BlockingError) -> io::Error {
    cannot_look_up(host, ErrorKind::Other, error)
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Known(result) => write!(f, "Known({result:?})"),
            State::Start { host, .. } => write!(f, "Start({host})"),
            State::LookingUp { host, .. } => write!(f, "LookingUp({host})"),
            State::Done => f.write_str("Done"),
        }
    }
}

/// The addresses of a host, one after the other. Made by [`lookup_host`].
#[derive(Debug)]
pub struct SocketAddrs {
    first: Option<SocketAddr>,
    rest: vec::IntoIter<SocketAddr>,
}

impl SocketAddrs {
    fn one(address: SocketAddr) -> SocketAddrs {
        SocketAddrs { first: Some(address), rest: Vec::new().into_iter() }
    }

    fn many(addresses: Vec<SocketAddr>) -> SocketAddrs {
        SocketAddrs { first: None, rest: addresses.into_iter() }
    }

    fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.as_slice().is_empty()
    }

    /// Tries `open` on each, until one succeeds: its value, or the last error.
    pub(crate) fn try_each<T>(
        self,
        mut open: impl FnMut(SocketAddr) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut last = None; // an error asks for memory: only if there is one
        for address in self {
            match open(address) {
                Ok(opened) => return Ok(opened),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| invalid("no address was given")))
    }
}

impl Iterator for SocketAddrs {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        self.first.take().or_else(|| self.rest.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.first.is_some()) + self.rest.len();
        (left, Some(left))
    }
}

/// An error that says what was tried where; its kind stays.
pub(crate) fn with_address(
    what: &str,
    address: &dyn fmt::Display,
    error: &io::Error,
) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} {address}: {error}"))
}

/// Likewise for an address of our own, with a `remedy` if it is taken.
pub(crate) fn cannot_bind(
    what: &str,
    address: &dyn fmt::Display,
    error: &io::Error,
    remedy: &str,
) -> io::Error {
    let plain = with_address(what, address, error);
    if error.kind() != ErrorKind::AddrInUse {
        return plain;
    }
    io::Error::new(ErrorKind::AddrInUse, format!("{plain}: {remedy}"))
}

/// What to do about a port that is taken.
pub(crate) const PORT_IN_USE: &str = "somebody uses that port already; stop \
     that, or take another port (0 means any free one)";

/// What to do about a path that is taken.
pub(crate) const PATH_IN_USE: &str = "that file exists already, perhaps left \
     from the last run; remove it if nobody listens there";
