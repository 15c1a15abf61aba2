//! `mpsc`: many senders, one receiver, bounded or not.
//!
//! semantics 1, 2, 6, 23, 24, 25, 28, 29; design promises 5, 7

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_core::Stream;
use onecook::channel::mpsc::error::{
    SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use onecook::channel::mpsc::{
    self, OwnedPermit, Permit, Receiver, Recv, Reserve, Send as Sending,
    Sender, UnboundedReceiver, UnboundedSender, WeakSender, channel,
    unbounded_channel,
};
use onecook::trace::{ChannelEnd, Event, Recorder};
use onecook_tests::{
    Counters, CountingWaker, Log, OnDrop, PanicsOnDrop, block_on_virtual,
    expect_pending, expect_ready, on_wake, poll_with, wakes_or_drops, within,
};

/// A future that waits, and the waker that counts.
fn waits<F: Future + Unpin>(mut future: F) -> (F, CountingWaker) {
    let waker = CountingWaker::new();
    let polled = poll_with(&mut future, &waker.waker());
    assert!(polled.is_pending(), "it is ready already");
    (future, waker)
}

/// A channel with one slot, and a value in it.
fn full() -> (Sender<&'static str>, Receiver<&'static str>) {
    let (sender, receiver) = channel(1);
    sender.try_send("first").unwrap();
    (sender, receiver)
}

// Row 23: slots.

#[test]
fn a_permit_dropped_unsent_wakes_one_waiter_and_not_all() {
    let (sender, _receiver) = channel::<u8>(1);
    let permit = sender.try_reserve().unwrap();
    let (mut a, first) = waits(sender.reserve());
    let (mut b, second) = waits(sender.reserve());
    drop(permit);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    let permit = expect_ready(&mut a).unwrap();
    assert!(poll_with(&mut b, &second.waker()).is_pending());
    drop(permit);
    assert_eq!(second.wakes(), 1);
    drop(expect_ready(&mut b).unwrap());
    assert_eq!(sender.capacity(), 1);
}

#[test]
fn a_slot_freed_by_recv_goes_to_the_first_in_line_and_is_not_overtaken() {
    let (sender, mut receiver) = full();
    let (mut a, first) = waits(sender.send("a"));
    let (mut b, second) = waits(sender.send("b"));
    assert_eq!(receiver.try_recv(), Ok("first"));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    assert_eq!(sender.try_send("thief"), Err(TrySendError::Full("thief")));
    assert!(sender.try_reserve().is_err());
    expect_pending(&mut b);
    expect_ready(&mut a).unwrap();
    assert_eq!(receiver.try_recv(), Ok("a"));
    expect_ready(&mut b).unwrap();
    assert_eq!(receiver.try_recv(), Ok("b"));
}

#[test]
fn a_send_that_is_dropped_after_it_was_called_passes_the_slot_on() {
    let (sender, mut receiver) = full();
    let (a, first) = waits(sender.send("a"));
    let (mut b, second) = waits(sender.send("b"));
    receiver.try_recv().unwrap();
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(a);
    assert_eq!(second.wakes(), 1);
    expect_ready(&mut b).unwrap();
    assert_eq!(receiver.try_recv(), Ok("b"));
    assert_eq!(sender.capacity(), 1);
}

#[test]
fn a_reserve_that_is_dropped_after_it_was_called_passes_the_slot_on() {
    let (sender, mut receiver) = full();
    let (a, _) = waits(sender.reserve());
    let (owned, second) = waits(sender.clone().reserve_owned());
    let (mut c, third) = waits(sender.reserve());
    receiver.try_recv().unwrap();
    drop(a);
    assert_eq!((second.wakes(), third.wakes()), (1, 0));
    drop(owned);
    assert_eq!(third.wakes(), 1);
    drop(expect_ready(&mut c).unwrap());
    assert_eq!((sender.capacity(), sender.strong_count()), (1, 1));
}

#[test]
fn a_waiter_that_leaves_the_line_uncalled_wakes_nobody() {
    let (sender, mut receiver) = full();
    let (a, first) = waits(sender.send("a"));
    let (mut b, second) = waits(sender.send("b"));
    drop(a);
    assert_eq!((first.wakes(), first.holders(), second.wakes()), (0, 0, 0));
    receiver.try_recv().unwrap();
    expect_ready(&mut b).unwrap();
}

#[test]
fn many_slots_are_gathered_in_turn_and_given_back_when_dropped() {
    let (sender, mut receiver) = channel(3);
    for egg in 0..3 {
        sender.try_send(egg).unwrap();
    }
    let (many, first) = waits(sender.reserve_many(2));
    let (mut one, second) = waits(sender.reserve());
    receiver.try_recv().unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 0));
    drop(many); // with one of its two slots
    assert_eq!(second.wakes(), 1);
    drop(expect_ready(&mut one).unwrap());
    let (mut many, first) = waits(sender.reserve_many(3));
    receiver.try_recv().unwrap();
    receiver.try_recv().unwrap();
    assert_eq!(first.wakes(), 1);
    let mut permits = expect_ready(&mut many).unwrap();
    assert_eq!(permits.len(), 3);
    permits.next().unwrap().send(7);
    drop(permits);
    assert_eq!(sender.capacity(), 2);
    assert_eq!(receiver.try_recv(), Ok(7));
}

