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

/// Counts of one kind.
struct Kind {
    name: &'static str,
    /// By which part a count may rise.
    tolerance: f64,
    /// None where the tool is missing.
    counts: Option<Vec<(String, f64)>>,
}

#[test]
fn no_count_has_risen() {
    let bin = release_build();
    let kinds = [
        Kind {
            name: "allocations and bytes",
            tolerance: 0.0,
            counts: Some(allocations(&bin)),
        },
        Kind {
            name: "instructions",
            tolerance: 0.03,
            counts: is_there("valgrind").then(|| instructions(&bin)),
        },
        Kind {
            name: "system calls",
            tolerance: 0.05,
            counts: is_there("strace").then(|| system_calls(&bin)),
        },
    ];
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.txt");
    if std::env::var_os("ONECOOK_BLESS").is_some() {
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

/// Says which counts rose by more than they may, or are new; and prints which
/// fell, or were not looked at.
fn risen(kind: &Kind, before: &HashMap<String, f64>) -> String {
    let mut risen = String::new();
    let Some(counts) = &kind.counts else {
        println!("skipped: {}, for lack of a tool", kind.name);
        return risen;
    };
    for (name, now) in counts {
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
# these rises, and writes them anew: see tests/counts.rs.
"
    .to_owned();
    for kind in kinds {
        let counts = kind.counts.as_ref();
        let counts = counts.expect("to bless takes valgrind and strace");
        let percent = 100.0 * kind.tolerance;
        let _ = writeln!(text, "\n{} (+ {percent} %)", kind.name);
        for (name, count) in counts {
            let _ = writeln!(text, "  {name:<55} {count:>10}");
        }
    }
    text
}

fn read(text: &str) -> HashMap<String, f64> {
    let (mut counts, mut kind) = (HashMap::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" (+ ") {
            kind = name;
        } else if let Some((name, count)) = line.trim().rsplit_once(' ') {
            let count = count.parse().expect("a count");
            counts.insert(key(kind, name.trim()), count);
        }
    }
    counts
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

fn allocations(bin: &Path) -> Vec<(String, f64)> {
    let output = Command::new(bin.join("allocations")).output();
    let text = output.expect("it runs").stdout;
    let text = String::from_utf8(text).expect("text");
    let line = |line: &str| {
        let (name, count) = line.split_once('\t').expect("a name, a count");
        (name.to_owned(), rounded(count.parse().expect("a count")))
    };
    text.lines().map(line).collect()
}

/// Two runs, one with twice the operations: the difference leaves out what it
/// takes to start and end.
fn instructions(bin: &Path) -> Vec<(String, f64)> {
    const OPERATIONS: u32 = 20_000;
    let each = |case: &&str| {
        let once = callgrind(bin, case, OPERATIONS);
        let twice = callgrind(bin, case, 2 * OPERATIONS);
        let count = ((twice - once) / f64::from(OPERATIONS)).round();
        ((*case).to_owned(), count)
    };
    CASES.iter().map(each).collect()
}

fn callgrind(bin: &Path, case: &str, operations: u32) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(bin.join("one"))
        .args(["onecook", case, &operations.to_string()])
        .output();
    let text = output.expect("valgrind runs").stderr;
    let text = String::from_utf8_lossy(&text);
    let (_, count) = text.split_once("Collected : ").expect("a count");
    count.lines().next().and_then(|it| it.parse().ok()).expect("a number")
}

/// Over one connection, so that nothing depends on who is faster.
fn system_calls(bin: &Path) -> Vec<(String, f64)> {
    const ROUND_TRIPS: u32 = 5000;
    let once = strace(bin, ROUND_TRIPS);
    let twice = strace(bin, 2 * ROUND_TRIPS);
    let each = (twice - once) / f64::from(ROUND_TRIPS);
    vec![("TCP echo, round trip".to_owned(), rounded(each))]
}

fn strace(bin: &Path, round_trips: u32) -> f64 {
    let mut server = Command::new("strace")
        .args(["-c", "-f", "-U", "name,calls"])
        .arg(bin.join("echo-server"))
        .args(["onecook", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace runs");
    let mut address = String::new();
    let stdout = server.stdout.as_mut().expect("it is piped");
    BufReader::new(stdout).read_line(&mut address).expect("an address");
    let address = address.trim().parse().expect("an address");
    let _ = echo_client::run(address, 1, MESSAGE, u64::from(round_trips));
    let output = server.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let total = text.lines().find(|line| line.starts_with("total"));
    let count = total.and_then(|line| line.split_whitespace().nth(1));
    count.and_then(|it| it.parse().ok()).expect("a total")
}
