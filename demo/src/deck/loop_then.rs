//! Slide 24, "Let's talk about JavaScript!" (a loop with `then`): start all,
//! then wait; and futures that nobody polls.
//!
//! In JavaScript a call of `fryEgg` puts the egg into the pan at once, and
//! `then` says what follows when it is done. So the loop is over before the
//! first egg is, all four fry at the same time, and they are said as they
//! arrive. A promise is something under way.
//!
//! A Rust future is not: it is a plan. To have it under way, it is spawned,
//! and what follows an egg is simply written after its `.await`. Whoever only
//! makes futures gets nothing: the second program calls `fry_egg` four times,
//! polls none of them, and the server never hears of it.
//!
//! JavaScript waits at the end for all that is under way; `block_on` ends when
//! its own future does. So the handles of the tasks are kept, and awaited.
//!
//! ```text
//!              its egg is ordered              the egg is done: says it
//!   Start ─────────────────────────▶ Frying ─────────────────────────▶ Done
//!     │                                │                                ▲
//!     ▼                                └───────────── error ────────────┘
//!   dropped: nothing has happened
//! ```
//!
//! Next: `loop_await.rs`.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::trace::{self, StateMachine};
use onecook::{JoinHandle, metrics, spawn_named, yield_now};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::FryError;
use crate::fry_egg::{FryEgg, fry_egg};

/// Fries an egg, then says it: what one writes.
///
/// # Errors
///
/// When the egg cannot be fried.
pub async fn fry_then_say(
    name: &'static str,
    time: Duration,
    griddle: Griddle,
) -> Result<(), FryError> {
    let egg = fry_egg(griddle.order_after(name, time)).await?;
    griddle.say(egg.text);
    Ok(())
}

/// Fries an egg, then says it: what it becomes.
#[repr(u8)]
#[must_use = "an egg does not fry by itself: await it, or spawn it"]
pub enum FryThenSay {
    /// Nothing has happened, and nothing will unless it is polled.
    Start {
        /// What will be ordered.
        name: &'static str,
        /// How long it will take.
        time: Duration,
        /// Where it will be fried, and said.
        griddle: Griddle,
    },
    /// Waits for the egg.
    Frying {
        /// What it is called.
        name: &'static str,
        /// The egg, on its way.
        egg: FryEgg,
        /// Where it is said.
        griddle: Griddle,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done {
        /// Which egg it was.
        name: &'static str,
    },
}

impl Future for FryThenSay {
    type Output = Result<(), FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let name = this.name();
        let output = ready!(this.poll_states(cx));
        *this = FryThenSay::Done { name };
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FryThenSay {
    /// A machine that will fry `name` in that time, and then say it.
    pub fn new(
        name: &'static str,
        time: Duration,
        griddle: Griddle,
    ) -> FryThenSay {
        FryThenSay::Start { name, time, griddle }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        loop {
            trace::state(self);
            match self {
                FryThenSay::Start { .. } => self.poll_start(),
                FryThenSay::Frying { .. } => return self.poll_frying(cx),
                FryThenSay::Moving | FryThenSay::Done { .. } => {
                    panic!("`FryThenSay` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let FryThenSay::Start { name, time, griddle } = self.take() else {
            elsewhere()
        };
        let egg = FryEgg::new(griddle.order_after(name, time));

        *self = FryThenSay::Frying { name, egg, griddle };
    }

    fn poll_frying(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let FryThenSay::Frying { egg, .. } = self else { elsewhere() };
        let egg = ready!(Pin::new(egg).poll(cx))?;

        let FryThenSay::Frying { griddle, .. } = self.take() else {
            elsewhere()
        };
        griddle.say(egg.text);
        Poll::Ready(Ok(()))
    }

    /// Moves the state out.
    fn take(&mut self) -> FryThenSay {
        mem::replace(self, FryThenSay::Moving)
    }

    fn name(&self) -> &'static str {
        match self {
            FryThenSay::Start { name, .. }
            | FryThenSay::Frying { name, .. }
            | FryThenSay::Done { name } => name,
            FryThenSay::Moving => "", // nobody looks between two states
        }
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FryThenSay {
    const NAME: &'static str = "FryThenSay";

    fn state(&self) -> &'static str {
        match self {
            FryThenSay::Start { .. } => "Start",
            FryThenSay::Frying { .. } => "Frying",
            FryThenSay::Moving => "Moving",
            FryThenSay::Done { .. } => "Done",
        }
    }

    fn label(&self) -> &'static str {
        self.name()
    }
}

/// Puts an egg under way that takes a share of the cook time.
fn start(
    griddle: &Griddle,
    name: &'static str,
    share: f64,
) -> JoinHandle<Result<(), FryError>> {
    let (time, griddle) = (griddle.of_cook_time(share), griddle.clone());
    match griddle.by() {
        By::Async => spawn_named(name, fry_then_say(name, time, griddle)),
        By::Machine => spawn_named(name, FryThenSay::new(name, time, griddle)),
    }
}

fn run_started(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(async {
        let mut under_way = Vec::new();
        for (name, share) in [("A", 1.0), ("B", 0.75), ("C", 0.5), ("D", 0.25)]
        {
            under_way.push(start(griddle, name, share));
        }
        for egg in under_way {
            egg.await.map_err(|why| FryError::Lost(why.to_string()))??;
        }
        Ok(())
    })
}

#[allow(clippy::unnecessary_wraps)] // other parts may fail
fn run_never_polled(griddle: &Griddle) -> Result<(), FryError> {
    let names = ["A", "B", "C", "D"];
    griddle.block_on(async {
        match griddle.by() {
            By::Async => {
                let eggs = names.map(|name| fry_egg(griddle.order(name)));
                yield_now().await; // whoever is ready has a turn
                drop(eggs);
            }
            By::Machine => {
                let eggs = names.map(|name| FryEgg::new(griddle.order(name)));
                yield_now().await;
                eggs.iter().for_each(trace::state); // for the picture
                let in_start = eggs.iter().all(|egg| egg.state() == "Start");
                griddle.claim("each egg stays in `Start`", in_start);
            }
        }
        let polls = metrics().polls;
        griddle.claim("nobody was polled but this", polls == 2);
        griddle.say("four futures, no egg");
    });
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[24],
    public: &[42],
    slug: "loop-then",
    title: "Let's talk about JavaScript!",
    about: "start all, then wait; and futures that nobody polls",
    parts: &[
        Part {
            name: "started",
            machine: Some("FryThenSay"),
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .left(0)
                .says(&["D", "C", "B", "A"]),
            run: run_started,
        },
        Part {
            name: "never polled",
            machine: Some("FryEgg"),
            expected: Expected::takes(0.0)
                .in_pan(0)
                .served(0)
                .left(0)
                .says(&["four futures, no egg"]),
            run: run_never_polled,
        },
    ],
};
