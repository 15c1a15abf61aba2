//! Counts that do not drift: what Onecook takes of the allocator, of the
//! processor and of the kernel, held against `counts.txt`.
//!
//! ```text
//! cargo test -p onecook-bench --test counts                  # compare
//! ONECOOK_BLESS=1 cargo test -p onecook-bench --test counts  # write them
//! ```
//!
//! The programs that are counted are release builds, which the test makes.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onecook_bench::echo_client::{self, MESSAGE};

/// Those whose instructions are counted, per operation.
const CASES: [&str; 8] = [
    "yield: 1 task",
    "yield: 1,000 tasks",
    "spawn and join, one by one",
    "mpsc bounded: burst",
    "mpsc unbounded: burst",
    "oneshot: send, then receive",
    "join: 10",
    "timer: set and cancel",
];

/// Who stands beside us in the table. They are counted only to be written.
const OTHERS: [&str; 2] = ["tokio spawn", "limit"];

/// Something counted: what we take, and what the others take, where they can.
struct Count {
    name: String,
    ours: f64,
    others: [Option<f64>; 2],
}

/// Counts of one kind.
struct Kind {
    name: &'static str,
    /// By which part a count may rise.
    tolerance: f64,
    /// None where the tool is missing.
    counts: Option<Vec<Count>>,
}

#[test]
fn no_count_has_risen() {
    let blessing = std::env::var_os("ONECOOK_BLESS").is_some();
    let kinds = kinds(&release_build(), blessing);
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.txt");
    if blessing {
        fs::write(table, written(&kinds)).expect("it can be written");
        return;
    }
    let before = fs::read_to_string(table).expect("counts.txt is there");
    let before = read(&before);
    let risen: String = kinds.iter().map(|it| risen(it, &before)).collect();
    assert!(
        risen.is_empty(),
        "these counts rose:\n{risen}Find out why. If it has to be so:\n\
        ONECOOK_BLESS=1 cargo test -p onecook-bench --test counts"
    );
}

fn kinds(bin: &Path, others: bool) -> [Kind; 3] {
    [
        Kind {
            name: "allocations and bytes",
            tolerance: 0.0,
            counts: Some(allocations(bin, others)),
        },
        Kind {
            name: "instructions",
            tolerance: 0.03,
            counts: is_there("valgrind").then(|| instructions(bin, others)),
        },
        Kind {
            name: "system calls",
            tolerance: 0.05,
            counts: is_there("strace").then(|| system_calls(bin, others)),
        },
    ]
}

/// Says which counts rose by more than they may, or are new; and prints which
/// fell, or were not looked at.
fn risen(kind: &Kind, before: &HashMap<String, f64>) -> String {
    let mut risen = String::new();
    let Some(counts) = &kind.counts else {
        println!("skipped: {}, for lack of a tool", kind.name);
        return risen;
    };
    for Count { name, ours: now, .. } in counts {
        let Some(then) = before.get(&key(kind.name, name)) else {
            let _ = writeln!(risen, "  {name}: {now}, which is new");
            continue;
        };
        let percent = 100.0 * (now - then) / then;
        let change = format!("  {name}: {then} to {now} ({percent:+.1} %)");
        if *now > then * (1.0 + kind.tolerance) {
            let _ = writeln!(risen, "{change}");
        } else if *now < then * (1.0 - kind.tolerance) {
            println!("{change}: it fell, bless it");
        }
    }
    risen
}

fn key(kind: &str, name: &str) -> String {
    format!("{kind}: {name}")
}

/// The text of the table.
fn written(kinds: &[Kind]) -> String {
    let mut text = "\
# What Onecook takes, counted and not timed. The test `counts` fails if one of
# ours rises, and writes them anew: see tests/counts.rs. The others' stand
# beside them as they were then.
"
    .to_owned();
    for kind in kinds {
        let counts = kind.counts.as_ref();
        let counts = counts.expect("to bless takes valgrind and strace");
        let kind = format!("{} (+ {} %)", kind.name, 100.0 * kind.tolerance);
        let _ = writeln!(text, "\n{kind:<44} onecook tokio spawn      limit");
        for Count { name, ours, others } in counts {
            let [tokio, limit] = others.map(|count| {
                count.map_or("-".to_owned(), |count| count.to_string())
            });
            let _ = writeln!(
                text,
                "  {name:<42} {ours:>7} {tokio:>11} {limit:>10}"
            );
        }
    }
    text
}

/// Ours.
fn read(text: &str) -> HashMap<String, f64> {
    let (mut counts, mut kind) = (HashMap::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" (+ ") {
            kind = name;
        } else if let Some((name, count)) = first_column(line) {
            counts.insert(key(kind, name), count);
        }
    }
    counts
}

/// The name, which may have spaces, and the first of the three columns.
fn first_column(line: &str) -> Option<(&str, f64)> {
    let mut rest = line;
    for _ in OTHERS {
        rest = rest.trim_end().rsplit_once(' ')?.0;
    }
    let (name, count) = rest.trim_end().rsplit_once(' ')?;
    Some((name.trim(), count.parse().expect("a count")))
}

