//! `broadcast`: every receiver gets every value, or learns how many it missed.
//!
//! semantics 1, 2, 6, 24, 26, 28, 29

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;

use allocation_counter::measure;
use futures_core::Stream;
use onecook::channel::broadcast::error::{
    Lagged, RecvError, SendError, TryRecvError,
};
use onecook::channel::broadcast::{Receiver, Sender, channel};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, expect_pending, expect_ready, poll_with,
    wakes_or_drops, within,
};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};
use proptest::test_runner::FileFailurePersistence;

#[test]
fn every_receiver_gets_every_value() {
    let (sender, mut first) = channel(4);
    let mut second = sender.subscribe();
    for value in 0..4 {
        assert_eq!(sender.send(value), Ok(2));
    }
    for receiver in [&mut first, &mut second] {
        for value in 0..4 {
            assert_eq!(expect_ready(&mut receiver.recv()), Ok(value));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_slow_receiver_learns_how_many_it_missed_and_goes_on() {
    let (sender, mut slow) = channel(3);
    let mut fast = sender.subscribe();
    for value in 0..10 {
        sender.send(value).unwrap();
        assert_eq!(fast.try_recv(), Ok(value));
    }
    assert_eq!(expect_ready(&mut slow.recv()), Err(RecvError::Lagged(7)));
    assert_eq!(slow.try_recv(), Ok(7));
    for value in 10..14 {
        sender.send(value).unwrap();
    }
    assert_eq!(slow.try_recv(), Err(TryRecvError::Lagged(3)));
    for value in 11..14 {
        assert_eq!(slow.try_recv(), Ok(value));
    }
    assert_eq!(slow.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(fast.try_recv(), Err(TryRecvError::Lagged(1)));
}

#[test]
fn the_capacity_is_not_rounded_up() {
    for capacity in [1, 3, 5, 6, 7] {
        let (sender, mut receiver) = channel(capacity);
        for value in 0..=capacity {
            sender.send(value).unwrap();
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Lagged(1)));
        assert_eq!(receiver.try_recv(), Ok(1));
    }
}

#[test]
fn the_last_values_survive_the_drop_of_the_sender() {
    let (sender, mut receiver) = channel(2);
    for value in 0..3 {
        sender.send(value).unwrap();
    }
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!(expect_ready(&mut receiver.recv()), Err(RecvError::Lagged(1)));
    assert_eq!(expect_ready(&mut receiver.recv()), Ok(1));
    assert_eq!(expect_ready(&mut receiver.recv()), Ok(2));
    assert_eq!(expect_ready(&mut receiver.recv()), Err(RecvError::Closed));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn a_newcomer_sees_what_is_sent_from_now_on() {
    let (sender, mut first) = channel(4);
    sender.send(1).unwrap();
    let mut second = first.resubscribe();
    let mut third = sender.subscribe();
    assert_eq!((first.len(), second.len(), third.len()), (1, 0, 0));
    sender.send(2).unwrap();
    assert_eq!(first.try_recv(), Ok(1));
    for receiver in [&mut first, &mut second, &mut third] {
        assert_eq!(receiver.try_recv(), Ok(2));
    }
}

#[test]
fn a_value_goes_as_soon_as_everybody_has_seen_it() {
    let counters = Counters::new();
    let (sender, mut first) = channel(4);
    let mut second = sender.subscribe();
    assert!(sender.send(Arc::new(counters.token())).is_ok());
    drop(first.try_recv().unwrap());
    assert_eq!((counters.drops(), sender.len()), (0, 1));
    drop(second.try_recv().unwrap());
    assert_eq!((counters.drops(), sender.len()), (1, 0));
}

#[test]
fn a_receiver_that_goes_keeps_nothing_back() {
    let counters = Counters::new();
    let (sender, mut first) = channel(4);
    let second = sender.subscribe();
    for _ in 0..3 {
        assert!(sender.send(Arc::new(counters.token())).is_ok());
    }
    drop(first.try_recv().unwrap());
    drop(second);
    assert_eq!((counters.drops(), sender.len()), (1, 2));
    drop(first);
    assert_eq!((counters.drops(), sender.len()), (3, 0));
    let nobody = sender.send(Arc::new(counters.token()));
    assert!(matches!(nobody, Err(SendError(_))));
}

/// Counts how often it is cloned.
struct Cloned(Arc<AtomicUsize>);

impl Clone for Cloned {
    fn clone(&self) -> Cloned {
        self.0.fetch_add(1, Ordering::SeqCst);
        Cloned(self.0.clone())
    }
}

#[test]
fn the_last_receiver_gets_the_value_itself() {
    for receivers in 1..5 {
        let clones = Arc::new(AtomicUsize::new(0));
        let sender = Sender::new(1);
        let mut all: Vec<_> =
            (0..receivers).map(|_| sender.subscribe()).collect();
        assert!(sender.send(Cloned(clones.clone())).is_ok());
        for receiver in &mut all {
            assert!(receiver.try_recv().is_ok());
        }
        assert_eq!(clones.load(Ordering::SeqCst), receivers - 1);
    }
}

#[test]
fn a_send_wakes_everybody_who_waits_once() {
    let (sender, mut first) = channel(1);
    let mut second = sender.subscribe();
    let waker = CountingWaker::new();
    let (mut one, mut two) = (first.recv(), second.recv());
    assert!(poll_with(&mut one, &waker.waker()).is_pending());
    assert!(poll_with(&mut two, &waker.waker()).is_pending());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!((waker.wakes(), waker.holders()), (2, 0));
    assert_eq!(expect_ready(&mut one), Err(RecvError::Lagged(1)));
    assert_eq!(expect_ready(&mut two), Err(RecvError::Lagged(1)));
}

#[test]
fn the_drop_of_the_last_sender_wakes_and_lets_go_of_wakers() {
    let (sender, mut receiver) = channel::<u8>(1);
    let waker = CountingWaker::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    let other = sender.clone();
    drop(sender);
    assert_eq!(waker.wakes(), 0);
    drop(other);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    assert_eq!(expect_ready(&mut recv), Err(RecvError::Closed));
}

#[test]
fn the_drop_of_the_last_receiver_wakes_who_waits_for_it() {
    let (sender, receiver) = channel::<u8>(1);
    let waker = CountingWaker::new();
    let mut closed = sender.closed();
    let other = receiver.resubscribe();
    assert!(poll_with(&mut closed, &waker.waker()).is_pending());
    drop(receiver);
    assert_eq!(waker.wakes(), 0);
    drop(other);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    expect_ready(&mut closed);
    let _again = sender.subscribe();
    expect_pending(&mut sender.closed());
}

#[test]
fn a_cancelled_recv_loses_nothing_and_lets_go_of_its_waker() {
    let (sender, mut receiver) = channel(2);
    let waker = CountingWaker::new();
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    drop(recv);
    assert_eq!(waker.holders(), 0);
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    sender.send(1).unwrap();
    drop(recv); // woken, and dropped before it looked
    assert_eq!(receiver.try_recv(), Ok(1));
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &waker.waker()).is_pending());
    sender.send(2).unwrap();
    assert_eq!(expect_ready(&mut recv), Ok(2));
}

#[test]
fn polled_again_after_try_recv_took_its_value_it_waits_again() {
    let (sender, mut receiver) = channel(2);
    let waker = CountingWaker::new();
    let waker_ref = waker.waker();
    let mut cx = Context::from_waker(&waker_ref);
    assert!(receiver.poll_recv(&mut cx).is_pending());
    sender.send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(receiver.poll_recv(&mut cx).is_pending());
    sender.send(2).unwrap();
    assert_eq!(waker.wakes(), 2);
    assert_eq!(receiver.poll_recv(&mut cx), Poll::Ready(Ok(2)));
}

#[test]
fn the_newest_waker_is_woken_and_the_one_before_is_let_go() {
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let (sender, mut receiver) = channel(1);
    let mut recv = receiver.recv();
    assert!(poll_with(&mut recv, &old.waker()).is_pending());
    assert!(poll_with(&mut recv, &new.waker()).is_pending());
    assert_eq!((old.holders(), new.holders()), (0, 1));
    sender.send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn a_receiver_is_a_stream_to_which_a_lag_is_not_the_end() {
    let (sender, mut receiver) = channel(1);
    let mut cx = Context::from_waker(Waker::noop());
    let mut next = || Pin::new(&mut receiver).poll_next(&mut cx);
    assert_eq!(next(), Poll::Pending);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    drop(sender);
    assert_eq!(next(), Poll::Ready(Some(Err(Lagged(1)))));
    assert_eq!(next(), Poll::Ready(Some(Ok(2))));
    assert_eq!(next(), Poll::Ready(None));
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (sender, receiver) = channel::<u8>(1);
    let weak = sender.downgrade();
    assert!(weak.upgrade().unwrap().same_channel(&sender));
    assert_eq!((receiver.sender_strong_count(), weak.weak_count()), (1, 1));
    drop(sender);
    assert!(receiver.is_closed() && weak.upgrade().is_none());
}

#[test]
fn an_always_ready_channel_lets_others_run() {
    block_on(async {
        let (sender, mut receiver) = channel(1_000);
        for value in 0..1_000 {
            sender.send(value).unwrap();
        }
        drop(spawn(async move { while receiver.recv().await.is_ok() {} }));
        yield_now().await;
        assert_eq!(sender.len(), 1_000 - 128);
    });
}

#[test]
fn memory_is_given_back_after_a_burst() {
    let (sender, mut receiver) = channel(1_000_000);
    let info = measure(|| {
        for value in 0..500_000_u64 {
            sender.send(value).unwrap();
        }
        while receiver.try_recv().is_ok() {}
    });
    assert!(info.bytes_max > 4_000_000);
    assert!(info.bytes_current <= 16 * 1024, "{info:?}");
}

#[test]
fn a_channel_at_work_allocates_one_share_for_many_and_none_for_one() {
    let (sender, mut first) = channel(1);
    let mut round = || {
        let mut recv = first.recv();
        expect_pending(&mut recv);
        sender.send(1).unwrap();
        assert_eq!(expect_ready(&mut recv), Ok(1));
    };
    round();
    assert_eq!(measure(&mut round).count_total, 0);

    let mut others: Vec<_> = (0..9).map(|_| sender.subscribe()).collect();
    let mut round = || {
        let mut cx = Context::from_waker(Waker::noop());
        for receiver in &mut others {
            assert!(receiver.poll_recv(&mut cx).is_pending());
        }
        sender.send(1).unwrap();
        for receiver in &mut others {
            assert!(receiver.poll_recv(&mut cx).is_ready());
        }
        let _ = first.try_recv();
    };
    round();
    assert_eq!(measure(&mut round).count_total, 1);
}

/// A value that uses its channel when it is cloned and when it is dropped.
struct Busy {
    receiver: Weak<parking_lot::Mutex<Receiver<Busy>>>,
    sender: Sender<Busy>,
}

impl Busy {
    fn use_the_channel(&self) {
        let _ = (self.sender.len(), self.sender.receiver_count());
        drop(self.sender.subscribe());
        if let Some(receiver) = self.receiver.upgrade() {
            if let Some(receiver) = receiver.try_lock() {
                let _ = (receiver.len(), receiver.resubscribe());
            }
        }
    }
}

impl Clone for Busy {
    fn clone(&self) -> Busy {
        self.use_the_channel();
        let receiver = self.receiver.clone();
        Busy { receiver, sender: self.sender.clone() }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.use_the_channel();
    }
}

#[test]
fn a_value_may_use_the_channel_when_it_is_cloned_and_dropped() {
    within(|| {
        let (sender, mut first) = channel(2);
        let second = Arc::new(parking_lot::Mutex::new(sender.subscribe()));
        for _ in 0..4 {
            let receiver = Arc::downgrade(&second);
            let busy = Busy { receiver, sender: sender.clone() };
            assert!(sender.send(busy).is_ok()); // two of them drop the oldest
        }
        assert!(matches!(first.try_recv(), Err(TryRecvError::Lagged(2))));
        drop(first.try_recv().ok());
        let _ = second.lock().try_recv().is_err();
        drop(first);
        drop(second); // drops what is left
        let receiver = Weak::new();
        drop(sender.send(Busy { receiver, sender: sender.clone() }));
    });
}

#[test]
fn a_waker_may_use_the_channel_when_it_is_woken_and_dropped() {
    within(|| {
        let (sender, mut receiver) = channel(2);
        let (woken, dropped) = (sender.clone(), sender.clone());
        let again = move |sender: &Sender<u8>| {
            drop(sender.subscribe());
            let _ = (sender.len(), sender.send(7));
        };
        let waker = wakes_or_drops(
            move || drop((woken.subscribe(), woken.send(7))),
            move || again(&dropped),
        );
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &waker).is_pending());
        drop(waker);
        sender.send(1).unwrap();
        assert_eq!(expect_ready(&mut recv), Err(RecvError::Lagged(1)));
        drop(recv);

        while receiver.try_recv().is_ok() {}
        let dropped = sender.clone();
        let dropped = move || drop(dropped.subscribe());
        let waker = wakes_or_drops(|| {}, dropped);
        let mut recv = receiver.recv();
        assert!(poll_with(&mut recv, &waker).is_pending());
        drop(waker);
        drop(recv); // drops the last clone
    });
}

#[test]
fn threads_all_get_everything_in_order() {
    const VALUES: u64 = 5_000;
    within(|| {
        let (sender, first) = channel(16);
        let start = Arc::new(Barrier::new(4));
        let others = [sender.subscribe(), sender.subscribe()];
        let threads: Vec<_> = others
            .into_iter()
            .chain([first])
            .map(|mut receiver| {
                let start = start.clone();
                thread::spawn(move || {
                    start.wait();
                    let mut next = 0;
                    loop {
                        match receiver.blocking_recv() {
                            Ok(value) => {
                                assert_eq!(value, next);
                                next += 1;
                            }
                            Err(RecvError::Lagged(missed)) => next += missed,
                            Err(RecvError::Closed) => return next,
                        }
                    }
                })
            })
            .collect();
        start.wait();
        for value in 0..VALUES {
            sender.send(value).unwrap();
        }
        drop(sender);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), VALUES);
        }
    });
}

