//! The command line: what `eggs --help` says, and what it refuses.
//!
//! Next: `fry.rs`, the command that runs when nothing is said.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::by::By;
use crate::deck::slide::Slide;
use crate::deck::{find, nearest};
use crate::words::printable;

/// The most eggs in one run.
pub const MAX_EGGS: u32 = 100_000;

/// The longest name of an egg, in bytes.
const MAX_NAME: usize = 200;

const HOUR: Duration = Duration::from_secs(3_600);

/// A cook time shorter than this drowns in what a busy machine takes.
const LEAST_TO_TELL: Duration = Duration::from_millis(50);

/// Colours that can be read on dark and on light terminals.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Magenta.on_default());

const ABOUT: &str = "One cook, one griddle, many eggs: see async at work.";

const LONG_ABOUT: &str = "\
One cook, one griddle, many eggs: see async at work.

An egg takes 2 seconds, and a cook who waits beside each needs 8 seconds for
four. This cook does not wait: one thread asks for all four eggs, and turns to
whichever is ready. Each egg is a state machine written by hand, on Onecook, a
runtime written by hand; the server is another one, over real sockets.

Without a command, `eggs` is `eggs fry A B C D`.";

const AFTER_HELP: &str = "\
Examples:
  eggs                          fry A, B, C and D, and show how
  eggs fry --count 10000        ten thousand eggs, one thread
  eggs fry A B --steps          every step of the runtime, numbered
  eggs fry --by async           the same by a plain `async fn`
  eggs list                     the slides that show a program
  eggs run async-await          the program of a slide
  eggs serve                    the server of the slides, on port 3001
  eggs fry --server localhost:3001

Exit codes:
  0  all eggs are fried
  1  an egg failed, or the server could not start; stderr says why
  2  the command line was wrong

Environment:
  NO_COLOR   set to anything: no colours (as when the output is no terminal)";

const FRY_HELP: &str = "\
Examples:
  eggs fry A B C D                           the default
  eggs fry 'Spiegelei mit Speck' --plain     names may be anything
  eggs fry --cook-time 200ms --timeline      only the picture
  eggs fry --chrome eggs.json                then open it in ui.perfetto.dev
  eggs fry --count 10000 --server localhost:3001
  python3 -m http.server 8000 &
  eggs fry README.md --server localhost:8000 --plain

Exit codes:
  0  all eggs are fried
  1  an egg failed: one line for each on stderr says what, why, what to try
  2  the command line was wrong";

const RUN_HELP: &str = "\
Examples:
  eggs run async-await                 four eggs joined
  eggs run 23                          the same, by the number of its slide
  eggs run join-wrong join-right       one after the other, and a table
  eggs run select --timeline           the picture
  eggs run control-flow --by both      the machines, then the async fns
  eggs run --all --cook-time 200ms     all of them, in half a minute

Exit codes:
  0  every program showed what it must
  1  one did not; the output says which, and in what it differs
  2  the command line was wrong";

const SERVE_HELP: &str = "\
Routes (GET and HEAD):
  /NAME            NAME, after the cook time
  /fast/NAME       NAME, at once
  /blocking/NAME   NAME, after holding the server's only thread for the cook
                   time: everybody else waits as well
  /pages?n=1       a page of results, as JSON, with a link to the next one;
                   with &as=lines as lines of text
  /-/stats         eggs served, in the pan, most in the pan at once, as JSON

Added to any of the first three:
  ?after=MILLIS    a cook time of its own
  ?fail=reset      the connection is reset instead of a reply
  ?fail=500        a reply without an egg
  ?split=N         the reply in N pieces

Examples:
  eggs serve
  curl localhost:3001/A
  curl 'localhost:3001/A?after=500&split=3'
  curl localhost:3001/-/stats

Ctrl-c stops taking orders, sends idle guests away, finishes the eggs in the
pan, and exits with 0. Those that take longer than --grace are left, and their
guests named on stderr; a second ctrl-c leaves all of them at once.";

