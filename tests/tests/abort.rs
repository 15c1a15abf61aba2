//! Abort: of every state, by every way.
//!
//! semantics 9

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use onecook::{
    AbortHandle, JoinError, JoinHandle, Runtime, block_on, spawn, yield_now,
};
use onecook_tests::{
    Counters, Gate, Log, OnDrop, Reports, WakerSlot, poll_once, within,
};

/// The three ways to abort.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Handle,
    AbortHandle,
    Thread,
}

const WAYS: [By; 3] = [By::Handle, By::AbortHandle, By::Thread];

fn abort<T: 'static>(task: &JoinHandle<T>, by: By) {
    match by {
        By::Handle => task.abort(),
        By::AbortHandle => task.abort_handle().abort(),
        By::Thread => {
            let handle = task.abort_handle();
            thread::spawn(move || handle.abort()).join().unwrap();
        }
    }
}

#[test]
fn a_task_that_was_never_polled_is_dropped_unpolled() {
    for by in WAYS {
        let counters = Counters::new();
        block_on(async {
            let task = spawn(counters.probe(|_| Poll::Ready(())));
            if by == By::Thread {
                // An abort that comes by the inbox is read after the batch.
                return drop(task);
            }
            abort(&task, by);
            assert_eq!(counters.drops(), 0, "inside the call, by {by:?}");
            assert!(!task.is_finished());
            let error = task.await.unwrap_err();
            assert!(error.is_cancelled() && !error.is_panic());
            assert_eq!((counters.polls(), counters.drops()), (0, 1));
        });
    }
}

#[test]
fn an_idle_task_is_dropped_at_its_next_turn() {
    for by in WAYS {
        let counters = Counters::new();
        within(move || {
            block_on(async {
                let task = spawn(counters.probe(|_| Poll::<()>::Pending));
                yield_now().await;
                abort(&task, by);
                assert_eq!(counters.drops(), 0, "inside the call, by {by:?}");
                let error = task.await.unwrap_err();
                assert!(error.is_cancelled());
                assert_eq!((counters.polls(), counters.drops()), (1, 1));
            });
        });
    }
}

