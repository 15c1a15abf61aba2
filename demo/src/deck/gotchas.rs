//! Slide 36, "Gotchas": six ways to do it wrong, and their cures.
//!
//! - A call that blocks, inside a task, stops every task of the thread. The
//!   cure is a thread for it: `spawn_blocking`.
//! - A lock of the standard library held across an await: the next task that
//!   wants it stops the thread, and the holder never has its turn to unlock.
//!   The program hangs inside the lock, so it runs in a process of its own;
//!   the watchdog tells which task it is. Clippy warns of it
//!   (`await_holding_lock`). The cure is a lock that is awaited, or to unlock
//!   before the await.
//! - Read, await, write: whatever was read may be stale after the await. Two
//!   eggs are fried and one is counted. The machine shows why: `count` is a
//!   field, kept while everybody else goes on. The cure: no await in between.
//! - `block_on` inside a task would wait for a thread that waits for it. It
//!   is refused.
//! - Synchronous code can call async code all the same, if it runs on a
//!   thread of its own: `Handle::block_on`.
//! - A log of concurrent tasks is of no use if a line does not say whose it
//!   is. To note a task's name when it begins is not enough: the others run in
//!   between. It is to be noted at each poll.
//!
//! ```text
//!   CountEgg   Start ──────▶ Frying { count } ──────▶ Done
//!                reads                        writes
//! ```
//!
//! Next: `structured.rs`, nothing is left behind.

use std::cell::Cell;
use std::env::{self, consts::EXE_SUFFIX};
use std::future::Future;
use std::io::{self, BufRead, BufReader};
use std::mem;
use std::panic;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{self, Command, ExitCode, Stdio};
use std::rc::Rc;
use std::sync::Mutex as StdMutex;
use std::task::{Context, Poll, ready};
use std::thread::{self, ThreadId};
use std::time::Duration;

use onecook::future::join;
use onecook::sync::Mutex;
use onecook::trace::{self, StateMachine};
use onecook::{Builder, Handle, spawn_blocking, spawn_named, yield_now};

use super::channels::lost;
use super::expected::Expected;
use super::griddle::Griddle;
use super::sequential::fry_egg_blocking;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

const NAMES: [&str; 4] = ["A", "B", "C", "D"];

/// Wrong: it has no await, so whoever polls it waits for the egg.
#[allow(clippy::unused_async)] // that is what is wrong
pub async fn fry_and_block(order: Rc<Order>) -> Result<Egg, FryError> {
    fry_egg_blocking(&order)
}

async fn block_in_tasks(griddle: &Griddle) -> Result<(), FryError> {
    let tasks =
        NAMES.map(|name| spawn_named(name, fry_and_block(griddle.order(name))));
    for task in tasks {
        griddle.say(task.await.map_err(lost)??.text);
    }
    Ok(())
}

/// The cure: the same call, on threads that may wait.
async fn block_on_threads(griddle: &Griddle) -> Result<(), FryError> {
    let calls = NAMES.map(|name| {
        let order = Rc::unwrap_or_clone(griddle.order(name));
        spawn_blocking(move || fry_egg_blocking(&order))
    });
    for call in calls {
        griddle.say(call.await.map_err(lost)??.text);
    }
    Ok(())
}

/// Wrong: the guard lives until the end, and so across the await.
#[expect(clippy::await_holding_lock, reason = "that is what is wrong")]
pub async fn count_locked(eggs: Rc<StdMutex<u32>>) {
    let mut eggs = eggs.lock().expect("nobody panics");
    yield_now().await; // the others have a turn, and want the lock
    *eggs += 1;
}

/// The cure: a lock that is awaited. Whoever wants it waits in a state, and
/// not on the thread.
pub async fn count_awaited(eggs: Rc<Mutex<u32>>) {
    let mut eggs = eggs.lock().await;
    yield_now().await;
    *eggs += 1;
}

/// A poll that takes longer is told on stderr.
const SLOW: Duration = Duration::from_millis(100);

/// If nobody ends the process that hangs, it does so itself.
const GIVES_UP: Duration = Duration::from_secs(30);

