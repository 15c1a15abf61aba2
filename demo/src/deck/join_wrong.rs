//! Slide 30, "join/try_join": two pages, await after await.
//!
//! An `async fn` runs from top to bottom like any other: the second page is
//! not asked for before the first has arrived. That is twice the time, and
//! the slide says: wrong.
//!
//! ```text
//!   Start ──▶ FetchingFoo ──▶ FetchingBar { foo } ──▶ Done
//!                  │                  │                ▲
//!                  └────── error ─────┴───── error ────┘
//! ```
//!
//! Next: `join_right.rs`, both at once.

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

/// Fetches two pages: what one writes.
///
/// # Errors
///
/// When one of them cannot be fetched. The second is not asked for then.
pub async fn fetch_pages(
    foo: Rc<Order>,
    bar: Rc<Order>,
) -> Result<[Egg; 2], FryError> {
    let foo = fry_egg(foo).await?;
    let bar = fry_egg(bar).await?;
    Ok([foo, bar])
}

/// Fetches two pages: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum FetchPages {
    /// Nothing has happened.
    Start {
        /// The first page.
        foo: Rc<Order>,
        /// The second page.
        bar: Rc<Order>,
    },
    /// Waits for the first page. The second is only an order so far.
    FetchingFoo {
        /// The first page, on its way.
        foo: FryEgg,
        /// The second page.
        bar: Rc<Order>,
    },
    /// Waits for the second page.
    FetchingBar {
        /// The second page, on its way.
        bar: FryEgg,
        /// The first page. What is to be dropped last stands last.
        foo: Egg,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for FetchPages {
    type Output = Result<[Egg; 2], FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = FetchPages::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FetchPages {
    /// A machine that will fetch both pages.
    pub fn new(foo: Rc<Order>, bar: Rc<Order>) -> FetchPages {
        FetchPages::Start { foo, bar }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<[Egg; 2], FryError>> {
        loop {
            trace::state(self);
            match self {
                FetchPages::Start { .. } => self.poll_start(),
                FetchPages::FetchingFoo { .. } => {
                    ready!(self.poll_fetching_foo(cx))?;
                }
                FetchPages::FetchingBar { .. } => {
                    return self.poll_fetching_bar(cx);
                }
                FetchPages::Moving | FetchPages::Done => {
                    panic!("`FetchPages` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let FetchPages::Start { foo, bar } = self.take() else { elsewhere() };

        *self = FetchPages::FetchingFoo { foo: FryEgg::new(foo), bar };
    }

    fn poll_fetching_foo(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let FetchPages::FetchingFoo { foo, .. } = self else { elsewhere() };
        let foo = ready!(Pin::new(foo).poll(cx))?;

        let FetchPages::FetchingFoo { bar, .. } = self.take() else {
            elsewhere()
        };
        *self = FetchPages::FetchingBar { bar: FryEgg::new(bar), foo };
        Poll::Ready(Ok(()))
    }

    fn poll_fetching_bar(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<[Egg; 2], FryError>> {
        let FetchPages::FetchingBar { bar, .. } = self else { elsewhere() };
        let bar = ready!(Pin::new(bar).poll(cx))?;

        let FetchPages::FetchingBar { foo, .. } = self.take() else {
            elsewhere()
        };
        Poll::Ready(Ok([foo, bar]))
    }

    /// Moves the state out.
    fn take(&mut self) -> FetchPages {
        mem::replace(self, FetchPages::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FetchPages {
    const NAME: &'static str = "FetchPages";

    fn state(&self) -> &'static str {
        match self {
            FetchPages::Start { .. } => "Start",
            FetchPages::FetchingFoo { .. } => "FetchingFoo",
            FetchPages::FetchingBar { .. } => "FetchingBar",
            FetchPages::Moving => "Moving",
            FetchPages::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "pages"
    }
}

fn run(griddle: &Griddle) -> Result<(), FryError> {
    let order = |name| griddle.order(name);
    let pages = griddle.block_on_twin(
        fetch_pages(order("foo"), order("bar")),
        FetchPages::new(order("foo"), order("bar")),
    )?;
    for page in pages {
        griddle.say(page.text);
    }
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[30],
    public: &[28],
    slug: "join-wrong",
    title: "join/try_join",
    about: "two pages, await after await: twice the time",
    parts: &[Part {
        name: "await, await",
        machine: Some("FetchPages"),
        expected: Expected::takes(2.0)
            .in_pan(1)
            .served(2)
            .left(0)
            .says(&["foo", "bar"]),
        run,
    }],
};
