//! `mpmc`: each value goes to one of many receivers, and nobody who waits is
//! passed over.
//!
//! semantics 1, 2, 6, 23, 24, 25, 28, 29

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;

use allocation_counter::measure;
use futures_core::Stream;
use onecook::channel::mpmc::{
    Receiver, RecvError, SendError, TryRecvError, TryReserveError,
    TrySendError, bounded, unbounded,
};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, OnDrop, expect_pending, expect_ready, poll_with,
    wakes_or_drops, within,
};

fn poll_next<T>(receiver: &mut Receiver<T>, waker: &Waker) -> Poll<Option<T>> {
    Pin::new(receiver).poll_next(&mut Context::from_waker(waker))
}

#[test]
fn values_come_in_the_order_of_sending() {
    let (sender, receiver) = unbounded();
    for value in 0..100 {
        sender.try_send(value).unwrap();
    }
    for value in 0..100 {
        assert_eq!(receiver.try_recv(), Ok(value));
    }
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_full_channel_makes_senders_wait_in_order() {
    let (sender, receiver) = bounded(1);
    expect_ready(&mut sender.send(0)).unwrap();
    let (mut first, mut second) = (sender.send(1), sender.send(2));
    expect_pending(&mut first);
    expect_pending(&mut second);
    assert_eq!(receiver.try_recv(), Ok(0));
    expect_pending(&mut second); // the slot is the first one's
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    expect_ready(&mut first).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    expect_ready(&mut second).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn receivers_are_served_in_the_order_of_waiting() {
    let (sender, receiver) = bounded(4);
    let (mut first, mut second) = (receiver.recv(), receiver.recv());
    expect_pending(&mut first);
    expect_pending(&mut second);
    sender.try_send('a').unwrap();
    expect_pending(&mut second);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send('b').unwrap();
    assert_eq!(expect_ready(&mut first), Ok('a'));
    assert_eq!(expect_ready(&mut second), Ok('b'));
}

#[test]
fn a_slot_handed_to_a_send_that_is_dropped_goes_to_the_next() {
    let (sender, receiver) = bounded(1);
    sender.try_send(0).unwrap();
    let wakers = [CountingWaker::new(), CountingWaker::new()];
    let mut first = sender.send(1);
    let mut second = sender.reserve();
    assert!(poll_with(&mut first, &wakers[0].waker()).is_pending());
    assert!(poll_with(&mut second, &wakers[1].waker()).is_pending());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 0));
    drop(first);
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 1));
    expect_ready(&mut second).unwrap().send(2);
    assert_eq!(receiver.try_recv(), Ok(2));
}

#[test]
fn a_value_handed_to_a_recv_that_is_dropped_goes_to_the_next() {
    let (sender, receiver) = bounded(1);
    let wakers = [CountingWaker::new(), CountingWaker::new()];
    let (mut first, mut second) = (receiver.recv(), receiver.recv());
    assert!(poll_with(&mut first, &wakers[0].waker()).is_pending());
    assert!(poll_with(&mut second, &wakers[1].waker()).is_pending());
    sender.try_send("egg").unwrap();
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 0));
    drop(first);
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 1));
    assert_eq!(expect_ready(&mut second), Ok("egg"));
}

#[test]
fn a_value_handed_to_a_recv_that_is_dropped_is_free_if_nobody_waits() {
    let (sender, receiver) = bounded(1);
    let mut recv = receiver.recv();
    expect_pending(&mut recv);
    sender.try_send("egg").unwrap();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(recv);
    assert_eq!(receiver.try_recv(), Ok("egg"));
}

#[test]
fn a_permit_dropped_unsent_wakes_one_waiter_and_not_all() {
    let (sender, _receiver) = bounded::<u8>(1);
    let permit = sender.try_reserve().unwrap();
    let wakers = [CountingWaker::new(), CountingWaker::new()];
    let (mut first, mut second) = (sender.reserve(), sender.reserve());
    assert!(poll_with(&mut first, &wakers[0].waker()).is_pending());
    assert!(poll_with(&mut second, &wakers[1].waker()).is_pending());
    drop(permit);
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 0));
    drop(expect_ready(&mut first).unwrap());
    assert_eq!((wakers[0].wakes(), wakers[1].wakes()), (1, 1));
}

