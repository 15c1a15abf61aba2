//! `oneshot`: one value, once.
//!
//! semantics 1, 2, 24, 27, 29; design promise 5

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;

use onecook::channel::oneshot::error::{RecvError, TryRecvError};
use onecook::channel::oneshot::{self, Closed, Receiver, Sender, channel};
use onecook_tests::{
    Counters, CountingWaker, Log, OnDrop, PanicsOnDrop, expect_ready, on_wake,
    poll_with, wakes_or_drops, within,
};
use parking_lot::Mutex;

#[test]
fn a_value_sent_before_is_received_at_once() {
    let (sender, mut receiver) = channel();
    sender.send(7).unwrap();
    assert_eq!(expect_ready(&mut receiver), Ok(7));
}

#[test]
fn a_value_sent_later_wakes_the_receiver_once() {
    let (sender, mut receiver) = channel();
    let waker = CountingWaker::new();
    assert!(poll_with(&mut receiver, &waker.waker()).is_pending());
    sender.send(7).unwrap();
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    assert_eq!(expect_ready(&mut receiver), Ok(7));
}

#[test]
fn a_sender_that_goes_unsent_is_an_error_and_wakes() {
    let (sender, mut receiver) = channel::<u8>();
    let waker = CountingWaker::new();
    assert!(poll_with(&mut receiver, &waker.waker()).is_pending());
    drop(sender);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    assert!(expect_ready(&mut receiver).is_err());
}

#[test]
fn a_new_waker_replaces_the_one_before_which_is_not_woken() {
    let (sender, mut receiver) = channel();
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    assert!(poll_with(&mut receiver, &old.waker()).is_pending());
    assert!(poll_with(&mut receiver, &new.waker()).is_pending());
    assert_eq!(old.holders(), 0);
    sender.send(7).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn polling_twice_with_the_same_waker_keeps_one_clone_of_it() {
    let (_sender, mut receiver) = channel::<u8>();
    let waker = CountingWaker::new();
    let one = waker.waker();
    assert!(poll_with(&mut receiver, &one).is_pending());
    assert!(poll_with(&mut receiver, &one).is_pending());
    assert_eq!(waker.holders(), 2);
}

#[test]
fn close_after_send_keeps_the_value() {
    let (sender, mut receiver) = channel();
    sender.send(7).unwrap();
    receiver.close();
    assert_eq!(expect_ready(&mut receiver), Ok(7));
}

#[test]
fn close_before_send_gives_the_value_back() {
    let (sender, mut receiver) = channel();
    receiver.close();
    assert!(sender.is_closed());
    assert_eq!(sender.send(7), Err(7));
    assert!(expect_ready(&mut receiver).is_err());
}

#[test]
fn the_sender_learns_that_the_receiver_went() {
    type Go = fn(Receiver<u8>) -> Option<Receiver<u8>>;
    let goes: [Go; 2] = [
        |receiver| {
            drop(receiver);
            None
        },
        |mut receiver| {
            receiver.close();
            Some(receiver)
        },
    ];
    for go in goes {
        let (mut sender, receiver) = channel::<u8>();
        let waker = CountingWaker::new();
        let mut closed = sender.closed();
        assert!(poll_with(&mut closed, &waker.waker()).is_pending());
        let kept = go(receiver);
        assert_eq!((waker.wakes(), waker.holders()), (1, 0));
        expect_ready(&mut closed);
        drop(closed);
        assert!(sender.is_closed());
        drop(kept);
    }
}

#[test]
fn a_value_that_is_not_received_is_dropped_with_the_receiver() {
    let counters = Counters::new();
    let (sender, receiver) = channel();
    sender.send(counters.token()).unwrap();
    assert_eq!(counters.drops(), 0);
    drop(receiver);
    assert_eq!(counters.drops(), 1);
}

#[test]
fn either_end_that_goes_releases_the_wakers_of_the_other() {
    let (mut sender, mut receiver) = channel::<u8>();
    let (mine, yours) = (CountingWaker::new(), CountingWaker::new());
    assert!(poll_with(&mut receiver, &mine.waker()).is_pending());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(sender.poll_closed(&mut cx).is_pending());
    let waker = yours.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(sender.poll_closed(&mut cx).is_pending());
    assert_eq!((mine.holders(), yours.holders()), (1, 2));
    drop(sender);
    assert_eq!((mine.holders(), yours.holders()), (0, 1));
    assert_eq!((mine.wakes(), yours.wakes()), (1, 0));
}

#[test]
fn a_receiver_that_goes_releases_its_own_waker_unwoken() {
    let (_sender, mut receiver) = channel::<u8>();
    let waker = CountingWaker::new();
    assert!(poll_with(&mut receiver, &waker.waker()).is_pending());
    drop(receiver);
    assert_eq!((waker.wakes(), waker.holders()), (0, 0));
}

#[test]
fn closed_that_is_dropped_leaves_no_waker_behind() {
    let (mut sender, receiver) = channel::<u8>();
    let waker = CountingWaker::new();
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &waker.waker()).is_pending());
    drop(closed);
    assert_eq!(waker.holders(), 0);
    drop(receiver);
    assert_eq!(waker.wakes(), 0);
}

