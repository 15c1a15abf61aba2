//! The budget: always-ready loops give way, and nothing hangs by it.
//!
//! semantics 6, design promise 7

use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use onecook::time::{sleep, timeout};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{Counters, within};

/// Awaits tasks that are done already, one after another, for ever.
async fn always_ready(turns: Rc<Cell<u64>>) {
    loop {
        let done = spawn(ready(()));
        while !done.is_finished() {
            yield_now().await;
        }
        done.await.unwrap();
        turns.set(turns.get() + 1);
    }
}

#[test]
fn a_loop_over_finished_tasks_gives_way_after_128() {
    block_on(async {
        let handles: Vec<_> = (0..1000).map(|_| spawn(ready(()))).collect();
        yield_now().await;
        let counters = Counters::new();
        let mut handles = handles.into_iter();
        let mut current = handles.next();
        let drain = spawn(counters.probe(move |cx| {
            while let Some(task) = &mut current {
                if pin!(task).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                current = handles.next();
            }
            Poll::Ready(())
        }));
        drain.await.unwrap();
        // 1000 = 7 x 128 + 104
        assert_eq!(counters.polls(), 8);
    });
}

#[test]
fn an_always_ready_loop_lets_the_others_run() {
    within(|| {
        block_on(async {
            let turns = Rc::new(Cell::new(0));
            let task = spawn(always_ready(turns.clone()));
            for _ in 0..100 {
                yield_now().await;
            }
            sleep(Duration::from_millis(5)).await;
            assert!(turns.get() > 0);
            task.abort();
        });
    });
}

/// Always ready, as far as the budget lets it: sleeps that are over.
async fn always_elapsed() {
    let mut timer = sleep(Duration::ZERO);
    loop {
        (&mut timer).await;
    }
}

#[test]
fn a_timeout_ends_an_always_ready_loop() {
    within(|| {
        block_on(async {
            let limit = Duration::from_millis(20);
            let ended = timeout(limit, always_elapsed()).await;
            assert!(ended.is_err());
        });
    });
}

#[test]
fn an_always_ready_loop_in_the_main_future_lets_tasks_run() {
    within(|| {
        block_on(async {
            let done = Rc::new(Cell::new(false));
            let inner = done.clone();
            let task = spawn(async move { inner.set(true) });
            let mut timer = sleep(Duration::ZERO);
            while !done.get() {
                (&mut timer).await;
            }
            task.await.unwrap();
        });
    });
}

#[test]
fn a_combinator_over_always_ready_children_returns_by_budget() {
    // Polls its children round and round as long as any is ready.
    within(|| {
        block_on(async {
            let counters = Counters::new();
            let mut rounds = 0_u32;
            let mut timer = sleep(Duration::ZERO);
            let round = spawn(counters.probe(move |cx| {
                loop {
                    if pin!(&mut timer).poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    rounds += 1;
                    if rounds == 1000 {
                        return Poll::Ready(());
                    }
                }
            }));
            round.await.unwrap();
            assert_eq!(counters.polls(), 8);
        });
    });
}

#[test]
fn each_poll_has_a_budget_of_its_own() {
    block_on(async {
        for _ in 0..10 {
            let mut done = 0;
            let mut timer = sleep(Duration::ZERO);
            let one_poll = spawn(poll_fn(move |cx| {
                while pin!(&mut timer).poll(cx).is_ready() {
                    done += 1;
                }
                Poll::Ready(done)
            }));
            assert_eq!(one_poll.await.unwrap(), 128);
        }
    });
}

#[test]
fn outside_a_runtime_nothing_is_limited() {
    let mut done = 0;
    block_on(async {}); // and a runtime before leaves no limit behind
    let mut future = pin!(async {
        for _ in 0..1000 {
            ready(()).await;
            done += 1;
        }
    });
    assert!(onecook_tests::poll_once(&mut future).is_ready());
    assert!(!onecook_reactor::budget::is_exhausted());
}
