//! Signals: everybody who listens sees them, and nothing is lost.
//!
//! Signals go to the whole process, and the tests of a file run in one: so
//! each test has a signal of its own.
#![cfg(feature = "signal")]

mod util;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use onecook_reactor::context::Entered;
use onecook_reactor::reactor::Settings;
use onecook_reactor::signal::{CtrlC, Signal, SignalKind, ctrl_c, signal};
use onecook_reactor::time::{Instant, sleep};
use onecook_reactor::{Clock, Reactor};
use signal_hook::low_level::raise;
use util::{CountingWaker, poll_once};

fn entered() -> (Rc<Reactor>, Entered) {
    let reactor = Reactor::new(Settings::default()).unwrap();
    let entered = reactor.enter();
    (reactor, entered)
}

fn send(kind: SignalKind) {
    raise(kind.as_raw_value()).unwrap();
}

/// Turns until the waker was woken.
fn wait(reactor: &Reactor, waker: &CountingWaker) {
    while waker.wakes() == 0 {
        reactor.turn(None);
    }
}

fn recv(reactor: &Reactor, signal: &mut Signal) {
    let waker = CountingWaker::new();
    let mut recv = signal.recv();
    while waker.poll(&mut recv).is_pending() {
        wait(reactor, &waker);
    }
}

#[test]
fn ctrl_c_ends_the_future_and_no_longer_the_process() {
    let (reactor, _entered) = entered();
    let waker = CountingWaker::new();
    let mut stop = ctrl_c();
    assert!(waker.poll(&mut stop).is_pending());
    send(SignalKind::interrupt());
    wait(&reactor, &waker);
    let Poll::Ready(Ok(())) = waker.poll(&mut stop) else { panic!() };
    assert!(!reactor.has_sources(), "it listens no longer");

    let again = catch_unwind(AssertUnwindSafe(|| poll_once(&mut stop)));
    let text = *again.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(text, "`CtrlC` polled after it was done");
    drop(stop);
    send(SignalKind::interrupt()); // we are still here

    // It counts from the call on, not from the first poll.
    let mut stop = ctrl_c();
    send(SignalKind::interrupt());
    let waker = CountingWaker::new();
    while waker.poll(&mut stop).is_pending() {
        wait(&reactor, &waker);
    }
}

#[test]
fn several_listeners_for_one_signal_each_see_it() {
    let (reactor, _entered) = entered();
    let kind = SignalKind::user_defined1();
    let mut listeners = [(); 3].map(|()| signal(kind).unwrap());
    for _ in 0..3 {
        send(kind);
        for listener in &mut listeners {
            recv(&reactor, listener);
        }
    }
    for listener in &mut listeners {
        assert!(poll_once(&mut listener.recv()).is_pending());
    }
}

#[test]
fn a_signal_that_came_before_the_poll_is_seen_by_it() {
    let (reactor, _entered) = entered();
    let mut listener = signal(SignalKind::user_defined2()).unwrap();
    assert_eq!(listener.kind(), SignalKind::user_defined2());
    drop(listener.recv());
    send(listener.kind());
    recv(&reactor, &mut listener);
}

#[test]
fn a_dropped_recv_loses_no_signal_and_lets_go_of_its_waker() {
    let (reactor, _entered) = entered();
    let mut listener = signal(SignalKind::window_change()).unwrap();
    let waker = CountingWaker::new();
    let mut waiting = listener.recv();
    assert!(waker.poll(&mut waiting).is_pending());
    assert_eq!(reactor.idle_state().sockets_waited_on, 1);
    assert!(reactor.waiters()[0].what.starts_with("a signal"));
    drop(waiting);
    assert_eq!(waker.holders(), 0);
    assert_eq!(reactor.idle_state().sockets_waited_on, 0);
    send(listener.kind());
    reactor.turn(None);
    assert_eq!(waker.wakes(), 0);
    recv(&reactor, &mut listener);
}