#[test]
fn a_scheduled_task_is_not_polled_any_more() {
    let counters = Counters::new();
    let slot = WakerSlot::new();
    block_on(async {
        let inner = slot.clone();
        let task = spawn(counters.probe(move |cx| {
            inner.store(cx);
            Poll::<()>::Pending
        }));
        yield_now().await;
        slot.wake();
        task.abort();
        slot.wake();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
}

/// A task that aborts itself in its first poll, then answers `poll`.
fn self_abort<T: 'static>(
    counters: &Counters,
    by: By,
    poll: impl Fn() -> Poll<T> + Unpin + 'static,
) -> Result<T, JoinError> {
    let own: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
    let inner = own.clone();
    let guard = OnDrop::new({
        let counters = counters.clone();
        move || drop(counters.token())
    });
    block_on(async {
        let task = spawn(counters.probe(move |_| {
            let _ = &guard;
            let handle = inner.borrow().clone().unwrap();
            if by == By::Thread {
                thread::spawn(move || handle.abort()).join().unwrap();
            } else {
                handle.abort();
            }
            poll()
        }));
        *own.borrow_mut() = Some(task.abort_handle());
        task.await
    })
}

#[test]
fn a_task_that_aborts_itself_and_is_pending_is_cancelled() {
    for by in [By::AbortHandle, By::Thread] {
        let counters = Counters::new();
        let error = self_abort(&counters, by, || Poll::<()>::Pending);
        assert!(error.unwrap_err().is_cancelled());
        assert_eq!((counters.polls(), counters.drops()), (1, 2));
    }
}

#[test]
fn a_task_that_aborts_itself_and_ends_keeps_its_output() {
    let reports = Reports::catch();
    for by in [By::AbortHandle, By::Thread] {
        let counters = Counters::new();
        let egg = self_abort(&counters, by, || Poll::Ready("fried"));
        assert_eq!(egg.unwrap(), "fried");
        assert_eq!((counters.polls(), counters.drops()), (1, 2));
    }
    reports.expect_none();
}

#[test]
fn a_finished_task_keeps_its_output_when_it_is_aborted() {
    let reports = Reports::catch();
    for by in WAYS {
        block_on(async {
            let task = spawn(async { "fried" });
            yield_now().await;
            assert!(task.is_finished());
            abort(&task, by);
            yield_now().await;
            yield_now().await;
            assert_eq!(task.await.unwrap(), "fried");
        });
    }
    reports.expect_none();
}

#[test]
fn an_abort_after_the_output_was_taken_does_nothing() {
    block_on(async {
        let task = spawn(async { "fried" });
        let handle = task.abort_handle();
        let id = task.id();
        assert_eq!(handle.id(), id);
        task.await.unwrap();
        // Its slot is another's by now.
        let newcomer = spawn(async {
            yield_now().await;
            "egg"
        });
        handle.abort();
        thread::spawn(move || handle.abort()).join().unwrap();
        assert_eq!(newcomer.await.unwrap(), "egg");
    });
}

#[test]
fn an_abort_after_the_runtime_is_gone_does_nothing() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(pending::<()>());
    let handle = task.abort_handle();
    drop(runtime);
    handle.abort();
    task.abort();
    let there = handle.clone();
    thread::spawn(move || there.abort()).join().unwrap();
    assert!(block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn an_abort_between_two_runs_takes_effect_in_the_next() {
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(counters.probe(|_| Poll::<()>::Pending));
    runtime.block_on(yield_now());
    task.abort();
    assert_eq!(counters.drops(), 0);
    let error = runtime.block_on(task).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
}

#[test]
fn a_detached_task_can_be_aborted() {
    let reports = Reports::catch();
    for by in [By::AbortHandle, By::Thread] {
        let counters = Counters::new();
        let gone = Gate::new();
        let inner = gone.clone();
        let counted = counters.clone();
        within(move || {
            block_on(async {
                let opener = OnDrop::new(move || inner.open());
                let mut never = onecook::future::pending::<()>();
                let task = spawn(counted.probe(move |cx| {
                    let _ = &opener;
                    Pin::new(&mut never).poll(cx)
                }));
                let handle = task.abort_handle();
                drop(task);
                yield_now().await;
                let there = handle.clone();
                if by == By::Thread {
                    thread::spawn(move || there.abort());
                } else {
                    handle.abort();
                }
                gone.wait().await;
            });
        });
        assert_eq!(counters.drops(), 1);
    }
    reports.expect_none(); // a cancelled task is no panic
}

#[test]
fn the_future_is_dropped_before_the_handle_completes_on_its_own_thread() {
    let log = Log::new();
    let own = thread::current().id();
    block_on(async {
        let inner = log.clone();
        let guard = OnDrop::new(move || {
            assert_eq!(thread::current().id(), own);
            inner.add("future dropped");
        });
        let task = spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let aborting = task.abort_handle();
        let joining = spawn({
            let log = log.clone();
            async move {
                let error = task.await.unwrap_err();
                log.add("handle completed");
                error
            }
        });
        yield_now().await;
        thread::spawn(move || aborting.abort()).join().unwrap();
        assert!(joining.await.unwrap().is_cancelled());
    });
    assert_eq!(log.lines(), ["future dropped", "handle completed"]);
}

#[test]
fn aborting_many_times_is_aborting_once() {
    let counters = Counters::new();
    block_on(async {
        let task = spawn(counters.probe(|_| Poll::<()>::Pending));
        yield_now().await;
        for by in [By::Handle, By::AbortHandle, By::Handle] {
            abort(&task, by);
        }
        assert!(task.await.unwrap_err().is_cancelled());
        yield_now().await;
    });
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
}

#[test]
fn an_abort_and_the_end_race_and_one_of_them_wins() {
    // From another thread, at any moment: the value, or cancelled.
    within(|| {
        let mut cancelled = 0;
        for round in 0..2000_u32 {
            let counters = Counters::new();
            let result = block_on(async {
                let mut left = round % 7;
                let task = spawn(counters.probe(move |cx| {
                    if left == 0 {
                        return Poll::Ready(round);
                    }
                    left -= 1;
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }));
                let handle = task.abort_handle();
                let there = thread::spawn(move || handle.abort());
                let result = task.await;
                there.join().unwrap();
                result
            });
            assert_eq!(counters.drops(), 1);
            match result {
                Ok(value) => assert_eq!(value, round),
                Err(error) => {
                    assert!(error.is_cancelled() && !error.is_panic());
                    cancelled += 1;
                }
            }
        }
        let _ = cancelled; // how many is chance
    });
}

#[test]
fn a_task_may_abort_its_sibling_while_it_is_polled() {
    let counters = Counters::new();
    block_on(async {
        let victim = spawn(counters.probe(|_| Poll::<()>::Pending));
        let handle = victim.abort_handle();
        spawn(async move { handle.abort() }).await.unwrap();
        assert!(victim.await.unwrap_err().is_cancelled());
    });
    assert_eq!(counters.drops(), 1);
}

#[test]
fn an_abort_from_the_drop_of_an_aborted_future_works() {
    let counters = Counters::new();
    block_on(async {
        let second = spawn(counters.probe(|_| Poll::<()>::Pending));
        let handle = second.abort_handle();
        let guard = OnDrop::new(move || handle.abort());
        let first = spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        yield_now().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        assert!(second.await.unwrap_err().is_cancelled());
    });
    assert_eq!(counters.drops(), 1);
}

#[test]
fn the_error_of_an_aborted_task_names_it() {
    block_on(async {
        let task = onecook::spawn_named("egg A", pending::<()>());
        let line = line!() - 1;
        task.abort();
        let error = task.await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("task 1 'egg A' (spawned at "), "{text}");
        assert!(text.contains(&format!("abort.rs:{line}:")), "{text}");
        assert!(text.ends_with("was cancelled"), "{text}");
        assert_eq!(format!("{error:?}"), format!("JoinError({text})"));
        assert!(error.try_into_panic().is_err());
    });
}

#[test]
fn a_remote_task_can_be_aborted_in_every_state() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    // Before it arrived, idle, finished.
    let counters = Counters::new();
    let early = handle.spawn({
        let counters = counters.clone();
        move || counters.probe(|_| Poll::<()>::Pending)
    });
    early.abort();
    let idle = handle.spawn({
        let counters = counters.clone();
        move || counters.probe(|_| Poll::<()>::Pending)
    });
    let finished = handle.spawn(|| async { "fried" });
    runtime.block_on(async {
        let error = early.await.unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        assert_eq!(counters.polls(), 0);
        yield_now().await;
        yield_now().await;
        assert_eq!(counters.polls(), 1);
        idle.abort();
        let error = idle.await.unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        assert_eq!(counters.drops(), 1);
        while !finished.is_finished() {
            yield_now().await;
        }
        finished.abort();
        assert_eq!(finished.await.unwrap(), "fried");
    });
}

#[test]
fn a_joiner_of_an_aborted_task_is_woken_once() {
    let counters = Counters::new();
    block_on(async {
        let mut task = spawn(pending::<()>());
        let abort = task.abort_handle();
        let joining = spawn(counters.probe(move |cx| {
            Pin::new(&mut task).poll(cx).map(|it| it.unwrap_err())
        }));
        yield_now().await;
        abort.abort();
        assert!(joining.await.unwrap().is_cancelled());
    });
    assert_eq!(counters.polls(), 2);
}

#[test]
fn a_join_handle_polled_after_its_end_panics_with_its_name() {
    block_on(async {
        let mut task = spawn(async {});
        poll_fn(|cx| Pin::new(&mut task).poll(cx)).await.unwrap();
        let again =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                poll_once(&mut task).is_ready()
            }));
        let text = *again.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text, "`JoinHandle` polled after it was done");
    });
}
