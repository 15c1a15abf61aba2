//! User code that calls back: from the `Drop` of futures, outputs, wakers,
//! closures and payloads, and from `wake` itself.
//!
//! semantics 1, design promise 5
#![allow(clippy::items_after_statements)] // close to where they are used

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Poll, Waker};
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::time::sleep;
use onecook::{
    Builder, Handle, JoinError, JoinHandle, Runtime, block_on, spawn, yield_now,
};
use onecook_tests::{
    Counters, Gate, Log, OnDrop, Reports, WakerSlot, poll_with, wakes_or_drops,
    within,
};

/// All that user code may do where the runtime drops or wakes something.
fn call_back_in_every_way() {
    drop(spawn(async {}));
    let aborted = spawn(pending::<()>());
    aborted.abort_handle().abort();
    aborted.abort();
    assert!(!aborted.is_finished());
    drop(aborted);
    let _ = onecook::dump();
    let _ = onecook::metrics();
    drop(Handle::current().spawn(|| async {}));
    drop(Runtime::new().unwrap());
    let other = Runtime::new().unwrap();
    let _left_over = other.spawn(pending::<()>());
    drop(other);
    let mut timer = sleep(Duration::from_secs(3600));
    assert!(poll_with(&mut timer, Waker::noop()).is_pending());
    drop(timer);
}

/// Runs `body` beside a counter of how often the callback ran.
fn counting_callbacks(
    body: impl FnOnce(&dyn Fn() -> Box<dyn FnOnce()>),
) -> usize {
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = ran.clone();
    body(&move || {
        let ran = counter.clone();
        Box::new(move || {
            call_back_in_every_way();
            ran.fetch_add(1, Ordering::SeqCst);
        })
    });
    ran.load(Ordering::SeqCst)
}

#[test]
fn the_drop_of_a_future_that_ended_may_call_back() {
    let ran = counting_callbacks(|callback| {
        block_on(async {
            let guard = OnDrop::new(callback());
            spawn(async move { drop(guard) }).await.unwrap();
            let guard = OnDrop::new(callback());
            let mut held = Some(guard);
            // This one is dropped by the runtime, not by its own poll.
            let task = poll_fn(move |_| {
                let _ = &mut held;
                Poll::Ready(())
            });
            spawn(task).await.unwrap();
        });
    });
    assert_eq!(ran, 2);
}

