//! Scopes: nothing begun inside goes on behind their end.
//!
//! semantics 36; 1, 6, 10, 11

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::scope::{Cancelled, Scope, ScopeError};
use onecook::time::sleep;
use onecook::trace::{Event, Recorder, Tag};
use onecook::{block_on, scope, spawn, spawn_named, try_scope, yield_now};
use onecook_reactor::context;
use onecook_tests::trace_check::expect_sound;
use onecook_tests::{
    Counters, CountingWaker, Gate, Log, OnDrop, PanicsOnDrop, Reports,
    WakerSlot, block_on_virtual, expect_pending, expect_ready, poll_with,
    within,
};

/// The text with which `body` panics.
fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// Never ends, and logs its drop.
async fn until_dropped(log: Log, line: &'static str) {
    let _logs = log.on_drop(line);
    onecook::future::pending::<()>().await;
}

// --- children borrow

#[test]
fn children_and_body_borrow_locals_of_the_caller() {
    let names = vec!["A".to_owned(), "B".to_owned()];
    let count = Cell::new(0);
    let lengths = block_on(scope(async |s| {
        let children = [0, 1].map(|number| {
            let (names, count) = (&names, &count);
            s.spawn(async move {
                yield_now().await;
                count.set(count.get() + 1);
                names[number].as_str()
            })
        });
        let mut lengths = 0;
        for child in children {
            lengths += child.await.unwrap().len();
        }
        lengths + names.len()
    }));
    assert_eq!(lengths, Ok(4));
    assert_eq!(count.get(), 2);
    drop(names);
}

#[test]
fn children_may_change_what_they_borrow() {
    let mut plates = [0; 3];
    let filled = scope(async |s| {
        for (number, plate) in (1..).zip(&mut plates) {
            drop(s.spawn(async move { *plate = number }));
        }
    });
    block_on(filled).unwrap();
    assert_eq!(plates, [1, 2, 3]);
}

// --- the scope waits

#[test]
fn a_scope_ends_when_the_body_and_every_child_have_ended() {
    let (body, first, second) = (Gate::new(), Gate::new(), Gate::new());
    let mut waits = Box::pin(scope(async |s| {
        drop(s.spawn(first.wait()));
        drop(s.spawn(second.wait()));
        body.wait().await;
        "value"
    }));
    expect_pending(&mut waits);
    for gate in [&first, &body] {
        gate.open();
        expect_pending(&mut waits);
        expect_pending(&mut waits);
    }
    second.open();
    assert_eq!(expect_ready(&mut waits), Ok("value"));
}

#[test]
fn nothing_is_left_of_a_body_that_ended_though_children_run() {
    let (log, gate) = (Log::new(), Gate::new());
    let mut waits = Box::pin(scope(async |s| {
        let _logs = log.on_drop("body");
        drop(s.spawn(gate.wait()));
    }));
    expect_pending(&mut waits);
    assert_eq!(log.lines(), ["body"]);
}

#[test]
fn only_those_who_were_woken_are_polled() {
    let slots: Vec<_> = (0..1000).map(|_| WakerSlot::new()).collect();
    let counters = Counters::new();
    let open = RefCell::new([false; 1000]);
    block_on(scope(async |s| {
        for (number, slot) in slots.iter().enumerate() {
            let open = &open;
            drop(s.spawn(counters.probe(move |cx| {
                if open.borrow()[number] {
                    return Poll::Ready(());
                }
                slot.store(cx);
                Poll::Pending
            })));
        }
        yield_now().await;
        for (number, slot) in slots.iter().enumerate() {
            open.borrow_mut()[number] = true;
            slot.wake();
            yield_now().await;
        }
    }))
    .unwrap();
    assert_eq!(counters.polls(), 2000);
    assert_eq!(counters.drops(), 1000);
}

#[test]
fn a_child_gives_its_handle_the_output() {
    block_on(scope(async |s| {
        let child = s.spawn(async {
            yield_now().await;
            "fried"
        });
        assert!(!child.is_finished());
        assert_eq!(child.await.unwrap(), "fried");
    }))
    .unwrap();
}

