//! Slides 17 to 25: callbacks, green threads, actors, futures.

mod deck_util;
mod util;

use std::cell::Cell;
use std::future::{Future, Ready, poll_fn, ready};
use std::io::Write;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use deck_util::{D, every_part_is_as_expected, part, run, run_against, slide};
use onecook::channel::mpsc::unbounded_channel;
use onecook_demo::by::By;
use onecook_demo::deck::actors::{Message, Receive, receive};
use onecook_demo::deck::async_await::{FryAll, JoinAll, fry_all};
use onecook_demo::deck::griddle::{Griddle, Setting};
use onecook_demo::deck::loop_await::{FryInTurn, fry_in_turn};
use onecook_demo::deck::loop_then::{FryThenSay, fry_then_say};
use onecook_demo::deck::slide::Part;
use onecook_demo::egg::FryError;
use util::{fake_server, nobody, read_request};

/// The slides whose programs do not catch errors.
const NOT_CATCHING: [&str; 4] =
    ["green-threads", "async-await", "loop-then", "loop-await"];

/// The part that asks nobody.
const ASKS_NOBODY: &str = "never polled";

#[test]
fn callbacks_are_called_as_the_eggs_arrive() {
    every_part_is_as_expected("callbacks");
}

#[test]
fn green_threads_look_blocking_and_share_one_os_thread() {
    every_part_is_as_expected("green-threads");
}

#[test]
fn actors_send_what_they_have_and_crash_alone() {
    every_part_is_as_expected("actors");
}

#[test]
fn joined_eggs_stand_in_the_order_of_their_orders() {
    every_part_is_as_expected("async-await");
}

#[test]
fn eggs_under_way_arrive_as_they_are_done_and_plans_stay_plans() {
    every_part_is_as_expected("loop-then");
}

#[test]
fn an_await_in_a_loop_takes_the_time_of_all() {
    every_part_is_as_expected("loop-await");
}

#[test]
fn the_green_threads_claim_their_count_and_their_thread() {
    let ran = run("green-threads", "four green threads", By::Machine);
    let claims = ran.seen.claims.iter().map(|it| it.text.as_str());
    let claims: Vec<&str> = claims.collect();
    let one_thread = "all of them share one OS thread";
    assert_eq!(claims[0], "four are waited for");
    assert_eq!(claims[1..5], [one_thread; 4]);
    assert_eq!(claims[5], "none is waited for");
}

#[test]
fn the_callbacks_note_the_states_of_a_machine() {
    let ran = run("callbacks", "four requests", By::Machine);
    for name in ["A", "B", "C", "D"] {
        let notes = ran.seen.notes.iter().filter(|it| it.egg == name);
        let states: Vec<&str> = notes.map(|it| it.state).collect();
        assert_eq!(states, ["Connecting", "Writing", "Reading", "Done"]);
    }
}

#[test]
fn what_fails_early_is_told_first() {
    let ran = run("callbacks", "one fails", By::Machine);
    let first = &ran.lines()[0];
    assert!(first.starts_with("Error: "), "{:?}", ran.lines());
}

#[test]
fn a_program_that_does_not_catch_ends_with_the_error_if_the_server_is_down() {
    let is_right = |error: &FryError| matches!(error, FryError::Connect(_));
    end_with_an_error(nobody(), is_right);
}

#[test]
fn a_program_that_does_not_catch_ends_with_the_error_if_the_server_goes() {
    end_with_an_error(going(), |error| {
        matches!(error, FryError::Reply(_) | FryError::Read(_))
    });
}

/// A server that goes while the eggs are in the pan.
fn going() -> SocketAddr {
    fake_server(|mut stream| {
        read_request(&mut stream);
    })
}

