//! Slide 21, "Actor model": four actors send their eggs to the caller's
//! mailbox.
//!
//! An actor is a task with a mailbox; who knows its address may send it
//! something, and nothing else is shared. Here the caller is one as well: it
//! starts four actors, gives each its address, and takes from its mailbox
//! whatever comes, in the order in which it comes.
//!
//! An actor that cannot do its work does not explain itself, it crashes. That
//! hurts nobody else: in the second program three eggs arrive all the same.
//! But on the slide nobody tells the caller either, and it would wait for the
//! fourth for ever. So each actor has a monitor here, as Elixir has with
//! `spawn_monitor`: a task that waits for its end, and sends the caller a
//! message that it is down.
//!
//! ```text
//!   actor A ── Egg ──────▶┐                    takes a message, left > 0
//!   actor B ✗             │ mailbox             ┌────┐
//!     └─ monitor ─ Down ─▶├────────▶  Start ──▶ Receiving { left } ──▶ Done
//!   actor C ── Egg ──────▶│                               left == 0
//!   actor D ── Egg ──────▶┘
//! ```
//!
//! Next: `async_await.rs`.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::channel::mpsc::{
    UnboundedReceiver, UnboundedSender, unbounded_channel,
};
use onecook::trace::{self, StateMachine};
use onecook::{JoinError, JoinHandle, spawn_named};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// What the caller finds in its mailbox.
#[derive(Debug)]
pub enum Message {
    /// An actor has done its work.
    Egg(Egg),
    /// An actor has crashed.
    Down {
        /// Which actor.
        name: String,
        /// What it crashed with.
        why: String,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Egg(egg) => f.write_str(&egg.text),
            Message::Down { name, why } => write!(f, "{name} is down: {why}"),
        }
    }
}

/// An actor: fries an egg, sends it to the caller, and ends. Without an egg it
/// crashes.
async fn actor(order: Rc<Order>, by: By, caller: UnboundedSender<Message>) {
    let fried = match by {
        By::Machine => FryEgg::new(order).await,
        By::Async => fry_egg(order).await,
    };
    match fried {
        Ok(egg) => drop(caller.send(Message::Egg(egg))), // or nobody listens
        Err(why) => resume_unwind(Box::new(why.to_string())), // a quiet panic
    }
}

/// Waits for the end of an actor, and tells the caller if it crashed.
async fn monitor(
    name: String,
    actor: JoinHandle<()>,
    caller: UnboundedSender<Message>,
) {
    if let Err(error) = actor.await {
        let why = crashed_with(error);
        drop(caller.send(Message::Down { name, why }));
    }
}

fn crashed_with(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => match panic.downcast() {
            Ok(text) => *text,
            Err(_) => "it panicked".to_owned(),
        },
        Err(error) => error.to_string(),
    }
}

/// The caller: takes so many messages from its mailbox, and says what they
/// are: what one writes.
pub async fn receive(
    mut left: u32,
    mut mailbox: UnboundedReceiver<Message>,
    griddle: Griddle,
) {
    while left > 0 {
        let Some(message) = mailbox.recv().await else { break };
        griddle.say(message.to_string());
        left -= 1;
    }
}

/// The caller: takes so many messages from its mailbox, and says what they
/// are: what it becomes.
#[repr(u8)]
#[must_use = "futures do nothing unless polled"]
pub enum Receive {
    /// Nothing has happened.
    Start {
        /// So many messages are to come.
        left: u32,
        /// Where they arrive.
        mailbox: UnboundedReceiver<Message>,
        /// Where they are said.
        griddle: Griddle,
    },
    /// Waits for a message.
    Receiving {
        /// So many messages are to come.
        left: u32,
        /// Where they are said.
        griddle: Griddle,
        /// Where they arrive.
        mailbox: UnboundedReceiver<Message>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for Receive {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        ready!(this.poll_states(cx));
        *this = Receive::Done;
        trace::state(this);
        Poll::Ready(())
    }
}

impl Receive {
    /// A machine that will take `left` messages from `mailbox`.
    pub fn new(
        left: u32,
        mailbox: UnboundedReceiver<Message>,
        griddle: Griddle,
    ) -> Receive {
        Receive::Start { left, mailbox, griddle }
    }

    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            trace::state(self);
            match self {
                Receive::Start { .. } => self.poll_start(),
                Receive::Receiving { .. } => return self.poll_receiving(cx),
                Receive::Moving | Receive::Done => {
                    panic!("`Receive` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let Receive::Start { left, mailbox, griddle } = self.take() else {
            elsewhere()
        };

        *self = Receive::Receiving { left, griddle, mailbox };
    }

    fn poll_receiving(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Receive::Receiving { left, griddle, mailbox } = self else {
            elsewhere()
        };
        while *left > 0 {
            let Some(message) = ready!(mailbox.poll_recv(cx)) else { break };
            griddle.say(message.to_string());
            *left -= 1;
        }
        Poll::Ready(())
    }

    /// Moves the state out.
    fn take(&mut self) -> Receive {
        mem::replace(self, Receive::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for Receive {
    const NAME: &'static str = "Receive";

    fn state(&self) -> &'static str {
        match self {
            Receive::Start { .. } => "Start",
            Receive::Receiving { .. } => "Receiving",
            Receive::Moving => "Moving",
            Receive::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "caller"
    }
}

/// Starts an actor, and its monitor.
fn start(order: Rc<Order>, by: By, caller: UnboundedSender<Message>) {
    let name = order.name.clone();
    let actor = spawn_named(&name, actor(order, by, caller.clone()));
    let watching = format!("monitor of {name}");
    drop(spawn_named(watching, monitor(name, actor, caller)));
}

fn fry_four(griddle: &Griddle, orders: [Rc<Order>; 4]) {
    griddle.block_on(async {
        let (caller, mailbox) = unbounded_channel();
        for order in orders {
            start(order, griddle.by(), caller.clone());
        }
        drop(caller); // only they know the address
        match griddle.by() {
            By::Async => receive(4, mailbox, griddle.clone()).await,
            By::Machine => Receive::new(4, mailbox, griddle.clone()).await,
        }
    });
}

#[allow(clippy::unnecessary_wraps)] // other parts may fail
fn run_four(griddle: &Griddle) -> Result<(), FryError> {
    fry_four(griddle, ["A", "B", "C", "D"].map(|name| griddle.order(name)));
    Ok(())
}

#[allow(clippy::unnecessary_wraps)] // other parts may fail
fn run_one_crashes(griddle: &Griddle) -> Result<(), FryError> {
    fry_four(
        griddle,
        [
            griddle.order("A"),
            griddle.order_that_fails("B", 0.5),
            griddle.order("C"),
            griddle.order("D"),
        ],
    );
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[21],
    public: &[21],
    slug: "actors",
    title: "Actor model",
    about: "four actors send their eggs to the caller's mailbox",
    parts: &[
        Part {
            name: "four actors",
            machine: Some("Receive"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .left(0)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_four,
        },
        Part {
            name: "one crashes",
            machine: Some("Receive"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(3)
                .left(0)
                .says_in_any_order(&[
                    "B is down: the server answered 500 Internal Server Error",
                    "A",
                    "C",
                    "D",
                ]),
            run: run_one_crashes,
        },
    ],
};
