//! Thousands of eggs. `EGGS_MANY=10000` runs the whole of it.

mod util;

use std::process::Command;

use util::{Served, eggs, run};

fn many() -> u64 {
    let asked = std::env::var("EGGS_MANY").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

/// `eggs serve` that may have so many files open, and no more.
fn serve_with_files(files: u64, arguments: &[&str]) -> Served {
    let mut all = vec!["serve", "--addr", "127.0.0.1:0", "--quiet"];
    all.extend(arguments);
    let program = eggs(&all);
    let mut shell = Command::new("sh");
    let limit = format!("ulimit -n {files}; exec \"$@\"");
    shell.args(["-c", &limit, "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    Served::spawn(&mut shell)
}

fn fry_all(count: u64, server: &Served) {
    let (eggs, addr) = (count.to_string(), &server.addr);
    let ran = run(&["fry", "--plain", "--count", &eggs, "--server", addr]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count() as u64, count);
}

#[test]
fn all_eggs_are_in_the_pan_at_once_and_none_is_lost() {
    let count = many();
    // Long enough to place all orders on a busy machine.
    let cook_time = format!("{}ms", 2_000 + count);
    let server = Served::start(&["--cook-time", &cook_time, "--quiet"]);
    fry_all(count, &server);
    let stats = server.stats();
    assert_eq!(stats["served"], count);
    assert_eq!(stats["most_in_pan"], count);
}

#[test]
fn with_too_few_files_later_guests_are_served_when_earlier_ones_leave() {
    let count = many();
    let files = (count * 2 / 5).max(100); // 4,000 of 10,000
    let server = serve_with_files(files, &["--cook-time", "200ms"]);
    fry_all(count, &server);
    let stats = server.stats();
    assert_eq!(stats["served"], count);
    let most = stats["most_in_pan"].as_u64().expect("a number");
    assert!(most < files, "{most} with {files} files");
    server.signal("INT");
    let (_, _, err) = server.end();
    assert!(err.contains("ulimit -n"), "{err}");
}

#[test]
fn eggs_that_all_fail_say_so_one_by_one() {
    let server = util::nobody().to_string();
    let ran = run(&["fry", "--count", "500", "--server", &server]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stderr.lines().count(), 500);
}
