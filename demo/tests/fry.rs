//! `eggs fry`, as people run it.

mod util;

use std::time::Duration;

use util::{eggs, run};

const D: &str = "300ms";

fn fry(arguments: &[&str]) -> util::Ran {
    let mut all = vec!["fry", "--cook-time", D];
    all.extend(arguments);
    run(&all)
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let ran = fry(&all);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn without_arguments_four_eggs_are_fried_in_the_time_of_one() {
    let ran = run(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.took < Duration::from_secs(4), "{:?}", ran.took);
    let states = [
        "Start      → Connecting",
        "Connecting → Writing",
        "Writing    → Reading",
        "Reading    → Done",
    ];
    for name in ["A", "B", "C", "D"] {
        for state in states {
            let is_there = ran.stdout.lines().any(|line| {
                line.contains(state)
                    && line.split_whitespace().nth(4) == Some(name)
            });
            assert!(is_there, "{name} {state}\n{}", ran.stdout);
        }
    }
    assert!(ran.stdout.contains("4 eggs in 2.0"), "{}", ran.stdout);
    assert!(ran.stdout.contains("One after another: 8.0"));
    assert!(ran.stdout.contains("none empty"));
    assert!(ran.stdout.contains("demo/src/fry_egg.rs"));
    assert!(ran.stdout.contains("FryEgg::poll_reading"));
}

#[test]
fn every_line_fits_80_columns_and_has_no_colour_in_a_pipe() {
    for arguments in [&[][..], &["--by", "async"], &["--timeline"]] {
        let ran = fry(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains('\x1b'), "{}", ran.stdout);
        let lines = ran.stdout.lines().filter(|line| {
            !line.contains("rust-gdb") // the path of the program is what it is
        });
        for line in lines {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn the_eggs_come_out_in_the_order_asked_for() {
    let ran = fry(&["D", "B", "Spiegelei mit Speck", "ü/?#%", "--plain"]);
    assert_eq!(ran.stdout, "D\nB\nSpiegelei mit Speck\nü/?#%\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn both_machines_fry_the_same_with_as_many_polls() {
    let by_hand = json(&["--by", "machine"]);
    let by_compiler = json(&["--by", "async"]);
    for run in [&by_hand, &by_compiler] {
        assert_eq!(run["fried"], 4);
        assert_eq!(run["empty_turns"], 0);
        let seconds = run["seconds"].as_f64().expect("a number");
        assert!((0.3..0.9).contains(&seconds), "{seconds}");
    }
    for index in 0..4 {
        let polls = |run: &serde_json::Value| {
            run["eggs"][index]["polls"].as_array().map(Vec::len)
        };
        assert_eq!(polls(&by_hand), polls(&by_compiler));
    }
}

#[test]
fn the_states_of_an_egg_follow_each_other_without_a_gap() {
    let run = json(&["A", "B"]);
    for egg in run["eggs"].as_array().expect("eggs") {
        let states = egg["states"].as_array().expect("states");
        let names: Vec<_> = states.iter().map(|it| &it["state"]).collect();
        let expected = ["Start", "Connecting", "Writing", "Reading", "Done"];
        assert_eq!(names, expected);
        for pair in states.windows(2) {
            assert_eq!(pair[0]["to"], pair[1]["from"]);
        }
    }
}

#[test]
fn the_steps_are_numbered_and_end_with_the_run() {
    let ran = fry(&["A", "--steps"]);
    let numbers = ran.stdout.lines().map(|line| {
        line.split_whitespace().next().and_then(|it| it.parse().ok())
    });
    let numbers: Vec<Option<usize>> = numbers.collect();
    let expected: Vec<_> = (1..=numbers.len()).map(Some).collect();
    assert_eq!(numbers, expected, "{}", ran.stdout);
    let last = ran.stdout.lines().last().expect("a line");
    assert!(last.ends_with("the run ends"), "{last}");
    assert!(ran.stdout.contains("FryEgg A: Writing → Reading"));
}

#[test]
fn the_chrome_trace_is_json_with_balanced_states() {
    let file = std::env::temp_dir()
        .join(format!("onecook-{}.json", std::process::id()));
    let name = file.to_str().expect("UTF-8");
    let ran = fry(&["--chrome", name]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("ui.perfetto.dev"));
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::remove_file(&file).expect("removed");
    let trace: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let count = |phase| events.iter().filter(|it| it["ph"] == phase).count();
    assert_eq!(count("b"), count("e"));
    assert_eq!(count("s"), count("f"));
    assert!(count("X") >= 12);
}

#[test]
fn a_trace_that_cannot_be_written_says_so() {
    let ran = fry(&["A", "--chrome", "/nowhere/eggs.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("choose another file"), "{}", ran.stderr);
}

#[test]
fn many_eggs_are_summed_up() {
    let ran = fry(&["--count", "200"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("200 eggs in "), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() < 25);
    let ran = fry(&["--count", "30", "--plain"]);
    assert!(ran.stdout.ends_with("Z\nAA\nAB\nAC\nAD\n"), "{}", ran.stdout);
}

#[test]
fn more_eggs_than_files_are_fried_a_few_at_a_time() {
    let arguments = ["fry", "--cook-time", "100ms", "--count", "60", "--json"];
    let program = eggs(&arguments);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 80; exec \"$@\"", "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    let output = shell.output().expect("sh runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("24 eggs at a time"), "{stderr}");
    assert!(stderr.contains("ulimit -n 152"), "{stderr}");
    let run: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(run["fried"], 60);
}

#[test]
fn wrong_usage_exits_with_2_and_says_what_to_do() {
    let cases: [(&[&str], &str); 6] = [
        (&["fry", "--cook-time", "0s"], "at least 1ms"),
        (&["fry", "--cook-time", "-1s"], "cannot be negative"),
        (&["fry", "--count", "0"], "at least 1"),
        (&["fry", "--server", "localhost"], "localhost:3001"),
        (&["serve", "--addr", "nonsense"], "127.0.0.1:3001"),
        (&["boil"], "--help"),
    ];
    for (arguments, text) in cases {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn colour_is_shown_when_forced_and_never_with_no_color() {
    let arguments = ["fry", "A", "--cook-time", "10ms"];
    let colour = |name: &str| {
        let output = eggs(&arguments).env(name, "1").output();
        output.expect("eggs runs").stdout.contains(&0x1b)
    };
    assert!(colour("CLICOLOR_FORCE"));
    assert!(!colour("NO_COLOR"));
}
