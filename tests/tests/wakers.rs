//! Wakers: who is woken, how often, and what a late wake does.
//!
//! semantics 2, 3, 4; design promises 3, 4
#![allow(clippy::waker_clone_wake)] // `wake` is not `wake_by_ref`
#![allow(clippy::async_yields_async)] // a handle out of one run, for another

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use onecook::time::sleep;
use onecook::{JoinHandle, Runtime, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, WakerSlot, poll_with, within,
};

/// A task that leaves its waker in `slot`, and ends when `gate` is open.
fn task_of(
    counters: &Counters,
    slot: &WakerSlot,
    gate: &Gate,
) -> JoinHandle<()> {
    let (slot, gate) = (slot.clone(), gate.clone());
    spawn(counters.probe(move |cx| {
        slot.store(cx);
        if gate.is_open() { Poll::Ready(()) } else { Poll::Pending }
    }))
}

async fn yield_often(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

#[test]
fn a_newer_waker_replaces_the_stored_one_of_a_join_handle() {
    let (older, newer) = (CountingWaker::new(), CountingWaker::new());
    block_on(async {
        let gate = Gate::new();
        let mut task = spawn(gate.wait());
        assert!(poll_with(&mut task, &older.waker()).is_pending());
        assert_eq!(older.holders(), 1);
        assert!(poll_with(&mut task, &newer.waker()).is_pending());
        assert_eq!((older.holders(), newer.holders()), (0, 1));
        gate.open();
        yield_often(3).await;
        assert_eq!((older.wakes(), newer.wakes()), (0, 1));
        assert_eq!(newer.holders(), 0);
        assert!(poll_with(&mut task, &newer.waker()).is_ready());
    });
}

#[test]
fn the_same_waker_is_not_stored_twice_by_a_join_handle() {
    let same = CountingWaker::new();
    block_on(async {
        let gate = Gate::new();
        let mut task = spawn(gate.wait());
        let waker = same.waker();
        for _ in 0..3 {
            assert!(poll_with(&mut task, &waker).is_pending());
            assert_eq!(same.holders(), 2);
        }
    });
}

#[test]
fn a_newer_waker_replaces_the_stored_one_of_a_timer() {
    let (older, newer) = (CountingWaker::new(), CountingWaker::new());
    onecook_tests::block_on_virtual(async {
        let mut timer = sleep(Duration::from_secs(1));
        assert!(poll_with(&mut timer, &older.waker()).is_pending());
        assert!(poll_with(&mut timer, &newer.waker()).is_pending());
        assert_eq!((older.holders(), newer.holders()), (0, 1));
        sleep(Duration::from_secs(2)).await;
        assert_eq!((older.wakes(), newer.wakes()), (0, 1));
    });
}

#[test]
fn a_newer_waker_replaces_the_stored_one_of_a_remote_handle() {
    let (older, newer) = (CountingWaker::new(), CountingWaker::new());
    let runtime = Runtime::new().unwrap();
    let gate = Gate::new();
    let inner = gate.clone();
    let mut task = runtime.handle().spawn(move || inner.wait());
    assert!(poll_with(&mut task, &older.waker()).is_pending());
    assert!(poll_with(&mut task, &newer.waker()).is_pending());
    assert_eq!((older.holders(), newer.holders()), (0, 1));
    gate.open();
    runtime.block_on(yield_often(3));
    assert_eq!((older.wakes(), newer.wakes()), (0, 1));
    assert!(poll_with(&mut task, &newer.waker()).is_ready());
}

#[test]
fn a_waker_outlives_its_task() {
    let counters = Counters::new();
    let (slot, gate) = (WakerSlot::new(), Gate::new());
    block_on(async {
        let task = task_of(&counters, &slot, &gate);
        gate.open();
        task.await.unwrap();
        let late = slot.waker();
        late.wake_by_ref();
        let another = late.clone();
        thread::spawn(move || late.wake()).join().unwrap();
        thread::spawn(move || drop(another)).join().unwrap();
        yield_often(3).await;
    });
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
}

#[test]
fn a_waker_outlives_its_runtime_on_every_thread() {
    let counters = Counters::new();
    let slot = WakerSlot::new();
    let runtime = Runtime::new().unwrap();
    let task =
        runtime.block_on(async { task_of(&counters, &slot, &Gate::new()) });
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
    let late = slot.waker();
    late.wake_by_ref();
    let there = late.clone();
    let elsewhere = thread::spawn(move || {
        there.wake_by_ref();
        there.clone().wake();
    });
    elsewhere.join().unwrap();
    late.wake();
    assert_eq!((counters.polls(), counters.drops()), (1, 1));
    drop(task);
}

#[test]
fn a_waker_of_the_main_future_outlives_its_block_on() {
    let runtime = Runtime::new().unwrap();
    let slot = WakerSlot::new();
    runtime.block_on(poll_fn(|cx| {
        slot.store(cx);
        Poll::Ready(())
    }));
    slot.wake(); // between two runs
    let counters = Counters::new();
    let inner = slot.clone();
    runtime.block_on(async {
        let next = counters.probe(move |cx: &mut Context<'_>| {
            inner.wake(); // during another: not this one's business
            let late = inner.waker();
            thread::spawn(move || late.wake()).join().unwrap();
            let _ = cx;
            Poll::<()>::Pending
        });
        let mut next = Box::pin(next);
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            let _ = next.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
        yield_often(3).await;
    });
    assert_eq!(counters.polls(), 1);
}

