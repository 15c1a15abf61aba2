//! Slide 32, "select/try_select": a page or an abort, a timeout, a hedge, a
//! shutdown, a user.
//!
//! To select is to start several things and to go on with the first that
//! comes. What becomes of the others is the whole point: they are dropped, in
//! the same poll. A future that is dropped stops where it stands. Its
//! connection is closed, the reactor forgets its socket, and the server sees
//! its guest leave. Nothing has to be told to stop, and nothing can go on by
//! mistake.
//!
//! ```text
//!             orders the page              the page is there
//!   Start ───────────────────▶ Selecting ────────────────────▶ Done
//!                                  │                             ▲
//!                                  └──── the signal to abort ────┘
//!
//!   Select2     a  Waiting ───────▶ dropped
//!               b  Waiting ─▶ Ended
//! ```
//!
//! The slide's own program throws before it begins: its variable has the name
//! of the function that it calls. Here the signal is a token.
//!
//! The slide names more uses: a timeout, load balancing, a graceful shutdown,
//! a server beside a worker, waiting for a user. They are below, each in a few
//! lines around the same `Select2`. An error is an output like any other here
//! (the slide's `try_select`, `race` on slide 29); to go on after one is
//! `race_ok`, which the slide calls `select`.
//!
//! And it warns of branches with side effects. What the loser has done is
//! done, and what it had got so far is lost: the last two programs ask for an
//! egg and look up in between, and only one of them ever gets it.
//!
//! Next: `channels.rs`.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::io::{self, IsTerminal};
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::cancellation_token::Cancelled;
use onecook::net::TcpListener;
use onecook::stream::{self, LocalBoxStream, StreamExt};
use onecook::time::sleep;
use onecook::trace::{self, Event, ReactorEvent, StateMachine};
use onecook::{Builder, CancellationToken, spawn_named};

use super::expected::Expected;
use super::griddle::Griddle;
use super::seen::Recording;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// Fetches a page, unless there is a signal to abort before: what one writes.
/// `None`: so it was.
///
/// # Errors
///
/// When the page cannot be fetched.
pub async fn page_or_abort(
    page: Rc<Order>,
    abort: CancellationToken,
) -> Result<Option<Egg>, FryError> {
    match Select2::new(fry_egg(page), abort.cancelled_owned()).await {
        First::A(page) => page.map(Some),
        First::B(()) => Ok(None),
    }
}