#[test]
fn more_slots_than_there_are_is_an_error_and_none_is_a_permit_for_none() {
    let (sender, _receiver) = channel::<u8>(2);
    assert!(expect_ready(&mut sender.reserve_many(3)).is_err());
    assert_eq!(expect_ready(&mut sender.reserve_many(0)).unwrap().len(), 0);
    assert_eq!(sender.capacity(), 2);
}

#[test]
fn an_owned_permit_gives_its_sender_back() {
    let (sender, mut receiver) = channel(1);
    let permit = sender.try_reserve_owned().unwrap();
    let sender = permit.send(1);
    let Err(TrySendError::Full(sender)) = sender.try_reserve_owned() else {
        panic!("there is no slot");
    };
    assert_eq!(receiver.try_recv(), Ok(1));
    let permit = sender.try_reserve_owned().unwrap();
    let sender = permit.release();
    assert_eq!(sender.capacity(), 1);
    drop(sender.try_reserve_owned().unwrap());
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
#[should_panic(expected = "an mpsc channel needs at least 1 slot")]
fn a_capacity_of_zero_panics_with_a_text() {
    let _ = channel::<u8>(0);
}

// Row 24: the end.

#[test]
fn after_close_what_was_sent_and_reserved_arrives_and_then_the_end() {
    let (sender, mut receiver) = channel(2);
    sender.try_send("sent").unwrap();
    let permit = sender.try_reserve().unwrap();
    receiver.close();
    assert_eq!(sender.try_send("late"), Err(TrySendError::Closed("late")));
    assert_eq!(receiver.try_recv(), Ok("sent"));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    let waker = CountingWaker::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    permit.send("reserved");
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), Some("reserved"));
    drop(recv);
    assert_eq!(expect_ready(&mut receiver.recv()), None);
}

#[test]
fn after_close_the_last_permit_dropped_unsent_wakes_the_receiver() {
    let (sender, mut receiver) = channel::<u8>(2);
    let (a, b) = (sender.try_reserve().unwrap(), sender.try_reserve().unwrap());
    receiver.close();
    let (mut recv, waker) = waits(receiver.recv());
    drop(a);
    assert_eq!(waker.wakes(), 0);
    drop(b);
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), None);
}