/// The command line of `eggs`.
#[derive(Parser, Debug)]
#[command(
    name = "eggs",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    styles = STYLES,
    max_term_width = 80,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do; without it, fry A B C D.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Parses the command line. If it is wrong, that is said, and the process
    /// ends.
    #[must_use]
    pub fn parse_or_exit() -> Cli {
        let cli = Cli::parse();
        if let Some(Command::Run(args)) = &cli.command {
            if args.slides.is_empty() && !args.all {
                let text = "name a slide, such as 23 or async-await (`eggs \
                            list` names them), or say --all";
                Cli::refuse("run", text);
            }
        }
        cli
    }

    /// Ends the process as the parser does: with what is wrong, and with the
    /// usage of `command`.
    fn refuse(command: &str, text: &str) -> ! {
        let mut eggs = Cli::command();
        eggs.build();
        let command = eggs.find_subcommand_mut(command);
        let command = command.expect("a command of ours");
        command.error(ErrorKind::MissingRequiredArgument, text).exit()
    }
}

/// What `eggs` can do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Fry eggs, all at once, and show how.
    #[command(after_help = FRY_HELP)]
    Fry(FryArgs),
    /// List the slides that show a program.
    List(ListArgs),
    /// Run the programs of slides, and say whether they show what they must.
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Be the server of the slides.
    #[command(after_help = SERVE_HELP)]
    Serve(ServeArgs),
    /// Hang: a part of slide 36, run as a process so that it can be killed.
    #[command(hide = true)]
    GotchaDeadlock,
}

/// The command line of `eggs list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Everything, as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The command line of `eggs run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The slides, by slug or number; see `eggs list`.
    #[arg(value_name = "SLIDE", value_parser = parse_slide,
          conflicts_with = "all")]
    pub slides: Vec<&'static Slide>,

    /// Run all of them, and print a table.
    #[arg(long)]
    pub all: bool,

    /// How long an egg takes: 2s, 250ms. [default: 2s, as on the slides]
    #[arg(long, value_name = "TIME",
          allow_hyphen_values = true, value_parser = parse_deck_time)]
    pub cook_time: Option<Duration>,

    /// Whose state machines run, where there are two.
    #[arg(long, value_enum, default_value_t = Whose::Machine)]
    pub by: Whose,

    /// Order from this server, an `eggs serve`, instead of the one that comes
    /// with the command.
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_server)]
    pub server: Option<String>,

    /// What to show.
    #[command(flatten)]
    pub show: Show,
}

/// Whose state machines run.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Whose {
    /// Those written by hand.
    #[default]
    Machine,
    /// Those that the compiler makes of an `async fn`.
    Async,
    /// First the one, then the other.
    Both,
}

impl Whose {
    /// Each of them.
    #[must_use]
    pub const fn each(self) -> &'static [By] {
        match self {
            Whose::Machine => &[By::Machine],
            Whose::Async => &[By::Async],
            Whose::Both => &[By::Machine, By::Async],
        }
    }
}

/// The command line of `eggs fry`.
#[derive(Args, Debug, Default)]
pub struct FryArgs {
    /// The eggs to fry. Without names: A B C D.
    #[arg(value_name = "NAME", value_parser = parse_name)]
    pub names: Vec<String>,