#[test]
fn sending_releases_the_waker_that_waited_for_the_close() {
    let (mut sender, _receiver) = channel::<u8>();
    let waker = CountingWaker::new();
    let held = waker.waker();
    let mut cx = Context::from_waker(&held);
    assert!(sender.poll_closed(&mut cx).is_pending());
    sender.send(7).unwrap();
    assert_eq!((waker.wakes(), waker.holders()), (0, 1));
}

#[test]
fn a_second_await_panics_with_its_name() {
    let (sender, mut receiver) = channel();
    sender.send(7).unwrap();
    assert!(!receiver.is_terminated());
    let _ = expect_ready(&mut receiver);
    assert!(receiver.is_terminated());
    let again = catch_unwind(AssertUnwindSafe(|| expect_ready(&mut receiver)));
    let text = *again.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(text, "`oneshot::Receiver` polled after it was done");
}

#[test]
fn try_recv_tells_empty_value_and_closed_apart() {
    let (sender, mut receiver) = channel();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert!(receiver.is_empty());
    sender.send(7).unwrap();
    assert!(!receiver.is_empty());
    assert_eq!(receiver.try_recv(), Ok(7));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    let (sender, mut receiver) = channel::<u8>();
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_ends_print_as_words() {
    let (sender, receiver) = channel::<OnDrop<fn()>>();
    assert_eq!(format!("{sender:?}"), "Sender { closed: Some(false) }");
    assert_eq!(format!("{receiver:?}"), "Receiver(Empty)");
}

#[test]
fn a_wake_for_the_close_may_use_the_sender() {
    within(|| {
        let (mut sender, receiver) = channel::<u8>();
        let shared = Arc::new(Mutex::new(None::<Sender<u8>>));
        let (log, other) = (Log::new(), shared.clone());
        let lines = log.clone();
        let waker = on_wake(move || {
            let sender = other.lock().take().expect("it was left here");
            lines.add(format!("{:?}", sender.send(7)));
        });
        let mut cx = Context::from_waker(&waker);
        assert!(sender.poll_closed(&mut cx).is_pending());
        *shared.lock() = Some(sender);
        drop(receiver);
        assert_eq!(log.lines(), ["Err(7)"]);
    });
}

#[test]
fn a_wake_may_use_the_channel_that_wakes() {
    within(|| {
        let (sender, mut receiver) = channel::<u8>();
        let shared = Arc::new(Mutex::new(None::<Receiver<u8>>));
        let (log, other) = (Log::new(), shared.clone());
        let lines = log.clone();
        let waker = on_wake(move || {
            let receiver = other.lock().take();
            let mut receiver = receiver.expect("it was left here");
            lines.add(format!("{:?}", receiver.try_recv()));
        });
        assert!(poll_with(&mut receiver, &waker).is_pending());
        *shared.lock() = Some(receiver);
        sender.send(7).unwrap();
        assert_eq!(log.lines(), ["Ok(7)"]);
    });
}

#[test]
fn the_last_clone_of_a_waker_may_send_when_it_is_dropped() {
    within(|| {
        let (sender, mut receiver) = channel::<u8>();
        let sender = Arc::new(Mutex::new(Some(sender)));
        let sends = {
            let sender = sender.clone();
            move || {
                let sender = sender.lock().take();
                let _ = sender.map(|sender| sender.send(7));
            }
        };
        let waker = wakes_or_drops(|| {}, sends);
        assert!(poll_with(&mut receiver, &waker).is_pending());
        drop(waker);
        // The newer waker takes its place: the older one is dropped here.
        let newer = CountingWaker::new();
        assert!(poll_with(&mut receiver, &newer.waker()).is_pending());
        assert_eq!(newer.wakes(), 1);
        assert_eq!(expect_ready(&mut receiver), Ok(7));
    });
}

#[test]
fn a_value_that_panics_on_drop_does_not_keep_the_sender_waiting() {
    let (sender, receiver) = channel();
    sender.send(PanicsOnDrop("egg on the floor")).ok().unwrap();
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(receiver)));
    assert!(dropped.is_err());
}

