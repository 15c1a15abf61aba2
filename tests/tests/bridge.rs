//! Callbacks become futures and streams.
//!
//! semantics 1, 2, 28, 38

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::Stream;
use onecook::bridge::{
    Callbacks, Dropped, Resolver, SendError, Sender, callback, stream,
    stream_bounded,
};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, OnDrop, expect_pending, expect_ready, poll_once,
    poll_with, wakes_or_drops, within,
};

/// Where a test finds the resolver.
type Slot<T> = Rc<RefCell<Option<Resolver<T>>>>;

/// A callback that a test fires when it likes.
fn late<T: 'static>()
-> (impl Future<Output = Result<T, Dropped>> + Unpin, Slot<T>) {
    let slot = Slot::default();
    let fired = slot.clone();
    (callback(move |resolver| *fired.borrow_mut() = Some(resolver)), slot)
}

fn next<F, T>(stream: &mut Callbacks<F, T>) -> Poll<Option<T>>
where
    F: FnOnce(Sender<T>),
{
    let mut cx = Context::from_waker(Waker::noop());
    Pin::new(stream).poll_next(&mut cx)
}

#[test]
fn nothing_is_called_before_the_first_poll() {
    let called = Cell::new(false);
    let future = callback(|resolver: Resolver<()>| {
        called.set(true);
        drop(resolver);
    });
    assert!(!called.get());
    drop(future);
    assert!(!called.get());
}

#[test]
fn a_callback_that_fires_in_the_first_poll_never_waits() {
    let woken = CountingWaker::new();
    let mut future = callback(|resolver| resolver.resolve("A"));
    let poll = poll_with(&mut future, &woken.waker());
    assert_eq!(poll, Poll::Ready(Ok("A")));
    assert_eq!((woken.wakes(), woken.holders()), (0, 0));
}

#[test]
fn a_callback_that_fires_later_wakes_once() {
    let (mut future, resolver) = late();
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    assert!(poll_with(&mut future, &old.waker()).is_pending());
    assert!(poll_with(&mut future, &new.waker()).is_pending());
    assert!(poll_with(&mut future, &new.waker()).is_pending());
    assert_eq!((old.holders(), new.holders()), (0, 1));
    resolver.take().unwrap().resolve("A");
    assert_eq!((old.wakes(), new.wakes(), new.holders()), (0, 1, 0));
    assert_eq!(expect_ready(&mut future), Ok("A"));
}

#[test]
fn a_callback_may_fire_from_another_thread() {
    within(|| {
        for _ in 0..100 {
            let egg = block_on(callback(|resolver| {
                thread::spawn(move || resolver.resolve("A"));
            }));
            assert_eq!(egg, Ok("A"));
        }
    });
}

#[test]
fn a_resolver_that_is_dropped_is_an_error_and_no_hang() {
    let mut at_once = callback(drop::<Resolver<()>>);
    let error = expect_ready(&mut at_once).unwrap_err();
    assert!(error.to_string().contains("the resolver was dropped"));
    let (mut future, resolver) = late::<()>();
    let woken = CountingWaker::new();
    assert!(poll_with(&mut future, &woken.waker()).is_pending());
    drop(resolver.take());
    assert_eq!(woken.wakes(), 1);
    assert!(expect_ready(&mut future).is_err());
    within(|| {
        let never = block_on(callback(|resolver: Resolver<()>| {
            thread::spawn(move || drop(resolver));
        }));
        assert!(never.is_err());
    });
}

#[test]
fn a_start_that_panics_ends_the_future() {
    let mut future = callback(|_: Resolver<()>| panic!("no pan"));
    let poll = |future: &mut _| {
        let poll = AssertUnwindSafe(|| poll_once::<_>(future));
        *catch_unwind(poll).unwrap_err().downcast::<&str>().unwrap()
    };
    assert_eq!(poll(&mut future), "no pan");
    assert_eq!(poll(&mut future), "`Callback` polled after it was done");
}

#[test]
fn the_resolver_learns_that_nobody_waits_and_the_value_is_dropped() {
    let counters = Counters::new();
    let (mut future, resolver) = late();
    let woken = CountingWaker::new();
    assert!(poll_with(&mut future, &woken.waker()).is_pending());
    let resolver = resolver.take().unwrap();
    assert!(!resolver.is_cancelled());
    drop(future);
    assert!(resolver.is_cancelled());
    resolver.resolve(counters.token());
    assert_eq!((counters.drops(), woken.wakes()), (1, 0));
    assert_eq!(woken.holders(), 0);
}

#[test]
fn a_value_that_came_and_is_not_wanted_is_dropped_once() {
    let counters = Counters::new();
    let (mut future, resolver) = late();
    expect_pending(&mut future);
    resolver.take().unwrap().resolve(counters.token());
    assert_eq!(counters.drops(), 0);
    drop(future);
    assert_eq!(counters.drops(), 1);
}

#[test]
fn values_and_wakers_that_call_back_find_nothing_locked() {
    within(|| {
        type Slot = Rc<RefCell<Option<Sender<OnDrop<Box<dyn FnOnce()>>>>>>;
        let slot = Slot::default();
        let mut values = stream(|sender| *slot.borrow_mut() = Some(sender));
        assert!(next(&mut values).is_pending());
        let sender = slot.take().unwrap();
        for _ in 0..2 {
            let again = sender.clone();
            let call_back = move || assert!(again.is_closed());
            let value = OnDrop::new(Box::new(call_back) as Box<dyn FnOnce()>);
            assert!(sender.send(value).is_ok());
        }
        drop(values);
    });
    within(|| {
        let (mut future, slot) = late::<()>();
        expect_pending(&mut future);
        let resolver = Arc::new(parking_lot::Mutex::new(slot.take()));
        let call_back = {
            let resolver = resolver.clone();
            move || {
                let _ = resolver.lock().as_ref().map(Resolver::is_cancelled);
            }
        };
        let waker = wakes_or_drops(call_back.clone(), call_back);
        assert!(poll_with(&mut future, &waker).is_pending());
        drop(waker);
        expect_pending(&mut future); // replaced: the last one is dropped
        drop(future);
    });
}