    /// Fry so many, named A, B, ... Z, AA, AB, ...
    #[arg(long, value_name = "N", conflicts_with = "names",
          allow_hyphen_values = true, value_parser = parse_count)]
    pub count: Option<u32>,

    /// Who writes the state machine: a person, or the compiler.
    #[arg(long, value_enum, default_value_t = By::Machine)]
    pub by: By,

    /// How long an egg takes: 2s, 250ms, 1m.
    ///
    /// The server that comes with the command takes 2s. With --server, the
    /// server decides; if this is given, it is asked for with `?after=`, which
    /// `eggs serve` grants and others ignore.
    #[arg(long, value_name = "TIME",
          allow_hyphen_values = true, value_parser = parse_cook_time)]
    pub cook_time: Option<Duration>,

    /// Order from this web server instead of the one that comes with the
    /// command.
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_server)]
    pub server: Option<String>,

    /// Give an egg up after this time. [default: 30s, and never less than
    /// twice the cook time]
    #[arg(long, value_name = "TIME",
          allow_hyphen_values = true, value_parser = parse_timeout)]
    pub timeout: Option<Duration>,

    /// What to show.
    #[command(flatten)]
    pub show: Show,
}

/// What is shown: at most one of these.
#[derive(Args, Debug, Default)]
#[group(multiple = false)]
#[command(next_help_heading = "What to show (without any of these: the story)")]
#[allow(clippy::struct_excessive_bools)] // one per option, at most one is set
pub struct Show {
    /// Only the picture.
    #[arg(long)]
    pub timeline: bool,

    /// Every step of the runtime, numbered.
    #[arg(long)]
    pub steps: bool,

    /// Only what the program itself would print.
    #[arg(long)]
    pub plain: bool,

    /// Everything, as one JSON object.
    #[arg(long)]
    pub json: bool,

    /// Write a trace for ui.perfetto.dev or chrome://tracing.
    #[arg(long, value_name = "FILE")]
    pub chrome: Option<PathBuf>,
}

/// The command line of `eggs serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Where to listen. Port 0 takes a free one and says which.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:3001",
          value_parser = parse_addr)]
    pub addr: SocketAddr,

    /// How long an egg takes: 2s, 250ms, 1m.
    #[arg(long, value_name = "TIME", default_value = "2s",
          allow_hyphen_values = true, value_parser = parse_cook_time)]
    pub cook_time: Duration,

    /// How long the head of a request may take to arrive, and a reply to be
    /// taken.
    #[arg(long, value_name = "TIME", default_value = "10s",
          allow_hyphen_values = true, value_parser = parse_timeout)]
    pub head_timeout: Duration,

    /// How long the eggs in the pan may take after ctrl-c.
    #[arg(long, value_name = "TIME", default_value = "5s",
          allow_hyphen_values = true, value_parser = parse_timeout)]
    pub grace: Duration,

    /// No line per request.
    #[arg(long)]
    pub quiet: bool,
}

fn parse_name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("an egg needs a name, such as A".into());
    }
    if text == "." || text == ".." {
        return Err("a path swallows this name: take another".into());
    }
    if let Some(bad) = text.chars().find(|c| c.is_control()) {
        let bad = bad.escape_unicode();
        return Err(format!("it contains the control character {bad}"));
    }
    if text.len() > MAX_NAME {
        return Err(format!("a name has at most {MAX_NAME} bytes"));
    }
    Ok(text.to_owned())
}

fn parse_count(text: &str) -> Result<u32, String> {
    let number: Result<i128, _> = text.replace(['_', ','], "").parse();
    match number {
        Ok(0) => Err("0 eggs are soon fried: ask for at least 1".into()),
        Ok(number) if number < 0 => Err("ask for at least 1 egg".into()),
        Ok(number) => u32::try_from(number)
            .ok()
            .filter(|count| *count <= MAX_EGGS)
            .ok_or(format!("the pan holds {MAX_EGGS} eggs: ask for fewer")),
        Err(_) => Err("this is no count: write digits, such as 4".into()),
    }
}

fn parse_cook_time(text: &str) -> Result<Duration, String> {
    let time = parse_time(text)?;
    if time < Duration::from_millis(1) {
        return Err("an egg takes at least 1ms".into());
    }
    if time > HOUR {
        return Err("an egg takes at most 1h, then it is coal".into());
    }
    Ok(time)
}

