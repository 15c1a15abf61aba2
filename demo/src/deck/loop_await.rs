//! Slide 25, "Let's talk about JavaScript!" (a loop with `await`): one egg
//! after another.
//!
//! An `.await` in a loop is one place in the source, and one state of the
//! machine, which is come to four times. `await` means: go on when this is
//! done. So the next egg is not even ordered before the last one is said, and
//! four eggs take the time of four. The thread is free meanwhile, but nobody
//! else is there to use it.
//!
//! The transcript on the slide begins with B. This program cannot print that,
//! and neither can the slide's: whatever the server does, A is said before B
//! is asked for.
//!
//! ```text
//!            orders A               says it, i == 4
//!   Start ─────────────▶ Frying ────────────────────▶ Done
//!                        │    ▲                        ▲
//!                        │    │ says it, orders next   │
//!                        ├────┘                        │
//!                        └─────────── error ───────────┘
//! ```
//!
//! Next: `under_the_hood.rs`.

use std::future::Future;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::trace::{self, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// Fries one egg after another, and says each: what one writes. A `for` would
/// do as well; this is what it does, with a name for where it has got to.
///
/// # Errors
///
/// When an egg cannot be fried. Those behind it are not ordered then.
pub async fn fry_in_turn(
    orders: [Rc<Order>; 4],
    griddle: Griddle,
) -> Result<(), FryError> {
    let mut i = 0;
    while i < orders.len() {
        let egg = fry_egg(orders[i].clone()).await?;
        griddle.say(egg.text);
        i += 1;
    }
    Ok(())
}

/// Fries one egg after another, and says each: what it becomes.
#[repr(u8)]
#[must_use = "futures do nothing unless polled"]
pub enum FryInTurn {
    /// Nothing has happened.
    Start {
        /// What is ordered.
        orders: [Rc<Order>; 4],
        /// Where the eggs are said.
        griddle: Griddle,
    },
    /// Waits for an egg. The only place where it waits, whichever egg it is.
    Frying {
        /// The egg, on its way.
        egg: FryEgg,
        /// Which egg.
        i: usize,
        /// Where the eggs are said.
        griddle: Griddle,
        /// What is ordered.
        orders: [Rc<Order>; 4],
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for FryInTurn {
    type Output = Result<(), FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = FryInTurn::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FryInTurn {
    /// A machine that will fry one egg after another.
    pub fn new(orders: [Rc<Order>; 4], griddle: Griddle) -> FryInTurn {
        FryInTurn::Start { orders, griddle }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        loop {
            trace::state(self);
            match self {
                FryInTurn::Start { .. } => self.poll_start(),
                FryInTurn::Frying { .. } => {
                    if ready!(self.poll_frying(cx))?.is_break() {
                        return Poll::Ready(Ok(()));
                    }
                }
                FryInTurn::Moving | FryInTurn::Done => {
                    panic!("`FryInTurn` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let FryInTurn::Start { orders, griddle } = self.take() else {
            elsewhere()
        };
        let egg = FryEgg::new(orders[0].clone());

        *self = FryInTurn::Frying { egg, i: 0, griddle, orders };
    }

    /// `Break`: that was the last egg.
    fn poll_frying(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ControlFlow<()>, FryError>> {
        let FryInTurn::Frying { egg, .. } = self else { elsewhere() };
        let egg = ready!(Pin::new(egg).poll(cx))?;

        let FryInTurn::Frying { orders, griddle, i, .. } = self.take() else {
            elsewhere()
        };
        griddle.say(egg.text);
        let i = i + 1;
        if i == orders.len() {
            return Poll::Ready(Ok(ControlFlow::Break(())));
        }
        let egg = FryEgg::new(orders[i].clone());

        *self = FryInTurn::Frying { egg, i, griddle, orders };
        Poll::Ready(Ok(ControlFlow::Continue(())))
    }

    /// Moves the state out.
    fn take(&mut self) -> FryInTurn {
        mem::replace(self, FryInTurn::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FryInTurn {
    const NAME: &'static str = "FryInTurn";

    fn state(&self) -> &'static str {
        match self {
            FryInTurn::Start { .. } => "Start",
            FryInTurn::Frying { .. } => "Frying",
            FryInTurn::Moving => "Moving",
            FryInTurn::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "loop"
    }
}

fn run(griddle: &Griddle) -> Result<(), FryError> {
    let orders = ["A", "B", "C", "D"].map(|name| griddle.order(name));
    griddle.block_on_twin(
        fry_in_turn(orders.clone(), griddle.clone()),
        FryInTurn::new(orders, griddle.clone()),
    )
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[25],
    public: &[43],
    slug: "loop-await",
    title: "Let's talk about JavaScript!",
    about: "await in a loop: one egg after another",
    parts: &[Part {
        name: "one by one",
        machine: Some("FryInTurn"),
        expected: Expected::takes(4.0)
            .in_pan(1)
            .served(4)
            .left(0)
            .says(&["A", "B", "C", "D"]),
        run,
    }],
};