#[test]
fn an_output_that_nobody_will_ask_for_is_dropped_at_the_childs_end() {
    let log = Log::new();
    block_on(scope(async |s| {
        let kept = s.spawn(ready(log.on_drop("kept")));
        drop(s.spawn(ready(log.on_drop("unseen"))));
        yield_now().await;
        assert_eq!(log.lines(), ["unseen"]);
        drop(kept);
        assert_eq!(log.lines(), ["unseen", "kept"]);
    }))
    .unwrap();
}

#[test]
#[should_panic = "`ScopedHandle` polled after it was done"]
fn a_handle_polled_after_it_was_done_says_so() {
    let _ = block_on(scope(async |s| {
        let mut child = s.spawn(async {});
        (&mut child).await.unwrap();
        let _ = (&mut child).await;
    }));
}

#[test]
#[should_panic = "`ScopeFuture` polled after it was done"]
fn a_scope_polled_after_it_was_done_says_so() {
    let mut over = Box::pin(scope(async |_| ()));
    expect_ready(&mut over).unwrap();
    expect_pending(&mut over);
}

#[test]
fn an_aborted_child_is_dropped_at_its_next_turn_and_the_others_go_on() {
    let log = Log::new();
    block_on(scope(async |s| {
        let child = s.spawn(until_dropped(log.clone(), "child"));
        let other = s.spawn(yield_now());
        yield_now().await;
        child.abort();
        assert!(log.lines().is_empty(), "never inside the call");
        let error = child.await.unwrap_err();
        assert!(error.is_cancelled());
        assert_eq!(log.lines(), ["child"]);
        other.await.unwrap();
    }))
    .unwrap();
}

// --- spawning

#[test]
fn children_may_spawn_into_the_scope_after_the_body_has_ended() {
    let log = Log::new();
    let log = &log;
    block_on(scope(|s| async move {
        let inner = s.clone();
        drop(s.spawn(async move {
            yield_now().await;
            let innermost = inner.clone();
            drop(inner.spawn(async move {
                yield_now().await;
                drop(innermost.spawn(async { log.add("grandchild") }));
            }));
        }));
    }))
    .unwrap();
    assert_eq!(log.lines(), ["grandchild"]);
}

#[test]
fn spawning_into_a_scope_that_is_over_panics_and_drops_the_future() {
    let log = Log::new();
    let left = RefCell::new(None);
    block_on(scope(async |s| {
        left.replace(Some(s));
    }))
    .unwrap();
    let s: Scope<'_> = left.take().unwrap();
    let text = panic_text(|| {
        drop(s.spawn(until_dropped_early(&log)));
    });
    assert!(text.contains("a child was spawned into a scope that"), "{text}");
    assert!(text.contains("scope.rs:"), "{text}");
    assert_eq!(log.lines(), ["dropped"]);
    s.cancel(); // does nothing
}

fn until_dropped_early(log: &Log) -> impl Future<Output = ()> + use<> {
    let logs = log.on_drop("dropped");
    async move {
        let _logs = logs;
        pending::<()>().await;
    }
}

#[test]
fn what_is_spawned_while_the_scope_is_cancelled_is_dropped_at_once() {
    let log = Log::new();
    let answers = RefCell::new(Vec::new());
    let (log, answers) = (&log, &answers);
    let ended = block_on(scope(|s| async move {
        let inner = s.clone();
        drop(s.spawn(async move {
            let _spawns = OnDrop::new(move || {
                let late = inner.spawn(until_dropped_early(log));
                log.add("spawned");
                assert!(late.is_finished());
                answers.borrow_mut().push(late);
            });
            onecook::future::pending::<()>().await;
        }));
        yield_now().await;
        s.cancel();
        onecook::future::pending::<()>().await;
    }));
    assert_eq!(ended, Err(Cancelled::ByCall));
    assert_eq!(log.lines(), ["dropped", "spawned"]);
    let late = answers.borrow_mut().pop().unwrap();
    assert!(block_on(late).unwrap_err().is_cancelled());
}

// --- cancel

#[test]
fn dropping_a_scope_drops_the_youngest_first_and_the_body_last() {
    let log = Log::new();
    let outer = log.clone();
    let mut waits = Box::pin(scope(async |s| {
        let _logs = outer.on_drop("body");
        drop(s.spawn(until_dropped(outer.clone(), "first")));
        drop(s.spawn(until_dropped(outer.clone(), "second")));
        drop(s.spawn(until_dropped(outer.clone(), "third")));
        onecook::future::pending::<()>().await;
    }));
    expect_pending(&mut waits);
    expect_pending(&mut waits);
    drop(waits);
    assert_eq!(log.lines(), ["third", "second", "first", "body"]);
}

