//! Slides 4 to 14: sequential, concurrent, parallel; work and waiting.

mod deck_util;
mod util;

use std::net::SocketAddr;

use deck_util::{every_part_is_as_expected, run, run_against, slide};
use onecook_demo::by::By;
use onecook_demo::egg::FryError;
use util::{fake_server, nobody, read_request};

/// The slides whose programs ask the server, and do not catch errors.
const ASKING: [&str; 6] = [
    "four-ways",
    "cpu-vs-io",
    "schedulers",
    "sequential",
    "threads",
    "scoped-threads",
];

/// The parts that ask nobody.
const CRACKING: &str = "crack";

#[test]
fn one_cook_who_waits_four_cooks_one_who_does_not_and_two_of_those() {
    every_part_is_as_expected("four-ways");
}

#[test]
fn work_takes_as_long_as_it_takes_and_waiting_can_be_shared() {
    every_part_is_as_expected("cpu-vs-io");
}

#[test]
fn a_greedy_task_goes_on_to_its_end_and_a_polite_one_lets_others_in() {
    every_part_is_as_expected("scheduling");
}

#[test]
fn the_loop_sleeps_and_a_busy_loop_does_not() {
    every_part_is_as_expected("schedulers");
}

#[test]
fn one_egg_after_another_takes_the_time_of_all() {
    every_part_is_as_expected("sequential");
}

#[test]
fn joined_threads_print_in_their_order_whoever_was_first() {
    every_part_is_as_expected("threads");
}

#[test]
fn threads_of_a_scope_borrow_and_are_over_when_it_is() {
    every_part_is_as_expected("scoped-threads");
}

#[test]
fn the_four_ways_differ_in_their_threads() {
    for (name, threads) in [
        ("sequential", 1),
        ("parallel", 4),
        ("concurrent", 1),
        ("two cooks", 2),
    ] {
        let ran = run("four-ways", name, By::Machine);
        let text = format!("the eggs were fried by so many threads: {threads}");
        let claim = ran.seen.claims.iter().find(|claim| claim.text == text);
        assert!(claim.expect(name).holds, "{name}");
    }
}

#[test]
fn the_queue_is_shown_as_it_was() {
    for (name, queues) in [
        ("greedy", "[main] [A B] [B main] [main]"),
        (
            "polite",
            "[main] [A B] [B A] [A B] [B A] [A B] [B A] [A B] [B main] [main]",
        ),
    ] {
        let ran = run("scheduling", name, By::Async);
        let shown = ran.lines().iter().filter(|line| line.starts_with('['));
        let shown: Vec<&str> = shown.map(String::as_str).collect();
        assert_eq!(shown.join(" "), queues);
    }
}

#[test]
fn the_loop_tells_how_long_each_task_was_ready_and_waiting() {
    let ran = run("schedulers", "the loop", By::Machine);
    let told = ran.lines().iter().filter(|line| {
        ["task ", "ready ", "running ", "waiting "]
            .iter()
            .all(|word| line.contains(word))
    });
    assert_eq!(told.count(), 4, "{:?}", ran.lines());
    let [recording] = &ran.seen.recordings[..] else { panic!("one runtime") };
    assert_eq!(recording.metrics.empty_turns, 0);
    assert_eq!(recording.task_times.len(), 5, "four eggs and main");
}

#[test]
fn a_program_whose_server_is_down_ends_with_that_error() {
    end_with_an_error(nobody(), |error| matches!(error, FryError::Connect(_)));
}

#[test]
fn a_program_whose_server_goes_with_the_eggs_in_the_pan_ends_too() {
    let going = fake_server(|mut stream| {
        read_request(&mut stream);
    });
    end_with_an_error(going, |error| {
        matches!(error, FryError::Reply(_) | FryError::Read(_))
    });
}

/// Runs every part that asks a server.
#[track_caller]
fn end_with_an_error(server: SocketAddr, is_right: fn(&FryError) -> bool) {
    let parts = ASKING.iter().flat_map(|slug| slide(slug).parts);
    for part in parts.filter(|part| !part.name.starts_with(CRACKING)) {
        for by in [By::Machine, By::Async] {
            let (ended, seen) = run_against(server, part, by);
            let error = ended.expect_err(part.name);
            assert!(is_right(&error), "{}: {error}", part.name);
            assert!(seen.lines.is_empty(), "{}: {seen:?}", part.name);
        }
    }
}

#[test]
fn programs_that_ask_nobody_need_no_server() {
    let scheduling = slide("scheduling").parts.iter();
    let cracking = slide("cpu-vs-io").parts.iter();
    let cracking = cracking.filter(|it| it.name.starts_with(CRACKING));
    for part in scheduling.chain(cracking) {
        let (ended, seen) = run_against(nobody(), part, By::Machine);
        ended.expect(part.name);
        assert!(!seen.lines.is_empty());
    }
}

#[test]
fn work_is_not_saved_by_a_join_and_halved_by_a_second_thread() {
    let claims = |name| {
        let ran = run("cpu-vs-io", name, By::Machine);
        let claims = ran.seen.claims.into_iter();
        claims.map(|it| (it.text, it.holds)).collect::<Vec<_>>()
    };
    let holds = |text: &str| (text.to_owned(), true);
    assert_eq!(
        claims("crack, one thread"),
        [
            holds("nobody cracks two at once"),
            holds("four joined are the work of four: more than of three")
        ]
    );
    assert_eq!(
        claims("crack, two threads"),
        [
            holds("two threads crack at once"),
            holds("each of the two computes about half of it")
        ]
    );
}