/// A time that can be told from what the machine itself takes.
fn parse_deck_time(text: &str) -> Result<Duration, String> {
    if parse_time(text)? < LEAST_TO_TELL {
        return Err("too short to tell what is concurrent and what is not: \
                    take at least 50ms"
            .into());
    }
    parse_cook_time(text)
}

fn parse_slide(text: &str) -> Result<&'static Slide, String> {
    find(text).ok_or_else(|| {
        let near = nearest(text);
        match &near[..] {
            [] => "no slide is called so; `eggs list` names them".to_owned(),
            near => format!(
                "no slide is called so;\n  did you mean {}? `eggs list` names \
                 them all",
                near.join(" or ")
            ),
        }
    })
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let time = parse_time(text)?;
    if time < Duration::from_millis(1) {
        return Err("wait at least 1ms".into());
    }
    if time > 24 * HOUR {
        return Err("wait at most 24h".into());
    }
    Ok(time)
}

fn parse_time(text: &str) -> Result<Duration, String> {
    if text.starts_with('-') {
        return Err("a time cannot be negative: write 2s or 250ms".into());
    }
    match text.parse::<f64>() {
        Ok(0.0) => return Ok(Duration::ZERO), // whatever its unit
        Ok(number) if number.is_finite() => {
            let text = format!("a time has a unit: write {text}s or {text}ms");
            return Err(text);
        }
        Ok(_) | Err(_) => {}
    }
    humantime::parse_duration(text)
        .map_err(|_| "this is no time: write 2s, 250ms, 1m".into())
}

fn parse_addr(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| {
        "write an IP address and a port, such as 127.0.0.1:3001 or [::1]:3001"
            .to_owned()
    })
}

/// `HOST:PORT`, with or without `http://` before and `/` after it.
fn parse_server(text: &str) -> Result<String, String> {
    if text.starts_with("https://") {
        return Err("this client does not speak https: use http".into());
    }
    let server = text.strip_prefix("http://").unwrap_or(text);
    let server = server.strip_suffix('/').unwrap_or(server);
    let Some((host, port)) = server.rsplit_once(':') else {
        let server = printable(server, 40);
        return Err(format!("the port is missing: write {server}:3001"));
    };
    if host.contains(['/', '?', '@', ' ']) || host.is_empty() {
        return Err("write only HOST:PORT, such as localhost:3001".into());
    }
    if host.contains(':') && !host.starts_with('[') {
        return Err(format!("write an IPv6 address as [{host}]:{port}"));
    }
    match port.parse::<u16>() {
        Ok(0) | Err(_) => Err("the port is a number from 1 to 65535".into()),
        Ok(_) => Ok(server.to_owned()),
    }
}

