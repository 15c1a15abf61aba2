//! `eggs run`: runs the programs of the slides, and says of each whether it
//! showed what it must.
//!
//! Next: `perform.rs`, how one of them runs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::by::By;
use crate::cli::{RunArgs, Show};
use crate::deck::seen::Line;
use crate::deck::slide::{Part, Slide};
use crate::deck::{SLIDES, file_of};
use crate::host::{COOK_TIME, resolve};
use crate::list::number_words;
use crate::nofile::Limit;
use crate::perform::{Performance, Plan};
use crate::show::progress::Progress;
use crate::show::style::{BAD, BOLD, DIM, GOOD, paint, print};
use crate::show::timeline::columns;
use crate::show::verdict::{Verdict, claim_words, table};
use crate::show::{chrome, json, steps, timeline};
use crate::words::{plural, short};

/// Runs the slides that `args` ask for. The exit code tells whether all
/// showed what they must.
///
/// # Errors
///
/// When they cannot run at all.
pub fn run(args: &RunArgs) -> Result<ExitCode, String> {
    Limit::raise().map_err(|why| format!("cannot raise a limit: {why}"))?;
    let began = Instant::now();
    let shown = Shown::choose(&args.show, args);
    if let Some(file) = &args.show.chrome {
        write(file, "")?; // rather than find out when all have run
    }
    let mut shows: Vec<Performance> = Vec::new();
    for plan in plans(args, shown)? {
        let is_first = shows.last().map(|it| it.verdict.slide);
        shown.announce(&plan, is_first != Some(plan.slide))?;
        let show = perform(plan, shown)?;
        shown.present(&show)?;
        shows.push(show);
    }
    shown.conclude(&shows, args, began.elapsed())?;
    let all_well = shows.iter().all(|it| it.verdict.differences.is_empty());
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which parts run, and whose machines; of those without a machine, nobody's.
fn plans(args: &RunArgs, shown: Shown) -> Result<Vec<Plan>, String> {
    let foreign = args.server.as_ref().map(|host| {
        let addr = resolve(host)?;
        Ok::<_, String>((addr, host.clone()))
    });
    let foreign = foreign.transpose()?;
    let slides: Vec<&'static Slide> = match &args.slides[..] {
        [] => SLIDES.iter().collect(),
        some => some.to_vec(),
    };
    let cook_time = args.cook_time.unwrap_or(COOK_TIME);
    let record = shown.records();
    let mut plans = Vec::new();
    for slide in slides {
        for part in slide.parts {
            plans.extend(whose(part, args).into_iter().map(|by| {
                let foreign = foreign.clone();
                Plan { slide, part, by, cook_time, foreign, record }
            }));
        }
    }
    Ok(plans)
}

fn whose(part: &Part, args: &RunArgs) -> Vec<Option<By>> {
    match part.machine {
        None => vec![None],
        Some(_) => args.by.each().iter().copied().map(Some).collect(),
    }
}

fn perform(plan: Plan, shown: Shown) -> Result<Performance, String> {
    let what = format!("{}: {}", plan.slide.slug, plan.part.name);
    let expected = plan.part.expected.cook_times;
    let expected = expected.map(|times| plan.cook_time.mul_f64(times));
    let progress = Progress::start(&what, expected);
    let lines = progress.clone();
    let show = plan.perform(move |line| shown.tell(line, &lines));
    progress.end();
    show
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

    /// Says what is about to run.
    fn announce(self, plan: &Plan, is_first: bool) -> Result<(), String> {
        if !matches!(self, Shown::Story | Shown::Timeline | Shown::Steps) {
            return Ok(());
        }
        let slide = is_first.then(|| slide_words(plan.slide));
        let by = plan.by.map_or("", by_words);
        print(&format!(
            "{}\n  {}{}\n",
            slide.unwrap_or_default(),
            paint(BOLD, plan.part.name),
            paint(DIM, by)
        ))
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
            Shown::Story => {
                let claims = claim_words(&show.seen.claims);
                print(&format!("{claims}{}", verdict.words()))
            }
            Shown::Plain => {
                complain(verdict);
                Ok(())
            }
            Shown::Timeline => {
                let picture = timeline::draw(&show.history, columns());
                print(&format!("\n{picture}\n{}", verdict.words()))
            }
            Shown::Steps => {
                let list = steps::list_of_part(&show.seen);
                print(&format!("{list}{}", verdict.words()))
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
    let word = if slide.numbers.len() == 1 { "Slide" } else { "Slides" };
    format!(
        "\n  {}  {}\n  {}\n",
        paint(BOLD, &format!("{word} {}", number_words(slide.numbers))),
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
fn complain(verdict: &Verdict) {
    let name = verdict.name();
    for difference in &verdict.differences {
        let _ = writeln!(
            anstream::stderr(),
            "{} {name}: {difference}",
            paint(BAD, "differs")
        );
    }
}

fn write_trace(shows: &[Performance], file: &Path) -> Result<(), String> {
    let text = chrome::trace_of_all(shows).to_string();
    write(file, &text)?;
    let programs = plural(shows.len() as u64, "program");
    print(&format!(
        "  {programs}; {} is {}: open it in https://ui.perfetto.dev\n",
        file.display(),
        paint(GOOD, "written")
    ))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let shown = file.display();
    fs::write(file, text).map_err(|why| {
        format!("cannot write {shown}: {why}; choose another file")
    })
}