#[track_caller]
fn end_with_an_error(server: SocketAddr, is_right: fn(&FryError) -> bool) {
    let parts = NOT_CATCHING.iter().flat_map(|slug| slide(slug).parts);
    for part in parts.filter(|part| part.name != ASKS_NOBODY) {
        for by in [By::Machine, By::Async] {
            let (ended, seen) = run_against(server, part, by);
            let error = ended.expect_err(part.name);
            assert!(is_right(&error), "{}: {error}", part.name);
            assert!(seen.lines.is_empty(), "{}: {seen:?}", part.name);
        }
    }
}

#[test]
fn callbacks_say_an_error_per_egg_and_the_program_goes_on() {
    for (server, begin) in [
        (nobody(), "Error: could not connect: "),
        (going(), "Error: the server closed the connection"),
    ] {
        let part = part("callbacks", "four requests");
        assert_eq!(says_four_times(server, part, By::Machine, |_| begin), 4);
    }
}

#[test]
fn the_caller_of_actors_hears_of_each_that_it_is_down() {
    for (server, why) in [
        (nobody(), "could not connect: "),
        (going(), "the server closed the connection"),
    ] {
        for by in [By::Machine, By::Async] {
            let part = part("actors", "four actors");
            let begin = |line: &str| {
                let name = line.split(' ').next().unwrap_or_default();
                format!("{name} is down: {why}")
            };
            assert_eq!(says_four_times(server, part, by, begin), 4);
        }
    }
}

/// How many lines begin as they should; the program must end without error.
#[track_caller]
fn says_four_times<B: AsRef<str>>(
    server: SocketAddr,
    part: &Part,
    by: By,
    begin: impl Fn(&str) -> B,
) -> usize {
    let (ended, seen) = run_against(server, part, by);
    ended.expect("errors are caught");
    for line in &seen.lines {
        let begin = begin(&line.text);
        let begin = begin.as_ref();
        assert!(line.text.starts_with(begin), "{} {begin}", line.text);
    }
    seen.lines.len()
}

#[test]
fn whoever_polls_nothing_needs_no_server() {
    for by in [By::Machine, By::Async] {
        let part = part("loop-then", ASKS_NOBODY);
        let (ended, seen) = run_against(nobody(), part, by);
        ended.expect("nothing can go wrong");
        assert!(seen.claims.iter().all(|claim| claim.holds), "{seen:?}");
        assert_eq!(seen.lines.len(), 1);
    }
}

#[test]
fn behind_an_egg_that_fails_the_loop_orders_nothing() {
    for by in [By::Machine, By::Async] {
        let orders = Arc::new(AtomicUsize::new(0));
        let counted = orders.clone();
        let only_a = fake_server(move |mut stream| {
            counted.fetch_add(1, Ordering::SeqCst);
            if read_request(&mut stream).starts_with("GET /A ") {
                let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";
                let _ = stream.write_all(reply);
            }
        });
        let part = part("loop-await", "one by one");
        let (ended, seen) = run_against(only_a, part, by);
        assert!(matches!(ended, Err(FryError::Reply(_))), "{ended:?}");
        let lines = seen.lines.iter().map(|it| it.text.as_str());
        assert_eq!(lines.collect::<Vec<_>>(), ["A"]);
        assert_eq!(orders.load(Ordering::SeqCst), 2, "A and B");
    }
}

fn griddle() -> Griddle {
    let setting = Setting {
        server: nobody(),
        host: "localhost".to_owned(),
        cook_time: D,
        ask_for_time: false,
        by: By::Machine,
        record: false,
    };
    Griddle::new(setting, |_| {})
}

#[test]
fn no_machine_is_larger_than_the_compilers() {
    let griddle = griddle();
    let orders = vec![griddle.order("A")];
    let four = || ["A", "B", "C", "D"].map(|name| griddle.order(name));
    let mailbox = || unbounded_channel::<Message>().1;
    let by_hand = [
        size_of_val(&Receive::new(4, mailbox(), griddle.clone())),
        size_of_val(&FryAll::new(orders.clone())),
        size_of_val(&FryThenSay::new("A", D, griddle.clone())),
        size_of_val(&FryInTurn::new(four(), griddle.clone())),
    ];
    let twins = [
        size_of_val(&receive(4, mailbox(), griddle.clone())),
        size_of_val(&fry_all(orders)),
        size_of_val(&fry_then_say("A", D, griddle.clone())),
        size_of_val(&fry_in_turn(four(), griddle.clone())),
    ];
    println!("by hand {by_hand:?}, by the compiler {twins:?} bytes");
    assert!(by_hand.iter().zip(&twins).all(|(hand, twin)| hand <= twin));
}