#[test]
fn a_sender_that_was_called_before_the_close_still_sends() {
    let (sender, mut receiver) = full();
    let (mut called, _) = waits(sender.send("called"));
    let (mut waiting, waker) = waits(sender.send("waiting"));
    receiver.try_recv().unwrap();
    receiver.close();
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut waiting), Err(SendError("waiting")));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    expect_ready(&mut called).unwrap();
    assert_eq!(receiver.try_recv(), Ok("called"));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn a_called_sender_dropped_after_the_close_ends_the_channel() {
    let (sender, mut receiver) = full();
    let (called, _) = waits(sender.send("called"));
    receiver.try_recv().unwrap();
    receiver.close();
    let (mut recv, waker) = waits(receiver.recv());
    drop(called);
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), None);
}

#[test]
fn slots_gathered_in_part_do_not_hold_up_the_end() {
    let (sender, mut receiver) = channel(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let (mut many, _) = waits(sender.reserve_many(2));
    receiver.try_recv().unwrap();
    receiver.close();
    receiver.try_recv().unwrap();
    let (mut recv, waker) = waits(receiver.recv());
    assert!(expect_ready(&mut many).is_err());
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), None);
    drop(recv);
    assert_eq!(sender.capacity(), 2);
}

#[test]
fn when_the_receiver_goes_all_who_wait_get_their_value_back() {
    let (sender, mut receiver) = full();
    let (mut called, _) = waits(sender.send("called"));
    receiver.try_recv().unwrap();
    let (mut waiting, second) = waits(sender.send("waiting"));
    let (mut closed, third) = waits(sender.closed());
    drop(receiver);
    assert_eq!((second.wakes(), second.holders()), (1, 0));
    assert_eq!((third.wakes(), third.holders()), (1, 0));
    expect_ready(&mut closed);
    assert_eq!(expect_ready(&mut called), Err(SendError("called")));
    assert_eq!(expect_ready(&mut waiting), Err(SendError("waiting")));
    assert!(expect_ready(&mut sender.reserve()).is_err());
    assert_eq!(sender.capacity(), 1);
}

#[test]
fn when_the_last_sender_goes_the_receiver_is_woken_and_its_waker_released() {
    let (sender, mut receiver) = channel::<u8>(1);
    let other = sender.clone();
    let (mut recv, waker) = waits(receiver.recv());
    drop(sender);
    assert_eq!(waker.wakes(), 0);
    drop(other);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    assert_eq!(expect_ready(&mut recv), None);
}

#[test]
fn values_sent_before_the_last_sender_went_still_arrive() {
    let (sender, mut receiver) = unbounded_channel();
    sender.send(1).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!(expect_ready(&mut receiver.recv()), Some(1));
    assert_eq!(expect_ready(&mut receiver.recv()), None);
}

#[test]
fn what_is_not_received_is_dropped_at_once_with_the_receiver() {
    let counters = Counters::new();
    let (sender, receiver) = channel(3);
    for _ in 0..2 {
        sender.try_send(counters.token()).unwrap();
    }
    let permit = sender.try_reserve().unwrap();
    drop(receiver);
    assert_eq!(counters.drops(), 2);
    permit.send(counters.token());
    assert_eq!(counters.drops(), 3);
    assert_eq!(sender.capacity(), 3);
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, mut receiver) = channel(1);
    let weak = sender.downgrade();
    let another = weak.clone();
    assert_eq!((sender.strong_count(), sender.weak_count()), (1, 2));
    weak.upgrade().unwrap().try_send(1).unwrap();
    assert!(sender.same_channel(&another.upgrade().unwrap()));
    drop((sender, another));
    assert!(weak.upgrade().is_none());
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
    assert_eq!(receiver.sender_weak_count(), 1);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

// Row 25: a send that is cancelled.

#[test]
fn a_cancelled_send_loses_its_own_value_and_no_other() {
    let counters = Counters::new();
    let (sender, mut receiver) = channel(1);
    sender.try_send(counters.token()).unwrap();
    let (send, _) = waits(sender.send(counters.token()));
    drop(send);
    assert_eq!(counters.drops(), 1);
    assert!(receiver.try_recv().is_ok());
    assert_eq!(counters.drops(), 2);
    assert_eq!(receiver.try_recv().unwrap_err(), TryRecvError::Empty);
}

