//! Slide 29, "Control flow": all or the first, whatever happens or until an
//! error: 2 x 2.
//!
//! Whoever waits for several futures has two questions to answer. Wait for
//! all of them, or for the first? And an error: is it an output like any
//! other, or does it end everything? That makes four combinators, and each
//! language has names of its own for them (`docs/names.md`).
//!
//! ```text
//!                        wait for all          wait for the first
//!   errors are outputs   join                  race_ok
//!   an error ends it     try_join              race
//! ```
//!
//! Four eggs are ordered, and B falls down when half of the time has gone by:
//!
//! ```text
//!   A  ▆▆▆▆▆▆▆▆         join      A ✗ C D, when all have ended
//!   B  ▆▆▆▆✗            try_join  ✗, at once; A C D are dropped
//!   C  ▆▆▆▆▆▆▆▆         race_ok   A, C or D: the first that is well
//!   D  ▆▆▆▆▆▆▆▆         race      ✗, the first of all; A C D are dropped
//! ```
//!
//! ```text
//!           boxes its children            enough of them have ended
//!   Start ─────────────────────▶ Waiting ───────────────────────────▶ Done
//!   futures                      children
//! ```
//!
//! Each of the four is a machine with one state that waits, and that holds the
//! children (`JoinAll` is slide 23's). In what they differ is one line each:
//! what the output of a child means. The library's (`onecook::future`) mean the
//! same, and poll only the children that were woken. None of ours tells its
//! states to the trace: they are the same for both twins, and run in either.
//!
//! The slide names three more, for streams: `merge` takes from whichever has
//! something, `chain` from the second when the first has ended, `zip` from
//! both in step. These are the library's.
//!
//! Next: `join_wrong.rs`.

use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::stream::{self, Chain, Merge, Stream, StreamExt, Zip};

use super::async_await::JoinAll;
use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// Waits for all, whatever happens.
pub async fn all(orders: [Rc<Order>; 4]) -> Vec<Result<Egg, FryError>> {
    JoinAll::new(orders.map(fry_egg)).await
}

/// Waits for all, or for the first error.
///
/// # Errors
///
/// When one of them fails. The others are dropped then.
pub async fn all_or_error(
    orders: [Rc<Order>; 4],
) -> Result<Vec<Egg>, FryError> {
    TryJoinAll::new(orders.map(fry_egg)).await
}

/// Waits for the first that is well.
///
/// # Errors
///
/// When all of them fail: the errors, in the order of the orders.
pub async fn first_well(orders: [Rc<Order>; 4]) -> Result<Egg, Vec<FryError>> {
    RaceOk::new(orders.map(fry_egg)).await
}

/// Waits for the first, well or not.
///
/// # Errors
///
/// When the first fails.
pub async fn first(orders: [Rc<Order>; 4]) -> Result<Egg, FryError> {
    Race::new(orders.map(fry_egg)).await
}

/// A child that has not ended. The box is what pins it.
type Child<F> = Option<Pin<Box<F>>>;

/// Pins those that will be polled from now on; none is left in `futures`.
fn children<F>(futures: &mut Vec<F>) -> Vec<Child<F>> {
    mem::take(futures).into_iter().map(|it| Some(Box::pin(it))).collect()
}

/// Polls a child that has not ended; one that ends is dropped at once.
fn poll_child<F: Future>(
    child: &mut Child<F>,
    cx: &mut Context<'_>,
) -> Option<F::Output> {
    match child.as_mut()?.as_mut().poll(cx) {
        Poll::Ready(output) => {
            *child = None;
            Some(output)
        }
        Poll::Pending => None,
    }
}

/// `try_join`: a value is kept until all have one, an error ends all.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum TryJoinAll<F, T> {
    /// Nothing has happened.
    Start {
        /// What is joined, in order.
        futures: Vec<F>,
    },
    /// Waits for those that have not ended.
    Waiting {
        /// In their order.
        children: Vec<Child<F>>,
        /// What those that have ended brought.
        values: Vec<Option<T>>,
    },
    /// Waits for nothing any more.
    Done,
}

impl<F, T> TryJoinAll<F, T> {
    /// Joins `futures`.
    pub fn new(futures: impl IntoIterator<Item = F>) -> TryJoinAll<F, T> {
        TryJoinAll::Start { futures: futures.into_iter().collect() }
    }
}

impl<F, T, E> Future for TryJoinAll<F, T>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = TryJoinAll::Done; // drops the others
        Poll::Ready(output)
    }
}

