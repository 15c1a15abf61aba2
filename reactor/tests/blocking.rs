//! Semantics 37: a blocking call cannot be stopped once started; one not yet
//! started is dropped at shutdown; its panic reaches the awaiter and not the
//! pool.

mod util;

use std::env;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::Duration;

use onecook_reactor::Reactor;
use onecook_reactor::blocking::{BlockingCall, BlockingError};
use onecook_reactor::context;
use onecook_reactor::reactor::Settings;
use util::{CountingWaker, OnDrop, poll_once};

fn reactor(threads: usize) -> Rc<Reactor> {
    let settings =
        Settings { blocking_threads: threads, ..Settings::default() };
    Reactor::new(settings).unwrap()
}

/// Blocks this thread until the call has ended.
fn wait_for<T>(call: &mut BlockingCall<T>) -> Result<T, BlockingError> {
    let (waker, woken) = ring_on_wake();
    loop {
        let mut cx = Context::from_waker(&waker);
        if let Poll::Ready(result) = Pin::new(&mut *call).poll(&mut cx) {
            return result;
        }
        woken.recv().unwrap();
    }
}

fn ring_on_wake() -> (std::task::Waker, Receiver<()>) {
    struct Ring(Mutex<Sender<()>>);
    impl std::task::Wake for Ring {
        fn wake(self: Arc<Self>) {
            let _ = self.0.lock().unwrap().send(());
        }
    }
    let (sender, receiver) = channel();
    (Arc::new(Ring(Mutex::new(sender))).into(), receiver)
}

/// A call that holds its thread until told to go on. The receiver tells that
/// it has started.
fn held(reactor: &Reactor) -> (BlockingCall<()>, Receiver<()>, Sender<()>) {
    let (started, has_started) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let call = reactor.blocking().call(move || {
        started.send(()).unwrap();
        let _ = may_go_on.recv();
    });
    (call, has_started, go_on)
}

#[test]
fn a_call_hands_its_value_to_the_awaiter_and_runs_on_a_named_thread() {
    let reactor = reactor(1);
    let mut call =
        reactor.blocking().call(|| thread::current().name().map(str::to_owned));
    let name = wait_for(&mut call).unwrap().unwrap();
    assert_eq!(name, "onecook-blocking-1");
    assert!(call.is_finished());
}

#[test]
fn a_second_poll_after_the_value_panics_with_the_futures_name() {
    let reactor = reactor(1);
    let mut call = reactor.blocking().call(|| 1);
    wait_for(&mut call).unwrap();
    let again = catch_unwind(AssertUnwindSafe(|| poll_once(&mut call)));
    let text = *again.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(text, "`BlockingCall` polled after it was done");
}

#[test]
fn a_panic_reaches_the_awaiter_and_not_the_pool() {
    let reactor = reactor(1);
    let mut call = reactor.blocking().call(|| panic!("the pan is {}", "hot"));
    let error: BlockingError = wait_for::<()>(&mut call).unwrap_err();
    assert_eq!(error.to_string(), "the blocking call panicked: the pan is hot");
    assert_eq!(format!("{error:?}"), r#"Panic("the pan is hot")"#);
    let mut next =
        reactor.blocking().call(|| thread::current().name().map(str::to_owned));
    let name = wait_for(&mut next).unwrap();
    assert_eq!(name.as_deref(), Some("onecook-blocking-1"), "same thread");
}

#[test]
fn a_value_that_panics_when_dropped_unawaited_does_not_end_its_thread() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any(());
        }
    }
    let reactor = reactor(1);
    let (hold, started, go_on) = held(&reactor);
    started.recv().unwrap();
    drop(reactor.blocking().call(|| Bomb));
    drop(go_on);
    let mut hold = hold;
    wait_for(&mut hold).unwrap();
    let mut next =
        reactor.blocking().call(|| thread::current().name().map(str::to_owned));
    let name = wait_for(&mut next).unwrap();
    assert_eq!(name.as_deref(), Some("onecook-blocking-1"), "same thread");
}

#[test]
fn a_dropped_call_runs_all_the_same() {
    let reactor = reactor(1);
    let (sender, ran) = channel();
    drop(reactor.blocking().call(move || sender.send(()).unwrap()));
    ran.recv().unwrap();
}