#[test]
fn a_cancelled_recv_loses_nothing_and_leaves_no_waker() {
    let (sender, mut receiver) = channel(1);
    let (recv, waker) = waits(receiver.recv());
    drop(recv);
    assert_eq!(waker.holders(), 0);
    let (recv, waker) = waits(receiver.recv());
    sender.try_send(1).unwrap();
    assert_eq!(waker.wakes(), 1);
    drop(recv);
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn a_send_that_runs_out_of_time_gives_its_value_back_and_leaves_the_line() {
    block_on_virtual(async {
        let (sender, mut receiver) = full();
        let late = sender.send_timeout("late", Duration::from_secs(3)).await;
        assert_eq!(late, Err(SendTimeoutError::Timeout("late")));
        receiver.try_recv().unwrap();
        assert_eq!(sender.capacity(), 1);
        let limit = Duration::from_secs(3);
        sender.send_timeout("in time", limit).await.unwrap();
        drop(receiver);
        let closed = sender.send_timeout("closed", limit).await;
        assert_eq!(closed, Err(SendTimeoutError::Closed("closed")));
    });
}

// Row 28: memory.

#[test]
fn an_unbounded_channel_gives_memory_back_after_a_burst() {
    const BURST: usize = 100_000;
    let (sender, mut receiver) = unbounded_channel();
    let measured = allocation_counter::measure(|| {
        (0..BURST).for_each(|egg| sender.send(egg).unwrap());
        (0..BURST).for_each(|egg| assert_eq!(receiver.try_recv(), Ok(egg)));
    });
    let left = usize::try_from(measured.bytes_current).unwrap();
    assert!(measured.bytes_max > (BURST * 8) as u64);
    assert!(left <= 1024, "{left} bytes are kept");
    let measured = allocation_counter::measure(|| {
        (0..BURST).for_each(|egg| sender.send(egg).unwrap());
        let mut buffer = Vec::with_capacity(BURST);
        let mut recv = receiver.recv_many(&mut buffer, BURST);
        assert_eq!(expect_ready(&mut recv), BURST);
    });
    let more = usize::try_from(measured.bytes_current).unwrap_or(0);
    assert!(left + more <= 1024, "{more} bytes are kept by recv_many");
}

#[test]
fn in_steady_state_nothing_asks_the_allocator() {
    let (sender, mut receiver) = channel(2);
    let waker = CountingWaker::new();
    let held = waker.waker();
    let mut round = || {
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        let mut send = sender.send(3);
        assert!(poll_with(&mut send, &held).is_pending());
        for egg in 1..=2 {
            let mut recv = receiver.recv();
            assert_eq!(poll_with(&mut recv, &held), Poll::Ready(Some(egg)));
        }
        assert_eq!(poll_with(&mut send, &held), Poll::Ready(Ok(())));
        assert_eq!(receiver.try_recv(), Ok(3));
        assert!(poll_with(&mut receiver.recv(), &held).is_pending());
    };
    round();
    let measured = allocation_counter::measure(|| {
        (0..100).for_each(|_| round());
    });
    assert_eq!(measured.count_total, 0);
}

// Wakers.

#[test]
fn a_new_waker_replaces_the_one_before_which_is_not_woken() {
    let (sender, mut receiver) = full();
    let (mut send, old) = waits(sender.send("a"));
    let new = CountingWaker::new();
    assert!(poll_with(&mut send, &new.waker()).is_pending());
    assert_eq!(old.holders(), 0);
    receiver.try_recv().unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    drop(send);
    let (mut recv, old) = waits(receiver.recv());
    let new = CountingWaker::new();
    assert!(poll_with(&mut recv, &new.waker()).is_pending());
    assert_eq!(old.holders(), 0);
    sender.try_send("b").unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    drop(recv);
    let (mut closed, old) = waits(sender.closed());
    let new = CountingWaker::new();
    assert!(poll_with(&mut closed, &new.waker()).is_pending());
    assert_eq!(old.holders(), 0);
    receiver.close();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn several_values_wake_a_receiver_that_waits_only_once() {
    let (sender, mut receiver) = unbounded_channel();
    let (mut recv, waker) = waits(receiver.recv());
    (0..3).for_each(|egg| sender.send(egg).unwrap());
    assert_eq!(waker.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), Some(0));
}

#[test]
fn a_closed_that_is_dropped_leaves_no_waker_behind() {
    let (sender, mut receiver) = channel::<u8>(1);
    let (closed, waker) = waits(sender.closed());
    drop(closed);
    assert_eq!(waker.holders(), 0);
    receiver.close();
    assert_eq!(waker.wakes(), 0);
    expect_ready(&mut sender.closed());
}

// Row 1: user code runs with nothing locked.

/// Looks at a channel in every way that locks it.
fn look(sender: &Sender<OnDrop<Box<dyn FnOnce() + Send>>>, log: &Log) {
    let permit = sender.try_reserve();
    let said = format!("{:?}", permit.is_ok());
    drop(permit);
    let _ = (sender.capacity(), sender.is_closed(), sender.clone());
    log.add(said);
}

type Callback = OnDrop<Box<dyn FnOnce() + Send>>;

fn calls_back(sender: &Sender<Callback>, log: &Log) -> Callback {
    let (weak, log) = (sender.downgrade(), log.clone());
    OnDrop::new(Box::new(move || {
        let sender = weak.upgrade().expect("a sender is left");
        look(&sender, &log);
    }))
}

#[test]
fn values_that_are_dropped_may_use_their_channel() {
    within(|| {
        let log = Log::new();
        let (sender, receiver) = channel(2);
        sender.try_send(calls_back(&sender, &log)).ok().unwrap();
        let permit = sender.try_reserve().unwrap();
        drop(receiver); // drops the value
        permit.send(calls_back(&sender, &log)); // drops that one
        let refused = sender.try_send(calls_back(&sender, &log));
        drop(refused);
        drop(sender.send(calls_back(&sender, &log)));
        assert_eq!(log.lines(), ["false"; 4]);
    });
}

#[test]
fn wakers_that_are_woken_or_dropped_may_use_their_channel() {
    within(|| {
        let log = Log::new();
        let (sender, mut receiver) = channel::<Callback>(1);
        let own = || {
            let (weak, other) = (sender.downgrade(), sender.downgrade());
            let (woken, dropped) = (log.clone(), log.clone());
            let look_at = |weak: &WeakSender<_>, log: &Log| {
                let _ = weak.upgrade().map(|sender| look(&sender, log));
            };
            wakes_or_drops(
                move || look_at(&weak, &woken),
                move || look_at(&other, &dropped),
            )
        };
        // The receiver's: replaced, then woken by a value.
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &own()).is_pending());
        assert!(poll_with(&mut recv, &own()).is_pending());
        let value = calls_back(&sender, &log);
        sender.try_send(value).ok().unwrap();
        drop(recv);
        // A sender's: replaced, then woken by a slot; one that goes uncalled.
        let mut send = sender.send(calls_back(&sender, &log));
        let mut reserve = sender.reserve();
        assert!(poll_with(&mut send, &own()).is_pending());
        assert!(poll_with(&mut send, &own()).is_pending());
        assert!(poll_with(&mut reserve, &own()).is_pending());
        drop(reserve);
        drop(receiver.try_recv().ok().unwrap());
        drop(send);
        // Who waits for the close: replaced, then woken by it.
        let mut closed = sender.closed();
        assert!(poll_with(&mut closed, &own()).is_pending());
        assert!(poll_with(&mut closed, &own()).is_pending());
        drop(sender.closed());
        // A receiver that goes with its waker.
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &own()).is_pending());
        drop(recv);
        let mut cx_waker = own();
        let mut cx = Context::from_waker(&cx_waker);
        assert!(receiver.poll_recv(&mut cx).is_pending());
        cx_waker = Waker::noop().clone();
        drop(receiver);
        drop(cx_waker);
        expect_ready(&mut closed);
        assert_eq!(log.lines().len(), 14);
    });
}