#[test]
fn the_order_is_that_of_the_spawns_not_of_the_places() {
    let log = Log::new();
    let mut waits = Box::pin(scope(async |s| {
        let short = s.spawn(yield_now());
        drop(s.spawn(until_dropped(log.clone(), "older")));
        short.await.unwrap(); // its place is free again
        drop(s.spawn(until_dropped(log.clone(), "younger")));
        onecook::future::pending::<()>().await;
    }));
    for _ in 0..5 {
        expect_pending(&mut waits);
    }
    drop(waits);
    assert_eq!(log.lines(), ["younger", "older"]);
}

#[test]
fn a_scope_that_was_never_polled_drops_what_was_spawned() {
    let log = Log::new();
    let future = scope(|s| {
        drop(s.spawn(until_dropped_early(&log)));
        ready(())
    });
    drop(future);
    assert_eq!(log.lines(), ["dropped"]);
}

#[test]
fn children_that_were_dropped_are_dropped_before_the_task_ends() {
    let log = Log::new();
    let inner = log.clone();
    block_on(async {
        let task = spawn(async move {
            let _ = scope(async |s| {
                drop(s.spawn(until_dropped(inner.clone(), "child")));
                onecook::future::pending::<()>().await;
            })
            .await;
        });
        yield_now().await;
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(log.lines(), ["child"]);
    });
}

#[test]
fn after_cancel_nobody_below_is_polled_any_more() {
    let counters = Counters::new();
    let ended = block_on(scope(async |s| {
        let inner = s.clone();
        drop(s.spawn(async move { inner.cancel() }));
        drop(s.spawn(counters.probe(|_| Poll::<()>::Pending)));
        onecook::future::pending::<()>().await;
    }));
    assert_eq!(ended, Err(Cancelled::ByCall));
    assert_eq!((counters.polls(), counters.drops()), (0, 1));
}

#[test]
fn a_body_that_cancels_keeps_its_value() {
    let log = Log::new();
    let ended = block_on(scope(async |s| {
        drop(s.spawn(until_dropped(log.clone(), "child")));
        yield_now().await;
        s.cancel();
        "value"
    }));
    assert_eq!(ended, Ok("value"));
    assert_eq!(log.lines(), ["child"]);
}

#[test]
fn cancel_from_outside_the_poll_wakes_the_scope() {
    let (waker, handle) = (CountingWaker::new(), RefCell::new(None));
    let mut waits = Box::pin(scope(async |s| {
        handle.replace(Some(s.clone()));
        onecook::future::pending::<()>().await;
    }));
    assert!(poll_with(&mut waits, &waker.waker()).is_pending());
    assert_eq!(waker.wakes(), 0);
    handle.borrow().as_ref().unwrap().cancel();
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut waits), Err(Cancelled::ByCall));
    drop(waits);
    handle.take();
    assert_eq!(waker.holders(), 0);
}

#[test]
fn cancel_after_the_body_ended_wakes_the_scope_too() {
    let (waker, handle) = (CountingWaker::new(), RefCell::new(None));
    let mut waits = Box::pin(scope(async |s| {
        drop(s.spawn(onecook::future::pending::<()>()));
        handle.replace(Some(s.clone()));
        "value"
    }));
    for _ in 0..3 {
        assert!(poll_with(&mut waits, &waker.waker()).is_pending());
    }
    let before = waker.wakes();
    handle.take().unwrap().cancel();
    assert_eq!(waker.wakes(), before + 1);
    assert_eq!(expect_ready(&mut waits), Ok("value"));
}

#[test]
fn a_child_in_an_rc_cycle_is_dropped_all_the_same() {
    let log = Log::new();
    let logs = &log;
    let mut waits = Box::pin(scope(|s| async move {
        let inner = s.clone();
        drop(s.spawn(async move {
            let _logs = logs.on_drop("child");
            let _cycle = inner; // list -> child -> scope -> list
            onecook::future::pending::<()>().await;
        }));
        onecook::future::pending::<()>().await;
    }));
    expect_pending(&mut waits);
    expect_pending(&mut waits);
    drop(waits);
    assert_eq!(log.lines(), ["child"]);
}