#[test]
fn what_was_sent_and_what_is_reserved_arrive_after_the_close() {
    let (sender, receiver) = bounded(3);
    sender.try_send(1).unwrap();
    let permit = sender.try_reserve().unwrap();
    assert!(receiver.close());
    assert!(!receiver.close());
    assert_eq!(sender.try_send(9), Err(TrySendError::Closed(9)));
    assert_eq!(sender.try_reserve().unwrap_err(), TryReserveError::Closed);
    assert_eq!(expect_ready(&mut receiver.recv()), Ok(1));
    let mut last = receiver.recv();
    expect_pending(&mut last);
    permit.send(2);
    assert_eq!(expect_ready(&mut last), Ok(2));
    assert_eq!(expect_ready(&mut receiver.recv()), Err(RecvError));
}

#[test]
fn the_end_comes_when_the_last_permit_is_dropped() {
    let (sender, receiver) = bounded::<u8>(1);
    let permit = sender.try_reserve().unwrap();
    receiver.close();
    let mut recv = receiver.recv();
    let waker = CountingWaker::new();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(permit);
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), Err(RecvError));
}

#[test]
fn a_promised_value_is_not_lost_at_the_end() {
    let (sender, receiver) = bounded(2);
    let (mut first, mut second) = (receiver.recv(), receiver.recv());
    expect_pending(&mut first);
    expect_pending(&mut second);
    sender.try_send("egg").unwrap();
    drop(sender);
    expect_pending(&mut second); // the value may still come to it
    drop(first);
    assert_eq!(expect_ready(&mut second), Ok("egg"));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn closing_turns_waiting_senders_away_with_their_values() {
    let (sender, receiver) = bounded(1);
    sender.try_send(0).unwrap();
    let (mut send, mut reserve) = (sender.send(1), sender.reserve());
    expect_pending(&mut send);
    expect_pending(&mut reserve);
    receiver.close();
    assert_eq!(expect_ready(&mut send), Err(SendError(1)));
    assert_eq!(expect_ready(&mut reserve).unwrap_err(), SendError(()));
}

#[test]
fn the_last_receiver_takes_the_values_along() {
    let counters = Counters::new();
    let (sender, receiver) = unbounded();
    let other = receiver.clone();
    for _ in 0..3 {
        assert!(sender.try_send(counters.token()).is_ok());
    }
    drop(receiver);
    assert_eq!(counters.drops(), 0);
    drop(other);
    assert_eq!(counters.drops(), 3);
    assert!(sender.try_send(counters.token()).unwrap_err().is_closed());
}

#[test]
fn a_permit_whose_receivers_are_gone_drops_its_value() {
    let counters = Counters::new();
    let (sender, receiver) = bounded(1);
    let permit = sender.try_reserve().unwrap();
    drop(receiver);
    permit.send(counters.token());
    assert_eq!((counters.drops(), sender.len()), (1, 0));
}

#[test]
fn dropping_either_end_lets_go_of_the_wakers_of_the_other() {
    let waker = CountingWaker::new();
    let (sender, receiver) = bounded(1);
    sender.try_send(0).unwrap();
    let (mut send, mut closed) = (sender.send(1), sender.closed());
    assert!(poll_with(&mut send, &waker.waker()).is_pending());
    assert!(poll_with(&mut closed, &waker.waker()).is_pending());
    drop(receiver);
    assert_eq!((waker.wakes(), waker.holders()), (2, 0));
    expect_ready(&mut closed);

    let waker = CountingWaker::new();
    let (sender, mut receiver) = bounded::<u8>(1);
    assert!(poll_next(&mut receiver, &waker.waker()).is_pending());
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    drop(sender);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
}

#[test]
fn a_dropped_future_lets_go_of_its_waker() {
    let waker = CountingWaker::new();
    let (sender, mut receiver) = bounded(1);
    sender.try_send(0).unwrap();
    let mut send = sender.send(1);
    let mut reserve = sender.reserve();
    let mut closed = sender.closed();
    assert!(poll_with(&mut send, &waker.waker()).is_pending());
    assert!(poll_with(&mut reserve, &waker.waker()).is_pending());
    assert!(poll_with(&mut closed, &waker.waker()).is_pending());
    assert_eq!(waker.holders(), 3);
    drop((send, reserve, closed));
    assert_eq!(waker.holders(), 0);
    assert_eq!(receiver.try_recv(), Ok(0));
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    drop(recv);
    assert_eq!(waker.holders(), 0);
    assert!(poll_next(&mut receiver, &waker.waker()).is_pending());
    drop(receiver);
    assert_eq!((waker.holders(), waker.wakes()), (0, 0));
}

#[test]
fn the_newest_waker_is_woken_and_the_one_before_is_let_go() {
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let (sender, receiver) = bounded(1);
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &old.waker()).is_pending());
    assert!(poll_with(&mut recv, &new.waker()).is_pending());
    assert_eq!((old.holders(), new.holders()), (0, 1));
    sender.try_send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn a_cancelled_send_loses_its_own_value_and_no_other() {
    let counters = Counters::new();
    let (sender, receiver) = bounded(1);
    assert!(sender.try_send((0, counters.token())).is_ok());
    let mut cancelled = sender.send((1, counters.token()));
    let mut other = sender.send((2, counters.token()));
    expect_pending(&mut cancelled);
    expect_pending(&mut other);
    drop(cancelled);
    assert_eq!(counters.drops(), 1);
    assert_eq!(receiver.try_recv().unwrap().0, 0);
    assert!(expect_ready(&mut other).is_ok());
    assert_eq!(receiver.try_recv().unwrap().0, 2);
}

