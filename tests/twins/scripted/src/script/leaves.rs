//! What the leaves ask: they have no mind of their own.
//!
//! Next: `server.rs`, the other end of a connection.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use super::server::Connection;
use super::{Answer, Event, Leaf, Operation, Script, ask, with};

/// A leaf is polled; with `act` it does what it is asked to, when it need not
/// wait.
fn poll(
    leaf: Leaf,
    operation: Operation,
    argument: (usize, u32),
    cx: &mut Context<'_>,
    act: impl FnOnce(&mut Script) -> Answer,
) -> Poll<io::Result<usize>> {
    let (answer, old) = ask(|script| {
        let by = script.by(cx.waker());
        let (waits, old) = script.waits(leaf, operation, cx.waker());
        let answer = if waits { Answer::Pending } else { act(script) };
        let event = Event::Asked { leaf, operation, argument, by, answer };
        script.events.push(event);
        (answer, old)
    });
    drop(old);
    match answer {
        Answer::Pending => Poll::Pending,
        Answer::Done => Poll::Ready(Ok(0)),
        Answer::Bytes(count) => Poll::Ready(Ok(count)),
        Answer::Failed(kind) => Poll::Ready(Err(kind.into())),
    }
}

/// Begins a connection.
pub(crate) fn start_connect(address: SocketAddr) -> io::Result<Leaf> {
    ask(|script| {
        let leaf = Leaf::Connection(script.connections.len() + 1);
        if script.fails(1).is_some() {
            let kind = ErrorKind::AddrNotAvailable;
            let answer = Answer::Failed(kind);
            script.events.push(Event::Begun(leaf, address, answer));
            return Err(kind.into());
        }
        script.connections.push(Connection::default());
        script.alive += 1;
        script.events.push(Event::Begun(leaf, address, Answer::Done));
        Ok(leaf)
    })
}

/// A connection that stands already.
pub(crate) fn connected() -> Leaf {
    ask(|script| {
        script.connections.push(Connection::default());
        script.alive += 1;
        Leaf::Connection(script.connections.len())
    })
}

pub(crate) fn poll_connect(
    leaf: Leaf,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let connect = |script: &mut Script| match script.fails(1) {
        Some(_) => Answer::Failed(ErrorKind::ConnectionRefused),
        None => Answer::Done,
    };
    poll(leaf, Operation::Connect, (0, 0), cx, connect)
        .map(|result| result.map(|_| ()))
}

pub(crate) fn poll_write(
    leaf: Leaf,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    let sum = |sum: u32, byte: &u8| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    };
    let argument = (bytes.len(), bytes.iter().take(24).fold(7, sum));
    poll(leaf, Operation::Write, argument, cx, |it| it.write(leaf, bytes))
}

pub(crate) fn poll_read(
    leaf: Leaf,
    cx: &mut Context<'_>,
    space: &mut [u8],
) -> Poll<io::Result<usize>> {
    let argument = (space.len(), 0);
    poll(leaf, Operation::Read, argument, cx, |it| it.read(leaf, space))
}

/// Makes a timer.
pub(crate) fn sleep(time: Duration) -> Leaf {
    ask(|script| {
        script.sleeps += 1;
        script.alive += 1;
        let leaf = Leaf::Sleep(script.sleeps);
        script.events.push(Event::Made(leaf, time));
        leaf
    })
}

pub(crate) fn poll_elapse(leaf: Leaf, cx: &mut Context<'_>) -> Poll<()> {
    let elapse = |_: &mut Script| Answer::Done;
    poll(leaf, Operation::Elapse, (0, 0), cx, elapse).map(drop)
}

/// A named future is dropped: it waits no longer.
pub(crate) fn waits_no_longer(leaf: Leaf, operation: Operation) {
    let gone = with(|script| {
        script.forget(|it| it.leaf == leaf && it.operation == operation)
    });
    drop(gone);
}

/// A leaf is dropped.
pub(crate) fn dropped(leaf: Leaf) {
    let gone = with(|script| {
        script.alive -= 1;
        script.events.push(Event::Dropped(leaf));
        script.forget(|it| it.leaf == leaf)
    });
    drop(gone);
}
