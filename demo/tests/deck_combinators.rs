//! Slides 29, 31 and 32: all of them, or the first.

mod deck_util;
mod util;

use std::future::{Future, Ready, pending, ready};
use std::io::{IsTerminal, Read, stdin};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use deck_util::{D, every_part_is_as_expected, part, run, run_against, slide};
use onecook::{CancellationToken, block_on};
use onecook_demo::by::By;
use onecook_demo::deck::async_await::JoinAll;
use onecook_demo::deck::control_flow::{Race, RaceOk, TryJoinAll};
use onecook_demo::deck::join_right::TryJoin2;
use onecook_demo::deck::select::{First, PageOrAbort, Select2, page_or_abort};
use onecook_demo::egg::{FryError, Order};
use util::{fake_server, nobody, read_request, replying};

#[test]
fn there_are_four_ways_to_wait_and_three_to_put_streams_together() {
    every_part_is_as_expected("control-flow");
}

#[test]
fn two_joined_take_the_time_of_one_and_an_error_drops_the_other() {
    every_part_is_as_expected("join-right");
}

#[test]
fn the_first_of_several_goes_on_and_the_others_are_dropped() {
    every_part_is_as_expected("select");
}

#[test]
fn the_page_that_is_aborted_closes_its_socket() {
    for by in [By::Machine, By::Async] {
        let ran = run("select", "page or abort", by);
        let [claim] = &ran.seen.claims[..] else { panic!("{ran:#?}") };
        assert!(claim.holds, "{claim:?}");
        assert_eq!(ran.measured.left, Some(1));
    }
}

/// The part that is its own server.
const OWN_SERVER: &str = "server and worker";

/// What the user is told before anything happens.
const PROMPT: &str = "a line takes the egg off";

#[test]
fn the_error_of_a_server_that_is_not_there_ends_the_program() {
    end_with_an_error(nobody(), |why| matches!(why, FryError::Connect(_)));
}

#[test]
fn so_does_that_of_a_server_that_goes_with_the_eggs_in_the_pan() {
    let going = fake_server(|mut stream| {
        read_request(&mut stream);
    });
    end_with_an_error(going, |why| {
        matches!(why, FryError::Reply(_) | FryError::Read(_))
    });
}

/// Runs every part that asks a server.
#[track_caller]
fn end_with_an_error(server: SocketAddr, is_right: fn(&FryError) -> bool) {
    let slugs = ["control-flow", "join-right", "select"];
    let parts = slugs.iter().flat_map(|slug| slide(slug).parts);
    for part in parts.filter(|part| part.name != OWN_SERVER) {
        for by in [By::Machine, By::Async] {
            let (ended, seen) = run_against(server, part, by);
            let why = ended.expect_err(part.name);
            assert!(is_right(&why), "{}: {why}", part.name);
            let said = seen.lines.iter().filter(|line| line.text != PROMPT);
            assert_eq!(said.count(), 0, "{}: {:?}", part.name, seen.lines);
        }
    }
}

#[test]
fn a_server_beside_a_worker_needs_no_other_server() {
    for by in [By::Machine, By::Async] {
        let part = part("select", OWN_SERVER);
        let (ended, seen) = run_against(nobody(), part, by);
        ended.expect("it ends well");
        let said: Vec<&str> =
            seen.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(said, ["egg", "egg", "closed"]);
        assert!(seen.claims.iter().all(|claim| claim.holds), "{seen:?}");
    }
}

#[test]
fn where_nobody_sits_at_a_terminal_a_line_comes_all_the_same() {
    if stdin().is_terminal() {
        return; // whoever sits there says how it goes
    }
    let ran = run("select", "user input", By::Machine);
    assert_eq!(ran.lines(), [PROMPT, "it was \"stop\""]);
    assert_eq!(ran.measured.left, Some(1));
}

/// What became of a page, by both machines.
fn page_or_abort_from(
    server: SocketAddr,
    abort: &CancellationToken,
) -> [Result<Option<String>, FryError>; 2] {
    let page = || Order::new("page", server, "x", None);
    let machine = PageOrAbort::new(page(), abort.clone());
    let by_async = page_or_abort(page(), abort.clone());
    [block_on(machine), block_on(by_async)]
        .map(|page| page.map(|page| page.map(|page| page.text)))
}

#[test]
fn a_page_that_comes_before_the_signal_is_handed_out() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npage";
    let abort = CancellationToken::new();
    for page in page_or_abort_from(replying(reply), &abort) {
        assert_eq!(page.unwrap().unwrap(), "page");
    }
}

#[test]
fn a_signal_that_was_there_before_lets_no_page_come() {
    let abort = CancellationToken::new();
    abort.cancel();
    let silent = fake_server(|mut stream| {
        read_request(&mut stream);
        let _gone = stream.read(&mut [0]);
    });
    for page in page_or_abort_from(silent, &abort) {
        assert_eq!(page.unwrap(), None);
    }
}