#[test]
fn a_dropped_call_lets_go_of_its_waker_and_never_wakes_it() {
    let reactor = reactor(1);
    let (mut call, started, go_on) = held(&reactor);
    started.recv().unwrap();
    let waker = CountingWaker::new();
    assert!(waker.poll(&mut call).is_pending());
    assert_eq!(waker.holders(), 1);
    drop(call);
    assert_eq!(waker.holders(), 0);
    drop(go_on);
    assert!(reactor.blocking().shutdown(None));
    assert_eq!(waker.wakes(), 0);
}

#[test]
fn abort_drops_a_call_that_has_not_started_on_the_callers_thread() {
    let reactor = reactor(1);
    let (_hold, started, _go_on) = held(&reactor);
    started.recv().unwrap();
    let dropped_on = Arc::new(Mutex::new(None::<ThreadId>));
    let note = dropped_on.clone();
    let on_drop = OnDrop(move || {
        *note.lock().unwrap() = Some(thread::current().id());
    });
    let mut call = reactor.blocking().call(move || drop(on_drop));
    let waker = CountingWaker::new();
    assert!(waker.poll(&mut call).is_pending());
    assert_eq!(reactor.blocking().in_flight(), 2);

    assert!(call.abort());
    assert!(!call.abort(), "once is enough");
    assert_eq!(*dropped_on.lock().unwrap(), Some(thread::current().id()));
    assert_eq!(waker.wakes(), 1);
    assert_eq!(reactor.blocking().in_flight(), 1);
    let Poll::Ready(Err(error)) = waker.poll(&mut call) else { panic!() };
    assert!(matches!(error, BlockingError::Cancelled));
    assert!(error.to_string().contains("cancelled before it started"));
}

#[test]
fn a_call_that_has_started_cannot_be_aborted() {
    let reactor = reactor(1);
    let (mut call, started, go_on) = held(&reactor);
    started.recv().unwrap();
    assert!(!call.abort());
    assert!(!call.is_finished());
    drop(go_on);
    wait_for(&mut call).unwrap();
}

#[test]
fn shutdown_drops_what_has_not_started_and_waits_for_the_rest() {
    let reactor = reactor(1);
    let (mut running, started, go_on) = held(&reactor);
    started.recv().unwrap();
    let mut queued = reactor.blocking().call(|| ());
    let pool = reactor.blocking();
    assert!(!pool.shutdown(Some(Duration::ZERO)), "one is still running");
    let error = wait_for(&mut queued).unwrap_err();
    assert!(matches!(error, BlockingError::Cancelled));
    assert!(!pool.shutdown(Some(Duration::from_millis(1))));

    drop(go_on);
    assert!(pool.shutdown(None));
    wait_for(&mut running).unwrap();
    assert_eq!(pool.in_flight(), 0);
}

#[test]
fn after_shutdown_a_call_is_cancelled_at_once() {
    let reactor = reactor(1);
    assert!(reactor.blocking().shutdown(None));
    let mut call = reactor.blocking().call(|| panic!("must not run"));
    assert!(call.is_finished());
    let Poll::Ready(Err(error)) = poll_once::<BlockingCall<()>>(&mut call)
    else {
        panic!("not ready")
    };
    assert!(matches!(error, BlockingError::Cancelled));
    assert_eq!(reactor.blocking().in_flight(), 0);
}

#[test]
fn a_closure_that_panics_when_dropped_does_not_spare_those_behind_it() {
    let reactor = reactor(1);
    let (_hold, started, _go_on) = held(&reactor);
    started.recv().unwrap();
    let bomb = OnDrop(|| panic!("a bomb"));
    let mut first = reactor.blocking().call(move || drop(bomb));
    let mut second = reactor.blocking().call(|| ());
    let shutdown =
        AssertUnwindSafe(|| reactor.blocking().shutdown(Some(Duration::ZERO)));
    assert!(catch_unwind(shutdown).is_err());
    assert!(wait_for(&mut first).is_err());
    assert!(wait_for(&mut second).is_err());
    assert_eq!(reactor.blocking().in_flight(), 1);
}

