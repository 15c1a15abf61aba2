//! `eggs list` and `eggs run`, as people run them.

mod util;

use std::time::Duration;

use serde_json::Value;
use util::{Ran, Served, nobody, replying, run};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect(&ran.stdout)
}

#[test]
fn the_list_names_every_slide_and_fits_80_columns() {
    let ran = run(&["list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for slug in ["four-ways", "join-right", "bridge"] {
        assert!(ran.stdout.contains(slug), "{}", ran.stdout);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80));
    let slides = json(&run(&["list", "--json"]));
    assert_eq!(slides.as_array().unwrap().len(), 24);
    assert_eq!(slides[0]["slug"], "four-ways");
    for slide in slides.as_array().unwrap() {
        let file = slide["file"].as_str().unwrap();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
        assert!(std::path::Path::new(root).join(file).exists(), "{file}");
    }
}

#[test]
fn a_slide_runs_by_its_slug_and_by_its_number() {
    for word in ["join-wrong", "30"] {
        let ran = run(&["run", word, "--cook-time", "200ms"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("join/try_join"), "{}", ran.stdout);
        assert!(ran.stdout.contains("as expected"), "{}", ran.stdout);
        assert!(!ran.stdout.contains('\x1b'), "{}", ran.stdout);
    }
}

#[test]
fn where_the_output_is_no_terminal_progress_is_silent() {
    let ran = run(&["run", "30", "--cook-time", "200ms", "--plain"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("foo\nbar\n", ""));
}

#[test]
fn both_twins_run_one_after_the_other() {
    let ran =
        run(&["run", "30", "--cook-time", "200ms", "--by", "both", "--json"]);
    let programs = &json(&ran)["programs"];
    let by: Vec<_> = [0, 1].map(|it| programs[it]["by"].clone()).to_vec();
    assert_eq!(by, ["machine", "async"]);
    for it in [0, 1] {
        assert_eq!(programs[it]["most_in_pan"], 1);
        assert!(programs[it]["seconds"].as_f64().unwrap() >= 0.4);
        assert_eq!(programs[it]["differences"], serde_json::json!([]));
    }
}

#[test]
fn several_slides_end_with_a_table() {
    let ran = run(&["run", "10", "30", "--cook-time", "100ms"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("verdict"), "{}", ran.stdout);
    assert!(ran.stdout.contains("all as expected."), "{}", ran.stdout);
}

#[test]
fn the_numbers_of_the_steps_are_those_of_the_picture() {
    let steps = run(&["run", "30", "--cook-time", "100ms", "--steps"]);
    let text = "FetchPages";
    assert!(steps.stdout.contains(text), "{}", steps.stdout);
    let rows: Vec<&str> = steps.stdout.lines().collect();
    let row = |text: &str| rows.iter().position(|it| it.contains(text));
    let (end, foo, bar) =
        (row("the run ends"), row("says foo"), row("says bar"));
    assert!(end < foo && foo < bar && foo.is_some(), "{}", steps.stdout);
    let ran = run(&["run", "30", "--cook-time", "100ms", "--timeline"]);
    let row = ran.stdout.lines().find(|it| it.trim().starts_with("step"));
    let numbers: Vec<u64> = row
        .expect(&ran.stdout)
        .split_whitespace()
        .skip(1)
        .map(|it| it.parse().expect(it))
        .collect();
    assert_eq!(numbers[0], 1);
    assert!(numbers.is_sorted() && numbers.len() == 3, "{}", ran.stdout);
}

#[test]
fn the_steps_of_scopes_and_channels_fit_80_columns() {
    let ran = run(&["run", "33", "42", "--cook-time", "60ms", "--steps"]);
    assert!(ran.stdout.contains("into scope 2 at structured.rs:"));
    assert!(ran.stdout.contains("its receivers close the channel of"));
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_trace_is_written_with_a_process_for_each_program() {
    let file = std::env::temp_dir()
        .join(format!("eggs-run-trace-{}.json", std::process::id()));
    let path = file.to_str().unwrap();
    let ran =
        run(&["run", "10", "30", "--cook-time", "100ms", "--chrome", path]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    let _ = std::fs::remove_file(&file);
    let trace: Value = serde_json::from_str(&text).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let names = events.iter().filter(|it| it["name"] == "process_name");
    let names: Vec<_> = names.map(|it| it["args"]["name"].clone()).collect();
    assert_eq!(names.len(), 2);
    assert!(events.iter().any(|it| it["ph"] == "s"), "arrows");
    assert!(events.iter().any(|it| it["name"] == "FetchingFoo"));
}

#[test]
fn a_trace_that_cannot_be_written_is_told_before_anything_runs() {
    let nowhere = "/no/such/folder/trace.json";
    let ran = run(&["run", "10", "--cook-time", "10s", "--chrome", nowhere]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("choose another file"), "{}", ran.stderr);
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn an_unknown_slide_is_answered_with_the_nearest() {
    let ran = run(&["run", "join-rihgt"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean join-right"), "{}", ran.stderr);
    let ran = run(&["run", "41"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`eggs list` names"), "{}", ran.stderr);
    let ran = run(&["run"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("say --all"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Usage: eggs run "), "{}", ran.stderr);
}

#[test]
fn a_cook_time_that_cannot_be_says_what_to_write() {
    let texts = [
        ("0", "at least 50ms"),
        ("0s", "at least 50ms"),
        ("-1s", "cannot be negative"),
        ("10ms", "at least 50ms"),
        ("99h", "at most 1h"),
        ("soon", "this is no time"),
    ];
    for (time, text) in texts {
        let ran = run(&["run", "30", "--cook-time", time]);
        assert_eq!(ran.code, 2, "{time}");
        assert!(ran.stderr.contains(text), "{time}: {}", ran.stderr);
    }
}

#[test]
fn another_server_is_asked_for_the_cook_time_and_for_its_evidence() {
    let server = Served::start(&["--cook-time", "1h"]);
    let ran = run(&[
        "run",
        "30",
        "10",
        "--cook-time",
        "100ms",
        "--server",
        &server.addr,
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let programs = &json(&ran)["programs"];
    assert_eq!(programs[0]["most_in_pan"], 1);
    assert_eq!(programs[1]["served"], 4, "only its own are counted");
    assert!(programs[1]["run"].get("fried").is_none(), "the server says");
}

#[test]
fn a_server_that_is_no_eggs_server_is_told() {
    let server = replying("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    let server = server.to_string();
    let ran = run(&["run", "30", "--cook-time", "100ms", "--server", &server]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("answered 404 No"), "{}", ran.stdout);
    assert!(ran.stdout.contains("is no `eggs serve`"), "{}", ran.stdout);
}

#[test]
fn a_program_that_says_its_errors_leaves_it_to_us_to_say_what_to_do() {
    let server = nobody().to_string();
    let ran = run(&["run", "17", "--cook-time", "100ms", "--server", &server]);
    assert_eq!(ran.code, 1);
    let what = format!("start a server: eggs serve --addr {server}");
    assert!(ran.stdout.contains(&what), "{}", ran.stdout);
    assert!(ran.stdout.contains("it said 4 times"), "{}", ran.stdout);
}

#[test]
fn the_json_of_a_part_names_machines_and_has_no_text_of_them() {
    let ran = run(&["run", "23", "--cook-time", "100ms", "--json"]);
    let bars = &json(&ran)["programs"][0]["run"]["eggs"];
    let all = &bars[0];
    assert_eq!((&all["kind"], &all["name"]), (&"FryAll".into(), &"all".into()));
    assert!(all.get("text").is_none(), "{all}");
    assert_eq!(bars[1]["kind"], "FryEgg");
}

#[test]
fn without_a_server_the_program_ends_and_says_what_to_do() {
    let server = nobody().to_string();
    let ran = run(&["run", "30", "--cook-time", "100ms", "--server", &server]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("could not connect"), "{}", ran.stdout);
    assert!(ran.stdout.contains("eggs serve --addr"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("too early"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("is no `eggs"), "{}", ran.stdout);
    assert!(ran.took < Duration::from_secs(5));
}
