//! `race`, `race_ok` and `either`: the first of them.
//!
//! semantics 6, 30, 32, 33, 40

use std::error::Error;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use onecook::future::{
    Either, Race, RaceOk, either, join, race, race_ok, try_join,
};
use onecook::time::{sleep, timeout};
use onecook::{Builder, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, Log, PanicsOnDrop, Reports,
    block_on_virtual, expect_pending, expect_ready, poll_once, poll_with,
    within,
};

const LENGTHS: [usize; 6] = [1, 2, 30, 31, 32, 1000];

fn text_of<T>(body: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).err().unwrap();
    payload.downcast_ref::<String>().unwrap().clone()
}

/// Wins of the first, of 10,000 races, for each of several that alternate.
fn wins(races: &[&dyn Fn() -> bool], seed: u64) -> Vec<Vec<bool>> {
    let runtime = Builder::new().seed(seed).build().unwrap();
    runtime.block_on(async {
        let mut wins = vec![Vec::new(); races.len()];
        for _ in 0..10_000 {
            for (race, wins) in races.iter().zip(&mut wins) {
                wins.push(race());
            }
        }
        wins
    })
}

fn races() -> [&'static dyn Fn() -> bool; 6] {
    [
        &|| expect_ready(&mut race((ready(true), ready(false)))),
        &|| expect_ready(&mut race([ready(true), ready(false)])),
        &|| expect_ready(&mut race(vec![ready(true), ready(false)])),
        &|| expect_ready(&mut either(ready(()), ready(0))).is_left(),
        &|| {
            expect_ready(&mut race_ok(
                [true, false].map(|it| ready(Ok::<_, ()>(it))),
            ))
            .unwrap()
        },
        &|| {
            expect_ready(&mut try_join(
                [true, false].map(|it| ready(Err::<(), _>(it))),
            ))
            .unwrap_err()
        },
    ]
}

#[test]
fn of_two_that_are_ready_each_wins_half_also_when_races_alternate() {
    for count in 1..=races().len() {
        for wins in wins(&races()[..count], 4) {
            let first = wins.iter().filter(|it| **it).count();
            assert!((4800..=5200).contains(&first), "{count}: {first}");
        }
    }
}

#[test]
fn of_many_that_are_ready_each_wins_as_often() {
    block_on(async {
        let mut wins = [0; 5];
        for _ in 0..10_000 {
            wins[race([0, 1, 2, 3, 4].map(ready)).await] += 1;
        }
        assert!(wins.iter().all(|it| (1800..2200).contains(it)), "{wins:?}");
    });
}

#[test]
fn the_same_seed_plays_the_same_wins_again() {
    assert_eq!(wins(&races(), 7), wins(&races(), 7));
    assert_ne!(wins(&races(), 7), wins(&races(), 8));
}

#[test]
fn who_is_woken_first_wins() {
    for last_first in [false, true] {
        let gates = [Gate::new(), Gate::new(), Gate::new()];
        let wait = |place: usize| {
            let wait = gates[place].wait();
            async move {
                wait.await;
                place
            }
        };
        let mut raced = Box::pin(race([wait(0), wait(1), wait(2)]));
        expect_pending(&mut raced);
        let order = if last_first { [2, 0] } else { [0, 2] };
        for place in order {
            gates[place].open();
        }
        assert_eq!(expect_ready(&mut raced), order[0]);
    }
}

#[test]
fn race_is_the_same_for_every_length() {
    for count in LENGTHS {
        for winner in [0, count / 2, count - 1] {
            let (counters, parent) = (Counters::new(), CountingWaker::new());
            let gate = Gate::new();
            let child = |place: usize| {
                let mut wait = gate.wait();
                counters.probe(move |cx| {
                    if place == winner {
                        return Pin::new(&mut wait).poll(cx).map(|()| place);
                    }
                    Poll::Pending
                })
            };
            let mut raced = race((0..count).map(child).collect::<Vec<_>>());
            assert!(poll_with(&mut raced, &parent.waker()).is_pending());
            assert!(poll_with(&mut raced, &parent.waker()).is_pending());
            gate.open();
            assert_eq!(parent.wakes(), 1);
            let polled = poll_with(&mut raced, &parent.waker());
            assert_eq!(polled, Poll::Ready(winner));
            assert_eq!(counters.polls(), count + 1);
            assert_eq!(counters.drops(), count, "the losers are dropped");
            assert_eq!(parent.holders(), 0, "and so are the wakers");
        }
    }
}

