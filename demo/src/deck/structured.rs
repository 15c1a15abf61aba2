//! Slides 42 and 43, "Structured concurrency": a scope: when it returns,
//! everything below is over.
//!
//! However many things go on at once, they form a tree, and a scope is a node
//! of it. Three things hold: *cancellation goes down* (drop the root, and all
//! below is dropped before that returns), *errors go up* (one child fails, its
//! siblings are dropped, and whoever called has the error), and *what has
//! returned is over* (no task is left, no socket, no timer). So a function
//! with a scope inside is a black box, whatever goes on in it.
//!
//! A bare `spawn` promises none of this. The function that spawned is long
//! over, and its tasks still fry, for nobody.
//!
//! `Scope` here is one written the plain way: it polls its body, and all of
//! its children that have not ended. `onecook::scope` polls only those that
//! were woken, takes children while it runs, and lets them borrow.
//!
//! ```text
//!   Breakfast   Start ──▶ InScope { scope } ──▶ Done
//!
//!   Scope       Open { body, children } ── all of them have ended ──▶ Done
//!                 │                                                    ▲
//!                 └── one has failed: the others are dropped, ─────────┘
//!                     the youngest first
//! ```
//!
//! Next: `bridge.rs`, callbacks become futures.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::scope::Scope as LibraryScope;
use onecook::time::{Sleep, sleep, timeout};
use onecook::trace::{self, Event, ReactorEvent, StateMachine};
use onecook::{Builder, dump, metrics, scope, spawn_named, try_scope};

use super::channels::lost;
use super::expected::Expected;
use super::griddle::Griddle;
use super::seen::Recording;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// A body and its children. It ends when all of them have ended, or with the
/// first error. When it is dropped, so are they, the youngest first.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum Scope<F> {
    /// Waits for the body, and for the children that have not ended.
    Open {
        /// Lays the table. `None`: it is laid.
        body: Option<Sleep>,
        /// In the order in which they were begun.
        children: Vec<Child<F>>,
    },
    /// Waits for nothing any more, and nothing is left.
    Done,
}

/// One that was begun in the scope.
#[derive(Debug)]
pub enum Child<F> {
    /// It has not ended. The box is what pins it.
    Frying {
        /// The egg, on its way.
        egg: Pin<Box<F>>,
    },
    /// It has ended, and was dropped; its egg waits for the others.
    Fried {
        /// What it came to.
        egg: Egg,
    },
}

impl<F> Scope<F> {
    /// A body that lays the table, and children that fry.
    pub fn new(body: Sleep, eggs: impl Iterator<Item = F>) -> Scope<F> {
        let children = eggs.map(|egg| Child::Frying { egg: Box::pin(egg) });
        Scope::Open { body: Some(body), children: children.collect() }
    }

    /// Drops whoever has not ended: cancels it.
    fn cancel(&mut self) {
        let Scope::Open { children, .. } = self else { return };
        while let Some(youngest) = children.pop() {
            drop(youngest);
        }
    }
}

impl<F> Scope<F>
where
    F: Future<Output = Result<Egg, FryError>>,
{
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<Egg>, FryError>> {
        let Scope::Open { body, children } = self else { elsewhere() };
        if let Some(laying) = body {
            if Pin::new(laying).poll(cx).is_ready() {
                *body = None;
            }
        }
        for at in 0..children.len() {
            if let Err(why) = children[at].poll_frying(cx) {
                drop(children.remove(at)); // it has ended, before the others
                return Poll::Ready(Err(why));
            }
        }
        if body.is_some() || children.iter().any(Child::is_frying) {
            return Poll::Pending;
        }
        let children = mem::take(children).into_iter();
        Poll::Ready(Ok(children.map(Child::egg).collect()))
    }
}

