//! A slide's part, run inside the test: with a server of its own, and judged.
#![allow(dead_code)] // each test file uses some of it

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use onecook_demo::by::By;
use onecook_demo::deck::expected::Measured;
use onecook_demo::deck::find;
use onecook_demo::deck::griddle::{Griddle, Setting};
use onecook_demo::deck::seen::Seen;
use onecook_demo::deck::slide::{Part, Slide};
use onecook_demo::egg::FryError;
use onecook_demo::perform::{Performance, Plan};
use onecook_demo::show::verdict::Verdict;

/// How long an egg takes.
pub const D: Duration = Duration::from_millis(200);

/// A line and its time fit 80 columns.
const MOST_COLUMNS: usize = 80 - 13;

/// Who is late by so much hangs.
const TOO_LONG: Duration = Duration::from_secs(30);

/// Programs that measure time do not run beside each other.
fn alone() -> MutexGuard<'static, ()> {
    static STOVE: Mutex<()> = Mutex::new(());
    STOVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The slide that is called so.
#[track_caller]
pub fn slide(slug: &str) -> &'static Slide {
    find(slug).unwrap_or_else(|| panic!("no slide is called {slug}"))
}

/// The part of `slug` that is called so.
#[track_caller]
pub fn part(slug: &str, name: &str) -> &'static Part {
    let parts = slide(slug).parts;
    let part = parts.iter().find(|part| part.name == name);
    part.unwrap_or_else(|| panic!("{slug} has no part {name}"))
}

/// A part that has run.
#[derive(Debug)]
pub struct Ran {
    pub measured: Measured,
    pub seen: Seen,
    /// In what it differs from what is expected.
    pub differences: Vec<String>,
}

impl Ran {
    /// What it said.
    pub fn lines(&self) -> &[String] {
        &self.measured.lines
    }
}

/// Runs the part of `slug` that is called so, against a server of its own.
#[track_caller]
pub fn run(slug: &str, name: &str, by: By) -> Ran {
    run_part(slide(slug), part(slug, name), by)
}

fn run_part(slide: &'static Slide, part: &'static Part, by: By) -> Ran {
    let _alone = alone();
    let by = part.machine.map(|_| by);
    let (cook_time, foreign, record) = (D, None, false);
    let plan = Plan { slide, part, by, cook_time, foreign, record };
    let Performance { verdict, seen, .. } =
        plan.perform(|_| {}).expect("a server, and it was well");
    let Verdict { measured, differences, .. } = verdict;
    Ran { measured, seen, differences }
}

/// Runs each part of a slide, by each machine that it has.
#[track_caller]
pub fn every_part_is_as_expected(slug: &str) {
    let slide = slide(slug);
    for part in slide.parts {
        let all: &[By] = match part.machine {
            Some(_) => &[By::Machine, By::Async],
            None => &[By::Machine],
        };
        for by in all {
            let ran = run_part(slide, part, *by);
            let name = part.name;
            assert_eq!(ran.differences, [""; 0], "{name}, {by:?}: {ran:#?}");
            let fits = |it: &String| it.chars().count() <= MOST_COLUMNS;
            assert!(ran.lines().iter().all(fits), "{name}: {:?}", ran.lines());
        }
    }
}

/// Runs a part against a server that is not ours, or is not there: how it
/// ended, and what it said.
#[track_caller]
pub fn run_against(
    server: SocketAddr,
    part: &Part,
    by: By,
) -> (Result<(), FryError>, Seen) {
    let _alone = alone();
    let (griddle, began) = (griddle(server, by), Instant::now());
    let ended = (part.run)(&griddle);
    let took = began.elapsed();
    assert!(took < TOO_LONG, "{} took {took:?}", part.name);
    (ended, griddle.take_seen())
}

fn griddle(server: SocketAddr, by: By) -> Griddle {
    let setting = Setting {
        server,
        host: server.to_string(),
        cook_time: D,
        ask_for_time: false,
        by,
        record: false,
    };
    Griddle::new(setting, |_| {})
}