#[test]
fn a_handle_that_outlives_its_scope_says_cancelled() {
    let left = RefCell::new(None);
    let mut waits = Box::pin(scope(async |s| {
        left.replace(Some(s.spawn(onecook::future::pending::<()>())));
        onecook::future::pending::<()>().await;
    }));
    expect_pending(&mut waits);
    drop(waits);
    let handle = left.take().unwrap();
    let error = block_on(handle).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert!(error.to_string().starts_with("a child (spawned at "), "{error}");
}

#[test]
fn whoever_awaits_a_child_from_outside_is_woken_by_the_cancel() {
    block_on(async {
        let gate = Gate::new();
        let handle = Rc::new(RefCell::new(None));
        let (stop, out) = (gate.clone(), handle.clone());
        let task = spawn(async move {
            let ended = scope(async |s| {
                let child = s.spawn(onecook::future::pending::<()>());
                out.replace(Some(child));
                stop.wait().await;
                s.cancel();
            });
            ended.await.unwrap();
        });
        yield_now().await;
        let child = handle.take().unwrap();
        let waits = spawn(async move { child.await.unwrap_err() });
        yield_now().await;
        gate.open();
        assert!(waits.await.unwrap().is_cancelled());
        task.await.unwrap();
    });
}

// --- deadlines

#[test]
fn a_deadline_drops_everything_below_and_says_elapsed() {
    let log = Log::new();
    block_on_virtual(async {
        let waits = scope(async |s| {
            let _logs = log.on_drop("body");
            drop(s.spawn(until_dropped(log.clone(), "child")));
            onecook::future::pending::<()>().await;
        });
        let mut waits = Box::pin(waits.timeout(Duration::from_secs(3600)));
        assert_eq!((&mut waits).await, Err(Cancelled::Elapsed));
        assert_eq!(log.lines(), ["child", "body"]);
    });
}

#[test]
fn a_deadline_counts_also_if_only_children_were_left() {
    block_on_virtual(async {
        let waits = scope(async |s| {
            drop(s.spawn(onecook::future::pending::<()>()));
            "value"
        });
        let ended = waits.timeout(Duration::from_secs(1)).await;
        assert_eq!(ended, Err(Cancelled::Elapsed));
    });
}

#[test]
fn whoever_is_ready_in_time_wins_over_the_deadline() {
    block_on_virtual(async {
        let at_once = scope(async |_| "value").timeout(Duration::ZERO);
        assert_eq!(at_once.await, Ok("value"));
        let in_time = scope(async |s| {
            s.spawn(sleep(Duration::from_secs(1))).await.unwrap();
            "value"
        });
        let ended = in_time.timeout(Duration::from_secs(2)).await;
        assert_eq!(ended, Ok("value"));
    });
}

#[test]
fn children_that_use_the_budget_up_cannot_hold_the_deadline_off() {
    let ended = within(|| {
        block_on(async {
            let waits = scope(async |s| {
                drop(s.spawn(async {
                    loop {
                        sleep(Duration::ZERO).await; // ready, on the budget
                    }
                }));
            });
            waits.timeout(Duration::from_millis(5)).await
        })
    });
    assert_eq!(ended, Err(Cancelled::Elapsed));
}

// --- errors

#[test]
fn a_childs_error_cancels_its_siblings_and_the_body() {
    let log = Log::new();
    let ended = block_on(try_scope(async |s| {
        let _logs = log.on_drop("body");
        let sibling = until_dropped(log.clone(), "sibling");
        drop(s.spawn_infallible(sibling));
        drop(s.spawn(async {
            yield_now().await;
            Err::<(), _>("burnt")
        }));
        onecook::future::pending::<Result<(), _>>().await
    }));
    assert_eq!(ended, Err(ScopeError { first: "burnt", others: vec![] }));
    assert_eq!(log.lines(), ["sibling", "body"]);
}