#[test]
fn force_send_replaces_the_oldest_value_but_no_reserved_slot() {
    let (sender, receiver) = bounded(2);
    let permit = sender.try_reserve().unwrap();
    assert_eq!(sender.force_send(1), Ok(None));
    assert_eq!(sender.force_send(2), Ok(Some(1)));
    permit.send(3);
    assert_eq!(sender.force_send(4), Ok(Some(2)));
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(3), Ok(4)));
    let permits = [sender.try_reserve(), sender.try_reserve()];
    assert_eq!(sender.force_send(5), Err(TrySendError::Full(5)));
    drop(permits);
    sender.close();
    assert_eq!(sender.force_send(6), Err(TrySendError::Closed(6)));
}

#[test]
fn a_receiver_is_a_stream_that_ends_with_the_channel() {
    let waker = CountingWaker::new();
    let (sender, mut receiver) = bounded(1);
    assert!(poll_next(&mut receiver, &waker.waker()).is_pending());
    sender.try_send(1).unwrap();
    assert_eq!(waker.wakes(), 1);
    assert_eq!(poll_next(&mut receiver, &waker.waker()), Poll::Ready(Some(1)));
    drop(sender);
    assert_eq!(poll_next(&mut receiver, &waker.waker()), Poll::Ready(None));
}

#[test]
fn what_a_stream_was_told_of_its_own_recv_and_try_recv_find() {
    let (sender, mut receiver) = bounded(1);
    assert!(poll_next(&mut receiver, Waker::noop()).is_pending());
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(poll_next(&mut receiver, Waker::noop()).is_pending());
    sender.try_send(2).unwrap();
    assert_eq!(expect_ready(&mut receiver.recv()), Ok(2));
    let stream = CountingWaker::new();
    assert!(poll_next(&mut receiver, &stream.waker()).is_pending());
    let mut recv = receiver.recv(); // waits in its stead
    expect_pending(&mut recv);
    sender.try_send(3).unwrap();
    assert_eq!(stream.wakes(), 0);
    assert_eq!(expect_ready(&mut recv), Ok(3));
}

#[test]
fn a_stream_left_aside_keeps_no_value_from_those_behind_it() {
    let (sender, mut stream) = bounded(2);
    let mut other_stream = stream.clone();
    let other = stream.clone();
    let wakers = [(); 4].map(|()| CountingWaker::new());
    let woken = || wakers.each_ref().map(CountingWaker::wakes);
    assert!(poll_next(&mut stream, &wakers[0].waker()).is_pending());
    let mut first = other.recv();
    assert!(poll_with(&mut first, &wakers[1].waker()).is_pending());
    assert!(poll_next(&mut other_stream, &wakers[2].waker()).is_pending());
    let mut second = other.recv();
    assert!(poll_with(&mut second, &wakers[3].waker()).is_pending());
    sender.try_send(1).unwrap();
    assert_eq!(woken(), [1, 1, 0, 0], "up to the first `recv`");
    sender.try_send(2).unwrap();
    assert_eq!(woken(), [1, 1, 1, 1], "a `recv` for each value");
    // The streams do not come for anything.
    assert_eq!(expect_ready(&mut first), Ok(1));
    assert_eq!(expect_ready(&mut second), Ok(2));
}