#[test]
fn a_value_that_panics_on_drop_keeps_nobody_waiting() {
    let (sender, receiver) = channel(1);
    sender.try_send(PanicsOnDrop("egg on the floor")).ok().unwrap();
    let (mut closed, waker) = waits(sender.closed());
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(receiver)));
    assert!(dropped.is_err());
    assert_eq!(waker.wakes(), 1);
    expect_ready(&mut closed);
}

#[test]
fn a_waker_may_send_when_it_is_woken() {
    within(|| {
        let (sender, mut receiver) = unbounded_channel();
        let other = sender.clone();
        let waker = on_wake(move || other.send("from the wake").unwrap());
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &waker).is_pending());
        sender.send("first").unwrap();
        assert_eq!(expect_ready(&mut recv), Some("first"));
        drop(recv);
        assert_eq!(receiver.try_recv(), Ok("from the wake"));
    });
}

#[test]
fn a_value_that_the_drop_of_a_replaced_waker_sends_is_heard_of() {
    let (sender, mut receiver) = unbounded_channel();
    let waker = wakes_or_drops(|| {}, move || sender.send(7).unwrap());
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker).is_pending());
    drop(waker);
    let newer = CountingWaker::new();
    assert!(poll_with(&mut recv, &newer.waker()).is_pending());
    assert_eq!(newer.wakes(), 1);
    assert_eq!(expect_ready(&mut recv), Some(7));
}

