//! Slides 33 and 34, "Channels": 1:1, 1:N, N:1, N:M; bounded, unbounded; an
//! egg or a timeout.
//!
//! Tasks that share nothing but a channel need no lock: what is sent belongs
//! to whoever receives it. How many may stand at each end is what the kinds of
//! channels differ in. A bounded one holds its senders back when nobody takes
//! what they send: that is backpressure, and `send` waits. An unbounded one
//! never does, and grows.
//!
//! The slide's program takes the first of four eggs, or gives up after a time.
//! Three eggs are left over. In Go their goroutines wait for ever for somebody
//! who receives; here the receiver is dropped, which ends whoever sends to it.
//!
//! ```text
//!   SendEgg    Start ──▶ Frying ──▶ Full ──────── a slot is free ──────▶ Done
//!                                     └─────── nobody receives ───────────▲
//!
//!   FirstEgg   Start ──▶ Selecting { eggs, sleep } ──── one of them ──▶ Done
//! ```
//!
//! Next: `streams.rs`, what comes one by one.

use std::error::Error;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::channel::mpsc::{self, Receiver, ReserveOwned, Sender};
use onecook::channel::{broadcast, mpmc, oneshot};
use onecook::time::{Sleep, sleep};
use onecook::trace::{self, Event, StateMachine};
use onecook::{Builder, JoinHandle, spawn, spawn_named};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// What goes through the channel: an egg, or why there is none.
pub type Fried = Result<Egg, FryError>;

/// Fries an egg and sends it: what one writes. Whether anybody wanted it.
pub async fn send_egg(order: Rc<Order>, sender: Sender<Fried>) -> bool {
    let egg = fry_egg(order).await;
    let Ok(slot) = sender.reserve_owned().await else { return false };
    slot.send(egg);
    true
}

/// Fries an egg and sends it: what it becomes.
///
/// A machine cannot hold a sender beside a future that borrows it: safe Rust
/// has no name for that. So this one waits for a slot of its own
/// (`reserve_owned`) instead of for `sender.send(egg)`.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum SendEgg {
    /// Nothing has happened.
    Start {
        /// What is asked for.
        order: Rc<Order>,
        /// Where it goes.
        sender: Sender<Fried>,
    },
    /// Waits for the egg.
    Frying {
        /// The egg, on its way.
        egg: FryEgg,
        /// Where it goes.
        sender: Sender<Fried>,
    },
    /// Waits as long as the channel is full. This is backpressure.
    Full {
        /// A slot, when one is free; it has the sender.
        slot: ReserveOwned<Fried>,
        /// What will be in it.
        egg: Fried,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for SendEgg {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let this = self.get_mut();
        let wanted = ready!(this.poll_states(cx));
        *this = SendEgg::Done;
        trace::state(this);
        Poll::Ready(wanted)
    }
}