#[test]
fn the_drop_of_a_future_that_is_aborted_may_call_back() {
    let ran = counting_callbacks(|callback| {
        block_on(async {
            let guard = OnDrop::new(callback());
            let task = spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            yield_now().await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
    });
    assert_eq!(ran, 1);
}

#[test]
fn the_drop_of_an_output_nobody_wants_may_call_back() {
    let ran = counting_callbacks(|callback| {
        block_on(async {
            // Detached before it ends: dropped by the executor.
            let guard = OnDrop::new(callback());
            drop(spawn(async move { guard }));
            yield_now().await;
            // Ended before it is detached: dropped by the handle's drop.
            let guard = OnDrop::new(callback());
            let task = spawn(async move { guard });
            yield_now().await;
            assert!(task.is_finished());
            drop(task);
        });
    });
    assert_eq!(ran, 2);
}

#[test]
fn the_drop_of_an_output_at_shutdown_may_call_back() {
    // Only what is defined there: see shutdown.rs for the results.
    let ran = Rc::new(RefCell::new(0));
    let counter = ran.clone();
    let runtime = Runtime::new().unwrap();
    let guard = OnDrop::new(move || {
        drop(spawn(async {}));
        let _ = onecook::dump();
        *counter.borrow_mut() += 1;
    });
    let task = runtime.spawn(async move { guard });
    runtime.block_on(yield_now());
    assert!(task.is_finished());
    drop(runtime);
    assert_eq!(*ran.borrow(), 1);
    drop(task);
}

/// A waker whose last clone calls back when it is dropped. It is made outside
/// the runtime, so the closure captures nothing of it.
fn waker_that_calls_back_on_drop(ran: &Arc<AtomicUsize>) -> Waker {
    let ran = ran.clone();
    wakes_or_drops(
        || {},
        move || {
            call_back_in_every_way();
            ran.fetch_add(1, Ordering::SeqCst);
        },
    )
}

fn poll_handle<T: 'static>(task: &mut JoinHandle<T>, waker: &Waker) -> bool {
    poll_with(task, waker).is_ready()
}

#[test]
fn the_drop_of_a_joiners_waker_may_call_back() {
    let ran = Arc::new(AtomicUsize::new(0));
    block_on(async {
        // Replaced by another.
        let gate = Gate::new();
        let mut task = spawn(gate.wait());
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(!poll_handle(&mut task, &waker));
        drop(waker);
        assert_eq!(ran.load(Ordering::SeqCst), 0);
        assert!(!poll_handle(&mut task, Waker::noop()));
        assert_eq!(ran.load(Ordering::SeqCst), 1);
        // Let go by the handle's drop.
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(!poll_handle(&mut task, &waker));
        drop(waker);
        drop(task);
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        // Woken by the task's end.
        let mut task = spawn(gate.wait());
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(!poll_handle(&mut task, &waker));
        drop(waker);
        gate.open();
        task.await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn the_drop_of_a_timers_waker_may_call_back() {
    let ran = Arc::new(AtomicUsize::new(0));
    block_on(async {
        // Replaced by another, then cancelled, then fired.
        let mut timer = sleep(Duration::from_secs(3600));
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(poll_with(&mut timer, &waker).is_pending());
        drop(waker);
        assert!(poll_with(&mut timer, Waker::noop()).is_pending());
        assert_eq!(ran.load(Ordering::SeqCst), 1);
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(poll_with(&mut timer, &waker).is_pending());
        drop(waker);
        drop(timer);
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        let mut timer = sleep(Duration::from_millis(1));
        let waker = waker_that_calls_back_on_drop(&ran);
        assert!(poll_with(&mut timer, &waker).is_pending());
        drop(waker);
        sleep(Duration::from_millis(2)).await;
        assert_eq!(ran.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn a_wake_may_call_back() {
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = ran.clone();
    let waker = wakes_or_drops(
        move || {
            call_back_in_every_way();
            counter.fetch_add(1, Ordering::SeqCst);
        },
        || {},
    );
    block_on(async {
        // A joiner's wake, and a timer's.
        let mut task = spawn(yield_now());
        assert!(!poll_handle(&mut task, &waker));
        let mut timer = sleep(Duration::from_millis(1));
        assert!(poll_with(&mut timer, &waker).is_pending());
        sleep(Duration::from_millis(2)).await;
        assert_eq!(ran.load(Ordering::SeqCst), 2);
        assert!(poll_handle(&mut task, &waker));
    });
}

#[test]
fn the_drop_of_a_closure_sent_by_a_handle_may_call_back() {
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    // Aborted before it arrived: the closure is dropped unused.
    let token = counters.token();
    let guard = OnDrop::new(move || {
        call_back_in_every_way();
        drop(token);
    });
    let remote = handle.spawn(move || {
        let _guard = guard;
        pending::<()>()
    });
    remote.abort();
    let error = runtime.block_on(remote).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(counters.drops(), 1);
}

#[test]
fn the_drop_of_a_closure_that_comes_too_late_may_use_its_handle() {
    let log = Log::new();
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    let (inner, inner_log) = (handle.clone(), log.clone());
    let guard = OnDrop::new(move || {
        let error = inner.block_on_elsewhere();
        inner_log.add(error);
    });
    let remote = handle.spawn(move || {
        let _guard = guard;
        async {}
    });
    drop(runtime);
    let error = within(move || remote.join().unwrap_err());
    assert!(error.is_cancelled());
    assert_eq!(log.lines(), ["gone"]);
}

trait Elsewhere {
    fn block_on_elsewhere(&self) -> &'static str;
}

impl Elsewhere for Handle {
    /// Blocks another thread on this runtime.
    fn block_on_elsewhere(&self) -> &'static str {
        let handle = self.clone();
        let answer = std::thread::spawn(move || handle.block_on(|| async {}));
        let error = answer.join().unwrap().unwrap_err();
        if error.to_string().contains("runtime") { "gone" } else { "?" }
    }
}

#[test]
fn the_drop_of_a_panics_payload_may_call_back() {
    let reports = Reports::catch();
    let counters = Counters::new();
    block_on(async {
        let payload = || {
            let token = counters.token();
            OnDrop::new(move || {
                call_back_in_every_way();
                drop(token);
            })
        };
        // One that nobody asks for, and one that is handed out.
        let unseen = payload();
        drop(spawn(async move { panic_any(unseen) }));
        yield_now().await;
        assert_eq!(counters.drops(), 1);
        let seen = payload();
        let task = spawn(async move { panic_any(seen) });
        let error: JoinError = task.await.unwrap_err();
        assert_eq!(counters.drops(), 1);
        drop(error.into_panic());
        assert_eq!(counters.drops(), 2);
    });
    assert_eq!(reports.of(ReportKind::Panic).len(), 1);
}

#[test]
fn a_report_hook_may_spawn_and_wake() {
    // The hook is called when the runtime is about to sleep: what it makes
    // ready must run, and not be slept on.
    let reports = Reports::catch_with(|report| {
        if report.kind() == ReportKind::LostWaker {
            drop(spawn(async { HOOK_RAN.wake() }));
        }
    });
    static HOOK_RAN: LazyLock<WakerSlot> = LazyLock::new(WakerSlot::new);
    within(|| {
        let runtime = Builder::new().deadlock_delay(None).build().unwrap();
        runtime.block_on(async {
            let _lost = spawn(poll_fn(|_| Poll::<()>::Pending));
            let mut polls = 0;
            // Keeps the main future's waker alive: no certain deadlock.
            poll_fn(move |cx| {
                HOOK_RAN.store(cx);
                polls += 1;
                if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
        });
    });
    assert_eq!(reports.of(ReportKind::LostWaker).len(), 1);
}

#[test]
fn a_task_may_hold_the_handle_of_a_task_that_holds_its_own() {
    // Two handles in a circle, both dropped by the shutdown.
    let counters = Counters::new();
    let runtime = Runtime::new().unwrap();
    let to_second: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
    let (held, token) = (to_second.clone(), counters.token());
    let first = runtime.spawn(async move {
        let _held = (held, token);
        pending::<()>().await;
    });
    let token = counters.token();
    let second = runtime.spawn(async move {
        let _held = (first, token);
        pending::<()>().await;
    });
    *to_second.borrow_mut() = Some(second);
    drop(to_second);
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn a_future_may_drop_its_own_handle_while_it_is_polled() {
    let slot: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
    let own = slot.clone();
    let counters = Counters::new();
    let token = counters.token();
    block_on(async {
        let task = spawn(async move {
            let _token = token;
            drop(own.borrow_mut().take());
            yield_now().await;
        });
        *slot.borrow_mut() = Some(task);
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(counters.drops(), 1);
}

#[test]
fn a_future_may_poll_its_own_handle_and_is_woken_by_nobody() {
    // Nonsense, but defined: it waits for itself, and a abort ends it.
    let slot: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
    let own = slot.clone();
    block_on(async {
        let task = spawn(poll_fn(move |cx| {
            let mut own = own.borrow_mut();
            let handle = own.as_mut().expect("the handle was left here");
            Pin::new(handle).poll(cx).map(|_| ())
        }));
        let abort = task.abort_handle();
        *slot.borrow_mut() = Some(task);
        yield_now().await;
        abort.abort();
        yield_now().await;
        assert!(slot.borrow().as_ref().is_some_and(JoinHandle::is_finished));
    });
}