#[test]
fn a_waker_made_before_the_thread_ends_may_be_dropped_after_it() {
    // The runtime's thread is gone, with its thread-locals.
    let slot = WakerSlot::new();
    let inner = slot.clone();
    let there = thread::spawn(move || {
        let runtime = Runtime::new().unwrap();
        let task = runtime.spawn(poll_fn(move |cx| {
            inner.store(cx);
            Poll::<()>::Pending
        }));
        runtime.block_on(yield_now());
        drop(task);
    });
    there.join().unwrap();
    let late = slot.take().unwrap();
    late.wake_by_ref();
    drop(late);
}

#[test]
fn a_waker_used_while_the_thread_locals_are_destroyed_does_nothing() {
    thread_local! {
        static LAST: std::cell::RefCell<Option<Waker>> =
            const { std::cell::RefCell::new(None) };
    }
    struct WakesAtTheEnd(Waker);
    impl Drop for WakesAtTheEnd {
        fn drop(&mut self) {
            self.0.wake_by_ref();
        }
    }
    thread_local! {
        static AT_THE_END: std::cell::RefCell<Option<WakesAtTheEnd>> =
            const { std::cell::RefCell::new(None) };
    }
    let slot = WakerSlot::new();
    let thread = thread::spawn(move || {
        AT_THE_END.with(|_| {}); // made first, so it is destroyed last
        LAST.with(|_| {});
        block_on(async {
            let inner = slot.clone();
            let _task = spawn(poll_fn(move |cx| {
                inner.store(cx);
                Poll::<()>::Pending
            }));
            yield_now().await;
            let waker = slot.waker();
            LAST.set(Some(waker.clone()));
            AT_THE_END.set(Some(WakesAtTheEnd(waker)));
        });
    });
    thread.join().unwrap();
}

#[test]
fn a_stale_waker_does_not_poll_the_newcomer_in_its_slot() {
    block_on(async {
        let (first, slot, gate) =
            (Counters::new(), WakerSlot::new(), Gate::new());
        gate.open();
        let task = task_of(&first, &slot, &gate);
        task.await.unwrap();
        let stale = slot.take().unwrap();
        // Its slot is free, and the next task takes it.
        let (second, fresh) = (Counters::new(), WakerSlot::new());
        let newcomer = task_of(&second, &fresh, &Gate::new());
        yield_now().await;
        assert_eq!(second.polls(), 1);
        stale.wake_by_ref();
        yield_often(3).await;
        let there = stale.clone();
        thread::spawn(move || there.wake()).join().unwrap();
        yield_often(3).await;
        assert_eq!(second.polls(), 1);
        // And when the stale one is gone, its node may serve again.
        drop(stale);
        newcomer.abort();
        assert!(newcomer.await.is_err());
    });
}

#[test]
fn a_wake_that_is_under_way_when_its_task_ends_polls_nobody() {
    block_on(async {
        let (first, slot, gate) =
            (Counters::new(), WakerSlot::new(), Gate::new());
        let task = task_of(&first, &slot, &gate);
        yield_now().await;
        // In the inbox, not received yet:
        let waker = slot.take().unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        task.abort();
        assert!(task.await.is_err());
        let (second, fresh) = (Counters::new(), WakerSlot::new());
        let _newcomer = task_of(&second, &fresh, &Gate::new());
        yield_often(4).await;
        assert_eq!(second.polls(), 1);
    });
}