#[test]
fn a_stream_that_comes_first_has_the_value_and_who_is_behind_waits_on() {
    let (sender, mut stream) = bounded(1);
    let other = stream.clone();
    let waker = CountingWaker::new();
    assert!(poll_next(&mut stream, Waker::noop()).is_pending());
    let mut recv = other.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    let mut later = other.recv();
    expect_pending(&mut later);
    sender.try_send(1).unwrap();
    let next = poll_next(&mut stream, Waker::noop());
    assert_eq!(next, Poll::Ready(Some(1)));
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    sender.try_send(2).unwrap();
    assert_eq!(waker.wakes(), 2);
    expect_pending(&mut later); // it has kept its place before this one
    assert_eq!(expect_ready(&mut recv), Ok(2));
}

#[test]
fn of_many_streams_any_one_may_be_left_aside() {
    let (sender, first) = bounded(1);
    for left_aside in 0..3 {
        let mut streams = [first.clone(), first.clone(), first.clone()];
        for stream in &mut streams {
            assert!(poll_next(stream, Waker::noop()).is_pending());
        }
        sender.try_send("egg").unwrap();
        let comes = &mut streams[(left_aside + 1) % 3];
        let next = poll_next(comes, Waker::noop());
        assert_eq!(next, Poll::Ready(Some("egg")));
    }
}

#[test]
fn a_recv_that_was_told_and_is_dropped_tells_the_next() {
    let (sender, mut stream) = bounded(1);
    let other = stream.clone();
    let waker = CountingWaker::new();
    assert!(poll_next(&mut stream, Waker::noop()).is_pending());
    let mut told = other.recv();
    expect_pending(&mut told);
    let mut next = other.recv();
    assert!(poll_with(&mut next, &waker.waker()).is_pending());
    sender.try_send("egg").unwrap();
    assert_eq!(waker.wakes(), 0);
    drop(told);
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut next), Ok("egg"));
}

#[test]
fn a_stream_that_is_dropped_leaves_the_value_to_the_next() {
    let (sender, mut stream) = bounded(1);
    let other = stream.clone();
    assert!(poll_next(&mut stream, Waker::noop()).is_pending());
    let mut recv = other.recv();
    expect_pending(&mut recv);
    sender.try_send("egg").unwrap();
    drop(stream);
    assert_eq!(expect_ready(&mut recv), Ok("egg"));
}

#[test]
fn weak_ends_keep_nothing_open() {
    let (sender, receiver) = bounded::<u8>(1);
    let (weak_sender, weak_receiver) =
        (sender.downgrade(), receiver.downgrade());
    drop(weak_sender.upgrade().unwrap());
    assert!(weak_receiver.upgrade().unwrap().same_channel(&receiver));
    assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
    drop(sender);
    assert!(weak_sender.upgrade().is_none());
    assert!(receiver.is_closed());
    drop(receiver);
    assert!(weak_receiver.upgrade().is_none());
}

#[test]
fn an_always_ready_channel_lets_others_run() {
    block_on(async {
        let (sender, receiver) = unbounded();
        for value in 0..10_000 {
            sender.try_send(value).unwrap();
        }
        let left = receiver.clone();
        drop(spawn(async move { while receiver.recv().await.is_ok() {} }));
        yield_now().await;
        assert_eq!(left.len(), 10_000 - 128);
    });
}

#[test]
fn memory_is_given_back_after_a_burst() {
    let (sender, receiver) = unbounded();
    let info = measure(|| {
        for value in 0..1_000_000_u64 {
            sender.try_send(value).unwrap();
        }
        while receiver.try_recv().is_ok() {}
    });
    assert!(info.bytes_max > 8_000_000);
    assert!(info.bytes_current <= 16 * 1024, "{info:?}");
}

