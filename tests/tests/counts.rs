//! Counts that are exact: polls, wakes, turns.
//!
//! semantics 4, 5; design promises 4, 6

use std::future::poll_fn;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use onecook::time::sleep;
use onecook::{Builder, Metrics, Runtime, block_on, metrics, spawn, yield_now};
use onecook_tests::{Counters, Gate, WakerSlot, within};

fn polls_of(body: impl std::future::Future<Output = ()>) -> Metrics {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(body);
    runtime.metrics()
}

#[test]
fn a_yield_makes_exactly_one_poll_more() {
    let polls = |yields: u64| {
        let metrics = polls_of(async move {
            for _ in 0..yields {
                yield_now().await;
            }
        });
        (metrics.polls, metrics.wakes, metrics.coalesced_wakes)
    };
    assert_eq!(polls(0), (1, 0, 0));
    assert_eq!(polls(1), (2, 1, 0));
    assert_eq!(polls(1000), (1001, 1000, 0));
}

#[test]
fn a_spawn_and_a_join_make_three_polls() {
    let metrics = polls_of(async {
        spawn(async {}).await.unwrap();
    });
    // Main, the task, main again.
    assert_eq!((metrics.polls, metrics.wakes, metrics.spawned), (3, 1, 1));
}

#[test]
fn coalesced_wakes_are_counted_apart() {
    let metrics = polls_of(poll_fn({
        let mut polls = 0;
        move |cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            for _ in 0..5 {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        }
    }));
    assert_eq!(
        (metrics.polls, metrics.wakes, metrics.coalesced_wakes),
        (2, 5, 4)
    );
}

#[test]
fn a_block_on_that_never_waits_makes_no_turn() {
    let metrics = polls_of(async {
        for _ in 0..10 {
            yield_now().await;
        }
    });
    assert_eq!((metrics.turns, metrics.looks), (0, 0));
}

#[test]
fn a_sleep_makes_two_polls_and_one_turn() {
    let metrics = polls_of(sleep(Duration::from_millis(2)));
    assert_eq!((metrics.polls, metrics.wakes), (2, 1));
    assert_eq!((metrics.turns, metrics.empty_turns), (1, 0));
}

#[test]
fn an_hour_of_virtual_time_makes_a_turn_per_deadline() {
    let runtime = Builder::new().virtual_time().build().unwrap();
    runtime.block_on(async {
        for _ in 0..60 {
            sleep(Duration::from_secs(60)).await;
        }
    });
    let metrics = runtime.metrics();
    assert_eq!((metrics.polls, metrics.turns), (61, 60));
    assert_eq!(metrics.empty_turns, 0);
}

#[test]
fn an_idle_block_on_makes_no_empty_turn() {
    // Woken by another thread, by a timer, by both: never for nothing.
    within(|| {
        let runtime = Runtime::new().unwrap();
        let gate = Gate::new();
        let opener = gate.clone();
        let slot = WakerSlot::new();
        let inner = slot.clone();
        let there = thread::spawn(move || {
            drop(inner.wait_for());
            opener.open();
        });
        runtime.block_on(async {
            let mut first = true;
            poll_fn(|cx| {
                if std::mem::take(&mut first) {
                    slot.store(cx);
                }
                Poll::Ready(())
            })
            .await;
            gate.wait().await;
            for _ in 0..20 {
                sleep(Duration::from_micros(300)).await;
            }
        });
        there.join().unwrap();
        let metrics = runtime.metrics();
        assert_eq!(metrics.empty_turns, 0, "{metrics:?}");
        let reasons = 21 + metrics.late_doorbells + metrics.interrupted_turns;
        assert!(metrics.turns <= reasons, "{metrics:?}");
    });
}

#[test]
fn a_deadlock_delay_makes_no_empty_turn_either() {
    within(|| {
        let delay = Some(Duration::from_millis(5));
        let runtime = Builder::new().deadlock_delay(delay).build().unwrap();
        runtime.block_on(async {
            for _ in 0..3 {
                sleep(Duration::from_millis(12)).await;
            }
        });
        assert_eq!(runtime.metrics().empty_turns, 0);
        assert_eq!(runtime.metrics().turns, 3);
    });
}

#[test]
fn tasks_are_counted_while_they_live() {
    block_on(async {
        let gate = Gate::new();
        let tasks: Vec<_> = (0..5).map(|_| spawn(gate.wait())).collect();
        let now = metrics();
        assert_eq!((now.tasks, now.ready, now.spawned), (5, 5, 5));
        yield_now().await;
        assert_eq!((metrics().tasks, metrics().ready), (5, 0));
        gate.open();
        assert_eq!(metrics().ready, 5);
        for task in tasks {
            task.await.unwrap();
        }
        let now = metrics();
        assert_eq!((now.tasks, now.ready, now.spawned), (0, 0, 5));
    });
}

#[test]
fn a_thousand_waiters_of_one_gate_are_polled_twice_each() {
    let counters = Counters::new();
    block_on(async {
        let gate = Gate::new();
        let tasks: Vec<_> = (0..1000)
            .map(|_| {
                let mut wait = gate.wait();
                spawn(counters.probe(move |cx| {
                    std::future::Future::poll(std::pin::Pin::new(&mut wait), cx)
                }))
            })
            .collect();
        yield_now().await;
        gate.open();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!((counters.polls(), counters.drops()), (2000, 1000));
}

#[test]
fn task_times_add_up_when_they_are_asked_for() {
    let runtime =
        Builder::new().virtual_time().task_times(true).build().unwrap();
    let id = runtime.block_on(async {
        let task = spawn(sleep(Duration::from_secs(5)));
        let id = task.id().unwrap();
        task.await.unwrap();
        id
    });
    let times = runtime.task_times();
    let times = times.iter().find(|it| it.task == id).unwrap();
    assert_eq!(times.waiting, Duration::from_secs(5));
    assert_eq!((times.ready, times.running), Default::default());
    assert!(runtime.task_times().iter().all(|it| it.task != id));
    assert!(Runtime::new().unwrap().task_times().is_empty());
}
