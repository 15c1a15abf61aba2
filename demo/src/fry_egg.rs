//! One egg, twice: as an `async fn`, and as the state machine that the
//! compiler would otherwise write. Three awaits, three states that wait.
//!
//! ```text
//!              start_connect        connected          request sent
//!   Start ──────────────▶ Connecting ───────▶ Writing ──────────▶ Reading
//!                             │                  │                   │
//!                             └───── error ──────┴───── error ───────┤
//!                                                                    ▼
//!                                                                   Done
//! ```
//!
//! Set a breakpoint: `break onecook_demo::fry_egg::FryEgg::poll_reading`.
//!
//! Next: `http/mod.rs`, what is written and read.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::net::TcpStream;
use onecook::trace::{self, StateMachine};

use crate::egg::{Egg, FryError, Order};
use crate::http::reply::Reply;

/// Fries an egg: what one writes.
///
/// # Errors
///
/// When there is no connection, no reply, or no egg in the reply.
pub async fn fry_egg(order: Rc<Order>) -> Result<Egg, FryError> {
    let connection = TcpStream::connect(order.server);
    let connection = connection.await.map_err(FryError::Connect)?;

    let request = &order.request;
    connection.write_all(request).await.map_err(FryError::Write)?;

    let mut reply = Reply::default();
    loop {
        let read = connection.read(reply.space());
        let count = read.await.map_err(FryError::Read)?;
        if let Some(answer) = reply.received(count)? {
            return Egg::from_answer(answer);
        }
    }
}

/// Fries an egg: what it becomes. Each state is named after what it waits for
/// and holds what it needs to go on; what is to be dropped first stands first,
/// as locals are dropped: the last one first.
///
/// `repr(u8)`: lldb reads the state from a tag of its own, but misreads one
/// that is hidden in another field's unused values.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "an egg does not fry by itself: await it, or spawn it"]
pub enum FryEgg {
    /// Nothing has happened. Futures are lazy.
    Start {
        /// What is asked for.
        order: Rc<Order>,
    },
    /// Waits until the server has answered the phone.
    Connecting {
        /// Not yet one.
        connection: TcpStream,
        /// What is asked for.
        order: Rc<Order>,
    },
    /// Waits for room to write the request.
    Writing {
        /// So many bytes of the request are sent.
        written: usize,
        /// To the server.
        connection: TcpStream,
        /// What is asked for.
        order: Rc<Order>,
    },
    /// Waits for the reply: here the egg is in the pan.
    Reading {
        /// What has arrived.
        reply: Box<Reply>,
        /// To the server.
        connection: TcpStream,
        /// What is asked for.
        order: Rc<Order>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done {
        /// What was asked for.
        order: Rc<Order>,
    },
}

impl Future for FryEgg {
    type Output = Result<Egg, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let order = this.order().clone();
        let output = ready!(this.poll_states(cx));
        *this = FryEgg::Done { order }; // closes the connection
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FryEgg {
    /// A machine that will fry what `order` says.
    pub fn new(order: Rc<Order>) -> FryEgg {
        FryEgg::Start { order }
    }

    /// Goes from state to state, until one has to wait or fails.
    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Egg, FryError>> {
        loop {
            trace::state(self);
            match self {
                FryEgg::Start { .. } => self.poll_start()?,
                FryEgg::Connecting { .. } => ready!(self.poll_connecting(cx))?,
                FryEgg::Writing { .. } => ready!(self.poll_writing(cx))?,
                FryEgg::Reading { .. } => return self.poll_reading(cx),
                FryEgg::Moving | FryEgg::Done { .. } => {
                    panic!("`FryEgg` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) -> Result<(), FryError> {
        let order = self.order().clone();
        let connection = TcpStream::start_connect(order.server);
        let connection = connection.map_err(FryError::Connect)?;

        *self = FryEgg::Connecting { connection, order };
        Ok(())
    }

    fn poll_connecting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let FryEgg::Connecting { connection, .. } = self else { elsewhere() };
        ready!(connection.poll_connect(cx)).map_err(FryError::Connect)?;

        let (order, connection) = self.take();
        *self = FryEgg::Writing { written: 0, connection, order };
        Poll::Ready(Ok(()))
    }

    fn poll_writing(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let FryEgg::Writing { written, connection, order } = self else {
            elsewhere()
        };
        while *written < order.request.len() {
            let rest = &order.request[*written..];
            let count = ready!(connection.poll_write(cx, rest));
            *written += count.map_err(FryError::Write)?;
        }

        let (order, connection) = self.take();
        *self = FryEgg::Reading { reply: Box::default(), connection, order };
        Poll::Ready(Ok(()))
    }

    fn poll_reading(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Egg, FryError>> {
        let FryEgg::Reading { connection, reply, .. } = self else {
            elsewhere()
        };
        loop {
            let read = ready!(connection.poll_read(cx, reply.space()));
            let count = read.map_err(FryError::Read)?;
            if let Some(answer) = reply.received(count)? {
                return Poll::Ready(Egg::from_answer(answer));
            }
        }
    }

    /// Moves out what the next state needs.
    fn take(&mut self) -> (Rc<Order>, TcpStream) {
        match mem::replace(self, FryEgg::Moving) {
            FryEgg::Connecting { connection, order }
            | FryEgg::Writing { connection, order, .. } => (order, connection),
            _ => elsewhere(),
        }
    }

    fn order(&self) -> &Rc<Order> {
        match self {
            FryEgg::Start { order }
            | FryEgg::Connecting { order, .. }
            | FryEgg::Writing { order, .. }
            | FryEgg::Reading { order, .. }
            | FryEgg::Done { order } => order,
            FryEgg::Moving => elsewhere(),
        }
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FryEgg {
    const NAME: &'static str = "FryEgg";

    fn state(&self) -> &'static str {
        match self {
            FryEgg::Start { .. } => "Start",
            FryEgg::Connecting { .. } => "Connecting",
            FryEgg::Writing { .. } => "Writing",
            FryEgg::Reading { .. } => "Reading",
            FryEgg::Moving => "Moving",
            FryEgg::Done { .. } => "Done",
        }
    }

    fn label(&self) -> &str {
        &self.order().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_fits_into_80_bytes() {
        let server = "127.0.0.1:1".parse().unwrap();
        let twin = fry_egg(Order::new("A", server, "x", None));
        let (machine, twin) = (size_of::<FryEgg>(), size_of_val(&twin));
        println!("FryEgg {machine} bytes, its `async fn` twin {twin}");
        assert!(machine <= 80, "{machine}");
    }

    #[test]
    fn a_machine_that_is_never_polled_does_nothing() {
        let server = "127.0.0.1:1".parse().unwrap();
        let egg = FryEgg::new(Order::new("A", server, "x", None));
        assert_eq!((egg.state(), egg.label()), ("Start", "A"));
    }
}
