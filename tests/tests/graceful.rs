//! `Graceful`: the running end, or are named and dropped.
//!
//! semantics 1, 10, 32

use std::future::{Future, pending};
use std::time::Duration;

use onecook::future::{join, ready};
use onecook::shutdown::Graceful;
use onecook::time::{Instant, sleep};
use onecook::{CancellationToken, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, Log, OnDrop, block_on_virtual, expect_pending, expect_ready,
    within,
};

/// A test that hangs is red.
fn in_virtual_time<F>(make: impl FnOnce() -> F + Send + 'static)
where
    F: Future<Output = ()>,
{
    within(|| block_on_virtual(make()));
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn it_waits_until_the_last_has_ended_and_no_longer() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let began = Instant::now();
        for seconds in [1, 3, 2] {
            drop(graceful.spawn("egg", sleep(seconds * SECOND)));
        }
        assert_eq!(graceful.running(), 3);
        graceful.shutdown(5 * SECOND).await.unwrap();
        assert_eq!(began.elapsed(), 3 * SECOND);
        assert_eq!(graceful.running(), 0);
    });
}

#[test]
fn nobody_to_wait_for_is_no_wait() {
    in_virtual_time(|| async {
        let began = Instant::now();
        Graceful::new().shutdown(SECOND).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
    });
}

#[test]
fn who_ends_at_the_deadline_has_ended_in_time() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        drop(graceful.spawn("A", sleep(SECOND)));
        yield_now().await; // its timer is the first of the two
        graceful.shutdown(SECOND).await.unwrap();
    });
}

#[test]
fn who_has_not_ended_is_named_with_its_spawn_site_in_order() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        drop(graceful.spawn("Z", sleep(9 * SECOND)));
        drop(graceful.spawn("B", sleep(SECOND)));
        let line = line!() + 1;
        drop(graceful.spawn("A", pending::<()>()));
        let began = Instant::now();
        let error = graceful.shutdown(5 * SECOND).await.unwrap_err();
        assert_eq!(began.elapsed(), 5 * SECOND);
        assert_eq!(error.names().collect::<Vec<_>>(), ["Z", "A"]);
        let site = error.tasks()[1].site();
        assert_eq!((site.file(), site.line()), (file!(), line));
        let text = error.to_string();
        let start = "2 tasks did not end within 5s: `Z` (spawned at ";
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains(&format!("), `A` (spawned at {site})")));
    });
}

#[test]
fn a_long_list_is_cut_in_the_text_and_whole_in_the_names() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        for number in 0..25 {
            drop(graceful.spawn(number.to_string(), pending::<()>()));
        }
        let error = graceful.shutdown(SECOND).await.unwrap_err();
        assert_eq!(error.names().count(), 25);
        let text = error.to_string();
        assert!(text.ends_with(", and 5 more"), "{text}");
        assert!(text.contains("`19`") && !text.contains("`20`"), "{text}");
    });
}

#[test]
fn who_has_not_ended_is_dropped_before_it_returns() {
    in_virtual_time(|| async {
        let (graceful, counters) = (Graceful::new(), Counters::new());
        let mut tasks = Vec::new();
        for polled in [true, false] {
            let token = counters.token();
            tasks.push(graceful.spawn("A", async move {
                let _token = token;
                pending::<()>().await;
            }));
            if polled {
                yield_now().await;
            }
        }
        graceful.shutdown(Duration::ZERO).await.unwrap_err();
        assert_eq!(counters.drops(), 2);
        for task in tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
    });
}

#[test]
fn a_task_counts_as_running_until_its_future_is_dropped() {
    in_virtual_time(|| async {
        let (graceful, log) = (Graceful::new(), Log::new());
        let (looked, note) = (graceful.clone(), log.clone());
        let on_drop = OnDrop::new(move || {
            note.add(format!("{} running", looked.running()));
        });
        let task = graceful.spawn("A", async move {
            let _on_drop = on_drop;
            yield_now().await;
        });
        graceful.shutdown(SECOND).await.unwrap();
        task.await.unwrap();
        assert_eq!(log.lines(), ["1 running"]);
    });
}

