//! `eggs run`: runs the programs of the slides, and says of each whether it
//! showed what it must.
//!
//! Next: `witness.rs`, whom it believes.

use std::any::Any;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{self, ExitCode};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::by::By;
use crate::cli::{RunArgs, Show};
use crate::deck::expected::Measured;
use crate::deck::griddle::{Griddle, Setting};
use crate::deck::seen::{Line, Seen};
use crate::deck::slide::{Part, Slide};
use crate::deck::{SLIDES, file_of};
use crate::history::{History, nanos};
use crate::host::{COOK_TIME, PATIENCE, resolve};
use crate::list::number_words;
use crate::nofile::Limit;
use crate::progress::Progress;
use crate::recorded::history_of_part;
use crate::server::Embedded;
use crate::server::kitchen::{Menu, PanLog};
use crate::style::{BAD, BOLD, DIM, GOOD, paint};
use crate::timeline::columns;
use crate::verdict::{Verdict, table};
use crate::witness::Witness;
use crate::words::{plural, short};
use crate::{chrome, json, steps, timeline};

/// Who hangs for so long, beyond all cook times, hangs for ever.
const HANGS: Duration = Duration::from_secs(60);

/// No part waits for more cook times than this.
const MOST_COOK_TIMES: u32 = 20;

/// Runs the slides that `args` ask for. The exit code tells whether all
/// showed what they must.
///
/// # Errors
///
/// When they cannot run at all.
pub fn run(args: &RunArgs) -> Result<ExitCode, String> {
    Limit::raise().map_err(|why| format!("cannot raise a limit: {why}"))?;
    let began = Instant::now();
    let foreign = args.server.as_deref().map(resolve).transpose()?;
    let shown = Shown::choose(&args.show, args);
    let mut shows = Vec::new();
    for (slide, part, by) in plan(args) {
        shown.announce(slide, part, by, shows.last())?;
        let show = perform(slide, part, by, args, foreign, shown)?;
        shown.present(&show)?;
        shows.push(show);
    }
    shown.conclude(&shows, args, began.elapsed())?;
    let all_well = shows.iter().all(|it| it.verdict.differences.is_empty());
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Planned = (&'static Slide, &'static Part, Option<By>);

/// Which parts run, and whose machine; of those without a machine, nobody's.
fn plan(args: &RunArgs) -> Vec<Planned> {
    let slides: Vec<&'static Slide> = match &args.slides[..] {
        [] => SLIDES.iter().collect(),
        some => some.to_vec(),
    };
    let mut plan = Vec::new();
    for slide in slides {
        for part in slide.parts {
            match part.machine {
                None => plan.push((slide, part, None)),
                Some(_) => {
                    let by = args.by.each().iter();
                    plan.extend(by.map(|by| (slide, part, Some(*by))));
                }
            }
        }
    }
    plan
}

/// A part that has run.
pub struct Performance {
    /// How it went.
    pub verdict: Verdict,
    /// What was said, claimed and recorded.
    pub seen: Seen,
    /// What the picture is made of.
    pub history: History,
}

fn perform(
    slide: &'static Slide,
    part: &'static Part,
    by: Option<By>,
    args: &RunArgs,
    foreign: Option<SocketAddr>,
    shown: Shown,
) -> Result<Performance, String> {
    let cook_time = args.cook_time.unwrap_or(COOK_TIME);
    let pan = PanLog::default();
    let server = match foreign {
        Some(_) => None,
        None => Some(start_server(cook_time, pan.clone())?),
    };
    let addr = foreign.or(server.as_ref().map(Embedded::addr));
    let addr = addr.expect("one of the two");
    let host = args.server.clone().unwrap_or_else(|| addr.to_string());
    let setting = Setting {
        server: addr,
        host,
        cook_time,
        ask_for_time: foreign.is_some(),
        by: by.unwrap_or_default(),
        record: shown.records(),
    };
    let witness = Witness::call(addr);
    let progress = shown.progress(slide, part, cook_time);
    let (griddle, mut measured) = cook(part, setting, &progress, shown);
    progress.end();
    if let Some(witness) = witness {
        witness.testify(&mut measured, &part.expected);
    }
    let seen = griddle.take_seen();
    note_seen(&mut measured, &seen);
    let since = griddle.began();
    let pan = pan.to_vec().into_iter().filter_map(|(at, eggs)| {
        Some((nanos(at.checked_duration_since(since)?), eggs))
    });
    let history = history_of_part(&seen, pan.collect(), measured.time);
    if let Some(server) = server {
        server.stop().map_err(|why| format!("the server failed: {why}"))?;
    }
    let differences = part.expected.differences(&measured, cook_time);
    let verdict = Verdict { slide, part, by, measured, differences };
    Ok(Performance { verdict, seen, history })
}