#[test]
#[should_panic(expected = "capacity 0: no value could ever be seen")]
fn a_capacity_of_zero_is_refused() {
    let _ = channel::<u8>(0);
}

#[test]
#[should_panic(expected = "`Recv` polled after it was done")]
fn a_recv_that_is_done_is_not_polled() {
    let (sender, mut receiver) = channel(1);
    sender.send(1).unwrap();
    let mut recv = receiver.recv();
    let _ = expect_ready(&mut recv);
    let _ = expect_ready(&mut recv);
}

#[test]
#[should_panic(expected = "`broadcast::Receiver::blocking_recv` was called on")]
fn blocking_on_a_runtimes_own_thread_is_refused() {
    let (_sender, mut receiver) = channel::<u8>(1);
    let _ = block_on(async move { receiver.blocking_recv() });
}

#[test]
fn both_ends_travel_between_threads_and_may_be_moved() {
    use onecook::channel::broadcast::{Closed, Recv, WeakSender};
    fn travels<T: Send + Sync>() {}
    fn moves<T: Unpin>() {}
    travels::<Sender<u8>>();
    travels::<Receiver<u8>>();
    travels::<WeakSender<u8>>();
    travels::<Recv<'static, u8>>();
    travels::<Closed<'static, u8>>();
    moves::<Receiver<std::marker::PhantomPinned>>();
    moves::<Recv<'static, std::marker::PhantomPinned>>();
}

