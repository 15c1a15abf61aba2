//! Runtimes inside runtimes, and the main future's panic.
//!
//! semantics 7, 8

use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use onecook::time::sleep;
use onecook::{Builder, Runtime, block_on, spawn, yield_now};
use onecook_tests::{Counters, Gate, WakerSlot, within};

fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn block_on_inside_a_task_panics_and_says_what_to_do() {
    block_on(async {
        let task = spawn(async { panic_text(|| block_on(async {})) });
        let text = task.await.unwrap();
        assert!(text.contains("`block_on` was called inside a task"), "{text}");
        assert!(text.contains("`.await` the future instead"), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
    });
}

#[test]
fn a_runtimes_block_on_inside_a_task_panics_too() {
    let runtime = Runtime::new().unwrap();
    let text = runtime.block_on(async {
        let other = Runtime::new().unwrap();
        panic_text(|| other.block_on(async {}))
    });
    assert!(text.contains("`block_on` was called inside a task"), "{text}");
}

#[test]
fn after_a_refused_block_on_the_outer_runtime_works_on() {
    block_on(async {
        let before = spawn(async {
            yield_now().await;
            1
        });
        let refused = spawn(async { panic_text(|| block_on(async {})) });
        refused.await.unwrap();
        let after = spawn(async { 2 });
        sleep(Duration::from_millis(1)).await;
        assert_eq!(before.await.unwrap() + after.await.unwrap(), 3);
    });
    assert_eq!(block_on(async { 4 }), 4);
}

#[test]
fn a_refused_block_on_drops_its_future_once() {
    let counters = Counters::new();
    block_on(async {
        let token = counters.token();
        panic_text(|| {
            block_on(async move {
                let _token = token;
                pending::<()>().await;
            });
        });
    });
    assert_eq!(counters.drops(), 1);
}

#[test]
fn a_refused_block_on_names_the_callers_line() {
    use std::sync::Mutex;
    static SEEN: Mutex<Option<String>> = Mutex::new(None);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.to_string();
        if text.contains("`block_on` was called inside a task") {
            let file = info.location().map(|it| it.file().to_owned());
            *SEEN.lock().unwrap() = file;
        }
        before(info);
    }));
    block_on(async { panic_text(|| block_on(async {})) });
    let file = SEEN.lock().unwrap().take().unwrap();
    assert!(file.ends_with("nesting.rs"), "{file}");
}

#[test]
fn a_runtime_may_be_made_and_dropped_inside_a_task() {
    let counters = Counters::new();
    block_on(async {
        let inner = Runtime::new().unwrap();
        let token = counters.token();
        let task = inner.spawn(async move {
            let _token = token;
            pending::<()>().await;
        });
        drop(inner);
        assert_eq!(counters.drops(), 1);
        assert!(task.is_finished());
        // The outer one is entered again.
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
        sleep(Duration::from_millis(1)).await;
    });
}

#[test]
fn a_wake_of_the_outer_runtime_from_the_drop_of_an_inner_one_arrives() {
    within(|| {
        block_on(async {
            let gate = Gate::new();
            let waiting = spawn(gate.wait());
            yield_now().await;
            let inner = Runtime::new().unwrap();
            let opener = onecook_tests::OnDrop::new(move || gate.open());
            drop(inner.spawn(async move {
                let _opener = opener;
                pending::<()>().await;
            }));
            drop(inner);
            waiting.await.unwrap();
        });
    });
}

#[test]
fn a_task_may_await_the_handle_of_another_runtime_of_its_thread() {
    // The runtime that would end the task is dropped: the awaiter is told.
    within(|| {
        let inner = Runtime::new().unwrap();
        let task = inner.spawn(pending::<()>());
        block_on(async {
            let waiting = spawn(async { task.await.unwrap_err() });
            yield_now().await;
            drop(inner);
            let error = waiting.await.unwrap();
            assert!(error.is_cancelled(), "{error}");
        });
    });
}

#[test]
fn runtimes_of_one_thread_take_turns() {
    let (a, b) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let gate = Gate::new();
    let task = a.spawn(gate.wait());
    a.block_on(yield_now());
    b.block_on(async {
        gate.open(); // a wake of a's task, while b is entered
        yield_now().await;
    });
    assert!(!task.is_finished());
    a.block_on(task).unwrap();
}