/// What `eggs gotcha-deadlock` runs, and never returns from: B waits for the
/// lock inside its poll, and A, which has it, for B's poll to end.
pub fn deadlock() -> ExitCode {
    thread::spawn(|| {
        thread::sleep(GIVES_UP);
        process::exit(1);
    });
    let runtime = Builder::new().slow_poll_limit(SLOW).build();
    runtime.expect("a runtime").block_on(async {
        let eggs = Rc::new(StdMutex::new(0));
        let tasks =
            ["A", "B"].map(|it| spawn_named(it, count_locked(eggs.clone())));
        for task in tasks {
            let _ = task.await;
        }
    });
    ExitCode::FAILURE
}

/// Runs what hangs, as a process; what is told of it, and whether it hangs.
fn watch_deadlock() -> io::Result<(Option<String>, bool)> {
    let mut child = Command::new(eggs()?)
        .arg("gotcha-deadlock")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take().expect("it is piped");
    let mut reports = BufReader::new(stderr).lines().map_while(Result::ok);
    let report = reports.find(|line| line.contains("still runs"));
    let hangs = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok((report, hangs))
}

/// The report without its advice, in lines that fit: who, made where, and what
/// they do.
fn report_lines(report: &str) -> Vec<&str> {
    let report = report.split(';').next().unwrap_or_default();
    let Some((who, rest)) = report.split_once(" (") else {
        return vec![report];
    };
    let (place, what) = rest.split_once(") ").unwrap_or((rest, ""));
    vec![who, place, what]
}

/// The program `eggs`: this one, or, if this is a test, the one that Cargo
/// built for it, one directory above.
fn eggs() -> io::Result<PathBuf> {
    let this = env::current_exe()?;
    let eggs = format!("eggs{EXE_SUFFIX}");
    Ok(match this.parent() {
        Some(deps) if deps.ends_with("deps") => deps.with_file_name(eggs),
        _ => this,
    })
}

/// Fries an egg and counts it: what one writes. Wrong: what was read before
/// the await is written after it.
///
/// # Errors
///
/// When it cannot be fried; then it is not counted.
pub async fn count_egg(
    order: Rc<Order>,
    eggs: Rc<Cell<u32>>,
) -> Result<(), FryError> {
    let count = eggs.get();
    fry_egg(order).await?;
    eggs.set(count + 1);
    Ok(())
}

/// The cure: it is read and written without an await in between.
async fn count_egg_at_once(
    order: Rc<Order>,
    eggs: Rc<Cell<u32>>,
) -> Result<(), FryError> {
    FryEgg::new(order).await?;
    eggs.set(eggs.get() + 1);
    Ok(())
}