#[test]
fn a_channel_at_work_allocates_nothing() {
    let (sender, receiver) = bounded(1);
    let rounds = || {
        for value in 0..100 {
            let mut recv = receiver.recv();
            expect_pending(&mut recv);
            sender.try_send(value).unwrap();
            assert_eq!(expect_ready(&mut recv), Ok(value));
        }
    };
    rounds();
    assert_eq!(measure(rounds).count_total, 0);
}

/// Everything that a value, or a waker, of the user's may do.
fn use_the_channel<T>(receiver: &Receiver<T>) {
    let _ = (receiver.len(), receiver.is_full(), receiver.receiver_count());
    let _ = receiver.try_recv();
    expect_pending(&mut receiver.closed());
    drop(receiver.clone());
}

type Callback = Box<dyn FnOnce() + Send>;

#[test]
fn a_dropped_value_may_use_the_channel() {
    within(|| {
        let (sender, receiver) = unbounded::<OnDrop<Callback>>();
        let weak = receiver.downgrade();
        for _ in 0..4 {
            let weak = weak.clone();
            let callback = move || assert!(weak.upgrade().is_none());
            let value = OnDrop::new(Box::new(callback) as Callback);
            assert!(sender.try_send(value).is_ok());
        }
        drop(receiver); // drops the values
        let again = sender.clone();
        let late = Box::new(move || assert!(again.is_closed())) as Callback;
        drop(sender.try_send(OnDrop::new(late)));
    });
}

#[test]
fn a_cancelled_sends_value_may_use_the_channel() {
    within(|| {
        let (sender, receiver) = bounded::<OnDrop<Callback>>(1);
        let other = receiver.clone();
        let noop = Box::new(|| {}) as Callback;
        assert!(sender.try_send(OnDrop::new(noop)).is_ok());
        let callback = Box::new(move || use_the_channel(&other)) as Callback;
        let mut send = sender.send(OnDrop::new(callback));
        expect_pending(&mut send);
        drop(send);
        assert!(receiver.is_empty()); // it received what was there
    });
}

#[test]
fn a_waker_may_use_the_channel_when_it_is_woken_and_dropped() {
    within(|| {
        let (sender, receiver) = bounded::<u8>(1);
        let (woken, dropped) = (receiver.clone(), receiver.clone());
        let woken = move || use_the_channel(&woken);
        let dropped = move || use_the_channel(&dropped);
        let waker = wakes_or_drops(woken, dropped);
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &waker).is_pending());
        drop(waker);
        sender.try_send(1).unwrap(); // wakes, and drops the last clone
        assert_eq!(expect_ready(&mut recv), Ok(1));

        let (woken, dropped) = (receiver.clone(), receiver.clone());
        let woken = move || use_the_channel(&woken);
        let dropped = move || use_the_channel(&dropped);
        let waker = wakes_or_drops(woken, dropped);
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &waker).is_pending());
        drop(waker);
        drop(recv); // drops the last clone
    });
}

#[test]
fn a_replaced_waker_may_use_the_channel_when_it_is_dropped() {
    within(|| {
        let (sender, receiver) = bounded::<u8>(1);
        sender.try_send(0).unwrap();
        let dropped = receiver.clone();
        let waker = wakes_or_drops(|| {}, move || use_the_channel(&dropped));
        let mut send = sender.send(1);
        assert!(poll_with(&mut send, &waker).is_pending());
        drop(waker);
        let _ = poll_with(&mut send, Waker::noop());
    });
}

#[test]
fn threads_share_the_work_and_each_value_is_received_once() {
    const EACH: usize = 2_000;
    for capacity in [Some(1), Some(3), None] {
        let received = within(move || {
            let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
            let start = Arc::new(Barrier::new(6));
            let senders: Vec<_> = (0..3)
                .map(|n| {
                    let (sender, start) = (sender.clone(), start.clone());
                    thread::spawn(move || {
                        start.wait();
                        for value in n * EACH..(n + 1) * EACH {
                            sender.blocking_send(value).unwrap();
                        }
                    })
                })
                .collect();
            drop(sender);
            let receivers: Vec<_> = (0..3)
                .map(|_| {
                    let (receiver, start) = (receiver.clone(), start.clone());
                    thread::spawn(move || {
                        start.wait();
                        let mut mine = Vec::new();
                        while let Ok(value) = receiver.blocking_recv() {
                            mine.push(value);
                        }
                        mine
                    })
                })
                .collect();
            drop(receiver);
            for sender in senders {
                sender.join().unwrap();
            }
            let received = receivers.into_iter().map(|it| it.join().unwrap());
            received.collect::<Vec<_>>()
        });
        for mine in &received {
            for n in 0..3 {
                let of = |value: &&usize| *value / EACH == n;
                assert!(mine.iter().filter(of).is_sorted());
            }
        }
        let all: Vec<_> = received.into_iter().flatten().collect();
        assert_eq!(all.len(), 3 * EACH);
        assert_eq!(BTreeSet::from_iter(all).len(), 3 * EACH);
    }
}

