//! Slide 23, "Async-await": four eggs joined, in the time of one.
//!
//! An `async fn` that is called has not begun: it returns a future. To call it
//! four times is to have four of them, and joined they are one future that
//! ends when the last of them does. So the program reads like a sequential
//! one, and takes the time of one egg. The eggs stand in the order in which
//! they were asked for, whoever was first: the second program has the server
//! answer in the order D C B A.
//!
//! The slide joins with `Promise.all`, which gives up at the first error.
//! `JoinAll` waits for all of them, whatever happens; slide 29 has both.
//!
//! ```text
//!             makes four futures               the last one has ended
//!   Start ────────────────────────▶ Joining ──────────────────────────▶ Done
//!
//!   JoinAll   A  Waiting ─────────────────────▶ Ended
//!             B  Waiting ────────────────▶ Ended
//!             C  Waiting ───────────▶ Ended
//!             D  Waiting ──────▶ Ended
//! ```
//!
//! Next: `loop_then.rs`.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::trace::{self, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// Fries all that is ordered: what one writes.
///
/// # Errors
///
/// When an egg cannot be fried; of several errors, that of the first order.
pub async fn fry_all(orders: Vec<Rc<Order>>) -> Result<Vec<Egg>, FryError> {
    let eggs = JoinAll::new(orders.into_iter().map(fry_egg));
    let eggs = eggs.await;
    eggs.into_iter().collect()
}

/// Fries all that is ordered: what it becomes.
#[repr(u8)]
#[must_use = "futures do nothing unless polled"]
pub enum FryAll {
    /// Nothing has happened.
    Start {
        /// What is ordered.
        orders: Vec<Rc<Order>>,
    },
    /// Waits until all of them are done.
    Joining {
        /// All eggs, done or not.
        eggs: JoinAll<FryEgg>,
    },
    /// Waits for nothing any more.
    Done,
}

