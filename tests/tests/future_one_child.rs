//! Futures of one child: they add nothing to it but what they say.
//!
//! semantics 1, 2, 14, 32

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use onecook::future::{
    self, AbortController, Abortable, Aborted, CatchUnwind, Fuse, FusedFuture,
    FutureExt, Map, MaybeDone, PollFn, Ready, abortable, maybe_done, pending,
    poll_fn, ready,
};
use onecook::{block_on, spawn, time, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, Log, PanicsOnDrop, block_on_virtual,
    expect_pending, expect_ready, poll_once, poll_with, within,
};

#[test]
fn map_calls_its_closure_once_and_after_the_future_was_dropped() {
    let log = Log::new();
    let (held, gate, seen) = (log.on_drop("future"), Gate::new(), log.clone());
    let wait = gate.wait();
    let future = Box::pin(async move {
        let _held = held;
        wait.await;
        1
    });
    let mut mapped = future.map(move |n| {
        seen.add("closure");
        n + 1
    });
    expect_pending(&mut mapped);
    gate.open();
    assert_eq!(expect_ready(&mut mapped), 2);
    assert_eq!(log.lines(), ["future", "closure"]);
    assert!(mapped.is_terminated());
}

#[test]
fn map_dropped_early_does_not_call_its_closure() {
    let called = Cell::new(false);
    let mut mapped = pending::<()>().map(|()| called.set(true));
    expect_pending(&mut mapped);
    drop(mapped);
    assert!(!called.get());
}

#[test]
#[should_panic(expected = "`Map` polled after it was done")]
fn map_polled_after_its_end_panics_by_name() {
    let mut mapped = ready(1).map(|n| n);
    expect_ready(&mut mapped);
    let _ = poll_once(&mut mapped);
}

#[test]
fn a_closure_of_map_that_panics_leaves_it_done() {
    let mut mapped = ready(1).map(|_: u32| -> u32 { panic!("in the closure") });
    let caught =
        std::panic::catch_unwind(AssertUnwindSafe(|| poll_once(&mut mapped)));
    assert!(caught.is_err());
    assert!(mapped.is_terminated());
}

#[test]
fn fuse_is_pending_after_its_end_and_drops_its_future_at_once() {
    let counters = Counters::new();
    let mut fused = counters.probe(|_| Poll::Ready(1)).fuse();
    assert!(!fused.is_terminated());
    assert_eq!(expect_ready(&mut fused), 1);
    assert_eq!(counters.drops(), 1);
    assert!(fused.is_terminated());
    expect_pending(&mut fused);
    expect_pending(&mut fused);
    assert_eq!(counters.polls(), 1);
}

#[test]
fn a_terminated_fuse_is_pending() {
    let mut fused: Fuse<Ready<()>> = Fuse::terminated();
    assert!(fused.is_terminated());
    expect_pending(&mut fused);
}

#[test]
#[should_panic(expected = "`Ready` polled after it was done")]
fn ready_polled_after_its_end_panics_by_name() {
    let mut ready = ready(1);
    assert!(!ready.is_terminated());
    assert_eq!(expect_ready(&mut ready), 1);
    assert!(ready.is_terminated());
    let _ = poll_once(&mut ready);
}

#[test]
fn poll_fn_polls_its_closure_with_the_callers_waker() {
    let waker = CountingWaker::new();
    let mut future = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert!(poll_with(&mut future, &waker.waker()).is_pending());
    assert_eq!(waker.wakes(), 1);
}

#[test]
fn catch_unwind_hands_out_the_output_or_the_panic() {
    let mut fine = ready(1).catch_unwind();
    assert_eq!(expect_ready(&mut fine).unwrap(), 1);
    let mut first = true;
    let mut falls = AssertUnwindSafe(poll_fn(move |_| {
        assert!(first, "it fell");
        first = false;
        Poll::<()>::Pending
    }))
    .catch_unwind();
    expect_pending(&mut falls);
    let payload = expect_ready(&mut falls).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"it fell"));
    assert!(falls.is_terminated());
}