#[test]
fn a_stream_yields_everything_in_order_and_then_ends_for_good() {
    let slot = RefCell::new(None);
    let mut values = stream(|sender| {
        sender.send(1).unwrap();
        *slot.borrow_mut() = Some(sender);
    });
    assert_eq!(next(&mut values), Poll::Ready(Some(1)));
    assert_eq!(next(&mut values), Poll::Pending);
    let (a, b) = (slot.take().unwrap(), slot.take());
    assert!(b.is_none());
    let b = a.clone();
    a.send(2).unwrap();
    drop(a);
    b.send(3).unwrap();
    drop(b);
    assert_eq!(next(&mut values), Poll::Ready(Some(2)));
    assert_eq!(next(&mut values), Poll::Ready(Some(3)));
    assert_eq!(next(&mut values), Poll::Ready(None));
    assert_eq!(next(&mut values), Poll::Ready(None));
}

#[test]
fn the_last_sender_that_goes_wakes_and_those_before_do_not() {
    let slot = RefCell::new(None);
    let mut values =
        stream(|sender: Sender<()>| *slot.borrow_mut() = Some(sender));
    let woken = CountingWaker::new();
    let waker = woken.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(Pin::new(&mut values).poll_next(&mut cx).is_pending());
    let sender = slot.take().unwrap();
    drop(sender.clone());
    assert_eq!(woken.wakes(), 0);
    drop(sender);
    assert_eq!(woken.wakes(), 1);
    assert_eq!(next(&mut values), Poll::Ready(None));
}

#[test]
fn a_bounded_stream_that_is_full_hands_the_newest_back() {
    let mut values = stream_bounded(2, |sender| {
        assert_eq!(sender.send(1), Ok(()));
        assert_eq!(sender.send(2), Ok(()));
        assert_eq!(sender.send(3), Err(SendError::Full(3)));
    });
    assert_eq!(next(&mut values), Poll::Ready(Some(1)));
    assert_eq!(next(&mut values), Poll::Ready(Some(2)));
    assert_eq!(next(&mut values), Poll::Ready(None));
    let zero = catch_unwind(|| drop(stream_bounded(0, drop::<Sender<()>>)));
    assert!(zero.is_err());
}

#[test]
fn senders_learn_that_the_stream_is_gone() {
    let slot = RefCell::new(None);
    let mut values = stream(|sender| *slot.borrow_mut() = Some(sender));
    assert!(next(&mut values).is_pending());
    drop(values);
    let sender = slot.take().unwrap();
    assert!(sender.is_closed());
    assert_eq!(sender.send("A"), Err(SendError::Closed("A")));
}

#[test]
fn a_stream_gives_its_memory_back_after_a_burst() {
    let slot = RefCell::new(None);
    let mut values = stream(|sender| *slot.borrow_mut() = Some(sender));
    assert!(next(&mut values).is_pending());
    let sender = slot.take().unwrap();
    let info = allocation_counter::measure(|| {
        for value in 0..10_000_u64 {
            sender.send(value).unwrap();
        }
        for _ in 0..10_000 {
            assert!(next(&mut values).is_ready());
        }
    });
    assert_eq!(info.bytes_current, 0);
}

#[test]
fn a_stream_that_is_always_ready_lets_the_others_in() {
    within(|| {
        block_on(async {
            let mut values = stream(|sender| {
                for value in 0..10_000 {
                    sender.send(value).unwrap();
                }
                std::mem::forget(sender);
            });
            let taken = Rc::new(Cell::new(0));
            let count = taken.clone();
            drop(spawn(std::future::poll_fn(move |cx| {
                while Pin::new(&mut values).poll_next(cx).is_ready() {
                    count.set(count.get() + 1);
                }
                Poll::<()>::Pending
            })));
            yield_now().await;
            assert!((1..1_000).contains(&taken.get()), "{}", taken.get());
        });
    });
}

#[test]
fn values_come_from_many_threads_each_once() {
    within(|| {
        let (done, ended) = mpsc::channel::<()>();
        let mut values = stream(move |sender: Sender<usize>| {
            for thread in 0..4 {
                let (sender, done) = (sender.clone(), done.clone());
                thread::spawn(move || {
                    for value in 0..1_000 {
                        sender.send(thread * 1_000 + value).unwrap();
                    }
                    drop(done);
                });
            }
        });
        let mut seen = block_on(async {
            let mut seen = Vec::new();
            while let Some(value) =
                std::future::poll_fn(|cx| Pin::new(&mut values).poll_next(cx))
                    .await
            {
                seen.push(value);
            }
            seen
        });
        assert!(ended.recv().is_err());
        seen.sort_unstable();
        assert_eq!(seen, (0..4_000).collect::<Vec<_>>());
    });
}

#[test]
fn bridges_travel_if_the_value_does() {
    fn send<T: Send>() {}
    send::<Resolver<Cell<u8>>>();
    send::<Sender<Cell<u8>>>();
    send::<onecook::bridge::Callback<fn(Resolver<u8>), u8>>();
}
