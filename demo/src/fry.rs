//! `eggs fry`: places the orders, fries, and shows what happened.
//!
//! Next: `host.rs`, who is asked.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use onecook::Runtime;
use onecook::time::Instant;
use onecook::trace::{Record, Recorder};

use crate::by::By;
use crate::cli::{FryArgs, Show, egg_name};
use crate::cook::{Cook, Plate};
use crate::host::{COOK_TIME, Host};
use crate::nofile::Limit;
use crate::show::history::{EggHistory, History, Span};
use crate::show::live::{self, Live};
use crate::show::recorded::{add_records, counts};
use crate::show::style::{BAD, BOLD, DIM, paint, print};
use crate::show::{chrome, json, steps, timeline};
use crate::words::{plural, printable};

/// Who waits longer for an egg has lost interest.
const TIMEOUT: Duration = Duration::from_secs(30);

/// More eggs than this and nobody reads a line for each change of state.
const MOST_LIVE: usize = 8;

/// Fries what `args` ask for. The exit code tells whether all went well.
///
/// # Errors
///
/// When nothing could be fried at all.
pub fn fry(args: &FryArgs) -> Result<ExitCode, String> {
    let names = names(args);
    let most_in_pan = most_in_pan(names.len(), args)?;
    let (host, door) = Host::find(args.server.as_deref(), args.cook_time)?;
    let orders = names.iter().map(|name| host.order(name));
    let limit = timeout(args);
    let cook = Cook::new(orders.collect(), args.by, limit, most_in_pan);
    let cook = match door {
        Some(door) => cook.opening(door),
        None => cook,
    };
    let shown = Shown::choose(&args.show, names.len());
    shown.announce(args, &names, &host)?;
    let began = std::time::Instant::now();
    let (mut run, records) = run(cook, shown, args.by)?;
    run.pan = host.pan_since(began);
    host.stop()?;
    shown.present(&run, &records, args)?;
    complain(&run);
    let all_fried = run.fried_count() == run.eggs.len() as u64;
    Ok(if all_fried { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn names(args: &FryArgs) -> Vec<String> {
    match (&args.count, &args.names[..]) {
        (Some(count), _) => (0..*count).map(egg_name).collect(),
        (None, []) => (0..4).map(egg_name).collect(),
        (None, names) => names.to_vec(),
    }
}

/// 30 s, and never less than twice the cook time.
fn timeout(args: &FryArgs) -> Duration {
    let cook_time = args.cook_time.unwrap_or(COOK_TIME);
    args.timeout.unwrap_or(TIMEOUT.max(2 * cook_time))
}

/// As many as files may be open, or all.
fn most_in_pan(eggs: usize, args: &FryArgs) -> Result<usize, String> {
    let limit = Limit::raise()
        .map_err(|why| format!("cannot ask for the limit of files: {why}"))?;
    let files = if args.server.is_some() { 1 } else { 2 };
    let most = usize::try_from(limit.connections(files)).unwrap_or(usize::MAX);
    if eggs > most {
        let advice = limit.advice(eggs as u64, files);
        eprintln!("eggs: {most} eggs at a time: {advice}");
    }
    Ok(most)
}

/// Runs the cook to the end; with records if somebody wants to see them.
fn run(
    cook: Cook,
    shown: Shown,
    by: By,
) -> Result<(History, Vec<Record>), String> {
    let runtime = Runtime::new().map_err(|why| {
        format!("no runtime: {why}; raise the limit with `ulimit -n`")
    })?;
    let began = Instant::now();
    let recorder = shown.recorder(by);
    let plates = runtime.block_on(cook);
    let records = recorder.map(Recorder::finish).unwrap_or_default();
    let eggs = plates.iter().map(|plate| egg_run(plate, began));
    let mut run = History { eggs: eggs.collect(), ..History::default() };
    run.counts = counts(&runtime.metrics());
    add_records(&mut run, &records);
    let ends = run.eggs.iter().map(|egg| egg.span.end);
    run.total = Duration::from_nanos(ends.max().unwrap_or(0));
    Ok((run, records))
}

fn egg_run(plate: &Plate, began: Instant) -> EggHistory {
    let nanos = |at: Instant| {
        let since = at.saturating_duration_since(began).as_nanos();
        u64::try_from(since).unwrap_or(u64::MAX)
    };
    let mut egg = EggHistory {
        kind: Some("egg"),
        name: plate.name.clone(),
        task: plate.task,
        span: Span { begin: nanos(plate.began), end: nanos(plate.ended) },
        states: Vec::new(),
        polls: Vec::new(),
        result: Ok(String::new()),
    };
    match &plate.result {
        Ok(fried) => egg.result = Ok(fried.text.clone()),
        Err(error) => egg.fail(error, plate.server),
    }
    egg
}

/// What is shown, of the options and the number of eggs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Each change of state, then the picture.
    Story,
    /// The picture, and the totals.
    Summary,
    /// As told.
    Timeline,
    Steps,
    Plain,
    Json,
    Chrome,
}

impl Shown {
    fn choose(show: &Show, eggs: usize) -> Shown {
        match show {
            Show { timeline: true, .. } => Shown::Timeline,
            Show { steps: true, .. } => Shown::Steps,
            Show { plain: true, .. } => Shown::Plain,
            Show { json: true, .. } => Shown::Json,
            Show { chrome: Some(_), .. } => Shown::Chrome,
            _ if eggs > MOST_LIVE => Shown::Summary,
            _ => Shown::Story,
        }
    }

    /// A recorder, where the records are wanted: they cost time and memory.
    fn recorder(self, by: By) -> Option<Recorder> {
        match self {
            Shown::Summary | Shown::Plain => None,
            Shown::Story => {
                let live = Live::by_poll(by == By::Async);
                Some(Recorder::start_with(move |record| live.show(record)))
            }
            _ => Some(Recorder::start()),
        }
    }

    /// Says what is about to happen.
    fn announce(
        self,
        args: &FryArgs,
        names: &[String],
        host: &Host,
    ) -> Result<(), String> {
        if !matches!(self, Shown::Story | Shown::Summary) {
            return Ok(());
        }
        let eggs = match names.len() {
            0..=MOST_LIVE => {
                let names = names.iter().map(|name| printable(name, 16));
                names.collect::<Vec<_>>().join(" ")
            }
            many => plural(many as u64, "egg"),
        };
        let by = match args.by {
            By::Machine => "a state machine written by hand",
            By::Async => "an async fn, made a machine by the compiler",
        };
        let mut text = format!(
            "\n  {} by {by}\n  {}\n\n",
            paint(BOLD, &format!("Frying {eggs}")),
            paint(DIM, &format!("one cook, one thread; {}", host.describe()))
        );
        if self == Shown::Story {
            text += &live::header(args.by == By::Async);
        }
        print(&text)
    }

    /// Shows what has happened.
    fn present(
        self,
        run: &History,
        records: &[Record],
        args: &FryArgs,
    ) -> Result<(), String> {
        match self {
            Shown::Steps => print(&steps::list(records)),
            Shown::Plain => print(&plain(run)),
            Shown::Json => print(&format!("{:#}\n", json::object(run))),
            Shown::Chrome => match &args.show.chrome {
                Some(file) => write_trace(run, file),
                None => Ok(()),
            },
            Shown::Timeline | Shown::Summary => print(&picture(run)),
            Shown::Story => {
                print(&format!("\n{}{}", picture(run), next(args.by)))
            }
        }
    }
}

fn picture(run: &History) -> String {
    let totals = run.totals();
    let (first, second) = totals.split_once('\n').unwrap_or((&totals, ""));
    let picture = timeline::draw(run, timeline::columns());
    let (first, second) = (paint(BOLD, first), second.trim_end());
    format!("{picture}\n  {first}\n  {second}\n")
}

/// Where to go from here.
fn next(by: By) -> String {
    let (program, here) = (std::env::current_exe(), std::env::current_dir());
    let program = program.unwrap_or_else(|_| "eggs".into());
    let program = match &here {
        Ok(here) => program.strip_prefix(here).unwrap_or(&program),
        Err(_) => &program,
    };
    let program = program.display();
    let (arguments, place) = match by {
        By::Machine => ("", "onecook_demo::fry_egg::FryEgg::poll_reading"),
        By::Async => {
            (" fry --by async", "onecook_demo::fry_egg::fry_egg::{async_fn#0}")
        }
    };
    let (read, stop) = (paint(DIM, "read next"), paint(DIM, "stop there"));
    let (below, gdb) = (" ".repeat(14), paint(DIM, "(gdb)"));
    format!(
        "\n  {read}   demo/src/fry_egg.rs: this machine, beside its \
         async fn\n  {stop}  rust-gdb --args {program}{arguments}\n\
         {below}{gdb} break {place}\n{below}{gdb} run\n"
    )
}

fn plain(run: &History) -> String {
    let texts = run.eggs.iter().filter_map(|egg| egg.result.as_ref().ok());
    texts.map(|text| text.trim_end_matches('\n').to_owned() + "\n").collect()
}

fn write_trace(run: &History, file: &Path) -> Result<(), String> {
    let text = chrome::trace(run).to_string();
    let shown = file.display();
    fs::write(file, text).map_err(|why| {
        format!("cannot write {shown}: {why}; choose another file")
    })?;
    print(&format!(
        "{}  {shown} is written: open it in https://ui.perfetto.dev\n",
        run.totals()
    ))
}

/// One line for each egg that failed.
fn complain(run: &History) {
    let mut stderr = anstream::stderr().lock();
    for egg in &run.eggs {
        if let Err(failure) = &egg.result {
            let name = paint(BAD, &printable(&egg.name, 40));
            let (what, remedy) = (&failure.what, &failure.remedy);
            let _ = writeln!(stderr, "egg {name}: {what}; {remedy}");
        }
    }
}
