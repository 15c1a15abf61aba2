//! Task sets: many tasks, joined in the order in which they end.
//!
//! semantics 12 (the last part); 1, 9, 10, 11

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use allocation_counter::measure;
use futures_core::Stream;
use onecook::diagnosis::ReportKind;
use onecook::time::sleep;
use onecook::{Runtime, TaskSet, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, Log, OnDrop, PanicsOnDrop, Reports,
    block_on_virtual, poll_with, within,
};
use std::time::Duration;

async fn join<T>(set: &mut TaskSet<T>) -> T {
    set.join_next().await.expect("a task").expect("its output")
}

/// Never ends, and logs its drop.
fn until_dropped(
    log: &Log,
    line: &'static str,
) -> impl Future<Output = ()> + use<> {
    let logs = log.on_drop(line);
    async move {
        let _logs = logs;
        onecook::future::pending::<()>().await;
    }
}

#[test]
fn tasks_are_joined_in_the_order_in_which_they_end() {
    let order = block_on_virtual(async {
        let mut set = TaskSet::new();
        for hours in [3, 1, 2] {
            set.spawn(async move {
                sleep(Duration::from_secs(hours * 3600)).await;
                hours
            });
        }
        assert_eq!(set.len(), 3);
        let mut order = Vec::new();
        while let Some(hours) = set.join_next().await {
            order.push(hours.unwrap());
        }
        order
    });
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn an_empty_set_has_no_next_and_may_be_filled_again() {
    block_on(async {
        let mut set = TaskSet::new();
        assert!(set.join_next().await.is_none());
        set.spawn(async { 1 });
        assert_eq!(join(&mut set).await, 1);
        assert!(set.join_next().await.is_none());
        set.spawn(async { 2 });
        assert_eq!(join(&mut set).await, 2);
        assert!(set.is_empty());
    });
}

#[test]
fn errors_stand_among_the_outputs_in_the_order_of_the_ends() {
    block_on(async {
        let mut set = TaskSet::new();
        set.spawn(async { 1 });
        set.spawn_named("egg B", async { panic!("burnt") });
        set.spawn(async { 3 });
        let results = set.join_all().await;
        assert_eq!(results.len(), 3);
        assert_eq!(results[0].as_ref().unwrap(), &1);
        let error = results[1].as_ref().unwrap_err().to_string();
        assert!(error.starts_with("task 2 'egg B' (spawned at "), "{error}");
        assert!(error.contains("task_set.rs:"), "{error}");
        assert!(error.ends_with("panicked: burnt"), "{error}");
        assert_eq!(results[2].as_ref().unwrap(), &3);
    });
}

#[test]
fn nothing_is_left_of_a_task_but_its_output() {
    let counters = Counters::new();
    block_on(async {
        let mut set = TaskSet::new();
        set.spawn(counters.probe(|_| Poll::Ready(())));
        yield_now().await;
        assert_eq!(counters.drops(), 1, "its future is gone");
        assert_eq!(onecook::metrics().tasks, 0, "and so is the task");
        assert_eq!(set.len(), 1);
    });
}

/// Bytes kept after `rounds` times a thousand tasks, that were not joined.
fn bytes_kept<T: Copy + 'static>(rounds: usize, output: T) -> i64 {
    let runtime = Runtime::new().unwrap();
    let mut set = TaskSet::new();
    let mut round = || {
        runtime.block_on(async {
            for _ in 0..1000 {
                set.spawn(async move { output });
            }
            yield_now().await;
        });
    };
    round(); // the first makes room for a thousand tasks at a time
    let info = measure(|| (1..rounds).for_each(|_| round()));
    assert_eq!(set.len(), rounds * 1000);
    assert_eq!(runtime.metrics().tasks, 0);
    info.bytes_current
}

#[test]
fn ended_tasks_with_nothing_to_say_cost_nothing() {
    // One bit each would be 37,500 bytes.
    let kept = within(|| bytes_kept(300, ()));
    assert!(kept < 30_000, "{kept} bytes");
}

#[test]
fn an_ended_task_costs_the_size_of_its_output() {
    let kept = within(|| bytes_kept(64, 1_u64)) / 64_000;
    assert!((8..17).contains(&kept), "{kept} bytes for 8"); // a `Vec` grows
}