/// Fries an egg and counts it: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum CountEgg {
    /// Nothing has happened.
    Start {
        /// What is asked for.
        order: Rc<Order>,
        /// How many there are. The other one counts here, too.
        eggs: Rc<Cell<u32>>,
    },
    /// Waits for the egg.
    Frying {
        /// The egg, on its way.
        egg: FryEgg,
        /// How many there are.
        eggs: Rc<Cell<u32>>,
        /// How many there *were*. There it lies, and becomes stale.
        count: u32,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for CountEgg {
    type Output = Result<(), FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = CountEgg::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl CountEgg {
    /// A machine that will fry what `order` says, and count it.
    pub fn new(order: Rc<Order>, eggs: Rc<Cell<u32>>) -> CountEgg {
        CountEgg::Start { order, eggs }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        loop {
            trace::state(self);
            match self {
                CountEgg::Start { .. } => self.poll_start(),
                CountEgg::Frying { .. } => return self.poll_frying(cx),
                CountEgg::Moving | CountEgg::Done => {
                    panic!("`CountEgg` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let CountEgg::Start { order, eggs } = self.take() else { elsewhere() };
        let count = eggs.get();

        *self = CountEgg::Frying { egg: FryEgg::new(order), eggs, count };
    }

    fn poll_frying(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let CountEgg::Frying { egg, .. } = self else { elsewhere() };
        let _fried = ready!(Pin::new(egg).poll(cx))?;

        let CountEgg::Frying { eggs, count, .. } = self.take() else {
            elsewhere()
        };
        eggs.set(count + 1);
        Poll::Ready(Ok(()))
    }

    /// Moves the state out.
    fn take(&mut self) -> CountEgg {
        mem::replace(self, CountEgg::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for CountEgg {
    const NAME: &'static str = "CountEgg";

    fn state(&self) -> &'static str {
        match self {
            CountEgg::Start { .. } => "Start",
            CountEgg::Frying { .. } => "Frying",
            CountEgg::Moving => "Moving",
            CountEgg::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "counter"
    }
}

/// Two tasks, each fries an egg and counts it.
fn count_two<F>(
    griddle: &Griddle,
    count: fn(Rc<Order>, Rc<Cell<u32>>) -> F,
) -> Result<(), FryError>
where
    F: Future<Output = Result<(), FryError>> + 'static,
{
    let eggs = Rc::new(Cell::new(0));
    let counting = async {
        let tasks = ["A", "B"].map(|name| {
            spawn_named(name, count(griddle.order(name), eggs.clone()))
        });
        for task in tasks {
            task.await.map_err(lost)??;
        }
        Ok::<(), FryError>(())
    };
    griddle.block_on(counting)?;
    griddle.say(format!("2 fried, {} counted", eggs.get()));
    Ok(())
}

/// Refused: the thread that would have to fry the egg is the one that waits.
async fn block_inside_a_task(griddle: &Griddle) -> Result<(), FryError> {
    let text = refusal();
    griddle.claim(
        "it is refused, and says why and what to do",
        text.contains("`block_on` was called inside a task")
            && text.contains("`.await` the future instead"),
    );
    griddle.say("refused");
    let egg = FryEgg::new(griddle.order("A")).await?;
    griddle.say(egg.text); // the runtime around it is well
    Ok(())
}

/// What the panic says. It is expected, so it is not printed.
fn refusal() -> String {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let refused = panic::catch_unwind(|| onecook::block_on(async {}));
    panic::set_hook(hook);
    let text = match &refused {
        Ok(()) => None,
        Err(panic) => panic.downcast_ref::<&str>(),
    };
    text.copied().unwrap_or_default().to_owned()
}

/// Synchronous code that needs an egg: it knows nothing of futures, but whom
/// to call. It says on which thread it was fried.
fn breakfast(
    kitchen: &Handle,
    order: Order,
) -> Result<(Egg, ThreadId), FryError> {
    let fry = || async {
        let egg = FryEgg::new(Rc::new(order)).await;
        egg.map(|egg| (egg, thread::current().id()))
    };
    kitchen.block_on(fry).map_err(lost)?
}

/// Async code that calls synchronous code that calls async code.
async fn there_and_back(griddle: &Griddle) -> Result<(), FryError> {
    let kitchen = Handle::current();
    let order = Rc::unwrap_or_clone(griddle.order("A"));
    let call = spawn_blocking(move || {
        let breakfast = breakfast(&kitchen, order);
        (breakfast, thread::current().id())
    });
    let (breakfast, guest) = call.await.map_err(lost)?;
    let (egg, cook) = breakfast?;
    griddle.say(egg.text);
    let here = thread::current().id();
    griddle.claim("the egg is fried on the runtime's thread", cook == here);
    griddle.claim("and waited for on another", guest != here);
    Ok(())
}

thread_local! {
    /// Whose turn it is.
    static WHO: Cell<&'static str> = const { Cell::new("nobody") };
}

/// A line of the log, and who wrote it.
fn log(griddle: &Griddle, text: &str) {
    griddle.say(format!("{}: {text}", WHO.get()));
}

async fn fry_and_log(
    griddle: &Griddle,
    name: &'static str,
) -> Result<(), FryError> {
    log(griddle, &format!("{name} is ordered"));
    FryEgg::new(griddle.order(name)).await?;
    log(griddle, &format!("{name} is fried"));
    Ok(())
}

/// Wrong: it says who it is when it begins. Then others have their turns.
async fn named_once(
    griddle: &Griddle,
    name: &'static str,
) -> Result<(), FryError> {
    WHO.set(name);
    fry_and_log(griddle, name).await
}

/// The cure: says whose turn it is at each poll, and takes it back after it.
pub struct Named<'a> {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = Result<(), FryError>> + 'a>>,
}

impl Future for Named<'_> {
    type Output = Result<(), FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let before = WHO.replace(this.name);
        let polled = this.future.as_mut().poll(cx);
        WHO.set(before);
        polled
    }
}

fn run_blocking_call(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(block_in_tasks(griddle))
}

fn run_spawn_blocking(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(block_on_threads(griddle))
}

fn run_std_mutex(griddle: &Griddle) -> Result<(), FryError> {
    let (report, hangs) = watch_deadlock().map_err(|why| {
        lost(format!("cannot run `eggs gotcha-deadlock`: {why}"))
    })?;
    let report = report.unwrap_or_default();
    griddle.claim("it hangs, until it is killed", hangs);
    griddle.claim("the watchdog names the task", report.contains("'B'"));
    for line in report_lines(&report) {
        griddle.say(line);
    }
    Ok(())
}

fn run_async_mutex(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = Rc::new(Mutex::new(0));
    let two = [eggs.clone(), eggs.clone()].map(count_awaited);
    griddle.block_on(join(two));
    let counted = eggs.try_lock().map_err(lost)?;
    griddle.say(format!("{} counted", *counted));
    Ok(())
}

fn run_lost_update(griddle: &Griddle) -> Result<(), FryError> {
    match griddle.by() {
        By::Machine => count_two(griddle, CountEgg::new),
        By::Async => count_two(griddle, count_egg),
    }
}

fn run_no_await(griddle: &Griddle) -> Result<(), FryError> {
    count_two(griddle, count_egg_at_once)
}

fn run_block_on(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(block_inside_a_task(griddle))
}

fn run_sync_to_async(griddle: &Griddle) -> Result<(), FryError> {
    griddle.block_on(there_and_back(griddle))
}

fn run_named_once(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = NAMES.map(|name| named_once(griddle, name));
    griddle.block_on(join(eggs)).into_iter().collect()
}

fn run_named(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = NAMES.map(|name| {
        let future = Box::pin(fry_and_log(griddle, name));
        Named { name, future }
    });
    griddle.block_on(join(eggs)).into_iter().collect()
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[36],
    public: &[34],
    slug: "gotchas",
    title: "Gotchas",
    about: "six ways to do it wrong, and their cures",
    parts: &[
        Part {
            name: "blocking call",
            machine: None,
            expected: Expected::takes(4.0)
                .in_pan(1)
                .served(4)
                .says(&["A", "B", "C", "D"]),
            run: run_blocking_call,
        },
        Part {
            name: "spawn_blocking",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(4)
                .served(4)
                .says(&["A", "B", "C", "D"]),
            run: run_spawn_blocking,
        },
        Part {
            name: "std mutex",
            machine: None,
            expected: Expected::any_time().served(0),
            run: run_std_mutex,
        },
        Part {
            name: "async mutex",
            machine: None,
            expected: Expected::takes(0.0).served(0).says(&["2 counted"]),
            run: run_async_mutex,
        },
        Part {
            name: "lost update",
            machine: Some("CountEgg"),
            expected: Expected::takes(1.0)
                .in_pan(2)
                .served(2)
                .says(&["2 fried, 1 counted"]),
            run: run_lost_update,
        },
        Part {
            name: "no await between",
            machine: None,
            expected: Expected::takes(1.0)
                .in_pan(2)
                .served(2)
                .says(&["2 fried, 2 counted"]),
            run: run_no_await,
        },
        Part {
            name: "block_on inside",
            machine: None,
            expected: Expected::takes(1.0).served(1).says(&["refused", "A"]),
            run: run_block_on,
        },
        Part {
            name: "sync to async",
            machine: None,
            expected: Expected::takes(1.0).in_pan(1).served(1).says(&["A"]),
            run: run_sync_to_async,
        },
        Part {
            name: "named once",
            machine: None,
            expected: Expected::takes(1.0).in_pan(4).says_in_any_order(&[
                "A: A is ordered",
                "B: B is ordered",
                "C: C is ordered",
                "D: D is ordered",
                "D: A is fried",
                "D: B is fried",
                "D: C is fried",
                "D: D is fried",
            ]),
            run: run_named_once,
        },
        Part {
            name: "named at each poll",
            machine: None,
            expected: Expected::takes(1.0).in_pan(4).says_in_any_order(&[
                "A: A is ordered",
                "B: B is ordered",
                "C: C is ordered",
                "D: D is ordered",
                "A: A is fried",
                "B: B is fried",
                "C: C is fried",
                "D: D is fried",
            ]),
            run: run_named,
        },
    ],
};
