//! Slide 17, "Event-driven programming": an event loop that calls back: the
//! machine by hand, no future.
//!
//! Whoever wants an egg leaves three functions with the event loop: what to do
//! with data, at the end, and with an error. Then `get` returns, and the
//! program goes on below. The loop waits for all sockets at once, and calls
//! whoever it concerns. One thread, no runtime: this is `mio`, on which
//! Onecook stands as well.
//!
//! What a program does after a wait stands in another function than what it
//! did before. So somebody has to remember where each request has got to, and
//! that is `Phase`: the states of `FryEgg`, with the same fields. It was
//! written by hand because it had to be. And no `?`, no loop and no `return`
//! of the program reaches across a wait: an error goes to `on_error`, the eggs
//! come in any order, and the four of them have no common end.
//!
//! ```text
//!           get            connected          request sent      reply ended
//!   (slab) ─────▶ Connecting ──────▶ Writing ─────────▶ Reading ─▶ (gone)
//!                     │                 │                  │        on_data,
//!                     │                 │                  │        on_end
//!                     └───── error ─────┴────── error ─────┴─────▶ (gone)
//!                                                                   on_error
//! ```
//!
//! Next: `green_threads.rs`.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError, Order};
use crate::http::reply::Reply;

/// The program: asks for four eggs, and leaves word what to do with each.
fn fry_four(griddle: &Griddle, orders: [Rc<Order>; 4]) -> Result<(), FryError> {
    let mut event_loop = EventLoop::new(griddle)?;
    for order in orders {
        let data = Rc::new(RefCell::new(Vec::new()));
        let chunks = data.clone();
        let (at_end, at_error) = (griddle.clone(), griddle.clone());

        event_loop.get(
            order,
            Callbacks {
                on_data: Box::new(move |chunk| {
                    chunks.borrow_mut().extend_from_slice(chunk);
                }),
                on_end: Box::new(move || {
                    let data = data.borrow();
                    at_end.say(String::from_utf8_lossy(&data));
                }),
                on_error: Box::new(move |error| {
                    at_error.say(format!("Error: {error}"));
                }),
            },
        );
    }
    event_loop.run()
}

/// What to do when something happens to a request.
#[allow(clippy::struct_field_names)] // they are called so
struct Callbacks {
    /// A piece of the body is here. There is one: our parser collects them.
    on_data: OnData,
    /// That was all.
    on_end: Box<dyn FnOnce()>,
    /// There will be no egg.
    on_error: Box<dyn FnOnce(FryError)>,
}

type OnData = Box<dyn FnMut(&[u8])>;

/// A request, and where it has got to.
struct Request {
    order: Rc<Order>,
    connection: TcpStream,
    phase: Phase,
    callbacks: Callbacks,
}

/// What a request waits for.
enum Phase {
    /// Waits until the server has answered the phone.
    Connecting,
    /// Waits for room to write the request.
    Writing {
        /// So many bytes of it are sent.
        written: usize,
    },
    /// Waits for the reply.
    Reading {
        /// What has arrived.
        reply: Box<Reply>,
    },
}

/// Waits for all sockets at once, and calls whoever it concerns.
struct EventLoop {
    poll: Poll,
    requests: Slab<Request>,
    griddle: Griddle,
}

impl EventLoop {
    fn new(griddle: &Griddle) -> Result<EventLoop, FryError> {
        let poll = Poll::new().map_err(FryError::Connect)?;
        let griddle = griddle.clone();
        Ok(EventLoop { poll, requests: Slab::new(), griddle })
    }

    /// Asks for an egg. Nothing has been heard of it when this returns, unless
    /// there is no way to the server.
    fn get(&mut self, order: Rc<Order>, callbacks: Callbacks) {
        self.griddle.note(&order.name, "Connecting");
        let entry = self.requests.vacant_entry();
        match connect(&self.poll, &order, Token(entry.key())) {
            Ok(connection) => {
                let phase = Phase::Connecting;
                entry.insert(Request { order, connection, phase, callbacks });
            }
            Err(why) => (callbacks.on_error)(FryError::Connect(why)),
        }
    }

    /// Runs until there is nothing left to wait for.
    fn run(&mut self) -> Result<(), FryError> {
        let mut events = Events::with_capacity(16);
        while !self.requests.is_empty() {
            match self.poll.poll(&mut events, None) {
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                outcome => outcome.map_err(|why| cannot_wait(&why))?,
            }
            for event in &events {
                self.dispatch(event.token());
            }
        }
        Ok(())
    }