#[test]
#[should_panic(expected = "`FryAll` polled after it was done")]
fn eggs_that_are_joined_cannot_be_polled_again() {
    poll_beyond_the_end(FryAll::new(Vec::new()));
}

#[test]
#[should_panic(expected = "`JoinAll` polled after it was done")]
fn what_was_joined_cannot_be_polled_again() {
    poll_beyond_the_end(JoinAll::new([ready("A")]));
}

#[test]
#[should_panic(expected = "`FryThenSay` polled after it was done")]
fn an_egg_that_was_said_cannot_be_polled_again() {
    poll_beyond_the_end(FryThenSay::new("A", D, griddle()));
}

#[test]
#[should_panic(expected = "`FryInTurn` polled after it was done")]
fn a_loop_that_has_ended_cannot_be_polled_again() {
    let griddle = griddle();
    let orders = ["A", "B", "C", "D"].map(|name| griddle.order(name));
    poll_beyond_the_end(FryInTurn::new(orders, griddle));
}

#[test]
#[should_panic(expected = "`Receive` polled after it was done")]
fn a_caller_that_has_all_messages_cannot_be_polled_again() {
    let mailbox = unbounded_channel().1;
    poll_beyond_the_end(Receive::new(4, mailbox, griddle()));
}

fn poll_beyond_the_end<F: Future + Unpin>(mut future: F) {
    onecook::block_on(async {
        (&mut future).await;
        future.await;
    });
}

#[test]
fn a_caller_whose_address_nobody_has_any_more_waits_no_longer() {
    let (caller, mailbox) = unbounded_channel();
    let down = |name: &str| {
        let (name, why) = (name.to_owned(), "it was hungry".to_owned());
        Message::Down { name, why }
    };
    caller.send(down("A")).unwrap();
    drop(caller);
    let griddle = griddle();
    onecook::block_on(Receive::new(4, mailbox, griddle.clone()));
    let lines = griddle.take_seen().lines;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].text, "A is down: it was hungry");
}

/// Ready at its poll number `at`; counts its polls, and lives as long as its
/// `Rc`.
fn ready_at(at: u32, polls: Rc<Cell<u32>>) -> impl Future {
    poll_fn(move |_| {
        polls.set(polls.get() + 1);
        if polls.get() == at { Poll::Ready(at) } else { Poll::Pending }
    })
}

#[test]
fn the_join_polls_each_child_that_has_not_ended_and_drops_those_that_have() {
    let polls: [Rc<Cell<u32>>; 3] = <_>::default();
    let children = polls.iter().zip([2, 1, 3]);
    let children = children.map(|(polls, at)| ready_at(at, polls.clone()));
    let mut join = pin!(JoinAll::new(children));
    let mut cx = Context::from_waker(Waker::noop());
    let counts = || polls.clone().map(|it| (it.get(), Rc::strong_count(&it)));

    assert!(join.as_mut().poll(&mut cx).is_pending());
    assert_eq!(counts(), [(1, 3), (1, 2), (1, 3)]);
    assert!(join.as_mut().poll(&mut cx).is_pending());
    assert_eq!(counts(), [(2, 2), (1, 2), (2, 3)]);
    assert!(join.as_mut().poll(&mut cx).is_ready());
    assert_eq!(counts(), [(2, 2), (1, 2), (3, 2)]);
}

#[test]
fn a_join_of_nothing_is_ready_with_nothing() {
    let mut join = JoinAll::new(Vec::<Ready<u32>>::new());
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut join).poll(&mut cx), Poll::Ready(Vec::new()));
}
