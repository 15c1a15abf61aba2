//! Slide 32, "select/try_select": a page or an abort, a timeout, a hedge, a
//! shutdown, a user.
//!
//! To select is to start several things and to go on with the first that
//! comes. What becomes of the others is the whole point: they are dropped, in
//! the same poll. A future that is dropped stops where it stands. Its
//! connection is closed, the reactor forgets its socket, and the server sees
//! its guest leave. Nothing has to be told to stop, and nothing can go on by
//! mistake. But what it had read so far is lost too: select between futures
//! of which nobody misses the half.
//!
//! ```text
//!             orders the page              the page is there
//!   Start ───────────────────▶ Selecting ────────────────────▶ Done
//!                                  │                             ▲
//!                                  └──── the user has aborted ───┘
//!
//!   Select2     a  Waiting ───────▶ dropped
//!               b  Waiting ─▶ Ended
//! ```
//!
//! The slide names more uses: a timeout, load balancing, a graceful shutdown,
//! a server beside a worker, waiting for a user. They are below, each in a
//! few lines, with what the library has for them.
//!
//! Next: `channels.rs`.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::channel::mpsc::unbounded_channel;
use onecook::future::{Either, FutureExt, either, race};
use onecook::time::{Sleep, interval, sleep, timeout};
use onecook::trace::{self, Event, ReactorEvent, StateMachine};
use onecook::{Builder, CancellationToken, net, spawn_named};

use super::expected::Expected;
use super::griddle::Griddle;
use super::seen::Recording;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// Fetches a page, unless the user aborts before: what one writes. `None`: so
/// it was.
pub async fn page_or_abort(
    page: Rc<Order>,
    patience: Duration,
) -> Option<Result<Egg, FryError>> {
    match Select2::new(fry_egg(page), sleep(patience)).await {
        First::A(page) => Some(page),
        First::B(()) => None,
    }
}

