//! What the diagnosis tells about children: of scopes by name, of combinators
//! by place.
//!
//! semantics 39, 40

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::stream::{self, Stream, StreamExt, merge, zip};
use onecook::time::{Sleep, sleep, timeout};
use onecook::{
    Builder, JoinHandle, Runtime, TaskSet, block_on, dump, scope, spawn,
    spawn_named, yield_now,
};
use onecook_tests::{Gate, Reports, block_on_virtual, within};

/// Pending, and nobody is told.
fn lost() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Pending)
}

/// A stream of one item, which waits for that future.
fn then_once(pause: Sleep) -> impl Stream<Item = ()> + Unpin {
    let mut pause = Some(pause);
    stream::once(()).then(move |()| pause.take().unwrap())
}

fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

fn quick_runtime() -> Runtime {
    let delay = Some(Duration::from_millis(20));
    Builder::new().deadlock_delay(delay).build().unwrap()
}

/// Waits for all of them, in a scope: each has a waker of its own.
async fn join_all(handles: Vec<JoinHandle<()>>) {
    let joined = scope(async |s| {
        for handle in handles {
            drop(s.spawn(async { drop(handle.await) }));
        }
    });
    joined.await.unwrap();
}

// --- lost wakers

#[test]
fn a_child_of_a_scope_that_nobody_can_wake_is_reported_by_name_and_site() {
    let reports = Reports::catch();
    block_on(async {
        let _cook = spawn_named("cook", async {
            let waits = scope(async |s| {
                drop(s.spawn_named("egg A", lost()));
            });
            waits.await.unwrap();
        });
        sleep(Duration::from_millis(5)).await;
        sleep(Duration::from_millis(5)).await;
    });
    let line = line!() - 7;
    let text = reports.expect_one(ReportKind::LostWaker);
    assert!(text.starts_with("child 2 'egg A' (spawned at "), "{text}");
    assert!(text.contains(&format!("diagnosis.rs:{line}:")), "{text}");
    assert!(text.contains(", in task 1 'cook' (spawned at "), "{text}");
    assert!(text.contains("is pending, but nobody holds its waker"), "{text}");
}

#[test]
fn a_lost_child_of_a_nested_scope_is_reported_with_those_around_it() {
    let reports = Reports::catch();
    block_on(async {
        let waits = scope(async |s| {
            drop(s.spawn_named("outer", async {
                let inner = scope(async |s| {
                    drop(s.spawn_named("inner", lost()));
                });
                inner.await.unwrap();
            }));
            sleep(Duration::from_millis(5)).await;
            s.cancel();
        });
        waits.await.unwrap();
    });
    let text = reports.expect_one(ReportKind::LostWaker);
    let inner = text.find("child 2 'inner'").expect("the child");
    let outer = text.find(", in child 1 'outer'").expect("the one around");
    let main = text.find(", in the main future").expect("the task");
    assert!(inner < outer && outer < main, "{text}");
}

#[test]
fn each_lost_child_is_reported_once_also_if_another_is_lost_later() {
    let reports = Reports::catch();
    block_on(async {
        let waits = scope(async |s| {
            drop(s.spawn_named("early", lost()));
            sleep(Duration::from_millis(5)).await;
            drop(s.spawn_named("late", lost()));
            sleep(Duration::from_millis(5)).await;
            sleep(Duration::from_millis(5)).await;
            s.cancel();
        });
        waits.await.unwrap();
    });
    let texts = reports.of(ReportKind::LostWaker);
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].contains("'early'"), "{texts:#?}");
    assert!(texts[1].contains("'late'"), "{texts:#?}");
}

#[test]
fn a_lost_body_of_a_scope_is_reported() {
    let reports = Reports::catch();
    block_on(async {
        let _cook = spawn(async {
            let waits = scope(async |s| {
                drop(s.spawn(onecook::future::pending::<()>()));
                lost().await;
            });
            waits.await.unwrap();
        });
        sleep(Duration::from_millis(5)).await;
    });
    let text = reports.expect_one(ReportKind::LostWaker);
    assert!(text.starts_with("the body of a scope, in task 1 ("), "{text}");
}

#[test]
fn the_dump_reports_a_lost_child_as_stuck() {
    let _reports = Reports::catch();
    let text = block_on(async {
        let _cook = spawn(async {
            let waits = scope(async |s| drop(s.spawn_named("egg A", lost())));
            waits.await.unwrap();
        });
        yield_now().await;
        yield_now().await;
        dump()
    });
    let line = text.lines().find(|line| line.contains("'egg A'")).unwrap();
    assert!(line.contains("STUCK: nobody holds its waker"), "{text}");
}