/// What is left in the pan at the end of a part is nobody's.
fn start_server(cook_time: Duration, pan: PanLog) -> Result<Embedded, String> {
    let (head_timeout, grace) = (PATIENCE, Duration::ZERO);
    let menu = Menu { cook_time, head_timeout, grace, log: false };
    Embedded::start_logging(menu, pan)
        .map_err(|why| format!("cannot start the server: {why}"))
}

/// Runs a part, to its end or its panic.
fn cook(
    part: &Part,
    setting: Setting,
    progress: &Progress,
    shown: Shown,
) -> (Griddle, Measured) {
    let limit = HANGS + setting.cook_time * MOST_COOK_TIMES;
    let (server, progress) = (setting.server, progress.clone());
    let griddle = Griddle::new(setting, move |line| {
        shown.tell(line, &progress);
    });
    let watchdog = Watchdog::start(part.name, limit);
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

/// Ends the process if a part does not end.
struct Watchdog {
    _alive: mpsc::Sender<()>,
}

impl Watchdog {
    fn start(part: &'static str, limit: Duration) -> Watchdog {
        let (alive, ended) = mpsc::channel::<()>();
        thread::spawn(move || {
            let waited = ended.recv_timeout(limit);
            if waited == Err(mpsc::RecvTimeoutError::Timeout) {
                let limit = short(limit);
                eprintln!(
                    "eggs: `{part}` has not ended after {limit}; this is a \
                     mistake in eggs"
                );
                process::exit(1);
            }
        });
        Watchdog { _alive: alive }
    }
}

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// What each says, when, and what is to be said of it.
    Story,
    /// Only the table.
    Table,
    /// As told.
    Timeline,
    Steps,
    Plain,
    Json,
    Chrome,
}

impl Shown {
    fn choose(show: &Show, args: &RunArgs) -> Shown {
        match show {
            Show { timeline: true, .. } => Shown::Timeline,
            Show { steps: true, .. } => Shown::Steps,
            Show { plain: true, .. } => Shown::Plain,
            Show { json: true, .. } => Shown::Json,
            Show { chrome: Some(_), .. } => Shown::Chrome,
            _ if args.all => Shown::Table,
            _ => Shown::Story,
        }
    }

    fn records(self) -> bool {
        !matches!(self, Shown::Story | Shown::Table | Shown::Plain)
    }

    fn progress(
        self,
        slide: &Slide,
        part: &Part,
        cook_time: Duration,
    ) -> Progress {
        let expected = part.expected.cook_times;
        let expected = expected.map(|times| cook_time.mul_f64(times));
        Progress::start(&format!("{}: {}", slide.slug, part.name), expected)
    }

    /// Says what is about to run.
    fn announce(
        self,
        slide: &Slide,
        part: &Part,
        by: Option<By>,
        before: Option<&Performance>,
    ) -> Result<(), String> {
        if !matches!(self, Shown::Story | Shown::Timeline | Shown::Steps) {
            return Ok(());
        }
        let same = before.is_some_and(|it| it.verdict.slide == slide);
        let slide = if same { String::new() } else { slide_words(slide) };
        let by = by.map_or("", by_words);
        let part = paint(BOLD, part.name);
        print(&format!("{slide}\n  {part}{}\n", paint(DIM, by)))
    }