#[test]
fn catch_unwind_drops_the_future_that_panicked_before_it_returns() {
    let counters = Counters::new();
    let mut falls =
        AssertUnwindSafe(counters.probe(|_| -> Poll<()> { panic!("it fell") }))
            .catch_unwind();
    assert!(expect_ready(&mut falls).is_err());
    assert_eq!(counters.drops(), 1);
}

#[test]
#[should_panic(expected = "in its drop")]
fn catch_unwind_does_not_catch_a_panic_of_drop() {
    let bomb = PanicsOnDrop("in its drop");
    let future = poll_fn(move |_| {
        let _ = &bomb;
        Poll::Ready(())
    });
    let mut caught = AssertUnwindSafe(future).catch_unwind();
    let _ = poll_once(&mut caught);
}

#[test]
#[should_panic(expected = "`CatchUnwind` polled after it was done")]
fn catch_unwind_polled_after_its_end_panics_by_name() {
    let mut caught = ready(1).catch_unwind();
    let _ = expect_ready(&mut caught);
    let _ = poll_once(&mut caught);
}

#[test]
fn maybe_done_keeps_the_output_until_it_is_taken() {
    let gate = Gate::new();
    let mut egg = pin!(maybe_done(gate.wait().map(|()| "egg")));
    expect_pending(&mut egg);
    assert_eq!(egg.as_mut().output_mut(), None);
    assert_eq!(egg.as_mut().take_output(), None);
    gate.open();
    expect_ready(&mut egg);
    expect_ready(&mut egg); // and again
    assert!(egg.is_terminated());
    assert_eq!(egg.as_mut().output_mut(), Some(&mut "egg"));
    assert_eq!(egg.as_mut().take_output(), Some("egg"));
    assert_eq!(egg.as_mut().take_output(), None);
}

#[test]
fn maybe_done_drops_its_future_when_ready_and_its_output_with_itself() {
    let (future, output) = (Counters::new(), Counters::new());
    let token = output.clone();
    let probe = future.probe(move |_| Poll::Ready(token.token()));
    let mut done = maybe_done(probe);
    expect_ready(&mut done);
    assert_eq!((future.drops(), output.drops()), (1, 0));
    drop(done);
    assert_eq!((future.drops(), output.drops()), (1, 1));
}

#[test]
#[should_panic(expected = "`MaybeDone` polled after its output was taken")]
fn maybe_done_polled_after_its_output_was_taken_panics_by_name() {
    let mut done = maybe_done(ready(1));
    expect_ready(&mut done);
    let _ = Pin::new(&mut done).take_output();
    let _ = poll_once(&mut done);
}

#[test]
fn timeout_as_a_method_polls_its_future_first() {
    block_on_virtual(async {
        let mut late = ready(1).timeout(Duration::ZERO);
        assert_eq!(expect_ready(&mut late), Ok(1));
        let limit = Duration::from_secs(3600);
        assert!(pending::<()>().timeout(limit).await.is_err());
    });
}

#[test]
fn an_abort_wakes_the_future_and_drops_it_before_its_poll_returns() {
    let (counters, waker) = (Counters::new(), CountingWaker::new());
    let probe = counters.probe(|_| Poll::<()>::Pending);
    let (mut future, controller) = abortable(probe);
    assert!(poll_with(&mut future, &waker.waker()).is_pending());
    controller.abort();
    controller.abort();
    assert!(controller.is_aborted());
    assert_eq!((waker.wakes(), counters.drops()), (1, 0));
    assert_eq!(expect_ready(&mut future), Err(Aborted));
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
    assert!(future.is_terminated());
}

#[test]
fn an_abort_before_the_first_poll_never_polls() {
    let counters = Counters::new();
    let (mut future, controller) =
        abortable(counters.probe(|_| Poll::Ready(())));
    controller.clone().abort();
    assert_eq!(expect_ready(&mut future), Err(Aborted));
    assert_eq!(counters.polls(), 0);
}

