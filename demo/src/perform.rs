//! A part of a slide is performed: it gets a server and a griddle, and
//! afterwards everybody is asked what they saw.
//!
//! Next: `witness.rs`, whom it believes.

use std::any::Any;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::by::By;
use crate::deck::expected::Measured;
use crate::deck::griddle::{Griddle, Setting};
use crate::deck::seen::{Line, Seen};
use crate::deck::slide::{Part, Slide};
use crate::host::PATIENCE;
use crate::server::Embedded;
use crate::server::kitchen::{Menu, PanLog};
use crate::show::history::History;
use crate::show::recorded::history_of_part;
use crate::show::verdict::Verdict;
use crate::witness::Witness;
use crate::words::short;

/// Who hangs for so long, beyond all cook times, hangs for ever.
const HANGS: Duration = Duration::from_secs(60);

/// No part waits for more cook times than this.
const MOST_COOK_TIMES: u32 = 20;

/// A part that has run.
pub struct Performance {
    /// How it went.
    pub verdict: Verdict,
    /// What was said, claimed and recorded.
    pub seen: Seen,
    /// What the picture is made of.
    pub history: History,
}

/// What is to be performed, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of which slide.
    pub slide: &'static Slide,
    /// Which part.
    pub part: &'static Part,
    /// Whose machine, where there are two.
    pub by: Option<By>,
    /// How long an egg takes.
    pub cook_time: Duration,
    /// Who is asked instead of a server of our own, and what it is called.
    pub foreign: Option<(SocketAddr, String)>,
    /// Whether every step is recorded.
    pub record: bool,
}

impl Plan {
    /// Runs the part. Each line that it says goes to `tell` at once.
    ///
    /// # Errors
    ///
    /// When there is no server. That the part fails is no error: its verdict
    /// says so.
    pub fn perform(
        self,
        tell: impl Fn(&Line) + Send + Sync + 'static,
    ) -> Result<Performance, String> {
        let pan = PanLog::default();
        let server = match &self.foreign {
            Some(_) => None,
            None => Some(start_server(self.cook_time, pan.clone())?),
        };
        let setting = self.setting(server.as_ref());
        let witness = Witness::call(setting.server);
        let addr = setting.server;
        let (griddle, mut measured) = cook(self.part, setting, tell);
        if let Some(witness) = &witness {
            witness.testify(&mut measured, &self.part.expected);
        }
        let seen = griddle.take_seen();
        note_seen(&mut measured, &seen);
        let pan = pan.since(griddle.began());
        let history = history_of_part(&seen, pan, measured.time);
        if let Some(server) = server {
            server.stop().map_err(|why| format!("the server failed: {why}"))?;
        }
        let mut verdict = self.judge(measured);
        if witness.is_none() {
            note_no_witness(&mut verdict, addr);
        }
        Ok(Performance { verdict, seen, history })
    }

    fn setting(&self, server: Option<&Embedded>) -> Setting {
        let foreign = self.foreign.clone();
        let (addr, host) = foreign.unwrap_or_else(|| {
            let server = server.expect("our own, where there is no other");
            (server.addr(), server.addr().to_string())
        });
        Setting {
            server: addr,
            host,
            cook_time: self.cook_time,
            ask_for_time: self.foreign.is_some(),
            by: self.by.unwrap_or_default(),
            record: self.record,
        }
    }

    fn judge(self, measured: Measured) -> Verdict {
        let Plan { slide, part, by, cook_time, .. } = self;
        let differences = part.expected.differences(&measured, cook_time);
        Verdict { slide, part, by, measured, differences }
    }
}

/// What is left in the pan at the end of a part is nobody's.
fn start_server(cook_time: Duration, pan: PanLog) -> Result<Embedded, String> {
    let (head_timeout, grace) = (PATIENCE, Duration::ZERO);
    let menu = Menu { cook_time, head_timeout, grace, log: false };
    let (_, outside) = mpsc::channel(); // the door is open
    Embedded::start(menu, outside, pan)
        .map_err(|why| format!("cannot start the server: {why}"))
}

/// Runs a part, to its end or its panic.
fn cook(
    part: &Part,
    setting: Setting,
    tell: impl Fn(&Line) + Send + Sync + 'static,
) -> (Griddle, Measured) {
    let limit = HANGS + setting.cook_time * MOST_COOK_TIMES;
    let server = setting.server;
    let suspect = if setting.ask_for_time {
        format!("does {} still answer?", setting.host)
    } else {
        "this is a mistake in eggs".to_owned()
    };
    let griddle = Griddle::new(setting, tell);
    let watchdog = Watchdog::start(part.name, limit, suspect);
    let began = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| (part.run)(&griddle)));
    let time = began.elapsed();
    drop(watchdog);
    let error = match ended {
        Ok(Ok(())) => None,
        Ok(Err(why)) => Some(format!("{why}; {}", why.remedy(server))),
        Err(panic) => Some(format!("it panicked: {}", panic_text(&*panic))),
    };
    (griddle, Measured { time, error, ..Measured::default() })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

fn note_seen(measured: &mut Measured, seen: &Seen) {
    measured.lines = seen.lines.iter().map(|it| it.text.clone()).collect();
    let untrue = seen.claims.iter().filter(|claim| !claim.holds);
    measured.untrue = untrue.map(|claim| claim.text.clone()).collect();
}

/// Says why it went as it did, if there is no server, or another one. An error
/// that ended it has said so of the former.
fn note_no_witness(verdict: &mut Verdict, server: SocketAddr) {
    let Verdict { differences, measured, .. } = verdict;
    if differences.is_empty() {
        return;
    }
    if Witness::is_a_stranger(server) {
        let text = "this server is no `eggs serve`: start one, or leave \
                    --server out";
        differences.push(text.to_owned());
    } else if measured.error.is_none() {
        let text = format!("start a server: eggs serve --addr {server}");
        differences.push(text);
    }
}

/// Ends the process if a part does not end, and says what to suspect.
struct Watchdog {
    _alive: mpsc::Sender<()>,
}

impl Watchdog {
    fn start(part: &'static str, limit: Duration, suspect: String) -> Watchdog {
        let (alive, ended) = mpsc::channel::<()>();
        thread::spawn(move || {
            let waited = ended.recv_timeout(limit);
            if waited == Err(mpsc::RecvTimeoutError::Timeout) {
                let limit = short(limit);
                eprintln!(
                    "eggs: `{part}` has not ended after {limit}; {suspect}"
                );
                process::exit(1);
            }
        });
        Watchdog { _alive: alive }
    }
}