#[test]
fn race_ok_is_the_same_for_every_length() {
    for count in LENGTHS {
        let fails = |place: usize| ready(Err::<(), _>(place));
        let pans: Vec<_> = (0..count).map(fails).collect();
        let error = block_on(pans.race_ok()).unwrap_err();
        assert_eq!(error.into_errors(), (0..count).collect::<Vec<_>>());
        let ends = |place: usize| {
            ready(if place == count / 2 { Ok(place) } else { Err(()) })
        };
        let pans: Vec<_> = (0..count).map(ends).collect();
        assert_eq!(block_on(race_ok(pans)), Ok(count / 2));
    }
}

#[test]
fn race_of_nothing_never_ends_and_is_not_reported_as_lost() {
    let reports = Reports::catch();
    let none: [Ready<()>; 0] = [];
    block_on_virtual(async {
        let tasks = [
            spawn(race(none.clone())),
            spawn(none.to_vec().race()),
            spawn(async { join((race::<[Ready<()>; 0]>([]),)).await.0 }),
        ];
        sleep(Duration::from_secs(3600)).await;
        assert!(tasks.iter().all(|task| !task.is_finished()));
        assert!(!onecook::dump().contains("LOST"), "{}", onecook::dump());
    });
    reports.expect_none();
}

#[test]
fn race_ok_of_nothing_is_an_error_with_no_errors() {
    let none: [Ready<Result<u8, u8>>; 0] = [];
    let error = expect_ready(&mut race_ok(none.clone())).unwrap_err();
    assert!(error.errors().is_empty());
    assert_eq!(error.to_string(), "there was no future that could end well");
    let error = expect_ready(&mut race_ok(none.to_vec())).unwrap_err();
    assert!(error.errors().is_empty());
}

#[test]
fn errors_come_in_the_order_of_the_futures_not_of_time() {
    let late = |millis: u64, text: &'static str| async move {
        sleep(Duration::from_millis(millis)).await;
        Err::<(), _>(text)
    };
    let error = block_on_virtual(race_ok((late(3, "a"), late(1, "b"))));
    let error = error.unwrap_err();
    assert_eq!(error.errors(), ["a", "b"]);
    assert_eq!(error.to_string(), "all 2 failed: a; b");
    assert_eq!((error[0], error[1]), ("a", "b"));
    assert_eq!((&error).into_iter().count(), 2);
    let error = block_on_virtual(race_ok([late(3, "a"), late(1, "b")]));
    let error: Box<dyn Error> = Box::new(error.unwrap_err());
    assert_eq!(error.to_string(), "all 2 failed: a; b");
}