/// Fetches a page, unless the user aborts before: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum PageOrAbort {
    /// Nothing has happened.
    Start {
        /// The page.
        page: Rc<Order>,
        /// When the user aborts.
        patience: Duration,
    },
    /// Waits for the page, or for the user.
    Selecting {
        /// Both of them.
        select: Select2<FryEgg, Sleep>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for PageOrAbort {
    type Output = Option<Result<Egg, FryError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = PageOrAbort::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl PageOrAbort {
    /// A machine that will fetch `page`, unless the user aborts before.
    pub fn new(page: Rc<Order>, patience: Duration) -> PageOrAbort {
        PageOrAbort::Start { page, patience }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Egg, FryError>>> {
        loop {
            trace::state(self);
            match self {
                PageOrAbort::Start { .. } => self.poll_start(),
                PageOrAbort::Selecting { .. } => {
                    return self.poll_selecting(cx);
                }
                PageOrAbort::Moving | PageOrAbort::Done => {
                    panic!("`PageOrAbort` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let PageOrAbort::Start { page, patience } =
            mem::replace(self, PageOrAbort::Moving)
        else {
            elsewhere()
        };
        let select = Select2::new(FryEgg::new(page), sleep(patience));

        *self = PageOrAbort::Selecting { select };
    }

    fn poll_selecting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Egg, FryError>>> {
        let PageOrAbort::Selecting { select } = self else { elsewhere() };
        match ready!(Pin::new(select).poll(cx)) {
            First::A(page) => Poll::Ready(Some(page)),
            First::B(()) => Poll::Ready(None),
        }
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for PageOrAbort {
    const NAME: &'static str = "PageOrAbort";

    fn state(&self) -> &'static str {
        match self {
            PageOrAbort::Start { .. } => "Start",
            PageOrAbort::Selecting { .. } => "Selecting",
            PageOrAbort::Moving => "Moving",
            PageOrAbort::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "select"
    }
}

/// Waits for the first of two; the other one is dropped.
///
/// It polls both, the first one first, so it wins where both are ready.
/// `onecook::future::race` draws lots, and polls only the one that was woken.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum Select2<A, B> {
    /// Waits for one of them. The boxes are what pins them.
    Waiting {
        /// The one that is polled first.
        a: Pin<Box<A>>,
        /// The other one.
        b: Pin<Box<B>>,
    },
    /// Waits for nothing any more.
    Done,
}

/// Who was first, and with what.
#[derive(Debug)]
pub enum First<A, B> {
    /// The first one.
    A(A),
    /// The other one.
    B(B),
}

impl<A, B> Select2<A, B> {
    /// Has two futures race.
    pub fn new(a: A, b: B) -> Select2<A, B> {
        Select2::Waiting { a: Box::pin(a), b: Box::pin(b) }
    }
}

impl<A: Future, B: Future> Select2<A, B> {
    fn poll_waiting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<First<A::Output, B::Output>> {
        let Select2::Waiting { a, b } = self else {
            panic!("`Select2` polled after it was done")
        };
        if let Poll::Ready(output) = a.as_mut().poll(cx) {
            return Poll::Ready(First::A(output));
        }
        b.as_mut().poll(cx).map(First::B)
    }
}

impl<A: Future, B: Future> Future for Select2<A, B> {
    type Output = First<A::Output, B::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let first = ready!(this.poll_waiting(cx));
        *this = Select2::Done; // drops the other one
        Poll::Ready(first)
    }
}

/// It may be moved: the boxes of its children stay where they are.
impl<A, B> Unpin for Select2<A, B> {}

/// The user waits for a quarter of the time.
fn run_abort(griddle: &Griddle) -> Result<(), FryError> {
    let (page, patience) = (griddle.order("page"), griddle.of_cook_time(0.25));
    let (page, recording) = match griddle.by() {
        By::Async => {
            let future = page_or_abort(page, patience);
            griddle.block_on_recorded(Builder::new(), future)
        }
        By::Machine => {
            let machine = PageOrAbort::new(page, patience);
            griddle.block_on_recorded(Builder::new(), machine)
        }
    };
    match page {
        Some(page) => griddle.say(page?.text),
        None => griddle.say("aborted"),
    }
    let (opened, closed) = sockets(&recording);
    griddle.claim("a socket was registered", opened > 0);
    griddle.claim("its socket is deregistered", opened == closed);
    Ok(())
}

/// How many sockets the reactor was given, and how many it was rid of.
fn sockets(recording: &Recording) -> (usize, usize) {
    let count = |wanted: fn(&ReactorEvent) -> bool| {
        let events = recording.records.iter().map(|it| &it.event);
        let reactor = events.filter_map(|event| match event {
            Event::Reactor(event) => Some(event),
            _ => None,
        });
        reactor.filter(|event| wanted(event)).count()
    };
    let opened = count(|it| matches!(it, ReactorEvent::Register { .. }));
    let closed = count(|it| matches!(it, ReactorEvent::Deregister { .. }));
    (opened, closed)
}

/// `timeout` is a select between a future and a timer.
fn run_timeout(griddle: &Griddle) -> Result<(), FryError> {
    let page = FryEgg::new(griddle.order("page"));
    let limit = griddle.of_cook_time(0.5);
    match griddle.block_on(async { timeout(limit, page).await }) {
        Ok(page) => griddle.say(page?.text),
        Err(elapsed) => griddle.say(elapsed.to_string()),
    }
    Ok(())
}

/// A slow server is asked, and, when nothing has come after a while, another
/// one: the first answer counts.
fn run_hedge(griddle: &Griddle) -> Result<(), FryError> {
    let slow = griddle.order_after("slow", griddle.cook_time());
    let quick = griddle.order_after("quick", griddle.of_cook_time(0.25));
    let patience = griddle.of_cook_time(0.25);
    let hedge = async {
        sleep(patience).await;
        FryEgg::new(quick).await
    };
    let select = Select2::new(FryEgg::new(slow), hedge);
    match griddle.block_on(select) {
        First::A(page) | First::B(page) => griddle.say(page?.text),
    }
    Ok(())
}

/// Fries eggs until closing time. An egg in the pan is finished first: here
/// the loser of the race must not be dropped, so it is lent.
fn run_shutdown(griddle: &Griddle) -> Result<(), FryError> {
    let closing = griddle.of_cook_time(1.5);
    griddle.block_on(async {
        let mut closing = sleep(closing);
        for name in ["A", "B", "C", "D"] {
            let mut egg = FryEgg::new(griddle.order(name));
            match either(&mut egg, &mut closing).await {
                Either::Left(egg) => griddle.say(egg?.text),
                Either::Right(()) => {
                    griddle.say("closing");
                    griddle.say(egg.await?.text);
                    break;
                }
            }
        }
        Ok(())
    })
}

/// Two loops that never end, until somebody says so: then the race is over,
/// and both are dropped.
fn run_worker(griddle: &Griddle) -> Result<(), FryError> {
    let (every, end) = (griddle.of_cook_time(0.25), griddle.cook_time());
    let (served, visits) = (Cell::new(0), Cell::new(0));
    let ended = griddle.block_on(async {
        let stop = CancellationToken::new();
        let listener = net::TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let closing = stop.clone();
        drop(spawn_named("closing", async move {
            sleep(end).await;
            closing.cancel();
        }));
        let server = serve(listener, &served);
        let worker = work(addr, every, &visits);
        let stopped = stop.cancelled().map(Ok::<(), io::Error>);
        race((server, worker, stopped)).await
    });
    ended.map_err(FryError::Connect)?;
    griddle.say("stopped");
    let (served, visits) = (served.get(), visits.get());
    griddle.claim("the worker has worked", visits > 0);
    griddle.claim("each visit was served", served >= visits);
    Ok(())
}

async fn serve(
    listener: net::TcpListener,
    served: &Cell<u32>,
) -> io::Result<()> {
    loop {
        let (guest, _) = listener.accept().await?;
        guest.write_all(b"egg").await?;
        served.set(served.get() + 1);
    }
}

/// Visits the server at once, and then every so often.
async fn work(
    addr: SocketAddr,
    every: Duration,
    visits: &Cell<u32>,
) -> io::Result<()> {
    let mut ticks = interval(every);
    loop {
        ticks.tick().await;
        let connection = net::TcpStream::connect(addr).await?;
        connection.read(&mut [0; 3]).await?;
        visits.set(visits.get() + 1);
    }
}

/// An egg, or the line that the user types before it is done. The user is a
/// task here, who types when half of the time has gone by, so that it goes the
/// same way each time; the lines of a real one come from `onecook::io::stdin`.
fn run_user(griddle: &Griddle) -> Result<(), FryError> {
    let (egg, half) = (griddle.order("A"), griddle.of_cook_time(0.5));
    griddle.block_on(async {
        let (keyboard, mut lines) = unbounded_channel();
        drop(spawn_named("user", async move {
            sleep(half).await;
            let _ = keyboard.send("stop".to_owned());
        }));
        match either(FryEgg::new(egg), lines.recv()).await {
            Either::Left(egg) => griddle.say(egg?.text),
            Either::Right(line) => {
                let line = line.unwrap_or_default();
                griddle.say(format!("the user says: {line}"));
            }
        }
        Ok(())
    })
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[32],
    public: &[30],
    slug: "select",
    title: "select/try_select",
    about: "a page or an abort, a timeout, a hedge, a shutdown, a user",
    parts: &[
        Part {
            name: "page or abort",
            machine: Some("PageOrAbort"),
            expected: Expected::takes(0.25)
                .in_pan(1)
                .left(1)
                .says(&["aborted"]),
            run: run_abort,
        },
        Part {
            name: "timeout",
            machine: None,
            expected: Expected::takes(0.5).in_pan(1).left(1).says(&[
                "the time limit was reached before the future was ready",
            ]),
            run: run_timeout,
        },
        Part {
            name: "load balancing",
            machine: None,
            expected: Expected::takes(0.5).in_pan(2).left(1).says(&["quick"]),
            run: run_hedge,
        },
        Part {
            name: "graceful shutdown",
            machine: None,
            expected: Expected::takes(2.0)
                .in_pan(1)
                .served(2)
                .left(0)
                .says(&["A", "closing", "B"]),
            run: run_shutdown,
        },
        Part {
            name: "server and worker",
            machine: None,
            expected: Expected::takes(1.0).says(&["stopped"]),
            run: run_worker,
        },
        Part {
            name: "user input",
            machine: None,
            expected: Expected::takes(0.5)
                .in_pan(1)
                .left(1)
                .says(&["the user says: stop"]),
            run: run_user,
        },
    ],
};