    /// Something has happened to a request: takes it as far as it goes, and
    /// calls back once it has ended.
    fn dispatch(&mut self, Token(key): Token) {
        let Some(request) = self.requests.get_mut(key) else { return };
        let Some(ended) = request.advance(&self.griddle).transpose() else {
            return;
        };
        let Request { order, mut callbacks, .. } = self.requests.remove(key);
        self.griddle.note(&order.name, "Done");
        match ended {
            Ok(egg) => {
                (callbacks.on_data)(egg.text.as_bytes());
                (callbacks.on_end)();
            }
            Err(why) => (callbacks.on_error)(why),
        }
    }
}

fn cannot_wait(why: &io::Error) -> FryError {
    FryError::Lost(format!("the event loop cannot wait: {why}"))
}

fn connect(poll: &Poll, order: &Order, token: Token) -> io::Result<TcpStream> {
    let mut connection = TcpStream::connect(order.server)?;
    let both = Interest::READABLE.add(Interest::WRITABLE);
    poll.registry().register(&mut connection, token, both)?;
    Ok(connection)
}

impl Request {
    /// Goes from phase to phase until the next step would block.
    fn advance(&mut self, griddle: &Griddle) -> Result<Option<Egg>, FryError> {
        loop {
            let goes_on = match self.phase {
                Phase::Connecting => self.on_connected()?,
                Phase::Writing { .. } => self.on_writable()?,
                Phase::Reading { .. } => return self.on_readable(),
            };
            if !goes_on {
                return Ok(None);
            }
            griddle.note(&self.order.name, self.phase.name());
        }
    }

    fn on_connected(&mut self) -> Result<bool, FryError> {
        let error = self.connection.take_error().map_err(FryError::Connect)?;
        if let Some(why) = error {
            return Err(FryError::Connect(why));
        }
        match self.connection.peer_addr() {
            Err(why) if why.kind() == ErrorKind::NotConnected => Ok(false),
            outcome => {
                outcome.map_err(FryError::Connect)?;
                self.phase = Phase::Writing { written: 0 };
                Ok(true)
            }
        }
    }

    fn on_writable(&mut self) -> Result<bool, FryError> {
        let Phase::Writing { written } = &mut self.phase else { elsewhere() };
        while *written < self.order.request.len() {
            match self.connection.write(&self.order.request[*written..]) {
                Err(why) if would_block(&why) => return Ok(false),
                count => *written += count.map_err(FryError::Write)?,
            }
        }
        self.phase = Phase::Reading { reply: Box::default() };
        Ok(true)
    }

    fn on_readable(&mut self) -> Result<Option<Egg>, FryError> {
        let Phase::Reading { reply } = &mut self.phase else { elsewhere() };
        loop {
            let count = match self.connection.read(reply.space()) {
                Err(why) if would_block(&why) => return Ok(None),
                count => count.map_err(FryError::Read)?,
            };
            if let Some(answer) = reply.received(count)? {
                return Egg::from_answer(answer).map(Some);
            }
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

fn elsewhere() -> ! {
    unreachable!("each phase has its own method")
}

impl Phase {
    fn name(&self) -> &'static str {
        match self {
            Phase::Connecting => "Connecting",
            Phase::Writing { .. } => "Writing",
            Phase::Reading { .. } => "Reading",
        }
    }
}

fn run_four(griddle: &Griddle) -> Result<(), FryError> {
    let orders = ["A", "B", "C", "D"].map(|name| griddle.order(name));
    fry_four(griddle, orders)
}

fn run_one_fails(griddle: &Griddle) -> Result<(), FryError> {
    let orders = [
        griddle.order("A"),
        griddle.order_that_fails("B", 0.5),
        griddle.order("C"),
        griddle.order("D"),
    ];
    fry_four(griddle, orders)
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[17],
    public: &[17],
    slug: "callbacks",
    title: "Event-driven programming",
    about: "an event loop that calls back: the machine by hand, no future",
    parts: &[
        Part {
            name: "four requests",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .left(0)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_four,
        },
        Part {
            name: "one fails",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(3)
                .left(0)
                .says_in_any_order(&[
                    "Error: the server answered 500 Internal Server Error",
                    "A",
                    "C",
                    "D",
                ]),
            run: run_one_fails,
        },
    ],
};