#[test]
fn waiting_for_ever_on_purpose_in_a_child_is_not_reported() {
    let reports = Reports::catch();
    block_on(async {
        let _cook = spawn(async {
            let waits = scope(async |s| {
                drop(s.spawn(onecook::future::pending::<()>()));
            });
            waits.await.unwrap();
        });
        sleep(Duration::from_millis(3)).await;
        sleep(Duration::from_millis(3)).await;
    });
    reports.expect_none();
}

/// Sleeps twice while that future is pending.
fn nobody_is_lost_in(pending: impl Future<Output = ()> + 'static) {
    let reports = Reports::catch();
    block_on(async {
        let _cook = spawn(pending);
        sleep(Duration::from_millis(3)).await;
        sleep(Duration::from_millis(3)).await;
    });
    reports.expect_none();
}

#[test]
fn a_stream_that_has_ended_or_is_not_asked_is_not_lost() {
    for limit in [3, 2, 1] {
        let naps = [60, 60].map(Duration::from_secs).into_iter();
        let fried = stream::iter(naps).map(sleep).buffered(limit);
        nobody_is_lost_in(fried.for_each(async |()| {}));
    }
}

#[test]
fn a_stream_that_waits_for_the_others_of_its_round_is_not_lost() {
    let late = stream::once(()).then(|()| sleep(Duration::from_secs(60)));
    let pairs = stream::zip((stream::iter([1, 2]), late));
    nobody_is_lost_in(pairs.for_each(async |_| {}));
}

#[test]
fn ten_thousand_healthy_children_give_no_false_report() {
    let reports = Reports::catch();
    within(|| {
        quick_runtime().block_on(async {
            let gate = Gate::new();
            let opener = gate.clone();
            let ended = scope(async |s| {
                for number in 0..2500_u64 {
                    let pause = Duration::from_micros(500 + number * 10);
                    drop(s.spawn(sleep(pause)));
                    drop(s.spawn(gate.wait()));
                    drop(s.spawn(yield_now()));
                    drop(s.spawn(async {
                        let inner = scope(async |s| {
                            drop(s.spawn(sleep(Duration::from_millis(2))));
                        });
                        inner.await.unwrap();
                    }));
                }
                sleep(Duration::from_millis(10)).await;
                opener.open();
            });
            ended.await.unwrap();
        });
    });
    reports.expect_none();
}

#[test]
fn a_stream_that_has_ended_is_not_lost_while_what_came_of_it_goes_on() {
    let reports = Reports::catch();
    block_on_virtual(async {
        let pause = |_| sleep(Duration::from_secs(1));
        let pauses = || stream::iter(0..3).map(pause);
        assert_eq!(pauses().buffered(9).count().await, 3);
        assert_eq!(pauses().buffer_unordered(9).count().await, 3);
        stream::iter(0..3).for_each_concurrent(9, pause).await;
        let streams = || pauses().map(then_once);
        assert_eq!(streams().flatten_unordered(9).count().await, 3);
        let streams: Vec<_> = streams().collect().await;
        assert_eq!(merge(streams).count().await, 3);
    });
    reports.expect_none();
}

#[test]
fn a_zipped_stream_is_not_lost_while_its_item_waits_for_the_others() {
    let reports = Reports::catch();
    let pairs = block_on_virtual(async {
        let slow = |egg| async move {
            sleep(Duration::from_secs(1)).await;
            egg
        };
        let eggs = stream::iter(0..3).then(slow);
        zip((stream::iter(0..3), eggs)).count().await
    });
    assert_eq!(pairs, 3);
    reports.expect_none();
}

#[test]
fn a_zipped_stream_that_nobody_can_wake_is_reported_in_any_round() {
    let reports = Reports::catch();
    block_on_virtual(async {
        let eggs = stream::iter(0..2).then(|egg| async move {
            if egg == 1 {
                lost().await;
            }
        });
        let pairs = zip((stream::iter(0..2), eggs)).count();
        let _ = timeout(Duration::from_secs(5), pairs).await;
    });
    let text = reports.expect_one(ReportKind::LostWaker);
    assert!(text.contains("child 1 of `zip`"), "{text}");
}

#[test]
fn children_woken_from_other_threads_are_not_lost() {
    let reports = Reports::catch();
    within(|| {
        block_on(async {
            for _ in 0..200 {
                let gate = Gate::new();
                let opener = gate.clone();
                let ended = scope(async |s| {
                    for _ in 0..3 {
                        drop(s.spawn(gate.wait()));
                    }
                    yield_now().await;
                    std::thread::spawn(move || opener.open());
                });
                ended.await.unwrap();
            }
        });
    });
    reports.expect_none();
}

