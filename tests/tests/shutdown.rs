//! The end of a runtime: what is dropped, where, and what a call gets then.
//!
//! semantics 11, 12 in part; design promise 8

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use onecook::time::{Instant, sleep};
use onecook::{
    Handle, JoinHandle, Runtime, block_on, spawn, spawn_blocking, yield_now,
};
use onecook_tests::{
    Counters, Gate, Log, OnDrop, WakerSlot, expect_ready, within,
};

#[test]
fn every_future_is_dropped_once_in_the_order_of_the_spawns() {
    let log = Log::new();
    let own = thread::current().id();
    let runtime = Runtime::new().unwrap();
    for name in ["A", "B", "C", "D"] {
        let inner = log.clone();
        let guard = OnDrop::new(move || {
            assert_eq!(thread::current().id(), own);
            inner.add(name);
        });
        drop(runtime.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
    }
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(log.lines(), ["A", "B", "C", "D"]);
}

#[test]
fn a_future_that_was_never_polled_is_dropped_too() {
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|_| runtime.spawn(counters.probe(|_| std::task::Poll::Ready(()))))
        .collect();
    drop(runtime);
    assert_eq!((counters.polls(), counters.drops()), (0, 10));
    for mut task in tasks {
        assert!(task.is_finished());
        assert!(expect_ready(&mut task).unwrap_err().is_cancelled());
    }
}

#[test]
fn the_context_is_in_place_while_futures_are_dropped() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let inner = seen.clone();
    let runtime = Runtime::new().unwrap();
    let guard = OnDrop::new(move || {
        let mut seen = inner.borrow_mut();
        seen.push(Handle::try_current().is_some());
        seen.push(onecook::metrics().spawned == 1);
        seen.push(Instant::now() > Instant::now() - Duration::from_secs(1));
    });
    drop(runtime.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    drop(runtime);
    assert_eq!(*seen.borrow(), [true, true, true]);
    assert!(Handle::try_current().is_none());
}

#[test]
fn what_is_spawned_from_a_drop_is_dropped_and_its_handle_says_cancelled() {
    let counters = Counters::new();
    let handle: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
    let (inner, token) = (handle.clone(), counters.token());
    let polled = counters.clone();
    let runtime = Runtime::new().unwrap();
    let guard = OnDrop::new(move || {
        let task = spawn(polled.probe(move |_| {
            let _ = &token;
            std::task::Poll::Ready(())
        }));
        assert!(task.is_finished());
        assert_eq!(task.id(), None);
        task.abort(); // nothing to abort
        task.abort_handle().abort();
        *inner.borrow_mut() = Some(task);
    });
    drop(runtime.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    drop(runtime);
    assert_eq!((counters.polls(), counters.drops()), (0, 2));
    let mut task = handle.borrow_mut().take().unwrap();
    let error = expect_ready(&mut task).unwrap_err();
    assert!(error.is_cancelled() && !error.is_panic());
    let text = error.to_string();
    assert!(text.contains("its runtime shut down"), "{text}");
    assert!(text.contains("shutdown.rs"), "{text}");
}

#[test]
fn spawns_from_drops_of_what_was_spawned_from_drops_end() {
    fn again(depth: u32, counters: Counters) {
        let token = counters.token();
        let guard = OnDrop::new(move || {
            drop(token);
            if depth > 0 {
                again(depth - 1, counters);
            }
        });
        drop(spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
    }
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let inner = counters.clone();
    drop(runtime.spawn(async move {
        again(0, inner.clone());
        let _guard = OnDrop::new(move || again(5, inner));
        pending::<()>().await;
    }));
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(counters.drops(), 7);
}

#[test]
fn wakes_and_aborts_from_drops_are_ignored() {
    let counters = Counters::new();
    let slot = WakerSlot::new();
    let runtime = Runtime::new().unwrap();
    let inner = slot.clone();
    let victim = runtime.spawn(counters.probe(move |cx| {
        inner.store(cx);
        std::task::Poll::<()>::Pending
    }));
    let abort = victim.abort_handle();
    for _ in 0..2 {
        let (slot, abort) = (slot.clone(), abort.clone());
        let guard = OnDrop::new(move || {
            slot.wake();
            abort.abort();
        });
        drop(runtime.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
    }
    runtime.block_on(yield_now());
    let polls = counters.polls();
    drop(runtime);
    assert_eq!((counters.polls(), counters.drops()), (polls, 1));
}

#[test]
fn a_handle_of_a_dropped_runtime_says_so() {
    let runtime = Runtime::new().unwrap();
    let mut task = runtime.spawn(pending::<()>());
    let handle = runtime.handle();
    drop(runtime);
    let error = expect_ready(&mut task).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("task 1 (spawned at "), "{text}");
    assert!(text.ends_with("was cancelled: its runtime shut down"), "{text}");
    let counters = Counters::new();
    let token = counters.token();
    let there = thread::spawn(move || {
        handle.block_on(move || {
            drop(token);
            async {}
        })
    });
    let error = there.join().unwrap().unwrap_err();
    assert!(error.is_cancelled());
    assert!(error.to_string().contains("its runtime shut down"), "{error}");
    assert_eq!(counters.drops(), 1);
}

#[test]
fn a_thread_that_waits_is_told_when_the_runtime_goes() {
    within(|| {
        let runtime = Runtime::new().unwrap();
        let handle = runtime.handle();
        let arrived = Gate::new();
        let inner = arrived.clone();
        let there = thread::spawn(move || {
            handle.block_on(move || {
                inner.open();
                pending::<()>()
            })
        });
        runtime.block_on(arrived.wait());
        drop(runtime);
        let error = there.join().unwrap().unwrap_err();
        assert!(error.to_string().contains("its runtime shut down"), "{error}");
    });
}

#[test]
fn a_remote_spawn_races_with_the_end_and_is_always_answered() {
    within(|| {
        for _ in 0..300 {
            let counters = Counters::new();
            let runtime = Runtime::new().unwrap();
            let handle = runtime.handle();
            let token = counters.token();
            let there = thread::spawn(move || {
                let remote = handle.spawn(move || {
                    let token = token;
                    async move { drop(token) }
                });
                remote.join()
            });
            runtime.block_on(yield_now());
            drop(runtime);
            match there.join().unwrap() {
                Ok(()) => {}
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
            assert_eq!(counters.drops(), 1);
        }
    });
}

#[test]
fn timers_that_outlive_their_runtime_do_nothing() {
    let runtime = Runtime::new().unwrap();
    let mut timer = sleep(Duration::from_secs(3600));
    runtime.block_on(async {
        onecook_tests::expect_pending(&mut timer);
    });
    drop(runtime);
    drop(timer);
}

#[test]
fn dropping_a_runtime_does_not_wait_for_a_blocking_call() {
    within(|| {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, starts) = std::sync::mpsc::channel::<()>();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            drop(spawn_blocking(move || {
                started.send(()).unwrap();
                let _ = held.recv();
            }));
        });
        starts.recv().unwrap();
        drop(runtime); // or this hangs
        release.send(()).unwrap();
    });
}

