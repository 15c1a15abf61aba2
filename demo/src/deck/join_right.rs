//! Slide 31, "join/try_join": two pages joined: the time of one; an error
//! drops the other.
//!
//! Both pages are asked for before either is waited for. So there is one
//! await instead of two, and it is that of a future with two children. They
//! take their turns inside it: nothing is spawned, and nothing runs beside it.
//!
//! It is `try_join`, as the slide's `Promise.all` is, and hence `TryJoin2`:
//! when one page cannot be had, there is no use in the other one. That one is
//! dropped, in the same poll, and the server sees its guest leave. A plain join
//! of two would wait for it all the same, as slide 29 shows.
//!
//! `TryJoin2` is made with its two children and pins them there and then, so
//! it has no `Start`: one that held them by value would make every machine
//! that holds it larger.
//!
//! ```text
//!             orders both                        both are there
//!   Start ─────────────────▶ Fetching { pages } ─────────────────▶ Done
//!                                    │                              ▲
//!                                    └───── one of them failed ─────┘
//!
//!   TryJoin2    a  Waiting ──────▶ Ended
//!               b  Waiting ───────────▶ Ended
//! ```
//!
//! Next: `select.rs`.

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

/// Fetches two pages at once: what one writes.
///
/// # Errors
///
/// When one of them cannot be fetched. The other one is given up then.
pub async fn fetch_both(
    foo: Rc<Order>,
    bar: Rc<Order>,
) -> Result<[Egg; 2], FryError> {
    TryJoin2::new(fry_egg(foo), fry_egg(bar)).await
}

/// Fetches two pages at once: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum FetchBoth {
    /// Nothing has happened.
    Start {
        /// The first page.
        foo: Rc<Order>,
        /// The second page.
        bar: Rc<Order>,
    },
    /// Waits for both pages.
    Fetching {
        /// Both of them, there or not.
        pages: TryJoin2<FryEgg, FryEgg, Egg>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for FetchBoth {
    type Output = Result<[Egg; 2], FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = FetchBoth::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl FetchBoth {
    /// A machine that will fetch both pages.
    pub fn new(foo: Rc<Order>, bar: Rc<Order>) -> FetchBoth {
        FetchBoth::Start { foo, bar }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<[Egg; 2], FryError>> {
        loop {
            trace::state(self);
            match self {
                FetchBoth::Start { .. } => self.poll_start(),
                FetchBoth::Fetching { .. } => return self.poll_fetching(cx),
                FetchBoth::Moving | FetchBoth::Done => {
                    panic!("`FetchBoth` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let FetchBoth::Start { foo, bar } =
            mem::replace(self, FetchBoth::Moving)
        else {
            elsewhere()
        };
        let pages = TryJoin2::new(FryEgg::new(foo), FryEgg::new(bar));

        *self = FetchBoth::Fetching { pages };
    }

    fn poll_fetching(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<[Egg; 2], FryError>> {
        let FetchBoth::Fetching { pages } = self else { elsewhere() };
        Pin::new(pages).poll(cx)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for FetchBoth {
    const NAME: &'static str = "FetchBoth";

    fn state(&self) -> &'static str {
        match self {
            FetchBoth::Start { .. } => "Start",
            FetchBoth::Fetching { .. } => "Fetching",
            FetchBoth::Moving => "Moving",
            FetchBoth::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "pages"
    }
}

/// Waits for both its children; the first error ends it.
///
/// It polls each child that has not ended whenever it is polled itself.
/// `onecook::future::try_join` polls only the one that was woken.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct TryJoin2<A, B, T> {
    a: Child<A, T>,
    b: Child<B, T>,
}

/// One of the two.
#[derive(Debug)]
enum Child<F, T> {
    /// It has not ended. The box is what pins it.
    Waiting { future: Pin<Box<F>> },
    /// It has ended, and was dropped; its value waits for the other one.
    Ended { value: T },
    /// It was dropped, or its value was handed out.
    Done,
}

impl<A, B, T> TryJoin2<A, B, T> {
    /// Joins two futures.
    pub fn new(a: A, b: B) -> TryJoin2<A, B, T> {
        let (a, b) = (Box::pin(a), Box::pin(b));
        TryJoin2 {
            a: Child::Waiting { future: a },
            b: Child::Waiting { future: b },
        }
    }

    fn drop_both(&mut self) {
        self.a = Child::Done;
        self.b = Child::Done;
    }
}

impl<A, B, T, E> Future for TryJoin2<A, B, T>
where
    A: Future<Output = Result<T, E>>,
    B: Future<Output = Result<T, E>>,
{
    type Output = Result<[T; 2], E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let polled =
            this.a.poll_waiting(cx).and_then(|()| this.b.poll_waiting(cx));
        if let Err(error) = polled {
            this.drop_both();
            return Poll::Ready(Err(error));
        }
        if this.a.is_waiting() || this.b.is_waiting() {
            return Poll::Pending;
        }
        Poll::Ready(Ok([this.a.take(), this.b.take()]))
    }
}

/// It may be moved: the boxes of its children stay where they are.
impl<A, B, T> Unpin for TryJoin2<A, B, T> {}

impl<F, T> Child<F, T> {
    fn poll_waiting<E>(&mut self, cx: &mut Context<'_>) -> Result<(), E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let Child::Waiting { future } = self else { return Ok(()) };
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            *self = Child::Done; // it has ended, well or not, before the other
            *self = Child::Ended { value: output? };
        }
        Ok(())
    }

    fn is_waiting(&self) -> bool {
        matches!(self, Child::Waiting { .. })
    }

    fn take(&mut self) -> T {
        match mem::replace(self, Child::Done) {
            Child::Ended { value } => value,
            _ => panic!("`TryJoin2` polled after it was done"),
        }
    }
}

fn run_joined(griddle: &Griddle) -> Result<(), FryError> {
    let order = |name| griddle.order(name);
    let pages = griddle.block_on_twin(
        fetch_both(order("foo"), order("bar")),
        FetchBoth::new(order("foo"), order("bar")),
    )?;
    for page in pages {
        griddle.say(page.text);
    }
    Ok(())
}

/// The second page fails when half of the time has gone by.
fn run_one_fails(griddle: &Griddle) -> Result<(), FryError> {
    let foo = || griddle.order("foo");
    let bar = || griddle.order_that_fails("bar", 0.5);
    let pages = griddle
        .block_on_twin(fetch_both(foo(), bar()), FetchBoth::new(foo(), bar()));
    match pages {
        Err(error @ FryError::Status { .. }) => griddle.say(error.to_string()),
        Err(error) => return Err(error),
        Ok(_) => griddle.claim("one of the pages fails", false),
    }
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[31],
    public: &[29],
    slug: "join-right",
    title: "join/try_join",
    about: "two pages joined: the time of one; an error drops the other",
    parts: &[
        Part {
            name: "joined",
            machine: Some("FetchBoth"),
            expected: Expected::takes(1.0)
                .in_pan(2)
                .served(2)
                .left(0)
                .says(&["foo", "bar"]),
            run: run_joined,
        },
        Part {
            name: "one fails",
            machine: Some("FetchBoth"),
            expected: Expected::takes(0.5)
                .in_pan(2)
                .left(1)
                .says(&["the server answered 500 Internal Server Error"]),
            run: run_one_fails,
        },
    ],
};
