//! Slide 35, "Streams": eggs one by one, buffered, filtered, in chunks, page
//! by page.
//!
//! A stream is to a loop what a future is to a call: each item may have to be
//! waited for. It is lazy: the next egg is not ordered before it is asked for,
//! so the simple loop takes as long as all eggs one after another, and that is
//! right where an item depends on the one before (the pages: only a page tells
//! where the next one is). Where items do not depend on each other, adaptors
//! say how many may be on their way, in which order they come out, how many
//! begin in how much time.
//!
//! ```text
//!              next one is asked for: an order is left
//!   Waiting ────────────────────────────────────────▶ Frying
//!    │    ▲                                             │
//!    │    └──────────────── hands out an egg ───────────┘
//!    └─── no order is left ──▶ Done
//! ```
//!
//! Next: `gotchas.rs`, how to do it wrong.

use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use std::vec::IntoIter;

use onecook::stream::{self, Stream, StreamExt};
use onecook::trace::{self, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// An egg, or why there is none.
type Fried = Result<Egg, FryError>;

/// Fries the next egg, if an order is left: one step of the stream. It hands
/// out the egg, and the orders for the step after it.
pub async fn next_egg(
    mut orders: IntoIter<Rc<Order>>,
) -> Option<(Fried, IntoIter<Rc<Order>>)> {
    let order = orders.next()?;
    let egg = fry_egg(order).await;
    Some((egg, orders))
}

/// Fries egg after egg, as they are asked for: what one writes. (Rust has no
/// `async` generators yet: `unfold` makes a stream of an `async fn`.)
pub fn egg_stream(orders: Vec<Rc<Order>>) -> impl Stream<Item = Fried> {
    stream::unfold(orders.into_iter(), next_egg)
}

/// Fries egg after egg, as they are asked for: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub enum EggStream {
    /// Waits until the next egg is asked for. Streams are lazy.
    Waiting {
        /// What is left to be fried.
        orders: IntoIter<Rc<Order>>,
    },
    /// Waits for an egg.
    Frying {
        /// The egg, on its way.
        egg: FryEgg,
        /// What is left to be fried.
        orders: IntoIter<Rc<Order>>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Hands out nothing any more.
    Done,
}

impl Stream for EggStream {
    type Item = Fried;

    /// As `unfold` does, it says `None` again when it is asked again.
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Fried>> {
        let this = self.get_mut();
        loop {
            trace::state(this);
            match this {
                EggStream::Waiting { .. } => this.poll_waiting(),
                EggStream::Frying { .. } => return this.poll_frying(cx),
                EggStream::Done => return Poll::Ready(None),
                EggStream::Moving => elsewhere(),
            }
        }
    }
}

impl EggStream {
    /// A machine that will fry what the orders say, one by one.
    pub fn new(orders: Vec<Rc<Order>>) -> EggStream {
        EggStream::Waiting { orders: orders.into_iter() }
    }

    fn poll_waiting(&mut self) {
        let EggStream::Waiting { orders } = self else { elsewhere() };
        let Some(order) = orders.next() else {
            *self = EggStream::Done;
            return;
        };

        let EggStream::Waiting { orders } = self.take() else { elsewhere() };
        *self = EggStream::Frying { egg: FryEgg::new(order), orders };
    }

    fn poll_frying(&mut self, cx: &mut Context<'_>) -> Poll<Option<Fried>> {
        let EggStream::Frying { egg, .. } = self else { elsewhere() };
        let egg = ready!(Pin::new(egg).poll(cx));

        let EggStream::Frying { orders, .. } = self.take() else { elsewhere() };
        *self = EggStream::Waiting { orders };
        trace::state(self);
        Poll::Ready(Some(egg))
    }

    /// Moves the state out.
    fn take(&mut self) -> EggStream {
        mem::replace(self, EggStream::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for EggStream {
    const NAME: &'static str = "EggStream";

    fn state(&self) -> &'static str {
        match self {
            EggStream::Waiting { .. } => "Waiting",
            EggStream::Frying { .. } => "Frying",
            EggStream::Moving => "Moving",
            EggStream::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "eggs"
    }
}

/// JavaScript's `for await`: the next one is asked for when this one is eaten.
async fn eat_one_by_one(
    griddle: &Griddle,
    eggs: impl Stream<Item = Fried>,
) -> Result<(), FryError> {
    let (began, mut eaten) = (Instant::now(), 0);
    let mut eggs = pin!(eggs);
    while let Some(egg) = eggs.next().await {
        griddle.say(egg?.text);
        eaten += 1;
        let since = began.elapsed();
        let text = format!("egg {eaten} takes {eaten} cook times");
        griddle.claim(text, since >= griddle.cook_time() * eaten);
    }
    Ok(())
}

/// Says the eggs, as they come out.
async fn eat(
    griddle: &Griddle,
    eggs: impl Stream<Item = Fried>,
) -> Result<(), FryError> {
    let mut eggs = pin!(eggs);
    while let Some(egg) = eggs.next().await {
        griddle.say(egg?.text);
    }
    Ok(())
}

/// Says how many there are on each plate, and which.
async fn eat_plates(
    griddle: &Griddle,
    plates: impl Stream<Item = Vec<Fried>>,
) -> Result<(), FryError> {
    let mut plates = pin!(plates);
    while let Some(plate) = plates.next().await {
        let eggs: Vec<Egg> = plate.into_iter().collect::<Result<_, _>>()?;
        let names: Vec<&str> = eggs.iter().map(|egg| &*egg.text).collect();
        griddle.say(format!("plate: {}", names.join(" ")));
    }
    Ok(())
}

/// Four orders. B and C are done earlier, so that one sees who keeps order.
fn orders(griddle: &Griddle) -> Vec<Rc<Order>> {
    let times = [("A", 1.0), ("B", 0.5), ("C", 0.75), ("D", 1.0)];
    let order =
        |(name, share)| griddle.order_after(name, griddle.of_cook_time(share));
    times.map(order).into()
}

/// A page of results, and where the next one is.
struct Page {
    results: Vec<String>,
    next: Option<String>,
}

impl Page {
    fn parse(text: &str) -> Page {
        let next = text.lines().find_map(|line| line.strip_prefix("next: "));
        let results = text.lines().filter(|it| !it.starts_with("next: "));
        Page {
            results: results.map(str::to_owned).collect(),
            next: next.map(str::to_owned),
        }
    }
}

/// Fetches the page at `link`: one step of the stream of pages. Nobody knows
/// where the next page is before this one has arrived.
async fn next_page(
    griddle: &Griddle,
    link: Option<String>,
) -> Option<(Result<Page, FryError>, Option<String>)> {
    let link = link?;
    let (path, query) = link.split_once('?').unwrap_or((&link, ""));
    match FryEgg::new(griddle.order_from(&link, path, query)).await {
        Ok(egg) => {
            let page = Page::parse(&egg.text);
            let next = page.next.clone();
            Some((Ok(page), next))
        }
        Err(why) => Some((Err(why), None)),
    }
}

/// What scrolls for ever does this: page after page, as far as one reads.
async fn read_pages(griddle: &Griddle) -> Result<(), FryError> {
    let first = Some("/pages?n=1&as=lines".to_owned());
    let pages = stream::unfold(first, |link| next_page(griddle, link));
    let mut pages = pin!(pages);
    while let Some(page) = pages.next().await {
        griddle.say(page?.results.join(", "));
    }
    Ok(())
}

fn run_one_by_one(griddle: &Griddle) -> Result<(), FryError> {
    let names = ["A", "B", "C", "D"];
    let orders: Vec<_> = names.map(|name| griddle.order(name)).into();
    match griddle.by() {
        By::Machine => {
            let eggs = EggStream::new(orders);
            griddle.block_on(eat_one_by_one(griddle, eggs))
        }
        By::Async => {
            let eggs = egg_stream(orders);
            griddle.block_on(eat_one_by_one(griddle, eggs))
        }
    }
}

fn run_buffered(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = stream::iter(orders(griddle)).map(FryEgg::new).buffered(2);
    griddle.block_on(eat(griddle, eggs))
}

fn run_unordered(griddle: &Griddle) -> Result<(), FryError> {
    let eggs =
        stream::iter(orders(griddle)).map(FryEgg::new).buffer_unordered(2);
    griddle.block_on(eat(griddle, eggs))
}

fn run_filter(griddle: &Griddle) -> Result<(), FryError> {
    let orders = stream::iter(orders(griddle));
    let wanted = orders.filter(|order| ["A", "D"].contains(&&*order.name));
    let eggs = wanted.map(FryEgg::new).buffered(4);
    griddle.block_on(eat(griddle, eggs))
}

fn run_chunks(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = stream::iter(orders(griddle)).map(FryEgg::new).buffered(4);
    griddle.block_on(eat_plates(griddle, eggs.chunks(2)))
}

fn run_rate_limit(griddle: &Griddle) -> Result<(), FryError> {
    let names = ["A", "B", "C", "D"];
    let orders = stream::iter(names.map(|name| griddle.order(name)));
    let begun = orders.rate_limit(2, griddle.of_cook_time(0.5));
    griddle.block_on(eat(griddle, begun.map(FryEgg::new).buffered(4)))
}

fn run_pages(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(read_pages(griddle))
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[35],
    public: &[33],
    slug: "streams",
    title: "Streams",
    about: "eggs one by one, buffered, filtered, in chunks, page by page",
    parts: &[
        Part {
            name: "next in a loop",
            machine: Some("EggStream"),
            expected: Expected::takes(4.0)
                .in_pan(1)
                .served(4)
                .says(&["A", "B", "C", "D"]),
            run: run_one_by_one,
        },
        Part {
            name: "buffered(2)",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(2)
                .served(4)
                .says(&["A", "B", "C", "D"]),
            run: run_buffered,
        },
        Part {
            name: "unordered(2)",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(2)
                .served(4)
                .says(&["B", "A", "C", "D"]),
            run: run_unordered,
        },
        Part {
            name: "filter",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(2)
                .served(2)
                .says(&["A", "D"]),
            run: run_filter,
        },
        Part {
            name: "chunks(2)",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(4)
                .says(&["plate: A B", "plate: C D"]),
            run: run_chunks,
        },
        Part {
            name: "rate_limit(2)",
            machine: None,
            expected: Expected::takes(1.5)
                .in_pan(4)
                .says(&["A", "B", "C", "D"]),
            run: run_rate_limit,
        },
        Part {
            name: "pages",
            machine: None,
            expected: Expected::takes(4.0).in_pan(1).served(4).says(&[
                "egg 1, egg 2, egg 3",
                "egg 4, egg 5, egg 6",
                "egg 7, egg 8, egg 9",
                "egg 10, egg 11, egg 12",
            ]),
            run: run_pages,
        },
    ],
};