#[test]
fn permits_that_threads_use_and_drop_lose_no_slot_and_no_value() {
    within(|| {
        let (sender, receiver) = bounded(2);
        let threads = [(); 3].map(|()| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..300 {
                    let permit = block_on(sender.reserve()).unwrap();
                    match number % 3 {
                        0 => drop(permit),
                        _ => permit.send(number),
                    }
                }
            })
        });
        for _ in 0..600 {
            receiver.blocking_recv().unwrap();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(receiver.is_empty());
        let permits = [sender.try_reserve(), sender.try_reserve()];
        assert!(permits.iter().all(Result::is_ok), "a slot was lost");
    });
}

#[test]
fn a_thread_sends_to_tasks() {
    within(|| {
        let (sender, receiver) = bounded(2);
        let thread = thread::spawn(move || {
            for value in 0..1_000 {
                sender.blocking_send(value).unwrap();
            }
        });
        let sum: u32 = block_on(async move {
            let receivers = [receiver.clone(), receiver];
            let tasks = receivers.map(|receiver| {
                spawn(async move {
                    let mut sum = 0;
                    while let Ok(value) = receiver.recv().await {
                        sum += value;
                    }
                    sum
                })
            });
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 499_500);
        thread.join().unwrap();
    });
}

#[test]
#[should_panic(expected = "`mpmc::Receiver::blocking_recv` was called on")]
fn blocking_on_a_runtimes_own_thread_is_refused() {
    let (_sender, receiver) = bounded::<u8>(1);
    let _ = block_on(async move { receiver.blocking_recv() });
}

#[test]
#[should_panic(expected = "`mpmc::bounded(0)`: no value could ever pass")]
fn a_capacity_of_zero_is_refused() {
    let _ = bounded::<u8>(0);
}

#[test]
#[should_panic(expected = "`Recv` polled after it was done")]
fn a_recv_that_is_done_is_not_polled() {
    let (sender, receiver) = bounded(1);
    sender.try_send(1).unwrap();
    let mut recv = receiver.recv();
    let _ = expect_ready(&mut recv);
    let _ = expect_ready(&mut recv);
}

#[test]
#[should_panic(expected = "`Send` polled after it was done")]
fn a_send_that_is_done_is_not_polled() {
    let (sender, _receiver) = bounded(2);
    let mut send = sender.send(1);
    let _ = expect_ready(&mut send);
    let _ = expect_ready(&mut send);
}

#[test]
fn everything_travels_between_threads_and_may_be_moved_when_the_value_may() {
    use onecook::channel::mpmc::{
        Closed, Permit, Recv, Reserve, Send as Sending, Sender, WeakReceiver,
        WeakSender,
    };
    use std::cell::Cell;
    use std::marker::PhantomPinned;
    fn travels<T: Send + Sync>() {}
    fn moves<T: Unpin>() {}
    travels::<Sender<Cell<u8>>>();
    travels::<Receiver<Cell<u8>>>();
    travels::<WeakSender<Cell<u8>>>();
    travels::<WeakReceiver<Cell<u8>>>();
    travels::<Recv<'static, Cell<u8>>>();
    travels::<Reserve<'static, Cell<u8>>>();
    travels::<Permit<'static, Cell<u8>>>();
    travels::<Closed<'static, Cell<u8>>>();
    moves::<Sending<'static, PhantomPinned>>();
    moves::<Recv<'static, PhantomPinned>>();
    moves::<Reserve<'static, PhantomPinned>>();
    moves::<Receiver<PhantomPinned>>();
}