/// Builds what is counted; returns where it is.
fn release_build() -> PathBuf {
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "-p", "onecook-bench"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(cargo.expect("cargo runs").success());
    let own = std::env::current_exe().expect("a path");
    let target = own.ancestors().nth(3).expect("target/debug/deps/counts");
    target.join("release")
}

fn is_there(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}

fn rounded(count: f64) -> f64 {
    (count * 1000.0).round() / 1000.0
}

fn allocations(bin: &Path, others: bool) -> Vec<Count> {
    let ours = allocations_of(bin, "onecook");
    let of = |other| others.then(|| allocations_of(bin, other));
    let theirs = OTHERS.map(|other| of(other).unwrap_or_default());
    let find = |counts: &Vec<(String, f64)>, name: &str| {
        counts.iter().find(|it| it.0 == name).map(|it| it.1)
    };
    let beside = |(name, ours): (String, f64)| {
        let others = theirs.each_ref().map(|counts| find(counts, &name));
        Count { name, ours, others }
    };
    ours.into_iter().map(beside).collect()
}

fn allocations_of(bin: &Path, contestant: &str) -> Vec<(String, f64)> {
    let mut command = Command::new(bin.join("allocations"));
    let output = command.arg(contestant).output();
    let text = output.expect("it runs").stdout;
    let text = String::from_utf8(text).expect("text");
    let line = |line: &str| {
        let (name, count) = line.split_once('\t').expect("a name, a count");
        (name.to_owned(), rounded(count.parse().expect("a count")))
    };
    text.lines().map(line).collect()
}

/// Counts ours, and if asked for the others'.
fn beside(
    name: &str,
    others: bool,
    count: impl Fn(&str) -> Option<f64>,
) -> Count {
    Count {
        name: name.to_owned(),
        ours: count("onecook").expect("ours can be counted"),
        others: OTHERS.map(|other| others.then(|| count(other)).flatten()),
    }
}

/// Two runs, one with twice the operations: the difference leaves out what it
/// takes to start and end.
fn difference(
    operations: u32,
    run: impl Fn(u32) -> Option<f64>,
) -> Option<f64> {
    let (once, twice) = (run(operations)?, run(2 * operations)?);
    Some((twice - once) / f64::from(operations))
}

fn instructions(bin: &Path, others: bool) -> Vec<Count> {
    let case = |name: &&str| {
        beside(name, others, |contestant| {
            let run = |count| callgrind(bin, contestant, name, count);
            difference(20_000, run).map(f64::round)
        })
    };
    let mut counts: Vec<Count> = CASES.iter().map(case).collect();
    counts.push(beside(ECHO, others, |contestant| {
        let tool = ["valgrind", "--tool=callgrind", NO_FILE];
        let run = |count| collected(&echo(bin, &tool, contestant, count));
        difference(5000, run).map(f64::round)
    }));
    counts
}

const NO_FILE: &str = "--callgrind-out-file=/dev/null";

/// Over one connection, so that nothing depends on who is faster.
const ECHO: &str = "TCP echo, round trip";

/// None if there is no such case.
fn callgrind(
    bin: &Path,
    contestant: &str,
    case: &str,
    operations: u32,
) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", NO_FILE])
        .arg(bin.join("one"))
        .args([contestant, case, &operations.to_string()])
        .output();
    let output = output.expect("valgrind runs");
    output.status.success().then_some(())?;
    collected(&String::from_utf8_lossy(&output.stderr))
}

/// What callgrind says at the end.
fn collected(text: &str) -> Option<f64> {
    let (_, count) = text.split_once("Collected : ")?;
    count.lines().next()?.parse().ok()
}

fn system_calls(bin: &Path, others: bool) -> Vec<Count> {
    let tool = ["strace", "-c", "-f", "-U", "name,calls"];
    let count = |contestant: &str| {
        let run = |count| total(&echo(bin, &tool, contestant, count));
        difference(5000, run).map(rounded)
    };
    vec![beside(ECHO, others, count)]
}

/// What strace says at the end.
fn total(text: &str) -> Option<f64> {
    let total = text.lines().find(|line| line.starts_with("total"))?;
    total.split_whitespace().nth(1)?.parse().ok()
}

/// Runs an echo server under a tool; what that said.
fn echo(
    bin: &Path,
    tool: &[&str],
    contestant: &str,
    round_trips: u32,
) -> String {
    let mut server = Command::new(tool[0])
        .args(&tool[1..])
        .arg(bin.join("echo-server"))
        .args([contestant, "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool runs");
    let mut address = String::new();
    let stdout = server.stdout.as_mut().expect("it is piped");
    BufReader::new(stdout).read_line(&mut address).expect("an address");
    let address = address.trim().parse().expect("an address");
    let _ = echo_client::run(address, 1, MESSAGE, u64::from(round_trips));
    let output = server.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