#[test]
fn losers_are_dropped_in_the_order_of_their_places_before_the_poll_returns() {
    let log = Log::new();
    let child = |name| {
        let mine = log.on_drop(name);
        let mut polls = 0;
        poll_fn(move |cx| {
            let _ = &mine;
            polls += 1;
            if polls == 2 && name == "c" {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let drops = |mut raced: Pin<Box<dyn Future<Output = ()>>>| {
        while poll_once(&mut raced).is_pending() {}
        let lines = log.lines();
        drop(raced);
        assert_eq!(log.lines(), lines, "nothing was left");
        lines
    };
    let all = ["a", "b", "c", "d"].map(child);
    assert_eq!(drops(Box::pin(race(all))), ["c", "a", "b", "d"]);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(child);
    let lines = drops(Box::pin(race((a, b, c, d))));
    assert_eq!(lines[4..], ["c", "a", "b", "d"]);
    let [a, c] = ["a", "c"].map(child);
    let raced = either(a, c);
    let lines = drops(Box::pin(async move {
        assert!(raced.await.is_right());
    }));
    assert_eq!(lines[8..], ["c", "a"]);
}

#[test]
fn a_panic_in_a_losers_drop_leaves_a_race_that_can_be_dropped() {
    let counters = Counters::new();
    let child = |place: usize| {
        let bomb = (place == 0).then(|| PanicsOnDrop("bomb"));
        let mut polls = 0;
        counters.probe(move |cx| {
            let _ = &bomb;
            cx.waker().wake_by_ref();
            polls += 1;
            if (place, polls) == (1, 2) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    };
    let mut raced = race([child(0), child(1), child(2)]);
    expect_pending(&mut raced);
    let text = text_of(|| while poll_once(&mut raced).is_pending() {});
    assert_eq!(text, "bomb");
    let text = text_of(|| poll_once(&mut raced));
    assert_eq!(text, "`race` polled after one of its futures panicked");
    drop(raced);
    assert_eq!(counters.drops(), 3);
}

#[test]
fn a_finished_race_says_so_when_it_is_polled() {
    let mut raced = race([ready(1)]);
    expect_ready(&mut raced);
    let text = text_of(|| poll_once(&mut raced));
    assert_eq!(text, "`race` polled after it was done");
    let mut raced = race_ok([ready(Err::<(), _>(1))]);
    assert!(expect_ready(&mut raced).is_err());
    let text = text_of(|| poll_once(&mut raced));
    assert_eq!(text, "`race_ok` polled after it was done");
    let mut raced = either(ready(1), pending::<()>());
    expect_ready(&mut raced);
    let text = text_of(|| poll_once(&mut raced));
    assert_eq!(text, "`either` polled after it was done");
}

#[test]
fn either_polls_only_who_was_woken() {
    let (left, right) = (Counters::new(), Counters::new());
    let gate = Gate::new();
    let mut wait = gate.wait();
    let a = left.probe(|_| Poll::<()>::Pending);
    let b = right.probe(move |cx| Pin::new(&mut wait).poll(cx));
    let mut raced = either(a, b);
    for _ in 0..5 {
        expect_pending(&mut raced);
    }
    gate.open();
    assert_eq!(expect_ready(&mut raced), Either::Right(()));
    assert_eq!((left.polls(), right.polls()), (1, 2));
    assert_eq!((left.drops(), right.drops()), (1, 1));
}

#[test]
fn a_loser_that_was_lent_goes_on() {
    block_on_virtual(async {
        let mut slow = pin!(sleep(Duration::from_secs(10)));
        let mut ticks = 0;
        loop {
            let tick = sleep(Duration::from_secs(3));
            match either(&mut slow, tick).await {
                Either::Left(()) => break,
                Either::Right(()) => ticks += 1,
            }
        }
        assert_eq!(ticks, 3);
        let inner: u8 = Either::<u8, u8>::Right(4).into_inner();
        assert_eq!(inner, 4);
    });
}

#[test]
fn a_race_in_an_always_ready_loop_does_not_disable_a_timeout() {
    within(|| {
        block_on(async {
            let busy = async {
                loop {
                    let elapsed = sleep(Duration::ZERO);
                    either(elapsed, sleep(Duration::ZERO)).await;
                }
            };
            let ended = timeout(Duration::from_millis(20), busy).await;
            assert!(ended.is_err());
        });
    });
}

#[test]
fn a_race_loses_to_nobody_when_it_is_woken_late() {
    within(|| {
        let winner = block_on(async {
            let slow = async {
                loop {
                    yield_now().await;
                }
            };
            race((slow, async {
                sleep(Duration::from_millis(1)).await;
                "timer"
            }))
            .await
        });
        assert_eq!(winner, "timer");
    });
}