#[test]
fn shutdown_timeout_waits_for_a_blocking_call() {
    within(|| {
        let log = Log::new();
        let inner = log.clone();
        let (started, starts) = std::sync::mpsc::channel::<()>();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            drop(spawn_blocking(move || {
                started.send(()).unwrap();
                held.recv().unwrap();
                inner.add("the call ended");
            }));
        });
        starts.recv().unwrap();
        // The drop of a task comes first, then the wait.
        drop(runtime.spawn(async move {
            let _release = OnDrop::new(move || release.send(()).unwrap());
            pending::<()>().await;
        }));
        runtime.block_on(yield_now());
        runtime.shutdown_timeout(Duration::from_secs(3600));
        log.add("the shutdown ended");
        assert_eq!(log.lines(), ["the call ended", "the shutdown ended"]);
    });
}

#[test]
fn a_runtime_that_never_ran_can_be_dropped() {
    drop(Runtime::new().unwrap());
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let token = counters.token();
    let _task = runtime.spawn(async move { drop(token) });
    drop(runtime);
    assert_eq!(counters.drops(), 1);
}

#[test]
fn tasks_left_over_by_block_on_go_on_in_the_next() {
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let gate = Gate::new();
    let (inner, token) = (gate.clone(), counters.token());
    drop(runtime.spawn(async move {
        let _token = token;
        inner.wait().await;
    }));
    runtime.block_on(yield_now());
    assert_eq!((counters.drops(), runtime.metrics().tasks), (0, 1));
    gate.open();
    runtime.block_on(yield_now());
    runtime.block_on(yield_now());
    assert_eq!((counters.drops(), runtime.metrics().tasks), (1, 0));
}

#[test]
fn the_free_block_on_drops_what_is_left_over() {
    let counters = Counters::new();
    let token = counters.token();
    block_on(async {
        drop(spawn(async move {
            let _token = token;
            pending::<()>().await;
        }));
        yield_now().await;
    });
    assert_eq!(counters.drops(), 1);
}