impl Future for FryAll {
    type Output = Result<Vec<Egg>, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = FryAll::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FryAll {
    /// A machine that will fry all that is ordered.
    pub fn new(orders: Vec<Rc<Order>>) -> FryAll {
        FryAll::Start { orders }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<Egg>, FryError>> {
        loop {
            trace::state(self);
            match self {
                FryAll::Start { .. } => self.poll_start(),
                FryAll::Joining { .. } => return self.poll_joining(cx),
                FryAll::Done => panic!("`FryAll` polled after it was done"),
            }
        }
    }

    fn poll_start(&mut self) {
        let FryAll::Start { orders } = self else { elsewhere() };
        let eggs = mem::take(orders).into_iter().map(FryEgg::new);

        *self = FryAll::Joining { eggs: JoinAll::new(eggs) };
    }

    fn poll_joining(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<Egg>, FryError>> {
        let FryAll::Joining { eggs } = self else { elsewhere() };
        let eggs = ready!(Pin::new(eggs).poll(cx));

        Poll::Ready(eggs.into_iter().collect())
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FryAll {
    const NAME: &'static str = "FryAll";

    fn state(&self) -> &'static str {
        match self {
            FryAll::Start { .. } => "Start",
            FryAll::Joining { .. } => "Joining",
            FryAll::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "all"
    }
}

/// Waits for all its children: their outputs, in the order of the children.
///
/// All of them live in this one future, and are polled by whoever polls it.
/// Whoever is woken, it polls each child that has not ended: with a thousand
/// of them, a thousand polls for one that moved. `onecook::future::join` gives
/// each child a waker of its own, and polls only those that were woken.
#[repr(u8)]
#[must_use = "futures do nothing unless polled"]
pub enum JoinAll<F: Future> {
    /// Nothing has happened.
    Start {
        /// What is joined, in order.
        futures: Vec<F>,
    },
    /// Waits for the children that have not ended.
    Joining {
        /// In their order.
        children: Vec<Child<F>>,
    },
    /// Waits for nothing any more.
    Done,
}

/// One of those that are joined.
pub enum Child<F: Future> {
    /// It has not ended. The box is what pins it.
    Waiting {
        /// The child itself.
        future: Pin<Box<F>>,
    },
    /// It has ended, and was dropped; its output waits for the others.
    Ended {
        /// What it brought.
        output: F::Output,
    },
}

impl<F: Future> JoinAll<F> {
    /// Joins `futures`.
    pub fn new(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
        JoinAll::Start { futures: futures.into_iter().collect() }
    }

    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<Vec<F::Output>> {
        loop {
            match self {
                JoinAll::Start { .. } => self.poll_start(),
                JoinAll::Joining { .. } => return self.poll_joining(cx),
                JoinAll::Done => panic!("`JoinAll` polled after it was done"),
            }
        }
    }

    fn poll_start(&mut self) {
        let JoinAll::Start { futures } = self else { elsewhere() };
        let children = mem::take(futures).into_iter().map(|future| {
            let future = Box::pin(future);
            Child::Waiting { future }
        });

        *self = JoinAll::Joining { children: children.collect() };
    }

    fn poll_joining(&mut self, cx: &mut Context<'_>) -> Poll<Vec<F::Output>> {
        let JoinAll::Joining { children } = self else { elsewhere() };
        for child in children.iter_mut() {
            child.poll_waiting(cx);
        }
        if children.iter().any(Child::is_waiting) {
            return Poll::Pending;
        }
        let ended = mem::take(children).into_iter();
        Poll::Ready(ended.map(Child::output).collect())
    }
}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let outputs = ready!(this.poll_states(cx));
        *this = JoinAll::Done;
        Poll::Ready(outputs)
    }
}

/// It may be moved: no child is polled before it is in its box.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Child<F> {
    fn poll_waiting(&mut self, cx: &mut Context<'_>) {
        let Child::Waiting { future } = self else { return };
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            *self = Child::Ended { output };
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self, Child::Waiting { .. })
    }

    fn output(self) -> F::Output {
        match self {
            Child::Ended { output } => output,
            Child::Waiting { .. } => unreachable!("all of them have ended"),
        }
    }
}

fn run_alike(griddle: &Griddle) -> Result<(), FryError> {
    fry_four(griddle, [("A", 1.0), ("B", 1.0), ("C", 1.0), ("D", 1.0)])?;
    Ok(())
}

fn run_last_first(griddle: &Griddle) -> Result<(), FryError> {
    let eggs =
        fry_four(griddle, [("A", 1.0), ("B", 0.75), ("C", 0.5), ("D", 0.25)])?;
    let (first, last) = (&eggs[0], &eggs[3]);
    griddle.claim("D was done before A", last.finished < first.finished);
    Ok(())
}

/// Fries four eggs at once, each in a share of the cook time.
fn fry_four(
    griddle: &Griddle,
    eggs: [(&str, f64); 4],
) -> Result<Vec<Egg>, FryError> {
    let orders = eggs.map(|(name, share)| {
        griddle.order_after(name, griddle.of_cook_time(share))
    });
    let orders = Vec::from(orders);
    let eggs =
        griddle.block_on_twin(fry_all(orders.clone()), FryAll::new(orders))?;
    for egg in &eggs {
        griddle.say(&*egg.text);
    }
    Ok(eggs)
}

const fn part(
    name: &'static str,
    run: fn(&Griddle) -> Result<(), FryError>,
) -> Part {
    let expected = Expected::takes(1.0)
        .in_pan(4)
        .served(4)
        .left(0)
        .says(&["A", "B", "C", "D"]);
    Part { name, machine: Some("FryAll"), expected, run }
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[23],
    public: &[23],
    slug: "async-await",
    title: "Async-await",
    about: "four eggs joined, in the time of one",
    parts: &[
        part("joined", run_alike),
        part("last done first", run_last_first),
    ],
};
