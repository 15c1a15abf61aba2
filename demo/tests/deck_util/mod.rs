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
use onecook_demo::server::Embedded;
use onecook_demo::server::kitchen::{Menu, PanLog};
use onecook_demo::witness::Witness;

/// How long an egg takes.
pub const D: Duration = Duration::from_millis(200);

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

/// Runs a part against a server of its own.
pub fn run(part: &Part, by: By) -> Ran {
    let _alone = alone();
    let menu = Menu {
        cook_time: D,
        head_timeout: TOO_LONG,
        grace: Duration::ZERO,
        log: false,
    };
    let server = Embedded::start_logging(menu, PanLog::default());
    let server = server.expect("a server");
    let witness = Witness::call(server.addr()).expect("our server counts");
    let (griddle, began) = (griddle(server.addr(), by), Instant::now());
    let ended = (part.run)(&griddle);
    let mut measured = Measured {
        time: began.elapsed(),
        error: ended.err().map(|why| why.to_string()),
        ..Measured::default()
    };
    witness.testify(&mut measured, &part.expected);
    server.stop().expect("the server was well");
    let seen = griddle.take_seen();
    measured.lines = seen.lines.iter().map(|it| it.text.clone()).collect();
    let untrue = seen.claims.iter().filter(|claim| !claim.holds);
    measured.untrue = untrue.map(|claim| claim.text.clone()).collect();
    let differences = part.expected.differences(&measured, D);
    Ran { measured, seen, differences }
}

/// Runs each part of a slide, by each machine that it has.
#[track_caller]
pub fn every_part_is_as_expected(slug: &str) {
    for part in slide(slug).parts {
        let all: &[By] = match part.machine {
            Some(_) => &[By::Machine, By::Async],
            None => &[By::Machine],
        };
        for by in all {
            let ran = run(part, *by);
            let name = part.name;
            assert_eq!(ran.differences, [""; 0], "{name}, {by:?}: {ran:#?}");
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