// Row 6: the budget.

#[test]
fn a_task_that_always_finds_a_value_lets_others_run() {
    onecook::block_on(async {
        let (sender, mut receiver) = unbounded_channel();
        (0..1_000).for_each(|egg| sender.send(egg).unwrap());
        let eats = onecook::spawn(async move {
            for _ in 0..1_000 {
                receiver.recv().await;
            }
            receiver
        });
        let mut turns = 0;
        while !eats.is_finished() {
            onecook::yield_now().await;
            turns += 1;
        }
        assert!((8..=10).contains(&turns), "{turns} turns");
        drop(eats.await.unwrap());
    });
}

// What the rest promises.

#[test]
fn recv_many_takes_what_is_there_up_to_the_limit() {
    let (sender, mut receiver) = channel(4);
    let mut eggs = vec![9];
    assert_eq!(expect_ready(&mut receiver.recv_many(&mut eggs, 0)), 0);
    let (recv, waker) = waits(receiver.recv_many(&mut eggs, 3));
    (0..4).for_each(|egg| sender.try_send(egg).unwrap());
    assert_eq!(waker.wakes(), 1);
    drop(recv);
    assert_eq!(expect_ready(&mut receiver.recv_many(&mut eggs, 3)), 3);
    assert_eq!((eggs.as_slice(), sender.capacity()), (&[9, 0, 1, 2][..], 3));
    drop(sender);
    assert_eq!(expect_ready(&mut receiver.recv_many(&mut eggs, 3)), 1);
    assert_eq!(expect_ready(&mut receiver.recv_many(&mut eggs, 3)), 0);
}

#[test]
fn recv_many_calls_as_many_senders_as_it_freed_slots() {
    let (sender, mut receiver) = channel(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let waiting: Vec<_> = (3..6).map(|egg| waits(sender.send(egg))).collect();
    let mut eggs = Vec::new();
    assert_eq!(expect_ready(&mut receiver.recv_many(&mut eggs, 9)), 2);
    let woken: Vec<_> = waiting.iter().map(|it| it.1.wakes()).collect();
    assert_eq!(woken, [1, 1, 0]);
}

#[test]
fn both_receivers_are_streams() {
    fn next<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(stream).poll_next(&mut cx)
    }
    let (sender, mut receiver) = channel(1);
    assert_eq!(next(&mut receiver), Poll::Pending);
    sender.try_send(1).unwrap();
    assert_eq!(receiver.size_hint(), (1, None));
    assert_eq!(next(&mut receiver), Poll::Ready(Some(1)));
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(None));
    let (sender, mut receiver) = unbounded_channel();
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!(next(&mut receiver), Poll::Ready(Some(1)));
    assert_eq!(next(&mut receiver), Poll::Ready(None));
}