#[test]
fn the_bodys_error_cancels_the_children() {
    let log = Log::new();
    let ended = block_on(try_scope(async |s| {
        drop(s.spawn_infallible(until_dropped(log.clone(), "child")));
        yield_now().await;
        Err::<(), _>("burnt")
    }));
    assert_eq!(ended.unwrap_err().first, "burnt");
    assert_eq!(log.lines(), ["child"]);
}

#[test]
fn errors_of_the_same_poll_are_all_kept_in_the_order_of_time() {
    let gate = Gate::new();
    let ended = block_on(try_scope(async |s| {
        for number in 1..=3 {
            let gate = gate.clone();
            drop(s.spawn(async move {
                gate.wait().await;
                Err::<(), _>(number)
            }));
        }
        yield_now().await;
        gate.open();
        gate.wait().await;
        onecook::future::pending::<Result<(), _>>().await
    }));
    let error = ended.unwrap_err();
    assert_eq!(error, ScopeError { first: 1, others: vec![2, 3] });
    assert_eq!(error.to_string(), "1 (and then: 2; 3)");
    assert_eq!(error.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn an_error_after_the_body_has_its_value_is_the_scopes_error() {
    let ended = block_on(try_scope(async |s| {
        drop(s.spawn(async {
            yield_now().await;
            Err::<(), _>("late")
        }));
        Ok("value")
    }));
    assert_eq!(ended.unwrap_err().first, "late");
}

#[test]
fn an_error_counts_more_than_a_cancel_of_the_same_poll() {
    let ended = block_on(try_scope(async |s| {
        let s = &s;
        s.cancel();
        Err::<(), std::io::Error>(std::io::Error::other("burnt"))
    }));
    assert_eq!(ended.unwrap_err().first.to_string(), "burnt");
}

#[test]
fn a_try_scope_without_errors_returns_the_value_of_its_body() {
    let sum = block_on(try_scope(async |s| {
        let one = s.spawn(async { Ok::<_, ()>(1) });
        let two = s.spawn_infallible(async { 2 });
        Ok(one.await.unwrap() + two.await.unwrap())
    }));
    assert_eq!(sum, Ok(3));
}

// --- panics

#[test]
fn a_childs_panic_drops_the_others_and_goes_on_with_its_name() {
    let log = Log::new();
    let text = panic_text(|| {
        let _ = block_on(scope(async |s| {
            let _logs = log.on_drop("body");
            drop(s.spawn(until_dropped(log.clone(), "sibling")));
            drop(s.spawn_named("egg B", async {
                yield_now().await;
                panic!("burnt")
            }));
            onecook::future::pending::<()>().await;
        }));
    });
    assert!(text.starts_with("child 2 'egg B' (spawned at "), "{text}");
    assert!(text.ends_with(") panicked: burnt"), "{text}");
    assert_eq!(log.lines(), ["sibling", "body"]);
}

#[test]
fn a_panic_that_is_no_text_goes_on_as_it_is() {
    let payload = catch_unwind(AssertUnwindSafe(|| {
        let _ = block_on(scope(async |s| {
            drop(s.spawn(async { std::panic::panic_any(42) }));
        }));
    }));
    assert_eq!(*payload.unwrap_err().downcast::<i32>().unwrap(), 42);
}

#[test]
fn a_childs_panic_in_a_task_reaches_the_join_handle() {
    block_on(async {
        let task = spawn_named("cook", async {
            let _ = scope(async |s| {
                drop(s.spawn(async { panic!("burnt") }));
            })
            .await;
        });
        let error = task.await.unwrap_err();
        assert!(error.is_panic());
        let text = error.to_string();
        assert!(text.contains("task 1 'cook'"), "{text}");
        assert!(text.contains("child 2 (spawned at "), "{text}");
    });
}

#[test]
fn the_bodys_panic_drops_the_children_and_goes_on() {
    let log = Log::new();
    let text = panic_text(|| {
        let _ = block_on(scope(async |s| {
            drop(s.spawn(until_dropped(log.clone(), "child")));
            yield_now().await;
            panic!("burnt")
        }));
    });
    assert_eq!(text, "burnt");
    assert_eq!(log.lines(), ["child"]);
}

#[test]
fn of_many_panics_the_first_goes_on_and_the_others_are_reported() {
    let reports = Reports::catch();
    let log = Log::new();
    let text = panic_text(|| {
        let _ = block_on(scope(async |s| {
            drop(s.spawn(until_dropped(log.clone(), "oldest")));
            drop(s.spawn_named("third", async {
                let _panics = PanicsOnDrop("in its drop too");
                onecook::future::pending::<()>().await;
            }));
            drop(s.spawn_named("second", async {
                let _panics = PanicsOnDrop("in its drop");
                onecook::future::pending::<()>().await;
            }));
            drop(s.spawn_named("first", async {
                yield_now().await;
                panic!("burnt")
            }));
            onecook::future::pending::<()>().await;
        }));
    });
    assert!(text.contains("'first'"), "{text}");
    let mut texts = reports.of(ReportKind::Panic);
    assert_eq!(texts, reports.texts());
    texts.sort(); // child 2 is 'third', child 3 is 'second'
    let [third, second] = &texts[..] else { panic!("{texts:#?}") };
    assert!(third.starts_with("child 2 'third' (spawned at"), "{third}");
    assert!(third.contains("in its drop too"), "{third}");
    assert!(second.starts_with("child 3 'second' (spawned at"), "{second}");
    assert!(second.contains("in its drop"), "{second}");
    assert_eq!(log.lines(), ["oldest"], "and the rest was dropped too");
}

#[test]
fn a_panic_in_a_childs_drop_comes_out_after_the_others_were_dropped() {
    let log = Log::new();
    let text = panic_text(|| {
        let mut waits = Box::pin(scope(async |s| {
            let _logs = log.on_drop("body");
            drop(s.spawn(until_dropped(log.clone(), "older")));
            drop(s.spawn(async {
                let _panics = PanicsOnDrop("in its drop");
                onecook::future::pending::<()>().await;
            }));
            onecook::future::pending::<()>().await;
        }));
        expect_pending(&mut waits);
        expect_pending(&mut waits);
        drop(waits);
    });
    assert!(text.contains("in its drop"), "{text}");
    assert_eq!(log.lines(), ["older", "body"]);
}

// --- nesting

#[test]
fn scopes_nest_and_cancel_goes_all_the_way_down() {
    let log = Log::new();
    let mut waits = Box::pin(scope(async |s| {
        let log = &log;
        drop(s.spawn(async move {
            let inner = scope(async |s| {
                let _logs = log.on_drop("inner body");
                drop(s.spawn(until_dropped(log.clone(), "grandchild")));
                onecook::future::pending::<()>().await;
            });
            let _logs = log.on_drop("child");
            let _ = inner.await;
        }));
        onecook::future::pending::<()>().await;
    }));
    for _ in 0..4 {
        expect_pending(&mut waits);
    }
    drop(waits);
    assert_eq!(log.lines(), ["grandchild", "inner body", "child"]);
}

#[test]
fn a_child_of_an_inner_scope_may_borrow_from_the_child_around_it() {
    let total = block_on(scope(async |s| {
        let child = s.spawn(async {
            let eggs = [1, 2, 3];
            let sum = scope(async |s| {
                let halves = [&eggs[..1], &eggs[1..]];
                let mut sum = 0;
                for half in halves.map(|half| {
                    s.spawn(async move { half.iter().sum::<i32>() })
                }) {
                    sum += half.await.unwrap();
                }
                sum
            });
            sum.await.unwrap()
        });
        child.await.unwrap()
    }));
    assert_eq!(total, Ok(6));
}

#[test]
fn a_thousand_nested_scopes_end_in_order() {
    fn nest(depth: u32) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(async move {
            if depth == 0 {
                return 0;
            }
            let below =
                scope(async |s| s.spawn(nest(depth - 1)).await.unwrap());
            below.await.unwrap() + 1
        })
    }
    assert_eq!(block_on(nest(100)), 100);
}

// --- the context

#[test]
fn a_child_is_polled_under_its_own_number_on_the_budget_of_the_task() {
    let numbers = block_on(scope(async |s| {
        let outer = context::polled();
        let child = s.spawn(async {
            let before = context::polled();
            yield_now().await;
            assert_eq!(context::polled(), before);
            before
        });
        let child = child.await.unwrap();
        assert_eq!(context::polled(), outer);
        (outer, child, spawn(async {}).id().unwrap().number())
    }));
    assert_eq!(numbers, Ok((Tag(0), Tag(1), 2)));
}

#[test]
fn an_always_ready_child_leaves_the_others_their_turn() {
    let turns = Cell::new(0);
    block_on(async {
        let other = spawn(async {
            for _ in 0..10 {
                yield_now().await;
            }
        });
        let ended = scope(async |s| {
            let turns = &turns;
            let done = Rc::new(Cell::new(false));
            let stop = done.clone();
            drop(s.spawn(async move {
                while !stop.get() {
                    sleep(Duration::ZERO).await;
                    turns.set(turns.get() + 1);
                }
            }));
            other.await.unwrap();
            done.set(true);
        });
        ended.await.unwrap();
    });
    assert!(turns.get() < 128 * 20, "{}", turns.get());
}

#[test]
fn a_scope_works_under_any_executor() {
    let waker = CountingWaker::new();
    let gate = Gate::new();
    let mut waits = Box::pin(scope(async |s| {
        s.spawn(gate.wait()).await.unwrap();
        "value"
    }));
    assert!(poll_with(&mut waits, &waker.waker()).is_pending());
    assert!(waker.wakes() > 0, "the child wants its first poll");
    assert!(poll_with(&mut waits, &waker.waker()).is_pending());
    gate.open();
    assert!(poll_with(&mut waits, &waker.waker()).is_pending());
    assert_eq!(poll_with(&mut waits, &waker.waker()), Poll::Ready(Ok("value")));
    assert_eq!(waker.holders(), 0);
}

#[test]
fn a_waker_of_the_scope_may_spawn_into_it() {
    // User code runs in the wake: nothing is borrowed then.
    let slot = Rc::new(RefCell::new(None::<Scope<'static>>));
    let mut waits = Box::pin(scope(|s: Scope<'static>| {
        *slot.borrow_mut() = Some(s);
        poll_fn(|_| Poll::<()>::Pending)
    }));
    thread_local! {
        static SLOT: RefCell<Option<Scope<'static>>> =
            const { RefCell::new(None) };
        static SPAWNED: Cell<bool> = const { Cell::new(false) };
    }
    SLOT.set(slot.borrow_mut().take());
    let waker = onecook_tests::on_wake(|| {
        let s = SLOT.with_borrow(Clone::clone);
        if let Some(s) = s.filter(|_| !SPAWNED.replace(true)) {
            drop(s.spawn(async {}));
        }
    });
    assert!(poll_with(&mut waits, &waker).is_pending());
    let s = SLOT.with_borrow(Clone::clone).unwrap();
    drop(s.spawn(async {}));
    assert!(SPAWNED.get());
    assert_eq!(s.children(), 2);
    assert!(poll_with(&mut waits, &waker).is_pending());
    assert_eq!(s.children(), 0);
    s.cancel();
    assert!(poll_with(&mut waits, &waker).is_ready());
    SLOT.take();
}

// --- the trace

#[test]
fn the_trace_of_scopes_is_sound_and_tells_of_each_child() {
    let recorder = Recorder::start();
    block_on(async {
        let ended = scope(async |s| {
            drop(s.spawn_named("egg A", yield_now()));
            let nested = s.spawn(async {
                let inner = scope(async |s| {
                    drop(s.spawn(onecook::future::pending::<()>()));
                    yield_now().await;
                    s.cancel();
                });
                inner.await.unwrap();
            });
            nested.await.unwrap();
        });
        ended.await.unwrap();
        drop(scope(async |s| drop(s.spawn(yield_now())))); // never polled
    });
    let records = recorder.finish();
    expect_sound(&records);
    let is = |want: fn(&Event) -> bool| {
        records.iter().filter(|it| want(&it.event)).count()
    };
    assert_eq!(is(|it| matches!(it, Event::ScopeOpen { .. })), 3);
    assert_eq!(is(|it| matches!(it, Event::ScopeClose { .. })), 3);
    assert_eq!(is(|it| matches!(it, Event::ChildSpawn { .. })), 3);
    assert_eq!(is(|it| matches!(it, Event::ChildDropped { .. })), 3);
    assert!(records.iter().any(|it| matches!(
        &it.event,
        Event::ChildSpawn { name: Some(name), child: Tag(1), .. }
            if &**name == "egg A"
    )));
}
