//! What a measurement depends on: machine, compiler, versions, day, command.

use std::env;
use std::fs;
use std::process::Command;
use std::thread;

use crate::options::Options;

/// What a measurement depends on, each with its name.
pub type Setting = Vec<(String, String)>;

/// Whose versions matter.
const PEERS: [&str; 11] = [
    "tokio",
    "mio",
    "smol",
    "async-executor",
    "async-io",
    "async-channel",
    "futures",
    "futures-concurrency",
    "monoio",
    "compio",
    "compio-runtime",
];

/// That of this process.
#[must_use]
pub fn here(options: &Options) -> Setting {
    let run = if options.quick {
        format!("short: a tenth of the work, {} rounds", options.rounds)
    } else {
        format!("full: {} rounds", options.rounds)
    };
    let facts = [
        ("machine", machine()),
        ("kernel", said_by("uname", &["-sr"])),
        ("compiler", said_by("rustc", &["--version"])),
        ("day", said_by("date", &["+%F"])),
        ("command", command()),
        ("run", run),
        ("versions", versions()),
    ];
    facts.map(|(name, fact)| (name.to_owned(), fact)).into()
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1));
    format!("{cores} cores, {}", model.unwrap_or("of unknown make"))
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().into(),
        Err(error) => format!("{program} does not run: {error}"),
    }
}

/// Without `--json FILE`, which is nobody else's file.
fn command() -> String {
    let mut options: Vec<String> = env::args().skip(1).collect();
    options.retain(|option| option != "--bench");
    if let Some(json) = options.iter().position(|option| option == "--json") {
        options.drain(json..options.len().min(json + 2));
    }
    let cargo = "cargo bench -p onecook-bench --bench time --";
    format!("{cargo} {}", options.join(" ")).trim().to_owned()
}

/// Those that this program was built with.
fn versions() -> String {
    let lock = include_str!("../../../Cargo.lock");
    let version = |peer: &&str| {
        let entry = format!("name = \"{peer}\"\nversion = \"");
        let (_, rest) = lock.rsplit_once(&entry)?; // of two, the newer
        Some(format!("{peer} {}", rest.split('"').next()?))
    };
    PEERS.iter().filter_map(version).collect::<Vec<_>>().join(", ")
}