#[test]
fn dropping_the_reactor_drops_the_queue_and_waits_for_nobody() {
    let reactor = reactor(1);
    let (_hold, started, go_on) = held(&reactor);
    started.recv().unwrap();
    let mut queued = reactor.blocking().call(|| ());
    drop(reactor);
    assert!(wait_for(&mut queued).is_err());
    drop(go_on);
}

/// A call that waits in the queue, and whose closure, when dropped unrun, looks
/// at the call itself, aborts another, and makes a third.
fn calls_back_when_dropped(
    reactor: &Reactor,
) -> (Arc<BlockingCall<()>>, Arc<BlockingCall<()>>) {
    let other = Arc::new(reactor.blocking().call(|| ()));
    let itself = Arc::new(OnceLock::<Weak<BlockingCall<()>>>::new());
    let call_back = {
        let (other, itself) = (other.clone(), itself.clone());
        OnDrop(move || {
            other.abort();
            let itself = itself.get().unwrap().upgrade().unwrap();
            assert!(!itself.abort(), "somebody is at it already");
            let reactor = context::current().unwrap();
            drop(reactor.blocking().call(|| ()));
        })
    };
    let call = reactor.blocking().call(move || drop(call_back));
    let call = Arc::new(call);
    itself.set(Arc::downgrade(&call)).unwrap();
    (call, other)
}

#[test]
fn user_code_may_call_back_while_an_aborted_call_is_dropped() {
    let reactor = reactor(1);
    let _entered = reactor.enter();
    let (_hold, started, _go_on) = held(&reactor);
    started.recv().unwrap();
    let (call, other) = calls_back_when_dropped(&reactor);
    assert!(call.abort());
    assert!(call.is_finished() && other.is_finished());
}

#[test]
fn user_code_may_call_back_while_the_pool_is_shut_down() {
    let reactor = reactor(1);
    let _entered = reactor.enter();
    let (_hold, started, _go_on) = held(&reactor);
    started.recv().unwrap();
    let (call, other) = calls_back_when_dropped(&reactor);
    assert!(!reactor.blocking().shutdown(Some(Duration::ZERO)));
    assert!(call.is_finished() && other.is_finished());
    assert_eq!(reactor.blocking().in_flight(), 1);
}

#[test]
fn user_code_may_call_back_while_an_awaiter_is_woken_or_its_waker_dropped() {
    let reactor = reactor(1);
    let (_hold, started, _go_on) = held(&reactor);
    started.recv().unwrap();
    let call = Arc::new(Mutex::new(None::<BlockingCall<()>>));
    let look = {
        let call = call.clone();
        move || {
            if let Ok(call) = call.try_lock() {
                let _ = call.as_ref().map(BlockingCall::is_finished);
            }
        }
    };
    let looks_when_dropped = OnDrop(look.clone());
    let waker = util::on_wake(move || {
        look();
        let _kept = &looks_when_dropped;
    });
    let mut queued = reactor.blocking().call(|| ());
    let mut cx = Context::from_waker(&waker);
    assert!(Pin::new(&mut queued).poll(&mut cx).is_pending());
    drop(waker);
    *call.lock().unwrap() = Some(queued);
    assert!(!reactor.blocking().shutdown(Some(Duration::ZERO)));
    assert!(call.lock().unwrap().as_ref().unwrap().is_finished());
}

#[test]
fn no_more_threads_run_than_the_bound() {
    let reactor = reactor(2);
    let (_first, first_started, go_on_first) = held(&reactor);
    let (_second, second_started, go_on_second) = held(&reactor);
    first_started.recv().unwrap();
    second_started.recv().unwrap();
    let (mut third, third_started, go_on_third) = held(&reactor);
    assert!(third_started.try_recv().is_err());
    assert!(format!("{:?}", reactor.blocking()).contains("threads: 2"));
    drop(go_on_first);
    third_started.recv().unwrap();
    drop((go_on_second, go_on_third));
    wait_for(&mut third).unwrap();
}

#[test]
fn a_bound_of_zero_threads_means_one() {
    let reactor = reactor(0);
    wait_for(&mut reactor.blocking().call(|| ())).unwrap();
}

#[test]
fn calls_started_together_run_together() {
    let reactor = reactor(8);
    let barrier = Arc::new(std::sync::Barrier::new(8));
    let mut calls: Vec<_> = (0..8)
        .map(|_| {
            let barrier = barrier.clone();
            reactor.blocking().call(move || barrier.wait().is_leader())
        })
        .collect();
    for call in &mut calls {
        wait_for(call).unwrap();
    }
}