    /// A line that a part says, as it says it.
    fn tell(self, line: &Line, progress: &Progress) {
        match self {
            Shown::Story => {
                let at = paint(DIM, &format!("{:>9}", short(line.at)));
                progress.print(&format!("  {at}  {}", line.text));
            }
            Shown::Plain => progress.print(&line.text),
            _ => {}
        }
    }

    /// Shows what has happened in a part.
    fn present(self, show: &Performance) -> Result<(), String> {
        let verdict = &show.verdict;
        match self {
            Shown::Story => print(&verdict.words()),
            Shown::Plain => complain(verdict),
            Shown::Timeline => {
                let picture = timeline::draw(&show.history, columns());
                print(&format!("\n{picture}\n{}", verdict.words()))
            }
            Shown::Steps => {
                let recordings = show.seen.recordings.iter();
                let lists = recordings.map(|it| steps::list(&it.records));
                print(&format!(
                    "{}{}",
                    lists.collect::<String>(),
                    verdict.words()
                ))
            }
            Shown::Table | Shown::Json | Shown::Chrome => Ok(()),
        }
    }

    /// Shows what is to be said of all of them.
    fn conclude(
        self,
        shows: &[Performance],
        args: &RunArgs,
        time: Duration,
    ) -> Result<(), String> {
        let verdicts: Vec<&Verdict> =
            shows.iter().map(|show| &show.verdict).collect();
        match self {
            Shown::Json => print(&format!("{:#}\n", json::performances(shows))),
            Shown::Chrome => match &args.show.chrome {
                Some(file) => write_trace(shows, file),
                None => Ok(()),
            },
            Shown::Table => print(&table(&verdicts, time)),
            Shown::Story | Shown::Timeline if args.slides.len() > 1 => {
                print(&table(&verdicts, time))
            }
            Shown::Story => print(&next(&verdicts)),
            Shown::Timeline | Shown::Steps | Shown::Plain => Ok(()),
        }
    }
}

fn slide_words(slide: &Slide) -> String {
    format!(
        "\n  {}  {}\n  {}\n",
        paint(BOLD, &format!("Slide {}", number_words(slide))),
        paint(BOLD, slide.title),
        paint(DIM, slide.about),
    )
}

fn by_words(by: By) -> &'static str {
    match by {
        By::Machine => ", by a state machine written by hand",
        By::Async => ", by an async fn, made a machine by the compiler",
    }
}

/// Where to go from here.
fn next(verdicts: &[&Verdict]) -> String {
    let Some(last) = verdicts.last() else { return String::new() };
    let read = paint(DIM, "read next");
    format!("\n  {read}  {}\n", file_of(last.slide))
}

/// With only the program's own lines on stdout, what differs goes to stderr.
fn complain(verdict: &Verdict) -> Result<(), String> {
    let name = verdict.name();
    for difference in &verdict.differences {
        let _ = writeln!(
            anstream::stderr(),
            "{} {name}: {difference}",
            paint(BAD, "differs")
        );
    }
    Ok(())
}

fn write_trace(shows: &[Performance], file: &Path) -> Result<(), String> {
    let text = chrome::trace_of_all(shows).to_string();
    let shown = file.display();
    fs::write(file, text).map_err(|why| {
        format!("cannot write {shown}: {why}; choose another file")
    })?;
    let programs = plural(shows.len() as u64, "program");
    print(&format!(
        "  {programs}; {shown} is {}: open it in https://ui.perfetto.dev\n",
        paint(GOOD, "written")
    ))
}

/// Prints to stdout; that nobody reads it (`| head`) is no error.
///
/// # Errors
///
/// When stdout cannot be written to for any other reason.
pub fn print(text: &str) -> Result<(), String> {
    let mut stdout = anstream::stdout().lock();
    let printed = stdout.write_all(text.as_bytes());
    match printed.and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to stdout: {why}"))
        }
        _ => Ok(()),
    }
}