#[test]
fn a_wake_during_its_own_poll_makes_exactly_one_more() {
    let counters = Counters::new();
    let mut first = true;
    block_on(async {
        let task = spawn(counters.probe(move |cx| {
            if std::mem::take(&mut first) {
                cx.waker().wake_by_ref();
                cx.waker().wake_by_ref();
                cx.waker().clone().wake();
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        task.await.unwrap();
    });
    assert_eq!(counters.polls(), 2);
}

#[test]
fn a_wake_from_another_thread_during_the_poll_makes_exactly_one_more() {
    let counters = Counters::new();
    let mut first = true;
    within({
        let counters = counters.clone();
        move || {
            block_on(async {
                let task = spawn(counters.probe(move |cx| {
                    if std::mem::take(&mut first) {
                        let waker = cx.waker().clone();
                        thread::spawn(move || waker.wake()).join().unwrap();
                        return Poll::Pending;
                    }
                    Poll::Ready(())
                }));
                task.await.unwrap();
            });
        }
    });
    assert_eq!(counters.polls(), 2);
}

#[test]
fn many_wakes_make_one_poll() {
    let (counters, slot, gate) =
        (Counters::new(), WakerSlot::new(), Gate::new());
    block_on(async {
        let task = task_of(&counters, &slot, &gate);
        yield_now().await;
        for _ in 0..100 {
            slot.wake();
        }
        yield_often(5).await;
        assert_eq!(counters.polls(), 2);
        // From here and from another thread: still one.
        let there = slot.clone();
        slot.wake();
        let thread = thread::spawn(move || {
            for _ in 0..100 {
                there.wake();
            }
        });
        thread.join().unwrap();
        yield_often(5).await;
        assert!((3..=4).contains(&counters.polls()), "{}", counters.polls());
        drop(task);
    });
}

#[test]
fn a_wake_from_each_side_before_the_inbox_is_read_makes_one_poll() {
    let (counters, slot) = (Counters::new(), WakerSlot::new());
    let runtime = Runtime::new().unwrap();
    let _task =
        runtime.block_on(async { task_of(&counters, &slot, &Gate::new()) });
    runtime.block_on(yield_now());
    assert_eq!(counters.polls(), 1);
    runtime.block_on(async {
        let there = slot.clone();
        thread::spawn(move || there.wake()).join().unwrap();
        poll_fn(|_| Poll::Ready(())).await;
        slot.wake();
        yield_often(1).await;
    });
    runtime.block_on(yield_often(3));
    assert!(counters.polls() <= 3, "{}", counters.polls());
}

#[test]
fn a_wake_after_the_end_makes_no_poll_while_the_output_waits() {
    let (counters, slot, gate) =
        (Counters::new(), WakerSlot::new(), Gate::new());
    let reports = onecook_tests::Reports::catch();
    gate.open();
    block_on(async {
        let task = task_of(&counters, &slot, &gate);
        yield_now().await;
        assert!(task.is_finished());
        slot.wake();
        yield_often(3).await;
        let there = slot.clone();
        thread::spawn(move || there.wake()).join().unwrap();
        yield_often(3).await;
        task.await.unwrap();
    });
    assert_eq!(counters.polls(), 1);
    reports.expect_none();
}

#[test]
fn a_task_that_wakes_itself_in_its_last_poll_ends_all_the_same() {
    let counters = Counters::new();
    let reports = onecook_tests::Reports::catch();
    block_on(async {
        let task = spawn(counters.probe(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready("fried")
        }));
        yield_often(3).await;
        assert_eq!(task.await.unwrap(), "fried");
        // And the same with nobody to take the output.
        drop(spawn(counters.probe(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })));
        yield_often(3).await;
    });
    assert_eq!((counters.polls(), counters.drops()), (2, 2));
    reports.expect_none();
}

#[test]
fn the_main_future_is_woken_like_any_task() {
    let slot = WakerSlot::new();
    let counters = Counters::new();
    let inner = slot.clone();
    within({
        let counters = counters.clone();
        move || {
            let waking = thread::spawn(move || inner.wait_for().wake());
            let mut polls = 0;
            block_on(counters.probe(move |cx| {
                polls += 1;
                slot.store(cx);
                if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
            }));
            waking.join().unwrap();
        }
    });
    assert_eq!(counters.polls(), 2);
}

#[test]
fn no_task_is_polled_without_a_wake() {
    // Beside a busy runtime, an idle task stays at one poll.
    let (counters, slot) = (Counters::new(), WakerSlot::new());
    block_on(async {
        let task = task_of(&counters, &slot, &Gate::new());
        let busy: Vec<_> = (0..10).map(|_| spawn(yield_often(100))).collect();
        for other in busy {
            other.await.unwrap();
        }
        sleep(Duration::from_millis(1)).await;
        assert_eq!(counters.polls(), 1);
        drop(task);
    });
}

#[test]
fn a_waker_is_the_same_at_each_poll_of_a_task() {
    block_on(async {
        let mut before: Option<Waker> = None;
        let task = spawn(poll_fn(move |cx: &mut Context<'_>| match &before {
            None => {
                before = Some(cx.waker().clone());
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(waker) => Poll::Ready(waker.will_wake(cx.waker())),
        }));
        assert!(task.await.unwrap());
    });
}

#[test]
fn a_boxed_handle_is_a_future_like_any_other() {
    let task: Pin<Box<dyn Future<Output = i32>>> =
        Box::pin(async { spawn(async { 7 }).await.unwrap() });
    assert_eq!(block_on(task), 7);
}