#[test]
fn a_finished_future_that_is_polled_panics_with_its_name() {
    fn name<F: Future + Unpin>(mut future: F) -> String {
        let _ = expect_ready(&mut future);
        let again = AssertUnwindSafe(|| expect_ready(&mut future));
        let payload = catch_unwind(again).err().expect("a panic");
        let text = payload.downcast_ref::<String>().cloned();
        text.unwrap_or_else(|| (*payload.downcast::<&str>().unwrap()).into())
    }
    let (sender, mut receiver) = channel(9);
    let said = |name| format!("`{name}` polled after it was done");
    assert_eq!(name(sender.send(1)), said("Send"));
    assert_eq!(name(sender.reserve()), said("Reserve"));
    assert_eq!(name(sender.reserve_many(2)), said("ReserveMany"));
    assert_eq!(name(sender.clone().reserve_owned()), said("ReserveOwned"));
    sender.try_send(2).unwrap();
    assert_eq!(name(receiver.recv()), said("Recv"));
    let mut buffer = Vec::new();
    assert_eq!(name(receiver.recv_many(&mut buffer, 1)), said("RecvMany"));
    drop(receiver);
    assert_eq!(name(sender.closed()), said("Closed"));
}

#[test]
fn ends_and_errors_print_without_the_values() {
    struct NotDebug;
    let (sender, receiver) = channel::<NotDebug>(2);
    let open = "Sender { phase: Open, len: 0, free: 2, capacity: 2 }";
    assert_eq!(format!("{sender:?}"), open);
    drop(receiver);
    let error = sender.try_send(NotDebug).err().unwrap();
    assert_eq!(format!("{error:?}"), "Closed(..)");
    let error: &dyn std::error::Error = &SendError(NotDebug);
    let text = "the channel is closed: its receiver closed it or is gone";
    assert_eq!(error.to_string(), text);
    assert_eq!(format!("{error:?}"), "SendError { .. }");
    let (sender, _receiver) = unbounded_channel::<NotDebug>();
    let open = "UnboundedSender { phase: Open }";
    assert_eq!(format!("{sender:?}"), open);
}

#[test]
fn the_ends_travel_when_the_values_do_and_all_are_unpin() {
    fn send<T: Send>() {}
    fn send_sync<T: Send + Sync>() {}
    fn unpin<T: Unpin>() {}
    type Cell = std::cell::Cell<u8>;
    type Pinned = std::marker::PhantomPinned;
    send_sync::<Sender<Cell>>();
    send_sync::<Receiver<Cell>>();
    send_sync::<UnboundedSender<Cell>>();
    send_sync::<UnboundedReceiver<Cell>>();
    send_sync::<WeakSender<Cell>>();
    send_sync::<Permit<'_, Cell>>();
    send_sync::<OwnedPermit<Cell>>();
    send::<Sending<'_, Cell>>();
    send::<Reserve<'_, Cell>>();
    send::<Recv<'_, Cell>>();
    unpin::<Sending<'_, Pinned>>();
    unpin::<mpsc::SendTimeout<'_, Pinned>>();
    unpin::<mpsc::ReserveOwned<Pinned>>();
    unpin::<mpsc::RecvMany<'_, Pinned>>();
    unpin::<Receiver<Pinned>>();
}