#[test]
fn dropping_the_set_aborts_its_tasks() {
    let log = Log::new();
    block_on(async {
        let mut set = TaskSet::new();
        set.spawn(until_dropped(&log, "polled"));
        yield_now().await;
        set.spawn(until_dropped(&log, "never polled"));
        drop(set);
        assert!(log.lines().is_empty(), "never inside the call");
        yield_now().await;
        let lines = log.lines(); // the second was in the queue already
        assert_eq!(lines, ["never polled", "polled"]);
    });
}

#[test]
fn abort_all_answers_cancelled_for_each() {
    block_on(async {
        let mut set = TaskSet::new();
        for _ in 0..3 {
            set.spawn(onecook::future::pending::<()>());
        }
        set.spawn(async {});
        yield_now().await;
        set.abort_all();
        let results = set.join_all().await;
        let cancelled = results.iter().filter(|it| {
            it.as_ref().is_err_and(onecook::JoinError::is_cancelled)
        });
        assert_eq!((results.len(), cancelled.count()), (4, 3));
    });
}

#[test]
fn shutdown_waits_until_all_are_gone() {
    let log = Log::new();
    block_on(async {
        let mut set = TaskSet::new();
        set.spawn(until_dropped(&log, "dropped"));
        set.shutdown().await;
        assert_eq!(log.lines(), ["dropped"]);
        assert!(set.is_empty());
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn detached_tasks_run_on() {
    let log = Log::new();
    block_on(async {
        let (gate, inner) = (Gate::new(), log.clone());
        let mut set = TaskSet::new();
        let wait = gate.wait();
        set.spawn(async move {
            wait.await;
            inner.add("ended");
        });
        yield_now().await;
        set.detach_all();
        assert!(set.is_empty());
        drop(set);
        yield_now().await;
        gate.open();
        yield_now().await;
        assert_eq!(log.lines(), ["ended"]);
    });
}

#[test]
fn a_panic_that_nobody_joins_is_reported() {
    let reports = Reports::catch();
    block_on(async {
        let mut set = TaskSet::<()>::new();
        set.spawn_named("before", async { panic!("burnt") });
        yield_now().await;
        drop(set);
        let mut set = TaskSet::<()>::new();
        set.spawn_named("after", async {
            yield_now().await;
            panic!("burnt")
        });
        set.detach_all();
        yield_now().await;
        yield_now().await;
    });
    let texts = reports.of(ReportKind::Panic);
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].contains("'before'"), "{texts:#?}");
    assert!(texts[1].contains("'after'"), "{texts:#?}");
}

#[test]
fn a_join_that_is_dropped_loses_nothing() {
    block_on(async {
        let mut set = TaskSet::new();
        let gate = Gate::new();
        let wait = gate.wait();
        set.spawn(async move {
            wait.await;
            "first"
        });
        let waker = CountingWaker::new();
        let mut next = set.join_next();
        assert!(poll_with(&mut next, &waker.waker()).is_pending());
        drop(next);
        let mut all = set.join_all();
        assert!(poll_with(&mut all, &waker.waker()).is_pending());
        drop(all);
        gate.open();
        yield_now().await;
        yield_now().await;
        assert_eq!(waker.wakes(), 0);
        assert_eq!(join(&mut set).await, "first");
        assert_eq!(waker.holders(), 0);
    });
}

#[test]
fn the_newest_waker_is_woken_once_for_each_end() {
    block_on(async {
        let (old, new) = (CountingWaker::new(), CountingWaker::new());
        let mut set = TaskSet::new();
        for _ in 0..5 {
            set.spawn(async {});
        }
        for waker in [&old, &new] {
            let waker = waker.waker();
            let mut cx = Context::from_waker(&waker);
            assert!(set.poll_join_next(&mut cx).is_pending());
        }
        yield_now().await;
        assert_eq!((old.wakes(), new.wakes()), (0, 1));
        assert_eq!(set.join_all().await.len(), 5);
    });
}

#[test]
fn a_wait_for_the_tasks_that_is_dropped_leaves_no_waker_behind() {
    fn waker_of<F: Future + Unpin>(mut future: F) -> CountingWaker {
        let waker = CountingWaker::new();
        assert!(poll_with(&mut future, &waker.waker()).is_pending());
        assert_eq!(waker.holders(), 1, "it waits");
        waker
    }
    block_on(async {
        let mut set = TaskSet::new();
        set.spawn(onecook::future::pending::<()>());
        let left = [
            waker_of(set.join_next()),
            waker_of(set.join_all()),
            waker_of(set.shutdown()),
        ];
        assert_eq!(left.each_ref().map(CountingWaker::holders), [0, 0, 0]);
        yield_now().await; // the task ends: the shutdown aborted it
        assert_eq!(left.each_ref().map(CountingWaker::wakes), [0, 0, 0]);
    });
}

#[test]
#[should_panic(expected = "`JoinNext` polled after it was done")]
fn a_join_that_is_done_is_not_polled() {
    block_on(async {
        let mut set = TaskSet::<()>::new();
        let mut join = set.join_next();
        assert!((&mut join).await.is_none());
        join.await;
    });
}

#[test]
fn a_set_is_a_stream() {
    block_on(async {
        let mut set: TaskSet<u32> = TaskSet::default();
        set.spawn(async { 1 });
        set.spawn(async { 2 });
        assert_eq!(set.size_hint(), (2, Some(2)));
        let mut outputs = Vec::new();
        while let Some(output) =
            poll_fn(|cx| Pin::new(&mut set).poll_next(cx)).await
        {
            outputs.push(output.unwrap());
        }
        assert_eq!(outputs, [1, 2]);
    });
}

#[test]
fn a_loop_over_ended_tasks_leaves_the_others_their_turn() {
    block_on(async {
        let turns = Rc::new(Cell::new(0));
        let mut set = TaskSet::new();
        for _ in 0..1000 {
            set.spawn(async {});
        }
        yield_now().await;
        let count = turns.clone();
        let other = spawn(async move {
            loop {
                count.set(count.get() + 1);
                yield_now().await;
            }
        });
        while set.join_next().await.is_some() {}
        assert!(turns.get() >= 5, "{}", turns.get());
        other.abort();
    });
}

#[test]
fn a_set_outlives_its_runtime_and_says_who_was_cancelled() {
    let runtime = Runtime::new().unwrap();
    let mut set = TaskSet::new();
    runtime.block_on(async {
        set.spawn(onecook::future::pending::<()>());
    });
    drop(runtime);
    let error = block_on(set.join_next()).unwrap().unwrap_err();
    assert!(error.is_cancelled());
    assert!(error.to_string().contains("its runtime shut down"), "{error}");
}

#[test]
fn a_spawn_into_the_set_from_a_drop_during_shutdown_says_cancelled() {
    let answer = Rc::new(Cell::new(None));
    let late = answer.clone();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let mut set = TaskSet::new();
        drop(spawn(async move {
            let _spawns = OnDrop::new(move || {
                set.spawn(async {});
                late.set(set.try_join_next());
            });
            onecook::future::pending::<()>().await;
        }));
        yield_now().await;
    });
    drop(runtime);
    assert!(answer.take().unwrap().unwrap_err().is_cancelled());
}

#[test]
#[should_panic = "a `TaskSet` with tasks of one runtime was used to spawn"]
fn a_set_refuses_tasks_of_two_runtimes() {
    let first = Runtime::new().unwrap();
    let mut set = TaskSet::new();
    first.block_on(async {
        set.spawn(onecook::future::pending::<()>());
    });
    block_on(async {
        set.spawn(async {});
    });
}

#[test]
fn a_panic_in_the_futures_drop_loses_neither_output_nor_panic() {
    let reports = Reports::catch();
    block_on(async {
        let mut set = TaskSet::new();
        let panics = PanicsOnDrop("in its drop");
        let mut panics = Some(panics);
        set.spawn(poll_fn(move |_| {
            let _stays = &mut panics;
            Poll::Ready("output")
        }));
        assert_eq!(join(&mut set).await, "output");
        set.spawn(async {
            let _panics = PanicsOnDrop("when aborted");
            onecook::future::pending::<&str>().await
        });
        yield_now().await;
        set.abort_all();
        assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    });
    let texts = reports.of(ReportKind::Panic);
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].contains("in its drop"), "{texts:#?}");
    assert!(texts[1].contains("when aborted"), "{texts:#?}");
}
