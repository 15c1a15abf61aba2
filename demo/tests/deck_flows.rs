//! Slides 33 to 36 and 42 to 44: channels, streams, gotchas, scopes, bridges.

mod deck_util;
mod util;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use deck_util::{every_part_is_as_expected, part, run, run_against, slide};
use onecook::channel::mpsc;
use onecook::stream::{StreamExt, unfold};
use onecook::time::sleep;
use onecook::trace::StateMachine;
use onecook_demo::by::By;
use onecook_demo::deck::bridge::{AsyncWrapper, Something, async_wrapper};
use onecook_demo::deck::channels::{
    EggOrTimeout, FirstEgg, Fried, SendEgg, first_egg, send_egg,
};
use onecook_demo::deck::gotchas::{CountEgg, count_egg};
use onecook_demo::deck::griddle::{Griddle, Setting};
use onecook_demo::deck::streams::{EggStream, egg_stream, next_egg};
use onecook_demo::deck::structured::{Breakfast, Scope, breakfast};
use onecook_demo::egg::{Egg, FryError, Order};
use util::{fake_server, nobody, read_request};

/// The slides whose programs ask the server, and do not catch errors.
const ASKING: [&str; 4] = ["channels", "streams", "gotchas", "structured"];

/// Parts that ask nobody, and one whose errors are lost: that is its point.
const WITHOUT_ERRORS: [&str; 3] = ["std mutex", "async mutex", "bare spawn"];

const AN_HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn channels_join_tasks_and_hold_back_who_is_too_fast() {
    every_part_is_as_expected("channels");
}

#[test]
fn streams_are_lazy_unless_they_are_buffered() {
    every_part_is_as_expected("streams");
}

#[test]
fn each_gotcha_goes_wrong_and_its_cure_does_not() {
    every_part_is_as_expected("gotchas");
}

#[test]
fn when_a_scope_returns_everything_below_is_over() {
    every_part_is_as_expected("structured");
}

#[test]
fn a_callback_becomes_a_future_that_waits_only_if_it_must() {
    every_part_is_as_expected("bridge");
}

#[test]
fn of_four_eggs_the_first_one_is_said_and_no_other() {
    for by in [By::Machine, By::Async] {
        let ran = run("channels", "first egg", by);
        let [egg] = ran.lines() else { panic!("{:?}", ran.lines()) };
        assert!(["A", "B", "C", "D"].contains(&&**egg), "{egg}");
    }
}

#[test]
fn the_watchdog_tells_in_which_task_and_where_the_program_hangs() {
    let ran = run("gotchas", "std mutex", By::Machine);
    let [who, place, what] = ran.lines() else { panic!("{:?}", ran.lines()) };
    assert!(who.starts_with("onecook: one poll of task"), "{who}");
    assert!(who.ends_with("'B'"), "{who}");
    assert!(place.contains("gotchas.rs:"), "{place}");
    assert!(what.starts_with("still runs after"), "{what}");
}