#[test]
fn closing_time_is_told_to_those_who_wait_for_it() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let waiting = graceful.spawn("idle", graceful.closing());
        let token = graceful.token();
        let accepting =
            spawn(
                async move { token.run_until_cancelled(pending::<()>()).await },
            );
        yield_now().await;
        assert!(!graceful.is_closing());
        graceful.shutdown(SECOND).await.unwrap();
        assert!(graceful.is_closing());
        waiting.await.unwrap();
        assert_eq!(accepting.await.unwrap(), None);
    });
}

#[test]
fn a_task_spawned_at_closing_time_is_waited_for_and_one_after_it_is_not_run() {
    in_virtual_time(|| async {
        let (graceful, counters) = (Graceful::new(), Counters::new());
        let again = graceful.clone();
        drop(graceful.spawn("A", async move {
            again.closing().await;
            drop(again.spawn("B", sleep(3 * SECOND)));
        }));
        let began = Instant::now();
        let error = graceful.shutdown(2 * SECOND).await.unwrap_err();
        assert_eq!(error.names().collect::<Vec<_>>(), ["B"]);
        assert_eq!(began.elapsed(), 2 * SECOND);
        let late =
            graceful.spawn("C", counters.probe(|_| std::task::Poll::Ready(())));
        assert!(late.await.unwrap_err().is_cancelled());
        assert_eq!((counters.polls(), counters.drops()), (0, 1));
    });
}

#[test]
fn a_drop_that_spawns_at_the_deadline_does_not_hold_it_up() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let again = graceful.clone();
        let on_drop = OnDrop::new(move || {
            drop(again.spawn("from a drop", pending::<()>()));
        });
        drop(graceful.spawn("A", async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        }));
        yield_now().await;
        let error = graceful.shutdown(SECOND).await.unwrap_err();
        assert_eq!(error.names().collect::<Vec<_>>(), ["A"]);
        assert_eq!(graceful.running(), 0);
    });
}

#[test]
fn a_shutdown_that_is_dropped_can_be_called_again() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        drop(graceful.spawn("A", sleep(4 * SECOND)));
        let shutdown = graceful.shutdown(2 * SECOND);
        let outer = onecook::time::timeout(SECOND, shutdown).await;
        assert!(outer.is_err() && graceful.is_closing());
        assert_eq!(graceful.running(), 1);
        let began = Instant::now();
        graceful.shutdown(5 * SECOND).await.unwrap();
        assert_eq!(began.elapsed(), 3 * SECOND);
    });
}

#[test]
fn two_who_shut_down_are_both_told() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        drop(graceful.spawn("A", sleep(2 * SECOND)));
        let patient = spawn(graceful.shutdown(Duration::MAX));
        let hasty = spawn(graceful.shutdown(SECOND));
        assert!(hasty.await.unwrap().is_err());
        assert!(patient.await.unwrap().is_ok());
    });
}

#[test]
fn a_task_that_panics_has_ended() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let task = graceful.spawn("A", async { panic!("it fell down") });
        graceful.shutdown(SECOND).await.unwrap();
        let error = task.await.unwrap_err();
        assert!(error.is_panic(), "{error}");
    });
}

#[test]
fn a_token_from_above_is_closing_time_from_any_thread() {
    within(|| {
        let house = CancellationToken::new();
        block_on(async {
            let graceful = Graceful::with_token(house.child_token());
            let waiting = graceful.spawn("idle", graceful.closing());
            std::thread::spawn(move || house.cancel());
            waiting.await.unwrap();
            assert!(graceful.is_closing());
        });
    });
}

#[test]
fn who_shuts_down_what_it_runs_under_is_dropped_at_the_deadline() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let task = graceful.spawn("itself", {
            let graceful = graceful.clone();
            async move { drop(graceful.shutdown(SECOND).await) }
        });
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

// --- futures that are watched

