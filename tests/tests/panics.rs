//! A panic stays in its task, reaches its handle, or is reported.
//!
//! semantics 10, design promises 9, 10
#![allow(clippy::map_identity)] // it makes a `()` of a `!`
#![allow(clippy::items_after_statements)] // close to where they are used
#![allow(clippy::semicolon_if_nothing_returned)] // a panic returns nothing

use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::pin::Pin;
use std::task::{Context, Poll};

use onecook::diagnosis::ReportKind;
use onecook::{JoinError, Runtime, block_on, spawn, spawn_named, yield_now};
use onecook_tests::{
    Counters, PanicsOnDrop, Reports, child, on_wake, poll_with,
};

/// Where a task panics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Poll,
    FutureDrop,
    OutputDrop,
    PollAndFutureDrop,
    FutureDropAndOutputDrop,
}

const PLACES: [Where; 5] = [
    Where::Poll,
    Where::FutureDrop,
    Where::OutputDrop,
    Where::PollAndFutureDrop,
    Where::FutureDropAndOutputDrop,
];

/// What becomes of the handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Handle {
    Awaited,
    DroppedBefore,
    DroppedAfter,
    KeptUntilTheEnd,
}

const FATES: [Handle; 4] = [
    Handle::Awaited,
    Handle::DroppedBefore,
    Handle::DroppedAfter,
    Handle::KeptUntilTheEnd,
];

struct Burns {
    place: Where,
    polled: bool,
    counters: Counters,
}

struct Output(Where, Counters);

impl Future for Burns {
    type Output = Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.polled, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if matches!(this.place, Where::Poll | Where::PollAndFutureDrop) {
            panic!("burnt in poll");
        }
        Poll::Ready(Output(this.place, this.counters.clone()))
    }
}

impl Drop for Burns {
    fn drop(&mut self) {
        drop(self.counters.token());
        if matches!(
            self.place,
            Where::FutureDrop
                | Where::PollAndFutureDrop
                | Where::FutureDropAndOutputDrop
        ) {
            panic!("burnt in the future's drop");
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        drop(self.1.token());
        if matches!(self.0, Where::OutputDrop | Where::FutureDropAndOutputDrop)
        {
            panic!("burnt in the output's drop");
        }
    }
}

/// Runs one of each; returns what was reported and how the handle ended.
fn burn(place: Where, fate: Handle) -> (Vec<String>, Option<String>) {
    let reports = Reports::catch();
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let future = Burns { place, polled: false, counters: counters.clone() };
    let mut task = Some(runtime.spawn(future));
    let mut answer = None;
    runtime.block_on(async {
        let neighbour = spawn(async {
            for _ in 0..5 {
                yield_now().await;
            }
            "unharmed"
        });
        match fate {
            Handle::Awaited => {
                answer = Some(match task.take().unwrap().await {
                    Ok(output) => {
                        // The user's own panic, in the user's own hands.
                        std::mem::forget(output);
                        "value".to_owned()
                    }
                    Err(error) => error.to_string(),
                });
            }
            Handle::DroppedBefore => drop(task.take()),
            Handle::DroppedAfter => {
                for _ in 0..4 {
                    yield_now().await;
                }
                drop(task.take());
            }
            Handle::KeptUntilTheEnd => {}
        }
        assert_eq!(neighbour.await.unwrap(), "unharmed");
    });
    drop(runtime);
    drop(task);
    let texts = reports.of(ReportKind::Panic);
    assert_eq!(reports.texts(), texts);
    let ended = matches!(place, Where::Poll | Where::PollAndFutureDrop);
    let forgotten = fate == Handle::Awaited;
    let drops = 1 + usize::from(!ended && !forgotten);
    assert_eq!(counters.drops(), drops, "{place:?}, {fate:?}");
    (texts, answer)
}

fn count(texts: &[String], what: &str) -> usize {
    texts.iter().filter(|text| text.contains(what)).count()
}

#[test]
fn no_panic_is_lost_and_none_spreads() {
    for place in PLACES {
        for fate in FATES {
            let (texts, answer) = burn(place, fate);
            let seen = answer.as_deref().unwrap_or("");
            let who = format!("{place:?}, {fate:?}: {texts:#?}, {answer:?}");
            let times =
                |what| count(&texts, what) + usize::from(seen.contains(what));
            let in_poll =
                place == Where::Poll || place == Where::PollAndFutureDrop;
            assert_eq!(times("burnt in poll"), usize::from(in_poll), "{who}");
            let in_future = matches!(
                place,
                Where::FutureDrop
                    | Where::PollAndFutureDrop
                    | Where::FutureDropAndOutputDrop
            );
            let told = times("burnt in the future's drop");
            assert_eq!(told, usize::from(in_future), "{who}");
            let in_output = fate != Handle::Awaited
                && matches!(
                    place,
                    Where::OutputDrop | Where::FutureDropAndOutputDrop
                );
            let told = times("burnt in the output's drop");
            assert_eq!(told, usize::from(in_output), "{who}");
        }
    }
}

#[test]
fn a_panic_reaches_the_handle_with_its_payload() {
    block_on(async {
        let task = spawn(async { panic_any(42_u8) });
        let error: JoinError = task.await.map(|()| ()).unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(*error.into_panic().downcast::<u8>().unwrap(), 42);
    });
}

#[test]
fn an_output_whose_futures_drop_panicked_is_still_handed_out() {
    let (texts, answer) = burn(Where::FutureDrop, Handle::Awaited);
    assert_eq!(answer.as_deref(), Some("value"));
    assert_eq!(count(&texts, "burnt in the future's drop"), 1);
}

#[test]
fn the_report_of_a_panic_names_the_task_and_says_what_to_do() {
    let reports = Reports::catch();
    block_on(async {
        drop(spawn_named("egg A", async { panic!("too hot: {}", 230) }));
        yield_now().await;
    });
    let text = reports.expect_one(ReportKind::Panic);
    let line = line!() - 4;
    assert!(text.starts_with("task 1 'egg A' (spawned at "), "{text}");
    assert!(text.contains(&format!("panics.rs:{line}:")), "{text}");
    assert!(text.contains("panicked: too hot: 230."), "{text}");
    assert!(text.contains("Keep the handle and await it"), "{text}");
}

#[test]
fn the_error_of_a_panic_names_the_task() {
    block_on(async {
        let task = spawn_named("egg B", async { panic!("burnt") });
        let line = line!() - 1;
        let error: JoinError = task.await.map(|()| ()).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("task 1 'egg B' (spawned at "), "{text}");
        assert!(text.contains(&format!("panics.rs:{line}:")), "{text}");
        assert!(text.ends_with(") panicked: burnt"), "{text}");
        let io: std::io::Error = error.into();
        assert_eq!(io.to_string(), text);
    });
}