/// One step of a script. A number picks one of the receivers.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Subscribe,
    Resubscribe(usize),
    TryRecv(usize),
    /// Polls a `recv` so often, and drops it.
    Recv(usize, usize),
    DropReceiver(usize),
    DropSender,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = 0..4_usize;
    let step = prop_oneof![
        20 => Just(Step::Send),
        3 => Just(Step::Subscribe),
        1 => pick.clone().prop_map(Step::Resubscribe),
        10 => pick.clone().prop_map(Step::TryRecv),
        10 => (pick.clone(), 0..3_usize)
            .prop_map(|(receiver, polls)| Step::Recv(receiver, polls)),
        2 => pick.prop_map(Step::DropReceiver),
        1 => Just(Step::DropSender),
    ];
    vec(step, 0..80)
}

/// What must happen, said the simple way.
struct Model {
    capacity: u64,
    sent: u64,
    /// What each receiver expects next.
    next: Vec<u64>,
    open: bool,
}

impl Model {
    fn oldest(&self) -> u64 {
        self.sent.saturating_sub(self.capacity)
    }

    fn recv(&mut self, receiver: usize) -> Result<u64, TryRecvError> {
        let (oldest, next) = (self.oldest(), &mut self.next[receiver]);
        if *next < oldest {
            let missed = oldest - *next;
            *next = oldest;
            return Err(TryRecvError::Lagged(missed));
        }
        if *next < self.sent {
            *next += 1;
            return Ok(*next - 1);
        }
        let over = TryRecvError::Closed;
        Err(if self.open { TryRecvError::Empty } else { over })
    }