#[test]
fn a_thread_waits_for_a_value_of_another() {
    within(|| {
        let (sender, receiver) = channel();
        let waits = thread::spawn(move || receiver.blocking_recv());
        sender.send(7).unwrap();
        assert_eq!(waits.join().unwrap(), Ok(7));
        let (sender, receiver) = channel::<u8>();
        let waits = thread::spawn(move || receiver.blocking_recv());
        drop(sender);
        assert!(waits.join().unwrap().is_err());
    });
}

#[test]
fn a_value_is_received_or_comes_back_when_both_ends_race() {
    within(|| {
        for _ in 0..2_000 {
            let counters = Counters::new();
            let (sender, receiver) = channel();
            let start = Arc::new(Barrier::new(2));
            let (token, other) = (counters.token(), start.clone());
            let sends = thread::spawn(move || {
                other.wait();
                sender.send(token).map_err(drop).is_ok()
            });
            start.wait();
            drop(receiver);
            let _ = sends.join().unwrap();
            assert_eq!(counters.drops(), 1);
        }
    });
}

#[test]
fn no_wake_is_lost_between_two_threads() {
    within(|| {
        for _ in 0..2_000 {
            let (sender, receiver) = channel();
            let start = Arc::new(Barrier::new(2));
            let other = start.clone();
            let sends = thread::spawn(move || {
                other.wait();
                sender.send(7)
            });
            start.wait();
            assert_eq!(receiver.blocking_recv(), Ok(7));
            sends.join().unwrap().unwrap();
        }
    });
}

#[test]
fn blocking_on_a_thread_of_a_runtime_is_refused_with_a_text() {
    let (_sender, receiver) = channel::<u8>();
    let refused = catch_unwind(AssertUnwindSafe(|| {
        onecook::block_on(async { receiver.blocking_recv() })
    }));
    let text = *refused.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("`oneshot::Receiver::blocking_recv` was called"));
}

#[test]
fn the_ends_travel_when_the_value_does_and_all_are_unpin() {
    fn send_sync<T: Send + Sync>() {}
    fn unpin<T: Unpin>() {}
    send_sync::<Sender<std::cell::Cell<u8>>>();
    send_sync::<Receiver<std::cell::Cell<u8>>>();
    send_sync::<RecvError>();
    unpin::<Sender<std::marker::PhantomPinned>>();
    unpin::<Receiver<std::marker::PhantomPinned>>();
    unpin::<Closed<'_, std::marker::PhantomPinned>>();
}

#[test]
fn a_oneshot_asks_the_allocator_once() {
    let once = || {
        let (sender, mut receiver) = oneshot::channel();
        sender.send(7).unwrap();
        assert_eq!(poll_with(&mut receiver, Waker::noop()), Poll::Ready(Ok(7)));
    };
    assert_eq!(allocation_counter::measure(once).count_total, 1);
}