#[test]
fn into_panic_of_a_cancelled_task_panics_and_says_so() {
    block_on(async {
        let task = spawn(pending::<()>());
        task.abort();
        let error = task.await.unwrap_err();
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                drop(error.into_panic())
            }));
        let text = caught.unwrap_err().downcast::<String>().unwrap();
        assert!(
            text.starts_with("`into_panic` of a task that did not panic: "),
            "{text}"
        );
        assert!(text.ends_with("was cancelled"), "{text}");
    });
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_future_is_reported() {
    let reports = Reports::catch();
    block_on(async {
        let bomb = PanicsOnDrop("burnt in the drop");
        let task = spawn(async move {
            let _bomb = bomb;
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let text = reports.expect_one(ReportKind::Panic);
    assert!(text.contains("burnt in the drop"), "{text}");
}

#[test]
fn a_panic_in_a_drop_at_shutdown_is_reported_and_the_rest_is_dropped() {
    let reports = Reports::catch();
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    for _ in 0..3 {
        let (before, after) = (counters.token(), counters.token());
        drop(runtime.spawn(async move {
            let _before = before;
            let _bomb = PanicsOnDrop("burnt at shutdown");
            let _after = after;
            pending::<()>().await;
        }));
    }
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(counters.drops(), 6);
    assert_eq!(reports.of(ReportKind::Panic).len(), 3);
}

#[test]
fn a_panic_in_the_drop_of_a_closure_at_shutdown_leaves_no_task_behind() {
    // Sent by a handle, never received: its drop panics.
    let _reports = Reports::catch();
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let token = counters.token();
    drop(runtime.spawn(async move {
        let _token = token;
        pending::<()>().await;
    }));
    let bomb = PanicsOnDrop("burnt in the closure");
    let remote = runtime.handle().spawn(move || {
        let _bomb = bomb;
        async {}
    });
    let dropped =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            drop(runtime)
        }));
    assert!(dropped.is_ok(), "the panic spread to who drops the runtime");
    assert_eq!(counters.drops(), 1);
    assert!(remote.is_finished());
}

#[test]
fn a_panic_in_the_drop_of_an_aborted_closure_stays_there() {
    let _reports = Reports::catch();
    let runtime = Runtime::new().unwrap();
    let bomb = PanicsOnDrop("burnt in the closure");
    let remote = runtime.handle().spawn(move || {
        let _bomb = bomb;
        async {}
    });
    remote.abort();
    runtime.block_on(async {
        assert!(remote.await.unwrap_err().is_cancelled());
        yield_now().await;
    });
}

fn true_at_run_time() -> bool {
    std::hint::black_box(true)
}

#[test]
fn the_panic_of_a_remote_task_reaches_its_handle() {
    let runtime = Runtime::new().unwrap();
    let in_closure = runtime.handle().spawn(|| {
        assert!(!true_at_run_time(), "burnt in the closure");
        async {}
    });
    let in_poll = runtime.handle().spawn(|| async { panic!("burnt in poll") });
    runtime.block_on(async {
        let error = in_closure.await.unwrap_err();
        assert!(error.to_string().contains("burnt in the closure"), "{error}");
        let error: JoinError = in_poll.await.map(|()| ()).unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().contains("burnt in poll"), "{error}");
        assert!(error.to_string().contains("panics.rs"), "{error}");
    });
}