    fn kept(&self) -> u64 {
        let slowest = self.next.iter().min().copied().unwrap_or(self.sent);
        self.sent - slowest.max(self.oldest())
    }
}

/// A value that knows its number, and whether it is still there.
type Value = Arc<u64>;

fn play(capacity: usize, steps: &[Step]) {
    let (sender, first) = channel::<Value>(capacity);
    let mut sender = Some(sender);
    let mut receivers = vec![first];
    let mut values: Vec<Weak<u64>> = Vec::new();
    let mut model =
        Model { capacity: capacity as u64, sent: 0, next: vec![0], open: true };
    for step in steps {
        match *step {
            Step::Send => {
                let Some(sender) = &sender else { continue };
                let value = Arc::new(model.sent);
                let weak = Arc::downgrade(&value);
                match sender.send(value) {
                    Ok(count) => {
                        assert_eq!(count, receivers.len());
                        model.sent += 1;
                        values.push(weak);
                    }
                    Err(SendError(_)) => assert!(receivers.is_empty()),
                }
            }
            Step::Subscribe => {
                let Some(sender) = &sender else { continue };
                receivers.push(sender.subscribe());
                model.next.push(model.sent);
            }
            Step::Resubscribe(n) if n < receivers.len() => {
                receivers.push(receivers[n].resubscribe());
                model.next.push(model.sent);
            }
            Step::TryRecv(n) if n < receivers.len() => {
                let seen = receivers[n].try_recv().map(|value| *value);
                assert_eq!(seen, model.recv(n));
            }
            Step::Recv(n, polls) if n < receivers.len() => {
                recv(&mut receivers[n], polls, || model.recv(n));
            }
            Step::DropReceiver(n) if n < receivers.len() => {
                drop(receivers.remove(n));
                model.next.remove(n);
            }
            Step::DropSender => {
                sender = None;
                model.open = false;
            }
            _ => {}
        }
        let kept = values.iter().filter(|it| it.strong_count() > 0).count();
        assert_eq!(kept as u64, model.kept());
    }
}

fn recv(
    receiver: &mut Receiver<Value>,
    polls: usize,
    mut model: impl FnMut() -> Result<u64, TryRecvError>,
) {
    let mut recv = receiver.recv();
    for _ in 0..polls {
        let seen = match poll_with(&mut recv, Waker::noop()) {
            Poll::Pending => Err(TryRecvError::Empty),
            Poll::Ready(Ok(value)) => Ok(*value),
            Poll::Ready(Err(RecvError::Closed)) => Err(TryRecvError::Closed),
            Poll::Ready(Err(RecvError::Lagged(missed))) => {
                Err(TryRecvError::Lagged(missed))
            }
        };
        assert_eq!(seen, model());
        if seen != Err(TryRecvError::Empty) {
            return;
        }
    }
}

/// A failing seed is kept beside this file, and replayed first.
const SEEDS: FileFailurePersistence =
    FileFailurePersistence::WithSource("failed");

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: Some(Box::new(SEEDS)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_receiver_sees_the_suffix_that_the_model_says(
        capacity in 1..6_usize,
        steps in steps(),
    ) {
        play(capacity, &steps);
    }
}