#[test]
fn a_recv_polled_again_panics_with_its_name() {
    let (reactor, _entered) = entered();
    let mut listener = signal(SignalKind::child()).unwrap();
    let waker = CountingWaker::new();
    let mut received = listener.recv();
    send(SignalKind::child());
    while waker.poll(&mut received).is_pending() {
        wait(&reactor, &waker);
    }
    let again = catch_unwind(AssertUnwindSafe(|| poll_once(&mut received)));
    let text = *again.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(text, "`Recv` polled after it was done");
}

#[test]
fn signals_that_come_fast_are_merged_and_do_not_stop_the_process() {
    let (reactor, _entered) = entered();
    let mut listener = signal(SignalKind::hangup()).unwrap();
    for _ in 0..100_000 {
        send(SignalKind::hangup()); // the pipe is full long before the end
    }
    recv(&reactor, &mut listener);
    let mut taken = 1;
    while poll_once(&mut listener.recv()).is_ready() {
        taken += 1;
    }
    assert!(taken < 100_000, "{taken}");
    send(SignalKind::hangup());
    recv(&reactor, &mut listener);
}

#[test]
fn a_signal_is_a_stream() {
    let (reactor, _entered) = entered();
    let mut listener = signal(SignalKind::quit()).unwrap();
    let mut next =
        std::future::poll_fn(|cx| Pin::new(&mut listener).poll_next(cx));
    let waker = CountingWaker::new();
    assert!(waker.poll(&mut next).is_pending());
    send(SignalKind::quit());
    wait(&reactor, &waker);
    assert_eq!(waker.poll(&mut next), Poll::Ready(Some(())));
}

#[test]
fn a_listener_without_its_runtime_ends_instead_of_hanging() {
    let mut listener = {
        let (_reactor, _entered) = entered();
        signal(SignalKind::alarm()).unwrap()
    };
    assert_eq!(poll_once(&mut listener.recv()), Poll::Ready(None));
}

#[test]
fn signals_that_cannot_be_caught_are_errors() {
    let (reactor, _entered) = entered();
    let text = signal(SignalKind::from_raw(9)).unwrap_err().to_string();
    assert!(text.contains("SIGKILL) cannot be listened for"), "{text}");
    assert!(signal(SignalKind::from_raw(9_999)).is_err());
    assert!(signal(SignalKind::from_raw(-1)).is_err());
    assert!(!reactor.has_sources(), "nothing is left of the attempts");
}

#[test]
#[cfg(target_os = "linux")]
fn a_dropped_listener_leaves_no_file_descriptor_behind() {
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let (_reactor, _entered) = entered();
    let before = open();
    for _ in 0..1_000 {
        drop(signal(SignalKind::io()).unwrap());
    }
    // The other tests of this file have a few open, too.
    assert!(open() < before + 500);
}

#[test]
fn a_listener_outside_a_runtime_says_what_to_do() {
    let made = catch_unwind(|| signal(SignalKind::io()).map(drop));
    let text = *made.unwrap_err().downcast::<String>().unwrap();
    assert!(text.starts_with("a signal needs a running runtime"), "{text}");
}

#[test]
fn the_futures_of_signal_are_unpin() {
    fn unpin<T: Unpin + Future>() {}
    unpin::<CtrlC>();
    unpin::<onecook_reactor::signal::Recv<'_>>();
}

#[test]
fn virtual_time_stands_still_while_a_socket_has_a_waiter() {
    for (holds, timers) in [(true, 0), (false, 1)] {
        let reactor = Reactor::new(Settings {
            clock: Clock::new_virtual(),
            sockets_hold_time: holds,
            ..Settings::default()
        });
        let reactor = reactor.unwrap();
        let _entered = reactor.enter();
        let start = Instant::now();
        let mut listener = signal(SignalKind::io()).unwrap();
        let mut waiting = listener.recv();
        let mut nap = sleep(Duration::from_secs(1));
        assert!(poll_once(&mut waiting).is_pending());
        assert!(poll_once(&mut nap).is_pending());
        let turn = reactor.turn(Some(Duration::from_millis(1)));
        assert_eq!(turn.timers, timers);
        assert_eq!(start.elapsed(), Duration::from_secs(timers as u64));
        drop(waiting);
        while poll_once(&mut nap).is_pending() {
            reactor.turn(None);
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