impl<F, T, E> TryJoinAll<F, T>
where
    F: Future<Output = Result<T, E>>,
{
    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<T>, E>> {
        loop {
            match self {
                TryJoinAll::Start { .. } => self.poll_start(),
                TryJoinAll::Waiting { .. } => return self.poll_waiting(cx),
                TryJoinAll::Done => {
                    panic!("`TryJoinAll` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let TryJoinAll::Start { futures } = self else { elsewhere() };
        let children = children(futures);
        let values = children.iter().map(|_| None).collect();

        *self = TryJoinAll::Waiting { children, values };
    }

    fn poll_waiting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<T>, E>> {
        let TryJoinAll::Waiting { children, values } = self else {
            elsewhere()
        };
        for (child, value) in children.iter_mut().zip(values.iter_mut()) {
            match poll_child(child, cx) {
                Some(Ok(output)) => *value = Some(output),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => {}
            }
        }
        if children.iter().any(Option::is_some) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(mem::take(values).into_iter().flatten().collect()))
    }
}

/// `race_ok`: a value ends all, an error is kept until all have one.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum RaceOk<F, E> {
    /// Nothing has happened.
    Start {
        /// What races, in order.
        futures: Vec<F>,
    },
    /// Waits for those that have not failed.
    Waiting {
        /// In their order.
        children: Vec<Child<F>>,
        /// Why the others failed.
        errors: Vec<Option<E>>,
    },
    /// Waits for nothing any more.
    Done,
}

impl<F, E> RaceOk<F, E> {
    /// Has `futures` race.
    pub fn new(futures: impl IntoIterator<Item = F>) -> RaceOk<F, E> {
        RaceOk::Start { futures: futures.into_iter().collect() }
    }
}

impl<F, T, E> Future for RaceOk<F, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<T, Vec<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = RaceOk::Done; // drops the others
        Poll::Ready(output)
    }
}

impl<F, T, E> RaceOk<F, E>
where
    F: Future<Output = Result<T, E>>,
{
    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Vec<E>>> {
        loop {
            match self {
                RaceOk::Start { .. } => self.poll_start(),
                RaceOk::Waiting { .. } => return self.poll_waiting(cx),
                RaceOk::Done => panic!("`RaceOk` polled after it was done"),
            }
        }
    }

    fn poll_start(&mut self) {
        let RaceOk::Start { futures } = self else { elsewhere() };
        let children = children(futures);
        let errors = children.iter().map(|_| None).collect();

        *self = RaceOk::Waiting { children, errors };
    }

    fn poll_waiting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, Vec<E>>> {
        let RaceOk::Waiting { children, errors } = self else { elsewhere() };
        for (child, error) in children.iter_mut().zip(errors.iter_mut()) {
            match poll_child(child, cx) {
                Some(Ok(output)) => return Poll::Ready(Ok(output)),
                Some(Err(output)) => *error = Some(output),
                None => {}
            }
        }
        if children.iter().any(Option::is_some) {
            return Poll::Pending;
        }
        Poll::Ready(Err(mem::take(errors).into_iter().flatten().collect()))
    }
}

/// `race`: whatever comes first ends all.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum Race<F> {
    /// Nothing has happened.
    Start {
        /// What races, in order.
        futures: Vec<F>,
    },
    /// Waits for the first.
    Waiting {
        /// In their order.
        children: Vec<Child<F>>,
    },
    /// Waits for nothing any more.
    Done,
}

impl<F> Race<F> {
    /// Has `futures` race.
    pub fn new(futures: impl IntoIterator<Item = F>) -> Race<F> {
        Race::Start { futures: futures.into_iter().collect() }
    }
}

impl<F: Future> Future for Race<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = Race::Done; // drops the others
        Poll::Ready(output)
    }
}