#[test]
fn an_observer_hears_of_a_full_and_of_a_closed_channel() {
    let recorder = Recorder::start();
    let (sender, mut receiver) = channel::<u8>(1);
    sender.try_send(1).unwrap();
    drop(waits(sender.send(2)));
    receiver.close();
    drop((sender, receiver));
    let (sender, _receiver) = unbounded_channel::<u8>();
    drop(sender);
    let events = recorder.finish().into_iter().map(|it| it.event);
    let told: Vec<_> = events
        .filter_map(|event| match event {
            Event::ChannelFull { values, capacity, .. } => {
                Some(format!("{values} full {capacity}"))
            }
            Event::ChannelClosed { values, by, .. } => {
                let receiver = by == ChannelEnd::Receivers;
                Some(format!("{values} closed {receiver}"))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, ["u8 full 1", "u8 closed true", "u8 closed false"]);
}

// Row 29: between threads.

#[test]
fn threads_send_and_a_thread_receives_each_value_once_and_in_order() {
    within(|| {
        const SENDERS: usize = 3;
        const VALUES: usize = 3_000;
        let (sender, mut receiver) = channel(2);
        let start = Arc::new(Barrier::new(SENDERS));
        let threads: Vec<_> = (0..SENDERS)
            .map(|number| {
                let (sender, start) = (sender.clone(), start.clone());
                thread::spawn(move || {
                    start.wait();
                    for value in 0..VALUES {
                        sender.blocking_send((number, value)).unwrap();
                    }
                })
            })
            .collect();
        let weak = sender.downgrade();
        drop(sender);
        let mut next = [0; SENDERS];
        while let Some((number, value)) = receiver.blocking_recv() {
            assert_eq!(value, next[number], "out of order");
            next[number] += 1;
        }
        assert_eq!(next, [VALUES; SENDERS]);
        assert!(weak.upgrade().is_none());
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(receiver.capacity(), 2);
    });
}

#[test]
fn permits_that_threads_use_and_drop_lose_no_slot_and_no_value() {
    within(|| {
        let (sender, mut receiver) = channel(2);
        let threads = [(); 3].map(|()| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..300 {
                    let permit = onecook::block_on(sender.reserve()).unwrap();
                    match number % 3 {
                        0 => drop(permit),
                        _ => permit.send(number),
                    }
                }
            })
        });
        let mut received = 0;
        while received < 600 {
            received += usize::from(receiver.blocking_recv().is_some());
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((sender.capacity(), receiver.len()), (2, 0));
    });
}

#[test]
fn a_task_receives_in_batches_from_a_thread() {
    within(|| {
        let (sender, mut receiver) = unbounded_channel();
        let sends = thread::spawn(move || {
            (0..10_000).for_each(|egg| sender.send(egg).unwrap());
        });
        onecook::block_on(async {
            let mut eggs = Vec::new();
            while receiver.recv_many(&mut eggs, 100).await > 0 {}
            assert!(eggs.iter().copied().eq(0..10_000));
        });
        sends.join().unwrap();
    });
}

#[test]
fn a_receiver_that_goes_lets_every_blocked_thread_go() {
    within(|| {
        let (sender, receiver) = channel(1);
        sender.try_send(0).unwrap();
        let start = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..3)
            .map(|egg| {
                let (sender, start) = (sender.clone(), start.clone());
                thread::spawn(move || {
                    start.wait();
                    sender.blocking_send(egg)
                })
            })
            .collect();
        start.wait();
        drop(receiver);
        for (egg, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap(), Err(SendError(egg)));
        }
    });
}

#[test]
fn blocking_on_a_thread_of_a_runtime_is_refused_with_a_text() {
    let (sender, mut receiver) = channel::<u8>(1);
    let text = |body: &mut dyn FnMut()| {
        let run = || onecook::block_on(async { body() });
        let refused = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        *refused.downcast::<String>().unwrap()
    };
    let said = text(&mut || _ = sender.blocking_send(1));
    assert!(said.contains("`mpsc::Sender::blocking_send` was called"));
    let said = text(&mut || _ = receiver.blocking_recv());
    assert!(said.contains("`mpsc::Receiver::blocking_recv` was called"));
}