impl<F> Child<F>
where
    F: Future<Output = Result<Egg, FryError>>,
{
    fn poll_frying(&mut self, cx: &mut Context<'_>) -> Result<(), FryError> {
        let Child::Frying { egg } = self else { return Ok(()) };
        if let Poll::Ready(fried) = egg.as_mut().poll(cx) {
            *self = Child::Fried { egg: fried? };
        }
        Ok(())
    }

    fn is_frying(&self) -> bool {
        matches!(self, Child::Frying { .. })
    }

    fn egg(self) -> Egg {
        match self {
            Child::Fried { egg } => egg,
            Child::Frying { .. } => unreachable!("all of them have ended"),
        }
    }
}

impl<F> Future for Scope<F>
where
    F: Future<Output = Result<Egg, FryError>>,
{
    type Output = Result<Vec<Egg>, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Scope::Done = this {
            panic!("`Scope` polled after it was done");
        }
        let ended = ready!(this.poll_open(cx));
        this.cancel(); // if one has failed: the others
        *this = Scope::Done;
        Poll::Ready(ended)
    }
}

impl<F> Drop for Scope<F> {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Lays the table and fries the eggs meanwhile: what one writes.
///
/// # Errors
///
/// When one egg cannot be fried. Then the others are not fried either.
pub async fn breakfast(
    orders: Vec<Rc<Order>>,
    laying: Duration,
) -> Result<Vec<Egg>, FryError> {
    let eggs = orders.into_iter().map(fry_egg);
    Scope::new(sleep(laying), eggs).await
}

/// Lays the table and fries the eggs meanwhile: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum Breakfast {
    /// Nothing has happened.
    Start {
        /// What is to be fried.
        orders: Vec<Rc<Order>>,
        /// How long it takes to lay the table.
        laying: Duration,
    },
    /// Waits for all that was begun.
    InScope {
        /// All of it.
        scope: Scope<FryEgg>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more, and nothing is left.
    Done,
}

impl Future for Breakfast {
    type Output = Result<Vec<Egg>, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = Breakfast::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl Breakfast {
    /// A machine that will lay the table, and fry the eggs meanwhile.
    pub fn new(orders: Vec<Rc<Order>>, laying: Duration) -> Breakfast {
        Breakfast::Start { orders, laying }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<Egg>, FryError>> {
        loop {
            trace::state(self);
            match self {
                Breakfast::Start { .. } => self.poll_start(),
                Breakfast::InScope { .. } => return self.poll_in_scope(cx),
                Breakfast::Moving | Breakfast::Done => {
                    panic!("`Breakfast` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let Breakfast::Start { orders, laying } = self.take() else {
            elsewhere()
        };

        let eggs = orders.into_iter().map(FryEgg::new);
        let scope = Scope::new(sleep(laying), eggs);
        *self = Breakfast::InScope { scope };
    }

    fn poll_in_scope(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<Egg>, FryError>> {
        let Breakfast::InScope { scope } = self else { elsewhere() };
        Pin::new(scope).poll(cx)
    }

    /// Moves the state out.
    fn take(&mut self) -> Breakfast {
        mem::replace(self, Breakfast::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for Breakfast {
    const NAME: &'static str = "Breakfast";

    fn state(&self) -> &'static str {
        match self {
            Breakfast::Start { .. } => "Start",
            Breakfast::InScope { .. } => "InScope",
            Breakfast::Moving => "Moving",
            Breakfast::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "breakfast"
    }
}

/// An egg that says so when it is over: fried, or dropped before.
struct Plate {
    over: Rc<Cell<u32>>,
}

impl Drop for Plate {
    fn drop(&mut self) {
        self.over.set(self.over.get() + 1);
    }
}

async fn fry_on(plate: Plate, order: Rc<Order>) -> Result<Egg, FryError> {
    let egg = FryEgg::new(order).await;
    drop(plate);
    egg
}

/// A table in a scope of its own: two eggs, each a child.
async fn table(
    griddle: &Griddle,
    names: [&str; 2],
    over: &Rc<Cell<u32>>,
) -> Result<(), FryError> {
    let eggs = try_scope(async |s| {
        for name in names {
            let plate = Plate { over: over.clone() };
            drop(s.spawn_named(name, fry_on(plate, griddle.order(name))));
        }
        Ok(())
    });
    eggs.await.map_err(|errors| errors.first)
}

/// Two tables below a root, which is cancelled when the eggs are half done.
async fn cancel_the_root(griddle: &Griddle) -> Result<(), FryError> {
    let over = Rc::new(Cell::new(0));
    let root = scope(async |root: LibraryScope<'_>| {
        let [first, second] = [["A", "B"], ["C", "D"]];
        let first = table(griddle, first, &over);
        let first = root.spawn_named("table 1", first);
        let second = table(griddle, second, &over);
        drop(root.spawn_named("table 2", second));
        let half = timeout(griddle.of_cook_time(0.5), first);
        let ended = half.await; // not in so short a time, unless it fails
        say_tree(griddle);
        root.cancel();
        ended.unwrap_or(Ok(Ok(()))).map_err(lost)?
    });
    root.await.map_err(lost)??;
    griddle.claim("all below the root is dropped", over.get() == 4);
    griddle.claim("the root stands alone", dump().lines().count() == 1);
    Ok(())
}

/// One of four eggs fails: the others are dropped before the error is here.
async fn fail_in_a_scope(griddle: &Griddle) -> Result<(), FryError> {
    let over = Rc::new(Cell::new(0));
    let eggs = try_scope(async |s| {
        for order in orders_with_a_failure(griddle) {
            let (name, plate) =
                (order.name.clone(), Plate { over: over.clone() });
            drop(s.spawn_named(name, fry_on(plate, order)));
        }
        Ok(())
    });
    let failed = eggs.await.map_err(|errors| errors.first);
    griddle.claim("all below is dropped", over.get() == 4);
    say_failure(griddle, failed)
}

/// Spawns four tasks, and forgets them: nothing holds them together. If one
/// fails, nobody hears of it.
async fn begin_and_return(griddle: Griddle) {
    for name in ["A", "B", "C", "D"] {
        drop(spawn_named(name, FryEgg::new(griddle.order(name))));
    }
    sleep(griddle.of_cook_time(0.5)).await;
}

/// The root has returned, and what it began goes on.
async fn spawn_bare(griddle: &Griddle) -> Result<(), FryError> {
    let root = spawn_named("root", begin_and_return(griddle.clone()));
    root.await.map_err(lost)?;
    say_tree(griddle);
    griddle.claim("four tasks dangle", metrics().tasks == 4);
    Ok(())
}

/// The task tree, without where in the source they were spawned and what they
/// wait for: `onecook::dump` says that, too.
fn say_tree(griddle: &Griddle) {
    for line in dump().lines() {
        let short = line.split(", ").next().unwrap_or(line);
        griddle.say(short);
    }
}

/// Four orders; B fails when it is half done.
fn orders_with_a_failure(griddle: &Griddle) -> Vec<Rc<Order>> {
    let orders = ["A", "B", "C", "D"].map(|name| match name {
        "B" => griddle.order_that_fails(name, 0.5),
        _ => griddle.order(name),
    });
    orders.into()
}

/// That the egg falls down is what it is about; anything else ends the
/// program.
fn say_failure<T>(
    griddle: &Griddle,
    failed: Result<T, FryError>,
) -> Result<(), FryError> {
    match failed {
        Err(why @ FryError::Status { .. }) => griddle.say(why.to_string()),
        Err(why) => return Err(why),
        Ok(_) => griddle.claim("an egg fails", false),
    }
    Ok(())
}

/// What a part has begun is over: tasks, sockets, timers.
fn claim_that_nothing_is_left(griddle: &Griddle, seen: &Recording) {
    let (mut sockets, mut timers) = (0, 0);
    for record in &seen.records {
        match &record.event {
            Event::Reactor(ReactorEvent::Register { .. }) => sockets += 1,
            Event::Reactor(ReactorEvent::Deregister { .. }) => sockets -= 1,
            Event::Reactor(ReactorEvent::TimerAdd { .. }) => timers += 1,
            Event::Reactor(
                ReactorEvent::TimerFire { .. }
                | ReactorEvent::TimerCancel { .. },
            ) => timers -= 1,
            _ => {}
        }
    }
    griddle.claim("no task is left", seen.metrics.tasks == 0);
    griddle.claim("no socket is left", sockets == 0);
    griddle.claim("no timer is left", timers == 0);
}

/// Runs whichever twin was chosen, and looks at what it leaves behind.
fn eat_breakfast(
    griddle: &Griddle,
    orders: Vec<Rc<Order>>,
) -> Result<Vec<Egg>, FryError> {
    let laying = griddle.of_cook_time(0.25);
    let builder = Builder::new();
    let (eggs, seen) = match griddle.by() {
        By::Machine => {
            griddle.block_on_recorded(builder, Breakfast::new(orders, laying))
        }
        By::Async => {
            griddle.block_on_recorded(builder, breakfast(orders, laying))
        }
    };
    claim_that_nothing_is_left(griddle, &seen);
    eggs
}

fn run_all_end(griddle: &Griddle) -> Result<(), FryError> {
    let orders = ["A", "B", "C", "D"].map(|name| griddle.order(name));
    for egg in eat_breakfast(griddle, orders.into())? {
        griddle.say(egg.text);
    }
    Ok(())
}

fn run_one_fails(griddle: &Griddle) -> Result<(), FryError> {
    let failed = eat_breakfast(griddle, orders_with_a_failure(griddle));
    say_failure(griddle, failed)
}

fn run_cancel(griddle: &Griddle) -> Result<(), FryError> {
    let program = cancel_the_root(griddle);
    let (ended, seen) = griddle.block_on_recorded(Builder::new(), program);
    claim_that_nothing_is_left(griddle, &seen);
    ended
}

fn run_try_scope(griddle: &Griddle) -> Result<(), FryError> {
    let program = fail_in_a_scope(griddle);
    let (ended, seen) = griddle.block_on_recorded(Builder::new(), program);
    claim_that_nothing_is_left(griddle, &seen);
    ended
}

fn run_bare_spawn(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(spawn_bare(griddle))
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[42, 43],
    public: &[40, 41],
    slug: "structured",
    title: "Structured concurrency",
    about: "a scope: when it returns, everything below is over",
    parts: &[
        Part {
            name: "all end",
            machine: Some("Breakfast"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .left(0)
                .says(&["A", "B", "C", "D"]),
            run: run_all_end,
        },
        Part {
            name: "one fails",
            machine: Some("Breakfast"),
            expected: Expected::takes(0.5)
                .in_pan(4)
                .left(3)
                .says(&["the server answered 500 Internal Server Error"]),
            run: run_one_fails,
        },
        Part {
            name: "scope, cancelled",
            machine: None,
            expected: Expected::takes(0.5).in_pan(4).left(4).says(&[
                "the main future: running",
                "├─ child 1 'table 1': idle",
                "│  ├─ child 3 'A': idle",
                "│  └─ child 4 'B': idle",
                "└─ child 2 'table 2': idle",
                "   ├─ child 5 'C': idle",
                "   └─ child 6 'D': idle",
            ]),
            run: run_cancel,
        },
        Part {
            name: "try_scope, failed",
            machine: None,
            expected: Expected::takes(0.5)
                .in_pan(4)
                .left(3)
                .says(&["the server answered 500 Internal Server Error"]),
            run: run_try_scope,
        },
        Part {
            name: "bare spawn",
            machine: None,
            expected: Expected::takes(0.5).in_pan(4).left(4).says(&[
                "the main future: running",
                "task 2 'A': idle",
                "task 3 'B': idle",
                "task 4 'C': idle",
                "task 5 'D': idle",
            ]),
            run: run_bare_spawn,
        },
    ],
};