#[test]
fn idle_threads_end_and_calls_made_while_they_do_are_not_lost() {
    let reactor = Reactor::new(Settings {
        blocking_threads: 1,
        blocking_idle: Duration::from_micros(20),
        ..Settings::default()
    })
    .unwrap();
    for number in 0..2_000 {
        let mut call = reactor.blocking().call(move || number);
        assert_eq!(wait_for(&mut call).unwrap(), number);
    }
    // Every thread has ended once nothing is counted: it would hang otherwise.
    while !format!("{:?}", reactor.blocking()).contains("threads: 0") {
        thread::yield_now();
    }
}

#[test]
fn ten_thousand_calls_all_come_back() {
    let reactor = reactor(4);
    let mut calls: Vec<_> =
        (0..10_000).map(|n| reactor.blocking().call(move || n)).collect();
    for (expected, call) in calls.iter_mut().enumerate() {
        assert_eq!(wait_for(call).unwrap(), expected);
    }
    assert!(reactor.blocking().shutdown(None));
    assert_eq!(reactor.blocking().in_flight(), 0);
}

#[test]
fn a_call_is_in_flight_until_its_awaiter_was_woken() {
    let reactor = reactor(1);
    let in_flight_when_woken = Arc::new(AtomicBool::new(false));
    let seen = in_flight_when_woken.clone();
    let (mut call, started, go_on) = held(&reactor);
    started.recv().unwrap();
    let (at_wake, is_at_wake) = channel::<()>();
    let (looked, has_looked) = channel::<()>();
    let has_looked = Mutex::new(has_looked);
    let wake = util::on_wake(move || {
        at_wake.send(()).unwrap();
        has_looked.lock().unwrap().recv().unwrap();
    });
    assert!(
        Pin::new(&mut call).poll(&mut Context::from_waker(&wake)).is_pending()
    );
    drop(go_on);
    is_at_wake.recv().unwrap();
    seen.store(reactor.blocking().in_flight() == 1, Ordering::SeqCst);
    looked.send(()).unwrap();
    assert!(reactor.blocking().shutdown(None));
    assert!(in_flight_when_woken.load(Ordering::SeqCst));
    assert_eq!(reactor.blocking().in_flight(), 0);
}

#[test]
fn what_is_counted_outside_is_in_flight_until_the_guard_goes() {
    let reactor = reactor(1);
    let outside = reactor.blocking().count_outside();
    assert_eq!(reactor.blocking().in_flight(), 1);
    assert!(reactor.blocking().shutdown(None), "it is not waited for");
    thread::spawn(move || drop(outside)).join().unwrap();
    assert_eq!(reactor.blocking().in_flight(), 0);
}

#[test]
fn whoever_sleeps_on_a_call_in_flight_is_rung_out_when_it_ends() {
    let reactor = reactor(1);
    let (call, started, go_on) = held(&reactor);
    drop(call);
    started.recv().unwrap();
    assert!(!reactor.is_silent());
    drop(go_on);
    let turn = reactor.turn(None); // nobody awaits the call: it would hang
    assert!(turn.doorbell);
    assert!(reactor.is_silent());
}

const WITHOUT_THREADS: &str = "ONECOOK_TEST_WITHOUT_THREADS";

#[test]
fn a_call_without_any_thread_fails_with_a_text_that_says_so() {
    if env::var_os(WITHOUT_THREADS).is_some() {
        return fail_to_start_a_thread();
    }
    // No address space has room for a stack of this size.
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--test-threads=1"])
        .arg("a_call_without_any_thread_fails_with_a_text_that_says_so")
        .env(WITHOUT_THREADS, "1")
        .env("RUST_MIN_STACK", (1_u64 << 60).to_string())
        .status()
        .unwrap();
    assert!(status.success());
}

fn fail_to_start_a_thread() {
    let reactor = reactor(1);
    let mut call = reactor.blocking().call(|| ());
    let error = wait_for(&mut call).unwrap_err();
    assert!(matches!(error, BlockingError::NoThread(_)));
    assert!(error.to_string().contains("no thread could be started"));
    assert_eq!(reactor.blocking().in_flight(), 0);
}