#[test]
fn the_families_of_a_runtime_inside_a_task_are_its_own_affair() {
    let reports = Reports::catch();
    let outer = Runtime::new().unwrap();
    let inner = Runtime::new().unwrap();
    outer.block_on(async {
        let waits = scope(async |s| drop(s.spawn_named("outer", lost())));
        let mut waits = Box::pin(waits);
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            if polls < 3 {
                let _ = waits.as_mut().poll(cx);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        std::mem::forget(waits); // its family stays on this thread
    });
    drop(outer);
    reports.expect_none();
    inner.block_on(sleep(Duration::from_millis(3)));
    assert!(!inner.dump().contains("outer"), "{}", inner.dump());
    reports.expect_none();
}

// --- deadlock

#[test]
fn a_deadlock_through_scopes_and_handles_is_certain() {
    let _reports = Reports::catch();
    let text = within(|| {
        panic_text(|| {
            block_on(async {
                let stuck = spawn_named("stuck", lost());
                let first = spawn_named("first", join_all(vec![stuck]));
                let second = spawn_named("second", async {
                    let waits = scope(async |s| {
                        s.spawn_named("egg", lost()).await.unwrap();
                    });
                    waits.await.unwrap();
                });
                join_all(vec![first, second]).await;
            });
        })
    });
    assert!(text.starts_with("deadlock: no task is ready"), "{text}");
    assert!(text.contains("'first': idle"), "{text}");
    assert!(text.contains("'egg': idle"), "{text}");
    let egg = text.lines().find(|line| line.contains("'egg'")).unwrap();
    assert!(egg.contains("STUCK"), "{text}");
}

#[test]
fn a_deadlock_through_a_task_set_is_certain() {
    let _reports = Reports::catch();
    let text = within(|| {
        panic_text(|| {
            block_on(async {
                let mut set = TaskSet::new();
                set.spawn(lost());
                set.spawn(lost());
                set.join_next().await;
            });
        })
    });
    assert!(text.starts_with("deadlock: no task is ready"), "{text}");
    let waits = "waits for one of 2 tasks of a `TaskSet` to end";
    assert!(text.contains(waits), "{text}");
}

#[test]
fn a_childs_waker_held_elsewhere_makes_a_deadlock_only_suspected() {
    let reports = Reports::catch();
    within(|| {
        let (gate, opener) = (Gate::new(), Gate::new());
        let (inner, done) = (gate.clone(), opener.clone());
        let there = std::thread::spawn(move || {
            while !done.is_open() {
                std::thread::sleep(Duration::from_millis(2));
            }
            inner.open();
        });
        // The report opens the gate: it came, and the runtime waits on.
        let hook = opener.clone();
        onecook::diagnosis::set_hook(move |report| {
            assert_eq!(report.kind(), ReportKind::Deadlock);
            hook.open();
        });
        quick_runtime().block_on(async {
            let waits = scope(async |s| drop(s.spawn(gate.wait())));
            waits.await.unwrap();
        });
        there.join().unwrap();
    });
    drop(reports);
}

// --- the dump

#[test]
fn the_dump_shows_children_below_their_task_with_what_they_wait_for() {
    let text = block_on(async {
        let cook = spawn_named("cook", async {
            let waits = scope(async |s| {
                let timer = sleep(Duration::from_secs(60));
                let egg = s.spawn_named("egg A", timer);
                drop(s.spawn_named("nest", async {
                    let inner = scope(async |s| {
                        drop(s.spawn_named("egg B", Gate::new().wait()));
                        let gate = onecook::future::pending::<()>();
                        s.spawn_named("egg C", gate).await.unwrap();
                    });
                    inner.await.unwrap();
                }));
                egg.await.unwrap();
            });
            waits.await.unwrap();
        });
        for _ in 0..6 {
            yield_now().await;
        }
        drop(cook);
        dump()
    });
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        ("the main future: running", ""),
        ("└─ task 1 'cook': idle, ", "waits for child 2 to end"),
        ("   ├─ child 2 'egg A': idle, spawned at ", "a timer due in "),
        ("   └─ child 3 'nest': idle, ", "waits for child 5 to end"),
        ("      ├─ child 4 'egg B': idle, ", ""),
        ("      └─ child 5 'egg C': idle, ", "whoever holds its waker"),
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, (begin, within)) in lines.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}\nnot {begin}\n{text}");
        assert!(line.contains(within), "{line}\nwithout {within}");
    }
}

#[test]
fn a_task_that_waits_for_nothing_but_its_children_says_so() {
    let text = block_on(async {
        let _cook = spawn_named("cook", async {
            let waits = scope(async |s| {
                drop(s.spawn(onecook::future::pending::<()>()));
            });
            waits.await.unwrap();
        });
        for _ in 0..4 {
            yield_now().await;
        }
        dump()
    });
    assert!(text.contains("waits for its children"), "{text}");
}

#[test]
fn a_child_is_not_counted_as_a_spawned_task() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let ended = scope(async |s| drop(s.spawn(yield_now())));
        ended.await.unwrap();
        spawn(async {}).await.unwrap();
    });
    assert_eq!(runtime.metrics().spawned, 1);
}