#[test]
fn the_command_that_hangs_is_in_no_help() {
    let help = util::run(&["--help"]).stdout;
    assert!(help.contains("serve") && !help.contains("gotcha"), "{help}");
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

/// Runs every part that asks a server, and hears of its errors.
#[track_caller]
fn end_with_an_error(server: SocketAddr, is_right: fn(&FryError) -> bool) {
    let parts = ASKING.iter().flat_map(|slug| slide(slug).parts);
    for part in parts.filter(|part| !WITHOUT_ERRORS.contains(&part.name)) {
        for by in [By::Machine, By::Async] {
            let (ended, _) = run_against(server, part, by);
            let error = ended.expect_err(part.name);
            assert!(is_right(&error), "{}: {error}", part.name);
        }
    }
}

#[test]
fn the_errors_of_bare_tasks_are_lost() {
    let bare = part("structured", "bare spawn");
    let (ended, seen) = run_against(nobody(), bare, By::Machine);
    ended.expect("nobody tells it");
    assert!(!seen.claims.iter().any(|claim| claim.holds), "{seen:?}");
}

#[test]
fn programs_that_ask_nobody_need_no_server() {
    let bridge = slide("bridge").parts.iter();
    let mutexes = WITHOUT_ERRORS[..2].iter();
    let mutexes = mutexes.map(|name| part("gotchas", name));
    for part in bridge.chain(mutexes) {
        for by in [By::Machine, By::Async] {
            let (ended, seen) = run_against(nobody(), part, by);
            ended.expect(part.name);
            assert!(!seen.lines.is_empty());
            assert!(seen.claims.iter().all(|claim| claim.holds), "{seen:?}");
        }
    }
}

/// An order that ends at once: nobody fries it.
fn order() -> Rc<Order> {
    Order::new("A", nobody(), "x", None)
}

fn egg(text: &str) -> Egg {
    Egg { text: text.to_owned(), finished: Instant::now() }
}

#[test]
fn a_sender_that_waits_in_full_ends_when_the_receiver_goes() {
    onecook::block_on(async {
        let (sender, receiver) = mpsc::channel(1);
        sender.try_send(Ok(egg("first"))).unwrap();
        let twin = onecook::spawn(send_egg(order(), sender.clone()));
        let mut machine = SendEgg::new(order(), sender);
        poll_fn(|cx| {
            let polled = Pin::new(&mut machine).poll(cx);
            assert!(polled.is_pending());
            let is_full = machine.state() == "Full";
            if is_full { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        drop(receiver);
        assert!(!machine.await, "nobody wants the egg");
        assert!(!twin.await.unwrap());
    });
}

type Waiter = Pin<Box<dyn Future<Output = Fried>>>;

/// Each of the twins, for one channel each.
fn both_first_eggs(limit: Duration) -> [(mpsc::Sender<Fried>, Waiter); 2] {
    let (to_machine, eggs) = mpsc::channel(1);
    let machine = FirstEgg::new(eggs, limit);
    let (to_twin, eggs) = mpsc::channel(1);
    let twin = first_egg(eggs, limit);
    [(to_machine, Box::pin(machine)), (to_twin, Box::pin(twin))]
}

#[test]
fn an_egg_that_is_there_counts_also_when_the_time_is_over() {
    onecook::block_on(async {
        for (sender, first) in both_first_eggs(Duration::ZERO) {
            sender.try_send(Ok(egg("A"))).unwrap();
            assert_eq!(first.await.unwrap().text, "A");
            assert!(sender.is_closed(), "the receiver is gone by then");
        }
    });
}

#[test]
fn who_waits_for_an_egg_gives_up_when_the_time_is_over_or_nobody_sends() {
    onecook::block_on(async {
        for (sender, first) in both_first_eggs(Duration::ZERO) {
            let error = first.await.unwrap_err();
            assert!(matches!(error, FryError::TimedOut(Duration::ZERO)));
            assert!(sender.is_closed());
        }
        for (sender, first) in both_first_eggs(AN_HOUR) {
            drop(sender);
            let error = first.await.unwrap_err();
            assert_eq!(error.to_string(), "every sender is gone");
        }
    });
}

#[test]
fn a_stream_of_eggs_orders_none_before_it_is_asked() {
    let orders = || [order(), order()];
    let held = orders();
    let mut machine = EggStream::new(held.to_vec());
    assert_eq!(machine.state(), "Waiting");
    onecook::block_on(async {
        assert!(machine.next().await.unwrap().is_err(), "nobody fries it");
        assert_eq!(machine.state(), "Waiting");
        let counts = held.each_ref().map(Rc::strong_count);
        assert_eq!(counts, [1, 2], "the second one is still an order");
        assert!(machine.next().await.is_some());
        let mut twin = pin!(egg_stream(orders().to_vec()));
        for _ in 0..2 {
            assert!(twin.next().await.is_some());
        }
        for _ in 0..2 {
            assert!(machine.next().await.is_none());
            assert!(twin.next().await.is_none());
        }
        assert_eq!(machine.state(), "Done");
    });
}

/// A child that ends when `ends` says so, and tells when it is dropped.
struct Told {
    name: char,
    ends: Option<Result<(), ()>>,
    dropped: Rc<RefCell<String>>,
}

impl Future for Told {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Fried> {
        match self.ends {
            None => Poll::Pending,
            Some(Ok(())) => Poll::Ready(Ok(egg(&self.name.to_string()))),
            Some(Err(())) => Poll::Ready(Err(FryError::TimedOut(AN_HOUR))),
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(self.name);
    }
}

/// A scope with a child for each of `ends`, and what is told of drops.
fn scope_of(
    laying: Duration,
    ends: [Option<Result<(), ()>>; 4],
) -> (Scope<Told>, Rc<RefCell<String>>) {
    let dropped: Rc<RefCell<String>> = Rc::default();
    let children = "ABCD".chars().zip(ends).map(|(name, ends)| {
        let dropped = dropped.clone();
        Told { name, ends, dropped }
    });
    (Scope::new(sleep(laying), children), dropped)
}

const ENDS: Option<Result<(), ()>> = Some(Ok(()));
const FAILS: Option<Result<(), ()>> = Some(Err(()));

#[test]
fn a_scope_drops_its_youngest_child_first() {
    let (mut scope, dropped) = scope_of(AN_HOUR, [None; 4]);
    onecook::block_on(poll_fn(|cx| {
        assert!(Pin::new(&mut scope).poll(cx).is_pending());
        Poll::Ready(())
    }));
    drop(scope);
    assert_eq!(*dropped.borrow(), "DCBA");
}

#[test]
fn a_failed_child_takes_its_siblings_along_before_the_scope_returns() {
    let ends = [None, FAILS, None, ENDS];
    let (mut scope, dropped) = scope_of(AN_HOUR, ends);
    let error = onecook::block_on(&mut scope).unwrap_err();
    assert!(matches!(error, FryError::TimedOut(_)));
    assert_eq!(*dropped.borrow(), "BDCA", "itself, then the youngest first");
}

#[test]
fn a_scope_waits_for_its_body_and_for_all_its_children() {
    let (scope, dropped) = scope_of(Duration::from_millis(5), [ENDS; 4]);
    let began = Instant::now();
    let eggs = onecook::block_on(scope).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(5));
    let names: Vec<&str> = eggs.iter().map(|egg| &*egg.text).collect();
    assert_eq!(
        (names.concat().as_str(), &**dropped.borrow()),
        ("ABCD", "ABCD")
    );
    let (mut scope, _) = scope_of(Duration::ZERO, [ENDS, ENDS, None, ENDS]);
    onecook::block_on(poll_fn(|cx| {
        assert!(Pin::new(&mut scope).poll(cx).is_pending());
        Poll::Ready(())
    }));
}

fn griddle() -> Griddle {
    let server = nobody();
    let setting = Setting {
        server,
        host: server.to_string(),
        cook_time: AN_HOUR,
        ask_for_time: false,
        by: By::Machine,
        record: false,
    };
    Griddle::new(setting, |_| {})
}

#[test]
fn something_begins_in_the_first_poll_and_may_drop_its_callback() {
    let begun = Rc::new(Cell::new(0));
    let something = || -> Something {
        let begun = begun.clone();
        Box::new(move |fired| {
            begun.set(begun.get() + 1);
            drop(fired);
        })
    };
    let machine = AsyncWrapper::new(griddle(), something());
    let twin = async_wrapper(griddle(), something());
    assert_eq!(begun.get(), 0);
    assert!(onecook::block_on(machine).is_err());
    assert!(onecook::block_on(twin).is_err());
    assert_eq!(begun.get(), 2);
}

#[test]
fn no_machine_is_larger_than_the_compilers() {
    let sender = || mpsc::channel(1).0;
    let eggs = || mpsc::channel(1).1;
    let something = || -> Something { Box::new(|fired| fired()) };
    let orders = || vec![order()];
    let count = || Rc::new(Cell::new(0));
    no_larger(&SendEgg::new(order(), sender()), &send_egg(order(), sender()));
    no_larger(&FirstEgg::new(eggs(), AN_HOUR), &first_egg(eggs(), AN_HOUR));
    no_larger(
        &EggStream::new(orders()),
        &unfold(orders().into_iter(), next_egg),
    );
    no_larger(&CountEgg::new(order(), count()), &count_egg(order(), count()));
    no_larger(
        &Breakfast::new(orders(), AN_HOUR),
        &breakfast(orders(), AN_HOUR),
    );
    no_larger(
        &AsyncWrapper::new(griddle(), something()),
        &async_wrapper(griddle(), something()),
    );
}

#[track_caller]
fn no_larger<M: StateMachine, A>(machine: &M, twin: &A) {
    let (name, by_hand, twin) =
        (M::NAME, size_of_val(machine), size_of_val(twin));
    println!("{name} {by_hand} bytes, its `async fn` twin {twin}");
    assert!(by_hand <= twin, "{name}: {by_hand} > {twin}");
}

#[test]
fn polled_once_more_a_machine_says_its_name() {
    let (sender, eggs) = mpsc::channel(1);
    let something: Something = Box::new(|fired| fired());
    says_its_name(SendEgg::new(order(), sender));
    says_its_name(FirstEgg::new(eggs, Duration::ZERO));
    says_its_name(CountEgg::new(order(), Rc::default()));
    says_its_name(Breakfast::new(vec![order()], Duration::ZERO));
    says_its_name(AsyncWrapper::new(griddle(), something));
}

#[track_caller]
fn says_its_name<M: Future + StateMachine + Unpin>(mut machine: M) {
    says_after_the_end(M::NAME, &mut machine);
    assert_eq!(machine.state(), "Done");
}

#[track_caller]
fn says_after_the_end(name: &str, future: impl Future + Unpin) {
    let mut future = future;
    onecook::block_on(async {
        let _ = (&mut future).await;
        poll_fn(|cx| {
            let poll = || Pin::new(&mut future).poll(cx).is_ready();
            let panic = catch_unwind(AssertUnwindSafe(poll)).unwrap_err();
            let text = panic.downcast_ref::<&str>();
            let told = format!("`{name}` polled after it was done");
            assert_eq!(text.copied(), Some(&*told));
            Poll::Ready(())
        })
        .await;
    });
}

#[test]
fn polled_once_more_a_combinator_says_its_name() {
    let (_sender, eggs) = mpsc::channel(1);
    let select = EggOrTimeout::new(eggs, Duration::ZERO);
    says_after_the_end("EggOrTimeout", select);
    let (scope, _) = scope_of(Duration::ZERO, [ENDS; 4]);
    says_after_the_end("Scope", scope);
}