#[test]
fn block_on_leaves_the_tokens_of_thread_park_alone() {
    within(|| {
        thread::current().unpark();
        block_on(async {
            sleep(Duration::from_millis(5)).await;
            let gate = Gate::new();
            let opener = gate.clone();
            let there = thread::spawn(move || opener.open());
            gate.wait().await;
            there.join().unwrap();
        });
        thread::park(); // the token is still there, or this hangs
    });
}

#[test]
fn a_token_of_thread_park_does_not_end_the_sleep_of_block_on() {
    thread::current().unpark();
    let counters = Counters::new();
    let mut timer = sleep(Duration::from_millis(10));
    block_on(counters.probe(move |cx| Pin::new(&mut timer).poll(cx)));
    assert_eq!(counters.polls(), 2);
}

#[test]
fn block_on_never_polls_a_finished_future() {
    let slot = WakerSlot::new();
    let counters = Counters::new();
    let inner = slot.clone();
    let runtime = Runtime::new().unwrap();
    let mut done = false;
    let main = counters.probe(move |cx| {
        assert!(!done, "polled after it was done");
        done = true;
        inner.store(cx);
        cx.waker().wake_by_ref();
        Poll::Ready(())
    });
    runtime.block_on(main);
    slot.wake();
    runtime.block_on(async {
        for _ in 0..5 {
            yield_now().await;
        }
    });
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
}

#[test]
fn a_panic_of_the_main_future_propagates_with_its_payload() {
    let runtime = Runtime::new().unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { panic_any(42_i32) })
    }));
    assert_eq!(*caught.unwrap_err().downcast::<i32>().unwrap(), 42);
}

#[test]
fn after_a_panic_of_the_main_future_the_runtime_can_be_dropped_cleanly() {
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let (main, task) = (counters.token(), counters.token());
    drop(runtime.spawn(async move {
        let _task = task;
        pending::<()>().await;
    }));
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let _main = main;
            yield_now().await;
            panic!("burnt");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(counters.drops(), 1);
    drop(runtime);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn after_a_panic_of_the_main_future_the_runtime_can_run_again() {
    let runtime = Runtime::new().unwrap();
    let gate = Gate::new();
    let task = runtime.spawn(gate.wait());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            yield_now().await;
            panic!("burnt");
        });
    }));
    assert!(caught.is_err());
    gate.open();
    runtime.block_on(async {
        task.await.unwrap();
        sleep(Duration::from_millis(1)).await;
        // Nobody is polled "inside" the poll that panicked.
        assert!(onecook::dump().contains("the main future: running"));
    });
    assert_eq!(block_on(async { 7 }), 7);
}

#[test]
fn a_main_future_that_panics_drops_inside_its_runtime() {
    let runtime = Runtime::new().unwrap();
    let counters = Counters::new();
    let token = counters.token();
    let guard = onecook_tests::OnDrop::new(move || {
        drop(spawn(async move { drop(token) }));
    });
    let caught = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async move {
            let _guard = guard;
            panic!("burnt");
        });
    }));
    assert!(caught.is_err());
    runtime.block_on(yield_now());
    assert_eq!(counters.drops(), 1);
}

#[test]
fn seventeen_runtimes_run_on_seventeen_threads() {
    // One more than the anchor has places for.
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(17));
    let threads: Vec<_> = (0..17)
        .map(|number| {
            let barrier = barrier.clone();
            thread::spawn(move || {
                let runtime = Builder::new().build().unwrap();
                runtime.block_on(async {
                    barrier.wait();
                    spawn(async move { number }).await.unwrap()
                })
            })
        })
        .collect();
    let sum: i32 = threads.into_iter().map(|it| it.join().unwrap()).sum();
    assert_eq!(sum, (0..17).sum());
}

#[test]
fn spawn_outside_a_runtime_panics_and_says_what_to_do() {
    let text = panic_text(|| drop(spawn(async {})));
    assert!(text.contains("there is no runtime on this thread"), "{text}");
    assert!(text.contains("`onecook::block_on(..)`"), "{text}");
    assert!(text.contains("`Handle`"), "{text}");
}

#[test]
fn a_block_on_that_does_not_wait_polls_once() {
    let counters = Counters::new();
    block_on(counters.probe(|_| Poll::Ready(())));
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
    block_on(poll_fn(|_| Poll::Ready(())));
}
