//! Blocking calls, as the runtime sees them.
//!
//! semantics 37
#![allow(clippy::map_identity)] // it makes a `()` of a `!`
#![allow(clippy::async_yields_async)] // a handle out of a run

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::time::{Instant, sleep};
use onecook::{Builder, Runtime, block_on, spawn, spawn_blocking, yield_now};
use onecook_tests::{Counters, Reports, expect_ready, within};

#[test]
fn a_blocking_call_runs_on_another_thread_and_answers() {
    let own = thread::current().id();
    let there = block_on(async {
        spawn_blocking(|| thread::current().id()).await.unwrap()
    });
    assert_ne!(own, there);
}

#[test]
fn a_blocking_call_does_not_hold_up_the_tasks() {
    within(|| {
        block_on(async {
            let (release, held) = mpsc::channel::<()>();
            let call = spawn_blocking(move || held.recv().unwrap());
            spawn(async move {
                for _ in 0..10 {
                    yield_now().await;
                }
                sleep(Duration::from_millis(1)).await;
                release.send(()).unwrap();
            })
            .await
            .unwrap();
            call.await.unwrap();
        });
    });
}

#[test]
fn the_panic_of_a_blocking_call_reaches_its_awaiter_and_not_the_pool() {
    within(|| {
        let runtime = Builder::new().blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let line = line!() + 1;
            let call = spawn_blocking(|| panic!("burnt"));
            let error = call.await.map(|()| ()).unwrap_err();
            assert!(error.is_panic());
            let text = error.to_string();
            assert!(text.contains("panicked: burnt"), "{text}");
            assert!(text.contains(&format!("blocking.rs:{line}:")), "{text}");
            let payload = error.into_panic();
            assert_eq!(*payload.downcast::<&str>().unwrap(), "burnt");
            // The one thread of the pool is alive.
            assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
        });
    });
}

#[test]
fn a_call_that_has_started_cannot_be_stopped() {
    within(|| {
        block_on(async {
            let (started, starts) = mpsc::channel();
            let (release, held) = mpsc::channel::<()>();
            let call = spawn_blocking(move || {
                started.send(()).unwrap();
                held.recv().unwrap();
                "done"
            });
            starts.recv().unwrap();
            assert!(!call.abort());
            release.send(()).unwrap();
            assert_eq!(call.await.unwrap(), "done");
        });
    });
}

#[test]
fn a_call_that_has_not_started_is_dropped_at_shutdown() {
    within(|| {
        let counters = Counters::new();
        let (started, starts) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let runtime = Builder::new().blocking_threads(1).build().unwrap();
        let token = counters.token();
        let mut waiting = runtime.block_on(async {
            drop(spawn_blocking(move || {
                started.send(()).unwrap();
                let _ = held.recv();
            }));
            starts.recv().unwrap();
            spawn_blocking(move || drop(token))
        });
        assert_eq!(counters.drops(), 0);
        drop(runtime);
        assert_eq!(counters.drops(), 1);
        let error = expect_ready(&mut waiting).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        release.send(()).unwrap();
    });
}

#[test]
fn a_call_that_is_taken_back_is_cancelled() {
    within(|| {
        let counters = Counters::new();
        let runtime = Builder::new().blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let (release, held) = mpsc::channel::<()>();
            let first = spawn_blocking(move || held.recv().unwrap());
            let token = counters.token();
            let second = spawn_blocking(move || drop(token));
            assert!(second.abort());
            assert_eq!(counters.drops(), 1);
            let error = second.await.unwrap_err();
            assert!(error.is_cancelled());
            assert!(error.to_string().contains("blocking.rs"), "{error}");
            release.send(()).unwrap();
            first.await.unwrap();
        });
    });
}

#[test]
fn virtual_time_stands_still_during_a_blocking_call() {
    within(|| {
        let runtime = Builder::new().virtual_time().build().unwrap();
        runtime.block_on(async {
            let began = Instant::now();
            let (release, held) = mpsc::channel::<()>();
            let timer = spawn(sleep(Duration::from_secs(3600)));
            let call = spawn_blocking(move || held.recv().unwrap());
            yield_now().await;
            thread::spawn(move || release.send(()).unwrap());
            call.await.unwrap();
            assert_eq!(Instant::now(), began);
            timer.await.unwrap();
            assert_eq!(began.elapsed(), Duration::from_secs(3600));
        });
    });
}

#[test]
fn a_call_in_flight_is_no_deadlock() {
    let reports = Reports::catch();
    within(|| {
        let delay = Some(Duration::from_millis(1));
        let runtime = Builder::new().deadlock_delay(delay).build().unwrap();
        runtime.block_on(async {
            // Longer than the delay of the report.
            let pause = Duration::from_millis(30);
            spawn_blocking(move || thread::sleep(pause)).await.unwrap();
        });
    });
    assert!(reports.of(ReportKind::Deadlock).is_empty());
}

#[test]
fn a_detached_call_still_runs() {
    within(|| {
        let (sender, receiver) = mpsc::channel();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            drop(spawn_blocking(move || sender.send(7).unwrap()));
        });
        assert_eq!(receiver.recv().unwrap(), 7);
    });
}
