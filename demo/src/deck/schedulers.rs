//! Slide 9, "Schedulers": the executor's own loop, counted: it sleeps, it
//! never spins.
//!
//! A scheduler says who runs, and when. This one polls only who was woken, in
//! the order of the wakes, and when nobody is ready it sleeps in the kernel
//! until something happens. A task that is not done is *running*, or *ready*
//! (it stands in line), or *waiting* (nobody needs to look at it); the
//! executor measures all three. A good one keeps the first two short; the
//! third belongs to the pan.
//!
//! ```text
//!    ┌─▶ poll main ─▶ run batch ─▶ read inbox ─▶ somebody ready?
//!    │                                             │yes    │no
//!    ├─────────────────────────────────────────────┘       ▼
//!    └────────────── a socket, a timer, another thread ── park
//! ```
//!
//! A busy loop fries the egg as well. It asks and asks whether it is done, and
//! for as long as it asks, the processor does nothing else.
//!
//! Next: `sequential.rs`.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use onecook::{Builder, JoinHandle, spawn_named};

use super::cpu_vs_io::CpuClock;
use super::expected::Expected;
use super::griddle::Griddle;
use super::seen::Recording;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};
use crate::http::reply::Reply;
use crate::words::{count, short};

/// The busy loop's egg takes so much of the cook time: looking is not free.
const BUSY: f64 = 0.125;

type FryTask = JoinHandle<Result<Egg, FryError>>;

fn spawn(griddle: &Griddle, name: &str) -> FryTask {
    let order = griddle.order(name);
    match griddle.by() {
        By::Machine => spawn_named(name, FryEgg::new(order)),
        By::Async => spawn_named(name, fry_egg(order)),
    }
}

/// A task for each egg; the executor decides whose turn it is.
async fn fry_four(griddle: &Griddle) -> Result<(), FryError> {
    let tasks = ["A", "B", "C", "D"].map(|name| spawn(griddle, name));
    for task in tasks {
        let egg = task.await.map_err(|why| FryError::Lost(why.to_string()))?;
        griddle.say(egg?.text);
    }
    Ok(())
}

fn run_loop(griddle: &Griddle) -> Result<(), FryError> {
    let (began, clock) = (Instant::now(), CpuClock::start());
    let builder = Builder::new().task_times(true);
    let (fried, seen) = griddle.block_on_recorded(builder, fry_four(griddle));
    let (computed, time) = (clock.elapsed(), began.elapsed());
    fried?;

    griddle.say(format!("{} of computing", short(computed)));
    griddle.claim(
        "it computes for a tenth of the time at most",
        computed * 10 < time,
    );
    look_at_counters(griddle, &seen);
    look_at_times(griddle, &seen);
    Ok(())
}

fn look_at_counters(griddle: &Griddle, seen: &Recording) {
    let counted = seen.metrics;
    griddle.say(format!(
        "{} polls, {} wakes, {} turns of the reactor, {} of them empty",
        counted.polls, counted.wakes, counted.turns, counted.empty_turns,
    ));
    griddle.claim("it wakes up only for a reason", counted.empty_turns == 0);
    griddle.claim("it sleeps", counted.turns > 0);
    let reasons = 1 + counted.spawned + counted.wakes - counted.coalesced_wakes;
    griddle.claim("nobody is polled unasked", counted.polls <= reasons);
}

fn look_at_times(griddle: &Griddle, seen: &Recording) {
    let tasks = || seen.task_times.iter().filter(|it| it.task.number() > 0);
    for times in tasks() {
        griddle.say(format!(
            "{}: ready {}, running {}, waiting {}",
            times.task,
            short(times.ready),
            short(times.running),
            short(times.waiting),
        ));
    }
    griddle.claim("each egg has a task", tasks().count() == 4);
    griddle.claim(
        "a task waits longer than it is ready and running",
        tasks().all(|it| it.waiting > it.ready + it.running),
    );
}

/// Fries an egg, and looks at it all the time. Says how often it looked.
fn fry_egg_busily(order: &Order) -> Result<(Egg, u64), FryError> {
    let connection = TcpStream::connect(order.server);
    let mut connection = connection.map_err(FryError::Connect)?;
    connection.write_all(&order.request).map_err(FryError::Write)?;
    connection.set_nonblocking(true).map_err(FryError::Read)?;

    let (mut reply, mut looks) = (Reply::default(), 0);
    loop {
        looks += 1;
        let count = match connection.read(reply.space()) {
            Err(why) if why.kind() == ErrorKind::WouldBlock => continue,
            read => read.map_err(FryError::Read)?,
        };
        if let Some(answer) = reply.received(count)? {
            return Ok((Egg::from_answer(answer)?, looks));
        }
    }
}

fn run_busy_loop(griddle: &Griddle) -> Result<(), FryError> {
    let order = griddle.order_after("A", griddle.of_cook_time(BUSY));
    let clock = CpuClock::start();
    griddle.note("A", "Looking");
    let (egg, looks) = fry_egg_busily(&order)?;
    griddle.note("A", "Done");
    let computed = clock.elapsed();

    griddle.say(egg.text);
    let (looked, computed) = (count(looks), short(computed));
    griddle.say(format!("{computed} of computing: it looked {looked} times"));
    griddle.claim("it never sleeps, it looks again", looks > 100);
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[9],
    public: &[9],
    slug: "schedulers",
    title: "Schedulers",
    about: "the executor's own loop, counted: it sleeps, it never spins",
    parts: &[
        Part {
            name: "the loop",
            machine: Some("FryEgg"),
            expected: Expected::takes(1.0).in_pan(4).served(4),
            run: run_loop,
        },
        Part {
            name: "a busy loop",
            machine: None,
            expected: Expected::takes(BUSY).in_pan(1).served(1),
            run: run_busy_loop,
        },
    ],
};