#[test]
fn what_is_watched_is_waited_for_and_has_its_output() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let egg = String::from("fried");
        let watched = graceful.watch("A", async {
            sleep(2 * SECOND).await;
            egg.as_str() // it may borrow
        });
        assert_eq!(graceful.running(), 1);
        let began = Instant::now();
        let shutdown = graceful.shutdown(5 * SECOND);
        let (output, ended) = join((watched, shutdown)).await;
        assert_eq!(began.elapsed(), 2 * SECOND);
        assert_eq!((output, ended.is_ok()), (Some("fried"), true));
    });
}

#[test]
fn what_is_watched_is_named_at_the_deadline_and_dropped_in_its_turn() {
    in_virtual_time(|| async {
        let (graceful, log) = (Graceful::new(), Log::new());
        let on_drop = log.on_drop("dropped");
        let line = line!() + 1;
        let watched = graceful.watch("A", async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        });
        let watched = spawn(watched);
        let error = graceful.shutdown(SECOND).await.unwrap_err();
        log.add("shut down");
        assert_eq!(log.lines(), ["dropped", "shut down"]);
        assert_eq!(graceful.running(), 0);
        assert_eq!(watched.await.unwrap(), None);
        let text = error.to_string();
        let site = error.tasks()[0].site();
        assert_eq!((site.file(), site.line()), (file!(), line));
        let expected =
            format!("1 task did not end within 1s: `A` (watched at {site})");
        assert_eq!(text, expected);
    });
}

#[test]
fn a_watched_future_that_nobody_polls_does_not_hold_the_deadline_up() {
    in_virtual_time(|| async {
        let (graceful, counters) = (Graceful::new(), Counters::new());
        let token = counters.token();
        let mut left = Box::pin(graceful.watch("A", async move {
            let _token = token;
            pending::<()>().await;
        }));
        expect_pending(&mut left);
        let again = graceful.clone();
        let on_drop = OnDrop::new(move || {
            drop(again.spawn("ends last", pending::<()>()));
        });
        drop(graceful.spawn("B", async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        }));
        let began = Instant::now();
        let patient = spawn(graceful.shutdown(Duration::MAX));
        let error = graceful.shutdown(SECOND).await.unwrap_err();
        assert_eq!(began.elapsed(), SECOND);
        assert_eq!(error.names().collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!((graceful.running(), counters.drops()), (1, 0));
        yield_now().await;
        assert!(!patient.is_finished(), "the other one waits for it");
        assert_eq!(expect_ready(&mut left), None);
        assert_eq!((graceful.running(), counters.drops()), (0, 1));
        patient.await.unwrap().unwrap();
    });
}

#[test]
fn what_is_watched_after_the_deadline_is_not_polled() {
    in_virtual_time(|| async {
        let (graceful, counters) = (Graceful::new(), Counters::new());
        drop(graceful.spawn("A", pending::<()>()));
        graceful.shutdown(SECOND).await.unwrap_err();
        let late = counters.probe(|_| std::task::Poll::Ready(()));
        assert_eq!(graceful.watch("late", late).await, None);
        assert_eq!((counters.polls(), counters.drops()), (0, 1));
    });
}

#[test]
fn what_is_watched_leaves_when_it_has_ended_or_is_dropped() {
    let graceful = Graceful::new();
    let mut ended = graceful.watch("A", ready(1));
    drop(graceful.watch("B", pending::<()>()));
    assert_eq!(graceful.running(), 1);
    assert_eq!(expect_ready(&mut ended), Some(1));
    assert_eq!(graceful.running(), 0);
}

#[test]
#[should_panic(expected = "`Watch` polled after it was done")]
fn a_watch_polled_after_it_was_done_says_so() {
    let mut watched = Graceful::new().watch("A", ready(1));
    expect_ready(&mut watched);
    expect_ready(&mut watched);
}

#[test]
fn who_shuts_down_what_watches_it_ends_without_output_at_the_deadline() {
    in_virtual_time(|| async {
        let graceful = Graceful::new();
        let began = Instant::now();
        let shutdown = graceful.shutdown(SECOND);
        assert!(graceful.watch("itself", shutdown).await.is_none());
        assert_eq!(began.elapsed(), SECOND);
    });
}