impl SendEgg {
    /// A machine that will fry what `order` says, and send it.
    pub fn new(order: Rc<Order>, sender: Sender<Fried>) -> SendEgg {
        SendEgg::Start { order, sender }
    }

    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        loop {
            trace::state(self);
            match self {
                SendEgg::Start { .. } => self.poll_start(),
                SendEgg::Frying { .. } => ready!(self.poll_frying(cx)),
                SendEgg::Full { .. } => return self.poll_full(cx),
                SendEgg::Moving | SendEgg::Done => {
                    panic!("`SendEgg` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let SendEgg::Start { order, sender } = self.take() else { elsewhere() };

        *self = SendEgg::Frying { egg: FryEgg::new(order), sender };
    }

    fn poll_frying(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let SendEgg::Frying { egg, .. } = self else { elsewhere() };
        let egg = ready!(Pin::new(egg).poll(cx));

        let SendEgg::Frying { sender, .. } = self.take() else { elsewhere() };
        *self = SendEgg::Full { slot: sender.reserve_owned(), egg };
        Poll::Ready(())
    }

    fn poll_full(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let SendEgg::Full { slot, .. } = self else { elsewhere() };
        let slot = ready!(Pin::new(slot).poll(cx));

        let SendEgg::Full { egg, .. } = self.take() else { elsewhere() };
        let Ok(slot) = slot else { return Poll::Ready(false) };
        slot.send(egg);
        Poll::Ready(true)
    }

    /// Moves the state out.
    fn take(&mut self) -> SendEgg {
        mem::replace(self, SendEgg::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for SendEgg {
    const NAME: &'static str = "SendEgg";

    fn state(&self) -> &'static str {
        match self {
            SendEgg::Start { .. } => "Start",
            SendEgg::Frying { .. } => "Frying",
            SendEgg::Full { .. } => "Full",
            SendEgg::Moving => "Moving",
            SendEgg::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "sender"
    }
}

/// Go's `select`, with these two cases: an egg comes out of the channel, or
/// the time is over.
///
/// It asks both, whoever was woken: `onecook::future::either` asks only that
/// one, and the first time it begins with either. This begins with the egg:
/// one that is there counts, however late it is.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum EggOrTimeout {
    /// Waits for both.
    Selecting {
        /// Where eggs come from. It owns this end of the channel: when it is
        /// dropped, nobody receives any more.
        eggs: Receiver<Fried>,
        /// Until the time is over.
        sleep: Sleep,
    },
    /// Waits for nothing any more.
    Done,
}

/// Which case it was.
#[derive(Debug)]
pub enum Selected {
    /// Something came out of the channel, or every sender is gone.
    Received(Option<Fried>),
    /// The time is over.
    Elapsed,
}

impl Future for EggOrTimeout {
    type Output = Selected;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Selected> {
        let this = self.get_mut();
        if let EggOrTimeout::Done = this {
            panic!("`EggOrTimeout` polled after it was done");
        }
        let selected = ready!(this.poll_selecting(cx));
        *this = EggOrTimeout::Done; // drops the other one, too
        Poll::Ready(selected)
    }
}

impl EggOrTimeout {
    /// Whichever is first: an egg, or the end of the time.
    pub fn new(eggs: Receiver<Fried>, limit: Duration) -> EggOrTimeout {
        EggOrTimeout::Selecting { eggs, sleep: sleep(limit) }
    }

    fn poll_selecting(&mut self, cx: &mut Context<'_>) -> Poll<Selected> {
        let EggOrTimeout::Selecting { eggs, sleep } = self else { elsewhere() };
        if let Poll::Ready(egg) = eggs.poll_recv(cx) {
            return Poll::Ready(Selected::Received(egg));
        }
        ready!(Pin::new(sleep).poll(cx));
        Poll::Ready(Selected::Elapsed)
    }
}

impl Selected {
    /// The egg, or why there is none.
    fn egg(self, limit: Duration) -> Fried {
        match self {
            Selected::Received(Some(egg)) => egg,
            Selected::Received(None) => Err(lost("every sender is gone")),
            Selected::Elapsed => Err(FryError::TimedOut(limit)),
        }
    }
}

/// Takes the first egg, if it comes in time: what one writes. Nobody receives
/// the others: the receiver is gone when this is done.
///
/// # Errors
///
/// When it could not be fried, or the time is over, or nobody sends.
pub async fn first_egg(eggs: Receiver<Fried>, limit: Duration) -> Fried {
    let first = EggOrTimeout::new(eggs, limit).await;
    first.egg(limit)
}

/// Takes the first egg, if it comes in time: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum FirstEgg {
    /// Nothing has happened. The time does not run yet.
    Start {
        /// Where they come from.
        eggs: Receiver<Fried>,
        /// How long it waits.
        limit: Duration,
    },
    /// Waits for an egg, or for the end of the time.
    Selecting {
        /// Whichever is first.
        first: EggOrTimeout,
        /// How long it waits.
        limit: Duration,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for FirstEgg {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fried> {
        let this = self.get_mut();
        let egg = ready!(this.poll_states(cx));
        *this = FirstEgg::Done;
        trace::state(this);
        Poll::Ready(egg)
    }
}

impl FirstEgg {
    /// A machine that will take an egg, or give up after `limit`.
    pub fn new(eggs: Receiver<Fried>, limit: Duration) -> FirstEgg {
        FirstEgg::Start { eggs, limit }
    }

    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<Fried> {
        loop {
            trace::state(self);
            match self {
                FirstEgg::Start { .. } => self.poll_start(),
                FirstEgg::Selecting { .. } => return self.poll_selecting(cx),
                FirstEgg::Moving | FirstEgg::Done => {
                    panic!("`FirstEgg` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let FirstEgg::Start { eggs, limit } = self.take() else { elsewhere() };

        let first = EggOrTimeout::new(eggs, limit);
        *self = FirstEgg::Selecting { first, limit };
    }

    fn poll_selecting(&mut self, cx: &mut Context<'_>) -> Poll<Fried> {
        let FirstEgg::Selecting { first, .. } = self else { elsewhere() };
        let first = ready!(Pin::new(first).poll(cx));

        let FirstEgg::Selecting { limit, .. } = self.take() else {
            elsewhere()
        };
        Poll::Ready(first.egg(limit))
    }

    /// Moves the state out.
    fn take(&mut self) -> FirstEgg {
        mem::replace(self, FirstEgg::Moving)
    }
}

impl StateMachine for FirstEgg {
    const NAME: &'static str = "FirstEgg";

    fn state(&self) -> &'static str {
        match self {
            FirstEgg::Start { .. } => "Start",
            FirstEgg::Selecting { .. } => "Selecting",
            FirstEgg::Moving => "Moving",
            FirstEgg::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "receiver"
    }
}

const NAMES: [&str; 4] = ["A", "B", "C", "D"];

/// Somebody ended without an egg and without an error of their own.
pub fn lost(why: impl Into<Box<dyn Error>>) -> FryError {
    FryError::Lost(why.into().to_string())
}

/// A cook for each order; each sends its egg.
fn spawn_cooks(
    griddle: &Griddle,
    orders: [Rc<Order>; 4],
    sender: &Sender<Fried>,
) -> [JoinHandle<bool>; 4] {
    orders.map(|order| {
        let (name, sender) = (order.name.clone(), sender.clone());
        match griddle.by() {
            By::Machine => spawn_named(name, SendEgg::new(order, sender)),
            By::Async => spawn_named(name, send_egg(order, sender)),
        }
    })
}

/// 1:1. Each end exists once, and is used once.
async fn one_to_one(griddle: &Griddle) -> Result<(), FryError> {
    let (sender, receiver) = oneshot::channel();
    let order = griddle.order("A");
    let fry_and_send = async move { sender.send(FryEgg::new(order).await) };
    drop(spawn_named("A", fry_and_send));
    let egg = receiver.await.map_err(lost)?;
    griddle.say(egg?.text);
    Ok(())
}

/// 1:N. Everybody hears everything: it is cloned for each.
async fn one_to_many(griddle: &Griddle) -> Result<(), FryError> {
    let sender = broadcast::Sender::new(4);
    let guests = [1, 2, 3].map(|guest| {
        let (mut called, griddle) = (sender.subscribe(), griddle.clone());
        spawn(async move {
            while let Ok(egg) = called.recv().await {
                griddle.say(format!("guest {guest} hears {egg}"));
            }
        })
    });
    let egg: Egg = FryEgg::new(griddle.order("A")).await?;
    let heard = sender.send(egg.text).unwrap_or(0);
    griddle.claim("one call goes to three guests", heard == 3);
    drop(sender); // no more calls: the guests' loops end
    for guest in guests {
        guest.await.map_err(lost)?;
    }
    Ok(())
}

/// N:1. Who sends first is received first, whoever it is.
async fn many_to_one(griddle: &Griddle) -> Result<(), FryError> {
    let (sender, mut eggs) = mpsc::channel(4);
    let orders = NAMES.map(|name| griddle.order(name));
    drop(spawn_cooks(griddle, orders, &sender));
    drop(sender); // the cooks have clones; with the last one the loop ends
    while let Some(egg) = eggs.recv().await {
        griddle.say(egg?.text);
    }
    Ok(())
}

/// N:M. Each egg goes to one of the waiters: to whoever is free.
async fn many_to_many(griddle: &Griddle) -> Result<(), FryError> {
    let (sender, eggs) = mpmc::bounded(4);
    for name in NAMES {
        let (sender, order) = (sender.clone(), griddle.order(name));
        let fry_and_send =
            async move { sender.send(FryEgg::new(order).await).await };
        drop(spawn_named(name, fry_and_send));
    }
    drop(sender);
    let waiters = [1, 2].map(|_| spawn(carry(griddle.clone(), eggs.clone())));
    for waiter in waiters {
        let carried = waiter.await.map_err(lost)??;
        griddle.claim("each waiter carries some", carried > 0);
    }
    Ok(())
}

/// Carries eggs, one at a time: there and back is half a cook time.
async fn carry(
    griddle: Griddle,
    eggs: mpmc::Receiver<Fried>,
) -> Result<u32, FryError> {
    let mut carried = 0;
    while let Ok(egg) = eggs.recv().await {
        griddle.say(egg?.text);
        sleep(griddle.of_cook_time(0.5)).await;
        carried += 1;
    }
    Ok(carried)
}

/// One slot, and a guest who eats slowly: senders have to wait.
async fn eat_slowly(griddle: &Griddle) -> Result<(), FryError> {
    let (sender, mut eggs) = mpsc::channel(1);
    let orders = NAMES.map(|name| griddle.order_after(name, Duration::ZERO));
    let cooks = spawn_cooks(griddle, orders, &sender);
    drop(sender);
    let mut taken = 0;
    while let Some(egg) = eggs.recv().await {
        griddle.say(egg?.text);
        taken += 1;
        sleep(griddle.of_cook_time(0.25)).await;
        let sent = cooks.iter().filter(|cook| cook.is_finished()).count();
        griddle.claim(
            "nobody runs ahead: at most one egg is sent and not taken",
            sent <= taken + 1,
        );
    }
    Ok(())
}

/// No limit: whoever sends goes on at once, and the eggs pile up.
async fn pile_up(griddle: &Griddle) -> Result<(), FryError> {
    let (sender, mut eggs) = mpsc::unbounded_channel();
    let cooks = NAMES.map(|name| {
        let order = griddle.order_after(name, Duration::ZERO);
        let sender = sender.clone();
        spawn_named(name, async move { sender.send(FryEgg::new(order).await) })
    });
    drop(sender);
    for cook in cooks {
        let sent = cook.await.map_err(lost)?;
        griddle.claim("a sender never waits", sent.is_ok());
    }
    griddle.claim("four eggs are on the pile", eggs.len() == 4);
    while let Some(egg) = eggs.recv().await {
        griddle.say(egg?.text);
        sleep(griddle.of_cook_time(0.25)).await;
    }
    Ok(())
}

/// The slide's program: the first egg, or no longer than two and a half cook
/// times. Then the receiver is gone.
async fn egg_or_timeout(
    griddle: &Griddle,
    orders: [Rc<Order>; 4],
) -> Result<(), FryError> {
    let (sender, eggs) = mpsc::channel(1);
    let cooks = spawn_cooks(griddle, orders, &sender);
    drop(sender);
    let limit = griddle.of_cook_time(2.5);
    let first = match griddle.by() {
        By::Machine => FirstEgg::new(eggs, limit).await,
        By::Async => first_egg(eggs, limit).await,
    };
    match first {
        Ok(egg) => griddle.say(egg.text),
        Err(FryError::TimedOut(_)) => {
            griddle.say("timed out");
            return Ok(()); // as in Go: main ends, and with it everybody
        }
        Err(why) => return Err(why),
    }
    for cook in cooks {
        let _wanted = cook.await.map_err(lost)?;
    }
    Ok(())
}

fn run_one_to_one(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(one_to_one(griddle))
}

fn run_one_to_many(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(one_to_many(griddle))
}

fn run_many_to_one(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(many_to_one(griddle))
}

fn run_many_to_many(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(many_to_many(griddle))
}

fn run_bounded(griddle: &Griddle) -> Result<(), FryError> {
    let eating = eat_slowly(griddle);
    let (eaten, seen) = griddle.block_on_recorded(Builder::new(), eating);
    eaten?;
    let is_full = |event: &Event| matches!(event, Event::ChannelFull { .. });
    let held_back = seen.records.iter().filter(|it| is_full(&it.event));
    griddle.claim("senders were held back", held_back.count() > 0);
    Ok(())
}

fn run_unbounded(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(pile_up(griddle))
}

fn run_first_egg(griddle: &Griddle) -> Result<(), FryError> {
    let orders = NAMES.map(|name| griddle.order(name));
    let program = egg_or_timeout(griddle, orders);
    let (ended, seen) = griddle.block_on_recorded(Builder::new(), program);
    ended?;
    griddle.claim("no sender is left behind", seen.metrics.tasks == 0);
    Ok(())
}

fn run_timed_out(griddle: &Griddle) -> Result<(), FryError> {
    let slow = griddle.of_cook_time(10.0);
    let orders = NAMES.map(|name| griddle.order_after(name, slow));
    griddle.block_on(egg_or_timeout(griddle, orders))
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[33, 34],
    public: &[31, 32],
    slug: "channels",
    title: "Channels",
    about: "1:1, 1:N, N:1, N:M; bounded, unbounded; an egg or a timeout",
    parts: &[
        Part {
            name: "1:1",
            machine: None,
            expected: Expected::takes(1.0).in_pan(1).served(1).says(&["A"]),
            run: run_one_to_one,
        },
        Part {
            name: "1:N",
            machine: None,
            expected: Expected::takes(1.0).in_pan(1).says_in_any_order(&[
                "guest 1 hears A",
                "guest 2 hears A",
                "guest 3 hears A",
            ]),
            run: run_one_to_many,
        },
        Part {
            name: "N:1",
            machine: Some("SendEgg"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_many_to_one,
        },
        Part {
            name: "N:M",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(4)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_many_to_many,
        },
        Part {
            name: "bounded",
            machine: Some("SendEgg"),
            expected: Expected::takes(1.0)
                .served(4)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_bounded,
        },
        Part {
            name: "unbounded",
            machine: None,
            expected: Expected::takes(1.0)
                .served(4)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_unbounded,
        },
        Part {
            name: "first egg",
            machine: Some("FirstEgg"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .left(0)
                .says_one_of(&["A", "B", "C", "D"]),
            run: run_first_egg,
        },
        Part {
            name: "timed out",
            machine: Some("FirstEgg"),
            expected: Expected::takes(2.5)
                .in_pan(4)
                .served(0)
                .left(4)
                .says(&["timed out"]),
            run: run_timed_out,
        },
    ],
};