#[test]
fn an_abort_after_the_end_and_a_dropped_controller_do_nothing() {
    let (mut future, controller) = abortable(ready(1));
    assert_eq!(expect_ready(&mut future), Ok(1));
    controller.abort();
    let gate = Gate::new();
    let (mut future, controller) = abortable(gate.wait());
    drop(controller);
    expect_pending(&mut future);
    gate.open();
    assert_eq!(expect_ready(&mut future), Ok(()));
}

#[test]
fn an_abort_from_inside_its_own_poll_is_seen_in_that_poll() {
    let place: Rc<Cell<Option<AbortController>>> = Rc::default();
    let own = place.clone();
    let (mut future, controller) = abortable(poll_fn(move |_| {
        own.take().expect("a controller").abort();
        Poll::<()>::Pending
    }));
    place.set(Some(controller));
    assert_eq!(expect_ready(&mut future), Err(Aborted));
}

#[test]
fn the_newest_waker_of_an_abortable_is_woken_and_none_is_kept() {
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let (mut future, controller) = abortable(poll_fn(|_| Poll::<()>::Pending));
    assert!(poll_with(&mut future, &old.waker()).is_pending());
    assert!(poll_with(&mut future, &new.waker()).is_pending());
    assert_eq!((old.holders(), new.holders()), (0, 1));
    drop(future);
    assert_eq!(new.holders(), 0);
    controller.abort();
    assert_eq!((old.wakes(), new.wakes()), (0, 0));
}

#[test]
fn an_abort_may_come_from_any_thread_and_none_is_lost() {
    within(|| {
        block_on(async {
            for _ in 0..2000 {
                let (future, controller) = abortable(pending::<()>());
                let thread = thread::spawn(move || controller.abort());
                let task = spawn(future);
                assert_eq!(task.await.unwrap(), Err(Aborted));
                thread.join().unwrap();
            }
        });
    });
}

#[test]
fn a_waker_that_calls_back_may_ask_the_controller() {
    let (mut future, controller) = abortable(poll_fn(|_| Poll::<()>::Pending));
    let asked = controller.clone();
    let waker = onecook_tests::on_wake(move || {
        asked.abort();
        assert!(asked.is_aborted());
    });
    assert!(poll_with(&mut future, &waker).is_pending());
    controller.abort();
}

#[test]
#[should_panic(expected = "`Abortable` polled after it was done")]
fn abortable_polled_after_its_end_panics_by_name() {
    let (mut future, _controller) = abortable(ready(1));
    let _ = expect_ready(&mut future);
    let _ = poll_once(&mut future);
}

#[test]
fn an_aborted_error_says_what_happened() {
    let text = "the future was aborted before it was ready";
    assert_eq!(Aborted.to_string(), text);
}

#[test]
fn boxed_futures_of_different_types_fit_into_one_list() {
    let eggs = vec![
        ready("A").boxed_local(),
        async {
            yield_now().await;
            "B"
        }
        .boxed_local(),
    ];
    block_on(async {
        let mut fried = Vec::new();
        for egg in eggs {
            fried.push(egg.await);
        }
        assert_eq!(fried, ["A", "B"]);
    });
}

#[test]
fn what_is_unpin_inside_is_unpin_outside_and_controllers_travel() {
    fn unpin<T: Unpin>() {}
    fn travels<T: Send + Sync>() {}
    type Wait = onecook_tests::Wait;
    unpin::<Map<Wait, fn()>>();
    unpin::<Fuse<Wait>>();
    unpin::<CatchUnwind<Wait>>();
    unpin::<MaybeDone<Wait>>();
    unpin::<Abortable<Wait>>();
    unpin::<time::Timeout<Wait>>();
    unpin::<Ready<std::marker::PhantomPinned>>();
    unpin::<PollFn<std::marker::PhantomPinned>>();
    travels::<AbortController>();
    travels::<Abortable<future::Ready<()>>>();
}