/// The name of the egg number `index`: A, B, ... Z, AA, AB, ...
#[must_use]
pub fn egg_name(mut index: u32) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (index % 26) as u8));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fry(arguments: &[&str]) -> Result<FryArgs, String> {
        let line = ["eggs", "fry"].iter().chain(arguments);
        match Cli::try_parse_from(line) {
            Ok(Cli { command: Some(Command::Fry(args)) }) => Ok(args),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.exit_code(), 2);
                let text = error.to_string();
                Err(text.lines().next().unwrap_or_default().to_owned())
            }
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_is_a_command_line() {
        assert!(Cli::try_parse_from(["eggs"]).unwrap().command.is_none());
    }

    #[test]
    fn times_are_understood() {
        let time = |text| fry(&["--cook-time", text]).unwrap().cook_time;
        assert_eq!(time("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(time("1m"), Some(Duration::from_secs(60)));
    }

    #[test]
    fn a_time_that_cannot_be_says_what_to_write() {
        let cases = [
            ("0s", "an egg takes at least 1ms"),
            ("0", "an egg takes at least 1ms"),
            ("-1s", "a time cannot be negative: write 2s or 250ms"),
            ("2", "a time has a unit: write 2s or 2ms"),
            ("soon", "this is no time: write 2s, 250ms, 1m"),
            ("nan", "this is no time: write 2s, 250ms, 1m"),
            ("", "this is no time: write 2s, 250ms, 1m"),
            ("99999999999999999999s", "this is no time: write 2s, 250ms, 1m"),
            ("2h", "an egg takes at most 1h, then it is coal"),
        ];
        for (text, why) in cases {
            let error = fry(&["--cook-time", text]).unwrap_err();
            let whole = format!(
                "error: invalid value '{text}' for '--cook-time <TIME>': {why}"
            );
            assert_eq!(error, whole);
        }
    }

    #[test]
    fn a_count_that_cannot_be_says_so() {
        assert_eq!(fry(&["--count", "10_000"]).unwrap().count, Some(10_000));
        let cases = [
            ("0", "0 eggs are soon fried: ask for at least 1"),
            ("-4", "ask for at least 1 egg"),
            ("four", "this is no count: write digits, such as 4"),
            ("9999999999", "the pan holds 100000 eggs: ask for fewer"),
        ];
        for (text, why) in cases {
            let error = fry(&["--count", text]).unwrap_err();
            assert!(error.ends_with(why), "{error}");
        }
        assert!(fry(&["A", "--count", "4"]).is_err());
    }

    #[test]
    fn names_may_be_anything_that_can_be_seen() {
        let names = ["ü", "Spiegelei mit Speck", "a/b", "100%", "🍳", "a?b#c"];
        assert_eq!(fry(&names).unwrap().names, names);
        let long = "x".repeat(201);
        for name in ["", ".", "..", "a\nb", "\x1b[2J", &long] {
            assert!(fry(&[name]).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_server_is_a_host_and_a_port() {
        let server = |text| fry(&["--server", text]).map(|it| it.server);
        for text in ["http://localhost:3001/", "localhost:3001"] {
            let expected = Some("localhost:3001".to_owned());
            assert_eq!(server(text), Ok(expected));
        }
        assert!(server("[::1]:3001").is_ok());
        let cases = [
            ("localhost", "the port is missing: write localhost:3001"),
            ("https://x:1", "this client does not speak https: use http"),
            ("http://x:1/A", "the port is a number from 1 to 65535"),
            ("x/y:1", "write only HOST:PORT, such as localhost:3001"),
            ("x:0", "the port is a number from 1 to 65535"),
            ("x:70000", "the port is a number from 1 to 65535"),
            ("::1:80", "write an IPv6 address as [::1]:80"),
            (":80", "write only HOST:PORT, such as localhost:3001"),
        ];
        for (text, why) in cases {
            let error = server(text).unwrap_err();
            assert!(error.ends_with(why), "{error}");
        }
    }

    #[test]
    fn one_thing_is_shown_at_a_time() {
        assert!(fry(&["--plain"]).unwrap().show.plain);
        assert!(fry(&["--plain", "--json"]).is_err());
    }

    #[test]
    fn an_address_to_listen_on_needs_ip_and_port() {
        assert!(parse_addr("localhost:3001").is_ok());
        assert!(parse_addr("[::1]:0").is_ok());
        for bad in ["3001", "127.0.0.1", "example.org:80", "127.0.0.1:70000"] {
            assert!(parse_addr(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn eggs_are_named_like_the_columns_of_a_spreadsheet() {
        let names = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA")];
        for (index, name) in names {
            assert_eq!(egg_name(index), name);
        }
        assert_eq!(egg_name(701), "ZZ");
        assert_eq!(egg_name(702), "AAA");
    }

    #[test]
    fn the_help_fits_80_columns() {
        let mut command = Cli::command();
        let mut pages = vec![command.render_long_help().to_string()];
        for sub in command.get_subcommands_mut() {
            pages.push(sub.render_long_help().to_string());
        }
        for line in pages.iter().flat_map(|page| page.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