#[test]
fn the_panic_of_a_detached_remote_task_is_reported() {
    let reports = Reports::catch();
    let runtime = Runtime::new().unwrap();
    drop(runtime.handle().spawn(|| async { panic!("burnt far away") }));
    runtime.block_on(async {
        for _ in 0..4 {
            yield_now().await;
        }
    });
    let text = reports.expect_one(ReportKind::Panic);
    assert!(text.contains("burnt far away"), "{text}");
    assert!(text.contains("panics.rs"), "{text}");
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_harms_nobody() {
    let reports = Reports::catch();
    block_on(async {
        let payload = PanicsOnDrop("burnt in the payload");
        drop(spawn(async move { panic_any(payload) }));
        yield_now().await;
        // And where the payload comes out of a drop.
        struct DropsAPayload;
        impl Drop for DropsAPayload {
            fn drop(&mut self) {
                panic_any(PanicsOnDrop("burnt in the drop's payload"));
            }
        }
        let bomb = DropsAPayload;
        drop(spawn(async move {
            let _bomb = bomb;
        }));
        yield_now().await;
        let bomb = DropsAPayload;
        let aborted = spawn(async move {
            let _bomb = bomb;
            pending::<()>().await;
        });
        yield_now().await;
        aborted.abort();
        drop(aborted);
        yield_now().await;
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
    });
    assert!(!reports.of(ReportKind::Panic).is_empty());
}

#[test]
fn a_joiners_waker_that_panics_does_not_stop_the_executor() {
    // It is user code of whoever made that waker, called by the executor; its
    // panic comes out of `block_on`, and the runtime can go on.
    let runtime = Runtime::new().unwrap();
    let mut task = runtime.spawn(yield_now());
    let bad = on_wake(|| panic!("burnt in wake"));
    assert!(poll_with(&mut task, &bad).is_pending());
    let run = || {
        runtime.block_on(async {
            for _ in 0..5 {
                yield_now().await;
            }
        })
    };
    let first = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let _ = first; // either is fine, as long as what follows works
    runtime.block_on(async {
        task.await.unwrap();
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
    });
}

#[test]
fn a_detached_panic_goes_to_stderr_without_a_hook() {
    let name = "a_detached_panic_goes_to_stderr_without_a_hook";
    let child = child::run(name, || {
        block_on(async {
            drop(spawn_named("egg C", async { panic!("burnt") }));
            yield_now().await;
        });
    });
    assert!(child.success());
    let line = child.stderr.lines().find(|it| it.starts_with("onecook: "));
    let line = line.unwrap_or_else(|| panic!("{}", child.stderr));
    assert!(line.contains("task 1 'egg C' (spawned at "), "{line}");
    assert!(line.contains("panicked: burnt"), "{line}");
}

#[test]
fn only_a_panic_while_panicking_ends_the_process() {
    let name = "only_a_panic_while_panicking_ends_the_process";
    let child = child::run(name, || {
        let _reports = Reports::catch();
        block_on(async {
            drop(spawn(async {
                let _bomb = PanicsOnDrop("the second");
                panic!("the first");
            }));
            yield_now().await;
        });
    });
    assert!(!child.success());
    assert!(child.stderr.contains("the second"), "{}", child.stderr);
}

#[test]
fn a_panicking_task_has_its_other_values_dropped_once() {
    let counters = Counters::new();
    let _reports = Reports::catch();
    block_on(async {
        let token = counters.token();
        let task = spawn(async move {
            let _token = token;
            yield_now().await;
            panic!("burnt");
        });
        assert!(task.await.map(|()| ()).unwrap_err().is_panic());
        let probe = counters.probe(|_| -> Poll<()> { panic!("burnt") });
        assert!(spawn(probe).await.unwrap_err().is_panic());
    });
    assert_eq!((counters.polls(), counters.drops()), (1, 2));
}

#[test]
fn a_future_that_panicked_is_not_polled_again() {
    let _reports = Reports::catch();
    let counters = Counters::new();
    let slot = onecook_tests::WakerSlot::new();
    let inner = slot.clone();
    block_on(async {
        let task = spawn(counters.probe(move |cx| -> Poll<()> {
            inner.store(cx);
            cx.waker().wake_by_ref();
            panic!("burnt")
        }));
        yield_now().await;
        slot.wake();
        yield_now().await;
        yield_now().await;
        assert!(task.await.unwrap_err().is_panic());
        poll_fn(|_| Poll::Ready(())).await;
    });
    assert_eq!(counters.polls(), 1);
}