/// Fetches a page, unless there is a signal to abort before: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum PageOrAbort {
    /// Nothing has happened.
    Start {
        /// The page.
        page: Rc<Order>,
        /// The signal.
        abort: CancellationToken,
    },
    /// Waits for the page, or for the signal.
    Selecting {
        /// Both of them.
        select: Select2<FryEgg, Cancelled<CancellationToken>>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for PageOrAbort {
    type Output = Result<Option<Egg>, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = PageOrAbort::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl PageOrAbort {
    /// A machine that will fetch `page`, unless `abort` is cancelled before.
    pub fn new(page: Rc<Order>, abort: CancellationToken) -> PageOrAbort {
        PageOrAbort::Start { page, abort }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Egg>, FryError>> {
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
        let PageOrAbort::Start { page, abort } =
            mem::replace(self, PageOrAbort::Moving)
        else {
            elsewhere()
        };
        let select = Select2::new(FryEgg::new(page), abort.cancelled_owned());

        *self = PageOrAbort::Selecting { select };
    }

    fn poll_selecting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Egg>, FryError>> {
        let PageOrAbort::Selecting { select } = self else { elsewhere() };
        match ready!(Pin::new(select).poll(cx)) {
            First::A(page) => Poll::Ready(page.map(Some)),
            First::B(()) => Poll::Ready(Ok(None)),
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
/// It polls both, the first one first, so that wins where both are ready.
/// `onecook::future::either` draws lots, and polls only the one that was woken.
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

/// Fries an egg, by whichever machine was chosen.
async fn fry(griddle: &Griddle, order: Rc<Order>) -> Result<Egg, FryError> {
    match griddle.by() {
        By::Machine => FryEgg::new(order).await,
        By::Async => fry_egg(order).await,
    }
}

/// A user, who aborts when a quarter of the time has gone by.
fn run_abort(griddle: &Griddle) -> Result<(), FryError> {
    let (page, abort) = (griddle.order("page"), CancellationToken::new());
    let (user, patience) = (abort.clone(), griddle.of_cook_time(0.25));
    let program = async {
        drop(spawn_named("user", async move {
            sleep(patience).await;
            user.cancel();
        }));
        match griddle.by() {
            By::Machine => PageOrAbort::new(page, abort).await,
            By::Async => page_or_abort(page, abort).await,
        }
    };
    let (page, seen) = griddle.block_on_recorded(Builder::new(), program);
    griddle.say(page?.map_or("aborted".to_owned(), |page| page.text));
    claim_that_the_page_was_dropped(griddle, &seen);
    Ok(())
}

/// The page's socket leaves the reactor in the very poll that ends it all, not
/// some time later.
fn claim_that_the_page_was_dropped(griddle: &Griddle, seen: &Recording) {
    let last = |is: fn(&Event) -> bool| {
        seen.records.iter().rposition(|it| is(&it.event))
    };
    let begin = last(|it| matches!(it, Event::PollBegin { .. }));
    let end = last(|it| matches!(it, Event::PollEnd { ready: true, .. }));
    let closed = last(|it| {
        matches!(it, Event::Reactor(ReactorEvent::Deregister { .. }))
    });
    let text = "the page's socket is gone when the poll that aborts it returns";
    griddle.claim(text, begin < closed && closed < end);
}

/// A timeout is a select between a future and a timer. The library has it:
/// `onecook::time::timeout`, and `.timeout(limit)` on any future.
fn run_timeout(griddle: &Griddle) -> Result<(), FryError> {
    let (page, limit) = (griddle.order("page"), griddle.of_cook_time(0.5));
    let first = griddle.block_on(async {
        Select2::new(fry(griddle, page), sleep(limit)).await
    });
    match first {
        First::A(page) => griddle.say(page?.text),
        First::B(()) => griddle.say("timed out"),
    }
    Ok(())
}

/// A slow server is asked, and, when nothing has come after a while, another
/// one: the first answer counts.
fn run_hedge(griddle: &Griddle) -> Result<(), FryError> {
    let slow = griddle.order("slow");
    let quick = griddle.order_after("quick", griddle.of_cook_time(0.25));
    let patience = griddle.of_cook_time(0.25);
    let another = async {
        sleep(patience).await;
        fry(griddle, quick).await
    };
    let first = Select2::new(fry(griddle, slow), another);
    match griddle.block_on(first) {
        First::A(page) | First::B(page) => griddle.say(page?.text),
    }
    Ok(())
}

/// Fries eggs until closing time. An egg in the pan is finished first: here
/// the loser must not be dropped, so it is only lent.
fn run_shutdown(griddle: &Griddle) -> Result<(), FryError> {
    let closing = griddle.of_cook_time(1.5);
    griddle.block_on(async {
        let mut closing = pin!(sleep(closing));
        for name in ["A", "B", "C", "D"] {
            let mut egg = pin!(fry(griddle, griddle.order(name)));
            match Select2::new(egg.as_mut(), closing.as_mut()).await {
                First::A(egg) => griddle.say(egg?.text),
                First::B(()) => {
                    griddle.say("closing");
                    griddle.say(egg.await?.text);
                    break;
                }
            }
        }
        Ok(())
    })
}

/// A server and a worker: two loops that never end, on one thread, until a
/// guest says so.
fn run_worker(griddle: &Griddle) -> Result<(), FryError> {
    let wiped = Cell::new(0);
    let every = griddle.of_cook_time(0.125);
    let program = async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let closing = CancellationToken::new();
        let egg = Order::at("egg", listener.local_addr()?, "here", "/egg");
        let visiting = visit(griddle.clone(), egg, closing.clone());
        let guest = spawn_named("guest", visiting);

        let loops = Select2::new(serve(listener), wipe(every, &wiped));
        match Select2::new(loops, closing.cancelled()).await {
            First::A(First::A(Err(why))) => return Err(why),
            First::B(()) => griddle.say("closed"),
        }
        Ok(guest.await)
    };
    let ended = griddle.block_on(program);
    let visited = ended.map_err(FryError::Connect)?;
    visited.map_err(|why| FryError::Lost(why.to_string()))??;
    griddle.claim("the worker had its turns", wiped.get() > 1);
    Ok(())
}

/// A web server, in short.
async fn serve(listener: TcpListener) -> io::Result<Infallible> {
    loop {
        let (guest, _) = listener.accept().await?;
        let _request = guest.read(&mut [0; 1_024]).await?;
        let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\negg";
        guest.write_all(reply).await?;
    }
}

/// A worker: it wipes the griddle every so often.
async fn wipe(every: Duration, wiped: &Cell<u32>) -> Infallible {
    loop {
        sleep(every).await;
        wiped.set(wiped.get() + 1);
    }
}

/// A guest, who comes twice, and says then that it is closing time.
async fn visit(
    griddle: Griddle,
    egg: Rc<Order>,
    closing: CancellationToken,
) -> Result<(), FryError> {
    let _closing = closing.drop_guard(); // however this ends
    for _ in 0..2 {
        sleep(griddle.of_cook_time(0.5)).await;
        griddle.say(fry(&griddle, egg.clone()).await?.text);
    }
    Ok(())
}

/// Lines that somebody types.
type Keyboard = LocalBoxStream<'static, io::Result<String>>;

/// The user's input. Where nobody sits at a terminal, somebody in memory stands
/// in, who types a line when a quarter of the time has gone by: then it is
/// known who is first.
fn run_user(griddle: &Griddle) -> Result<(), FryError> {
    let patience = griddle.of_cook_time(0.25);
    let stand_in = stream::iter(["stop"]).then(move |line| async move {
        sleep(patience).await;
        Ok(line.to_owned())
    });
    if io::stdin().is_terminal() {
        egg_or_line(griddle, Box::pin(onecook::io::stdin()))?;
    } else {
        let line = egg_or_line(griddle, Box::pin(stand_in))?;
        let text = "the line that was typed took the egg off";
        griddle.claim(text, line.as_deref() == Some("stop"));
    }
    Ok(())
}

/// Nobody types anything: that does not hold up the egg.
fn run_nobody(griddle: &Griddle) -> Result<(), FryError> {
    egg_or_line(griddle, Box::pin(stream::pending()))?;
    Ok(())
}

/// An egg, unless the user types a line before; that line then.
fn egg_or_line(
    griddle: &Griddle,
    keyboard: Keyboard,
) -> Result<Option<String>, FryError> {
    griddle.say("a line takes the egg off");
    let egg = fry(griddle, griddle.order("A"));
    match griddle.block_on(Select2::new(egg, next_line(keyboard))) {
        First::A(egg) => {
            griddle.say(egg?.text);
            Ok(None)
        }
        First::B(line) => {
            griddle.say(format!("it was {line:?}"));
            Ok(Some(line))
        }
    }
}

async fn next_line(mut keyboard: Keyboard) -> String {
    match keyboard.next().await {
        Some(Ok(line)) => line,
        Some(Err(_)) | None => pending().await, // there will be none
    }
}

/// Looks up every so often, and asks anew each time. What was asked for before
/// is dropped, half-done: three eggs are cracked, and none is fried.
fn run_anew(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(async {
        for _ in 0..3 {
            let egg = fry(griddle, griddle.order("A"));
            match Select2::new(egg, sleep(turn(griddle))).await {
                First::A(egg) => griddle.say(egg?.text),
                First::B(()) => griddle.say("not yet"),
            }
        }
        Ok(())
    })
}

/// Looks up every so often, and goes on with the egg that it has.
fn run_lent(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(async {
        let mut egg = pin!(fry(griddle, griddle.order("A")));
        loop {
            match Select2::new(egg.as_mut(), sleep(turn(griddle))).await {
                First::A(egg) => {
                    griddle.say(egg?.text);
                    return Ok(());
                }
                First::B(()) => griddle.say("not yet"),
            }
        }
    })
}

/// How long it does not look up: more than half of the time.
fn turn(griddle: &Griddle) -> Duration {
    griddle.of_cook_time(0.6)
}

/// A use of `Select2` whose egg is fried by either machine.
const fn usage(
    name: &'static str,
    expected: Expected,
    run: fn(&Griddle) -> Result<(), FryError>,
) -> Part {
    Part { name, machine: Some("FryEgg"), expected, run }
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
        usage(
            "timeout",
            Expected::takes(0.5).in_pan(1).left(1).says(&["timed out"]),
            run_timeout,
        ),
        usage(
            "load balancing",
            Expected::takes(0.5).in_pan(2).left(1).says(&["quick"]),
            run_hedge,
        ),
        usage(
            "graceful shutdown",
            Expected::takes(2.0)
                .in_pan(1)
                .served(2)
                .left(0)
                .says(&["A", "closing", "B"]),
            run_shutdown,
        ),
        usage(
            "server and worker",
            Expected::takes(1.0).served(0).says(&["egg", "egg", "closed"]),
            run_worker,
        ),
        // At a terminal it is the user who says how it goes; else it is
        // claimed.
        usage("user input", Expected::any_time(), run_user),
        usage(
            "nobody types",
            Expected::takes(1.0)
                .in_pan(1)
                .served(1)
                .left(0)
                .says(&["a line takes the egg off", "A"]),
            run_nobody,
        ),
        usage(
            "asked anew",
            Expected::takes(1.8)
                .left(3)
                .says(&["not yet", "not yet", "not yet"]),
            run_anew,
        ),
        usage(
            "lent",
            Expected::takes(1.0)
                .in_pan(1)
                .served(1)
                .left(0)
                .says(&["not yet", "A"]),
            run_lent,
        ),
    ],
};