impl<F: Future> Race<F> {
    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        loop {
            match self {
                Race::Start { .. } => self.poll_start(),
                Race::Waiting { .. } => return self.poll_waiting(cx),
                Race::Done => panic!("`Race` polled after it was done"),
            }
        }
    }

    fn poll_start(&mut self) {
        let Race::Start { futures } = self else { elsewhere() };

        *self = Race::Waiting { children: children(futures) };
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Race::Waiting { children } = self else { elsewhere() };
        for child in children.iter_mut() {
            if let Some(output) = poll_child(child, cx) {
                return Poll::Ready(output);
            }
        }
        Poll::Pending
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

/// They may be moved: no child is polled before it is in its box.
impl<F, T> Unpin for TryJoinAll<F, T> {}
impl<F, E> Unpin for RaceOk<F, E> {}
impl<F> Unpin for Race<F> {}

/// Four eggs, of which B falls down when half of the time has gone by.
fn orders(griddle: &Griddle) -> [Rc<Order>; 4] {
    ["A", "B", "C", "D"].map(|name| match name {
        "B" => griddle.order_that_fails(name, 0.5),
        _ => griddle.order(name),
    })
}

fn run_join(griddle: &Griddle) -> Result<(), FryError> {
    let machine = JoinAll::new(orders(griddle).map(FryEgg::new));
    for egg in griddle.block_on_twin(all(orders(griddle)), machine) {
        say(griddle, egg)?;
    }
    Ok(())
}

fn run_try_join(griddle: &Griddle) -> Result<(), FryError> {
    let machine = TryJoinAll::new(orders(griddle).map(FryEgg::new));
    let eggs = griddle.block_on_twin(all_or_error(orders(griddle)), machine);
    match eggs {
        Ok(eggs) => eggs.into_iter().for_each(|egg| griddle.say(egg.text)),
        Err(error) => say(griddle, Err(error))?,
    }
    Ok(())
}

fn run_race_ok(griddle: &Griddle) -> Result<(), FryError> {
    let machine = RaceOk::new(orders(griddle).map(FryEgg::new));
    let egg = griddle.block_on_twin(first_well(orders(griddle)), machine);
    match egg {
        Ok(egg) => {
            griddle.say(egg.text);
        }
        Err(errors) => {
            for error in errors {
                say(griddle, Err(error))?;
            }
        }
    }
    Ok(())
}

fn run_race(griddle: &Griddle) -> Result<(), FryError> {
    let machine = Race::new(orders(griddle).map(FryEgg::new));
    let egg = griddle.block_on_twin(first(orders(griddle)), machine);
    say(griddle, egg)
}

/// Says an egg, or that it fell down; any other error ends the program.
fn say(griddle: &Griddle, egg: Result<Egg, FryError>) -> Result<(), FryError> {
    match egg {
        Ok(egg) => griddle.say(egg.text),
        Err(FryError::Status { status, .. }) => {
            griddle.say(format!("fell down: {status}"));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Eggs one after another, as a stream.
fn fry_in_turn(
    griddle: &Griddle,
    names: [&'static str; 2],
) -> impl Stream<Item = Result<Egg, FryError>> {
    let orders = names.map(|name| griddle.order(name));
    stream::iter(orders).then(FryEgg::new)
}

fn run_merge(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = [["A", "B"], ["C", "D"]].map(|it| fry_in_turn(griddle, it));
    griddle.block_on(say_each(griddle, eggs.merge()))
}

fn run_chain(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = [["A", "B"], ["C", "D"]].map(|it| fry_in_turn(griddle, it));
    griddle.block_on(say_each(griddle, eggs.chain()))
}

/// Says each egg as it comes.
async fn say_each(
    griddle: &Griddle,
    eggs: impl Stream<Item = Result<Egg, FryError>>,
) -> Result<(), FryError> {
    let mut eggs = pin!(eggs);
    while let Some(egg) = eggs.next().await {
        say(griddle, egg)?;
    }
    Ok(())
}

fn run_zip(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = [["A", "B"], ["C", "D"]].map(|it| fry_in_turn(griddle, it));
    griddle.block_on(async {
        let mut pairs = pin!(eggs.zip());
        while let Some([first, second]) = pairs.next().await {
            let (first, second) = (first?.text, second?.text);
            griddle.say(format!("{first} with {second}"));
        }
        Ok(())
    })
}

const FELL_DOWN: &str = "fell down: 500";

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[29],
    public: &[27],
    slug: "control-flow",
    title: "Control flow",
    about: "all or the first, whatever happens or until an error: 2 x 2",
    parts: &[
        Part {
            name: "join",
            machine: Some("JoinAll"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(3)
                .left(0)
                .says(&["A", FELL_DOWN, "C", "D"]),
            run: run_join,
        },
        Part {
            name: "try_join",
            machine: Some("TryJoinAll"),
            expected: Expected::takes(0.5).in_pan(4).left(3).says(&[FELL_DOWN]),
            run: run_try_join,
        },
        Part {
            name: "race_ok",
            machine: Some("RaceOk"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .says_one_of(&["A", "C", "D"]),
            run: run_race_ok,
        },
        Part {
            name: "race",
            machine: Some("Race"),
            expected: Expected::takes(0.5).in_pan(4).left(3).says(&[FELL_DOWN]),
            run: run_race,
        },
        Part {
            name: "merge",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(2)
                .served(4)
                .says_in_any_order(&["A", "B", "C", "D"]),
            run: run_merge,
        },
        Part {
            name: "chain",
            machine: None,
            expected: Expected::takes(4.0)
                .in_pan(1)
                .served(4)
                .says(&["A", "B", "C", "D"]),
            run: run_chain,
        },
        Part {
            name: "zip",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(2)
                .served(4)
                .says(&["A with C", "B with D"]),
            run: run_zip,
        },
    ],
};
