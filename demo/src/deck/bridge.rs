//! Slide 44, "Let's talk about JavaScript!": a callback becomes a future.
//!
//! Somebody else's code takes a callback. A bridge gives it one that resolves
//! a future, and `.await` waits for that: JavaScript's `new Promise`. The
//! slide's function calls back at once, before it returns. So the future is
//! ready in its first poll: nothing waits, and everything takes no time. Who
//! calls back later, here from another thread, finds the future waiting.
//!
//! ```text
//!            first poll: something begins            it calls back
//!   Start ──────────────────────────────▶ Waiting ────────────────▶ Done
//!                                            ▲
//!              at once: it is never *left* in here, the same poll goes on
//! ```
//!
//! A promise begins when it is made, a future when it is polled: `something`
//! is called inside the first poll.
//!
//! Next: `../show/mod.rs`, what is shown of all this.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use onecook::Builder;
use onecook::bridge::{Callback, Dropped, Resolver, callback};
use onecook::trace::{self, StateMachine};

use super::channels::lost;
use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::FryError;

/// What is called when something is done.
pub type Fired = Box<dyn FnOnce() + Send>;

/// Does something, then calls back.
pub type Something = Box<dyn FnOnce(Fired)>;

/// Somebody else's library, which calls back before it returns.
fn do_something_then_callback() -> Something {
    Box::new(|fired| fired())
}

/// And one that returns at once, and calls back later, from a thread of its
/// own.
fn do_something_slowly(time: Duration) -> Something {
    Box::new(move |fired| {
        thread::spawn(move || {
            thread::sleep(time); // a thread that nobody else waits for
            fired();
        });
    })
}

/// Begins something, with a callback that resolves the future.
type Begin = Box<dyn FnOnce(Resolver<()>)>;

fn begin(griddle: Griddle, something: Something) -> Begin {
    Box::new(move |resolver| {
        something(Box::new(move || {
            griddle.say("in callback");
            resolver.resolve(());
        }));
    })
}

/// Waits until something has called back: what one writes.
///
/// # Errors
///
/// When it has dropped its callback, and so will never call.
pub async fn async_wrapper(
    griddle: Griddle,
    something: Something,
) -> Result<(), Dropped> {
    callback(begin(griddle, something)).await
}

/// Waits until something has called back: what it becomes.
#[repr(u8)]
#[must_use = "futures do nothing unless polled"]
pub enum AsyncWrapper {
    /// Nothing has happened.
    Start {
        /// Where the callback speaks.
        griddle: Griddle,
        /// Whom to give the callback to.
        something: Something,
    },
    /// Waits for the callback.
    Waiting {
        /// What it resolves.
        callback: Callback<Begin, ()>,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for AsyncWrapper {
    type Output = Result<(), Dropped>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = AsyncWrapper::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl AsyncWrapper {
    /// A machine that will wait until `something` has called back.
    pub fn new(griddle: Griddle, something: Something) -> AsyncWrapper {
        AsyncWrapper::Start { griddle, something }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Dropped>> {
        loop {
            trace::state(self);
            match self {
                AsyncWrapper::Start { .. } => self.poll_start(),
                AsyncWrapper::Waiting { .. } => return self.poll_waiting(cx),
                AsyncWrapper::Moving | AsyncWrapper::Done => {
                    panic!("`AsyncWrapper` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let AsyncWrapper::Start { griddle, something } = self.take() else {
            elsewhere()
        };

        let callback = callback(begin(griddle, something));
        *self = AsyncWrapper::Waiting { callback };
    }

    fn poll_waiting(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Dropped>> {
        let AsyncWrapper::Waiting { callback } = self else { elsewhere() };
        Pin::new(callback).poll(cx)
    }

    /// Moves the state out.
    fn take(&mut self) -> AsyncWrapper {
        mem::replace(self, AsyncWrapper::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for AsyncWrapper {
    const NAME: &'static str = "AsyncWrapper";

    fn state(&self) -> &'static str {
        match self {
            AsyncWrapper::Start { .. } => "Start",
            AsyncWrapper::Waiting { .. } => "Waiting",
            AsyncWrapper::Moving => "Moving",
            AsyncWrapper::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "wrapper"
    }
}

/// The slide's program; how often its future was polled.
fn execute(griddle: &Griddle, something: Something) -> Result<u64, FryError> {
    let program = async {
        griddle.say("start executing");
        let waited = match griddle.by() {
            By::Machine => AsyncWrapper::new(griddle.clone(), something).await,
            By::Async => async_wrapper(griddle.clone(), something).await,
        };
        waited.map_err(lost)?;
        griddle.say("asyncWrapper done");
        Ok(())
    };
    // That another thread will call back, the runtime cannot know: after a
    // second it would suspect a deadlock.
    let builder = Builder::new().deadlock_delay(None);
    let (ended, seen) = griddle.block_on_recorded(builder, program);
    ended.map(|()| seen.metrics.polls)
}

fn run_at_once(griddle: &Griddle) -> Result<(), FryError> {
    let polls = execute(griddle, do_something_then_callback())?;
    griddle.claim("one poll: it is never left waiting", polls == 1);
    Ok(())
}

fn run_later(griddle: &Griddle) -> Result<(), FryError> {
    let time = griddle.of_cook_time(0.5);
    let polls = execute(griddle, do_something_slowly(time))?;
    griddle.claim("two polls: it is left waiting in between", polls == 2);
    Ok(())
}

const LINES: &[&str] = &["start executing", "in callback", "asyncWrapper done"];

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[44],
    public: &[44],
    slug: "bridge",
    title: "Let's talk about JavaScript!",
    about: "a callback becomes a future",
    parts: &[
        Part {
            name: "at once",
            machine: Some("AsyncWrapper"),
            expected: Expected::takes(0.0).served(0).says(LINES),
            run: run_at_once,
        },
        Part {
            name: "later",
            machine: Some("AsyncWrapper"),
            expected: Expected::takes(0.5).served(0).says(LINES),
            run: run_later,
        },
    ],
};