#[test]
fn eggs_of_streams_are_said_as_they_come() {
    let times = |name| {
        let ran = run("control-flow", name, By::Machine);
        ran.seen.lines.iter().map(|line| line.at).collect::<Vec<_>>()
    };
    let almost = D.saturating_sub(Duration::from_millis(2)); // two clocks
    for pair in times("chain").windows(2) {
        assert!(pair[0] + almost <= pair[1], "{pair:?}");
    }
    let merge = times("merge"); // A and C, then B and D
    assert!(merge[0] + almost <= merge[2], "{merge:?}");
    let zip = times("zip");
    assert!(zip[0] + almost <= zip[1], "{zip:?}");
}

/// Polls once, by hand.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

type Outcome = Result<u8, u8>;

fn outcomes(all: [Outcome; 3]) -> [Ready<Outcome>; 3] {
    all.map(ready)
}

#[test]
fn what_ends_each_combinator_is_what_its_place_in_the_table_says() {
    let mixed = [Err(1), Ok(2), Ok(3)];
    let mut race = Race::new(outcomes(mixed));
    assert_eq!(poll(&mut race), Poll::Ready(Err(1)));
    let mut race_ok = RaceOk::new(outcomes(mixed));
    assert_eq!(poll(&mut race_ok), Poll::Ready(Ok(2)));
    let mut try_join = TryJoinAll::new(outcomes(mixed));
    assert_eq!(poll(&mut try_join), Poll::Ready(Err(1)));
    let mut try_join = TryJoinAll::new(outcomes([Ok(1), Ok(2), Ok(3)]));
    assert_eq!(poll(&mut try_join), Poll::Ready(Ok(vec![1, 2, 3])));
    let mut race_ok = RaceOk::new(outcomes([Err(1), Err(2), Err(3)]));
    assert_eq!(poll(&mut race_ok), Poll::Ready(Err(vec![1, 2, 3])));
}

/// A future that never ends, and says when it is dropped.
fn endless<T>(alive: &Rc<()>) -> Pin<Box<dyn Future<Output = T>>>
where
    T: 'static,
{
    let alive = alive.clone();
    Box::pin(async move {
        let output = pending().await;
        drop(alive);
        output
    })
}

#[test]
fn the_others_are_dropped_before_the_poll_returns() {
    let alive = Rc::new(());
    let error = || Box::pin(ready(Err(1)));
    let mut race: Race<Pin<Box<dyn Future<Output = Outcome>>>> =
        Race::new([endless(&alive), error(), endless(&alive)]);
    assert!(poll(&mut race).is_ready());
    assert_eq!(Rc::strong_count(&alive), 1);
    let mut join = TryJoin2::new(endless::<Outcome>(&alive), error());
    assert_eq!(poll(&mut join), Poll::Ready(Err(1)));
    assert_eq!(Rc::strong_count(&alive), 1);
    let mut select = Select2::new(endless::<()>(&alive), ready(7));
    assert!(matches!(poll(&mut select), Poll::Ready(First::B(7))));
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn a_combinator_begins_when_it_is_polled() {
    let alive = Rc::new(());
    let two = || [endless::<Outcome>(&alive), endless(&alive)];
    let (mut race, mut race_ok) = (Race::new(two()), RaceOk::new(two()));
    let (mut try_join, mut join) =
        (TryJoinAll::new(two()), JoinAll::new(two()));
    assert!(matches!(race, Race::Start { .. }));
    assert!(matches!(race_ok, RaceOk::Start { .. }));
    assert!(matches!(try_join, TryJoinAll::Start { .. }));
    assert!(matches!(join, JoinAll::Start { .. }));
    assert!(poll(&mut race).is_pending() && poll(&mut race_ok).is_pending());
    assert!(poll(&mut try_join).is_pending() && poll(&mut join).is_pending());
    assert!(matches!(race, Race::Waiting { .. }));
    assert!(matches!(race_ok, RaceOk::Waiting { .. }));
    assert!(matches!(try_join, TryJoinAll::Waiting { .. }));
    assert!(matches!(join, JoinAll::Joining { .. }));
    drop((race, race_ok, try_join, join));
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn who_is_polled_after_the_end_panics_with_its_own_name() {
    let mut race = Race::new([ready(1)]);
    let mut race_ok = RaceOk::new([ready(Outcome::Ok(1))]);
    let mut all = TryJoinAll::new([ready(Outcome::Ok(1))]);
    let mut both = TryJoin2::new(ready(Outcome::Ok(1)), ready(Outcome::Ok(1)));
    let mut select = Select2::new(ready(1), ready(2));
    assert!(poll(&mut race).is_ready() && poll(&mut race_ok).is_ready());
    assert!(poll(&mut all).is_ready() && poll(&mut both).is_ready());
    assert!(poll(&mut select).is_ready());
    assert_eq!(panic_of(|| poll(&mut race)), "Race");
    assert_eq!(panic_of(|| poll(&mut race_ok)), "RaceOk");
    assert_eq!(panic_of(|| poll(&mut all)), "TryJoinAll");
    assert_eq!(panic_of(|| poll(&mut both)), "TryJoin2");
    assert_eq!(panic_of(|| poll(&mut select)), "Select2");
}

/// The name in the panic of something that is polled after its end.
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let caught = catch_unwind(AssertUnwindSafe(f));
    let panic = caught.err().expect("a panic");
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or(panic.downcast_ref::<String>().cloned())
        .expect("a text");
    let name = text.strip_suffix("` polled after it was done");
    name.and_then(|it| it.strip_prefix('`')).expect(&text).to_owned()
}
