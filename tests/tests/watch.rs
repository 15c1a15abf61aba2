//! `watch`: the newest value, and no last change is missed.
//!
//! semantics 1, 2, 6, 24, 29

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Barrier, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;

use allocation_counter::measure;
use futures_core::Stream;
use onecook::channel::watch::error::{RecvError, SendError};
use onecook::channel::watch::{Receiver, Ref, Sender, channel};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, expect_pending, expect_ready, poll_with,
    wakes_or_drops, within,
};
use proptest::collection::vec;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_oneof, proptest,
};
use proptest::test_runner::FileFailurePersistence;

#[test]
fn a_receiver_sees_the_newest_value_and_one_change() {
    let (sender, mut receiver) = channel(0);
    expect_pending(&mut receiver.changed());
    for value in 1..=3 {
        sender.send(value).unwrap();
    }
    assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
    assert_eq!(*receiver.borrow(), 3);
    expect_pending(&mut receiver.changed());
}

#[test]
fn the_last_change_is_seen_after_the_drop_of_the_sender() {
    let (sender, mut receiver) = channel(0);
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!(receiver.has_changed(), Err(RecvError));
    assert!(receiver.borrow().has_changed());
    assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
    assert_eq!(expect_ready(&mut receiver.changed()), Err(RecvError));
    assert_eq!(*receiver.borrow(), 1);
}

#[test]
fn every_receiver_sees_a_change_of_its_own() {
    let (sender, mut first) = channel(0);
    sender.send(1).unwrap();
    let mut cloned = first.clone(); // has not seen it either
    let mut newcomer = sender.subscribe(); // begins with it
    assert_eq!(expect_ready(&mut first.changed()), Ok(()));
    assert_eq!(expect_ready(&mut cloned.changed()), Ok(()));
    expect_pending(&mut newcomer.changed());
    assert!(first.same_channel(&newcomer));
}

#[test]
fn borrow_leaves_a_change_and_borrow_and_update_takes_it() {
    let (sender, mut receiver) = channel(0);
    sender.send(1).unwrap();
    assert!(receiver.borrow().has_changed());
    assert_eq!(receiver.has_changed(), Ok(true));
    assert!(receiver.borrow_and_update().has_changed());
    assert_eq!(receiver.has_changed(), Ok(false));
    assert!(!receiver.borrow().has_changed());
    receiver.mark_changed();
    assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
    sender.send(2).unwrap();
    receiver.mark_unchanged();
    expect_pending(&mut receiver.changed());
}

#[test]
fn without_a_receiver_send_fails_and_the_others_do_not() {
    let sender = Sender::new(1);
    assert!(sender.is_closed());
    assert_eq!(sender.send(2), Err(SendError(2)));
    assert_eq!(*sender.borrow(), 1);
    assert_eq!(sender.send_replace(3), 1);
    sender.send_modify(|value| *value += 1);
    assert!(!sender.send_if_modified(|value| *value > 4));
    assert_eq!(*sender.subscribe().borrow(), 4);
}

#[test]
fn a_look_is_kept_across_an_await_and_does_not_change() {
    block_on(async {
        let (sender, receiver) = channel(vec![1]);
        let look = receiver.borrow();
        let task = spawn(async move {
            sender.send(vec![2]).unwrap();
            sender.send_modify(|value| value.push(3));
            assert_eq!(sender.send_replace(vec![4]), [2, 3]);
        });
        task.await.unwrap();
        assert_eq!((&*look, &*receiver.borrow()), (&vec![1], &vec![4]));
    });
}

#[test]
fn a_value_is_dropped_when_nobody_looks_any_more() {
    let counters = Counters::new();
    let (sender, receiver) = channel(counters.token());
    assert!(sender.send(counters.token()).is_ok());
    assert_eq!(counters.drops(), 1);
    let look = receiver.borrow();
    assert!(sender.send(counters.token()).is_ok());
    assert_eq!(counters.drops(), 1);
    drop(look);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn a_change_wakes_everybody_who_waits_once() {
    let (sender, mut first) = channel(0);
    let mut second = first.clone();
    let waker = CountingWaker::new();
    let (mut one, mut two) = (first.changed(), second.changed());
    assert!(poll_with(&mut one, &waker.waker()).is_pending());
    assert!(poll_with(&mut two, &waker.waker()).is_pending());
    assert!(!sender.send_if_modified(|_| false));
    assert_eq!(waker.wakes(), 0);
    sender.send_modify(|value| *value = 1);
    sender.send(2).unwrap();
    assert_eq!((waker.wakes(), waker.holders()), (2, 0));
    assert_eq!(expect_ready(&mut one), Ok(()));
    assert_eq!(expect_ready(&mut two), Ok(()));
}

#[test]
fn dropping_either_end_lets_go_of_the_wakers_of_the_other() {
    let waker = CountingWaker::new();
    let (sender, mut receiver) = channel(0);
    let mut changed = receiver.changed();
    assert!(poll_with(&mut changed, &waker.waker()).is_pending());
    let other = sender.clone();
    drop(sender);
    assert_eq!(waker.wakes(), 0);
    drop(other);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    assert_eq!(expect_ready(&mut changed), Err(RecvError));

    let waker = CountingWaker::new();
    let (sender, receiver) = channel(0);
    let mut closed = sender.closed();
    assert!(poll_with(&mut closed, &waker.waker()).is_pending());
    drop(receiver);
    assert_eq!((waker.wakes(), waker.holders()), (1, 0));
    expect_ready(&mut closed);
}

#[test]
fn a_cancelled_future_loses_nothing_and_lets_go_of_its_waker() {
    let (sender, mut receiver) = channel(0);
    let waker = CountingWaker::new();
    let mut changed = receiver.changed();
    assert!(poll_with(&mut changed, &waker.waker()).is_pending());
    drop(changed);
    assert_eq!(waker.holders(), 0);
    let mut wait_for = receiver.wait_for(|value| *value == 1);
    assert!(poll_with(&mut wait_for, &waker.waker()).is_pending());
    drop(wait_for);
    assert_eq!(waker.holders(), 0);
    let mut changed = receiver.changed();
    assert!(poll_with(&mut changed, &waker.waker()).is_pending());
    sender.send(1).unwrap();
    drop(changed); // woken, and dropped before it looked
    assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
}

#[test]
fn the_newest_waker_is_woken_and_the_one_before_is_let_go() {
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let (sender, mut receiver) = channel(0);
    let mut changed = receiver.changed();
    assert!(poll_with(&mut changed, &old.waker()).is_pending());
    assert!(poll_with(&mut changed, &new.waker()).is_pending());
    assert_eq!((old.holders(), new.holders()), (0, 1));
    sender.send(1).unwrap();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn wait_for_looks_at_the_newest_value_first() {
    let (sender, mut receiver) = channel(5);
    let found = expect_ready(&mut receiver.wait_for(|value| *value == 5));
    assert_eq!(*found.unwrap(), 5);
    let mut seven = receiver.wait_for(|value| *value == 7);
    expect_pending(&mut seven);
    sender.send(6).unwrap();
    expect_pending(&mut seven);
    sender.send(7).unwrap();
    assert_eq!(*expect_ready(&mut seven).unwrap(), 7);
    drop(seven);
    expect_pending(&mut receiver.changed());
}

#[test]
fn wait_for_ends_with_the_channel() {
    let (sender, mut receiver) = channel(5);
    sender.send(6).unwrap();
    drop(sender);
    let last = expect_ready(&mut receiver.wait_for(|value| *value == 6));
    assert_eq!(*last.unwrap(), 6);
    let never = expect_ready(&mut receiver.wait_for(|value| *value == 7));
    assert_eq!(never.unwrap_err(), RecvError);
}

#[test]
fn a_stream_of_values_begins_with_the_newest_and_skips_what_is_over() {
    let (sender, receiver) = channel(1);
    let mut values = receiver.into_stream();
    let mut cx = Context::from_waker(Waker::noop());
    let mut next = || Pin::new(&mut values).poll_next(&mut cx);
    assert_eq!(next(), Poll::Ready(Some(1)));
    assert_eq!(next(), Poll::Pending);
    sender.send(2).unwrap();
    sender.send(3).unwrap();
    drop(sender);
    assert_eq!(next(), Poll::Ready(Some(3)));
    assert_eq!(next(), Poll::Ready(None));
}

#[test]
fn a_closure_that_panics_leaves_the_value_before_and_poisons_nothing() {
    let (sender, receiver) = channel(vec![1]);
    let panics = || {
        sender.send_modify(|value| {
            value.push(2);
            panic!("in the closure");
        });
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(*receiver.borrow(), [1]);
    assert_eq!(receiver.has_changed(), Ok(false));
    sender.send_modify(|value| value.push(3));
    assert_eq!(*receiver.borrow(), [1, 3]);
}

#[test]
fn a_condition_that_panics_poisons_nothing() {
    let (sender, mut receiver) = channel(0);
    let mut wait_for = receiver.wait_for(|_| panic!("in the closure"));
    let panics = || drop(poll_with(&mut wait_for, Waker::noop()));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    drop(wait_for);
    sender.send(1).unwrap();
    assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
}

#[test]
fn a_closure_may_look_and_send_and_what_it_sends_is_the_newest() {
    within(|| {
        let (sender, mut receiver) = channel(1);
        sender.send_modify(|value| {
            *value = 2;
            assert_eq!((*sender.borrow(), *receiver.borrow()), (1, 1));
            drop((sender.subscribe(), sender.clone()));
            sender.send(3).unwrap();
            assert_eq!(expect_ready(&mut receiver.changed()), Ok(()));
        });
        assert_eq!(*receiver.borrow(), 3);
    });
}

type Inner = fn(&Sender<i32>);

#[test]
fn a_change_inside_a_change_is_refused_and_then_all_goes_on() {
    within(|| {
        let (sender, receiver) = channel(1);
        let inners: [(Inner, &str); 3] = [
            (|it| it.send_modify(|_| {}), "send_modify"),
            (|it| assert!(it.send_if_modified(|_| true)), "send_if_modified"),
            (|it| assert_eq!(it.send_replace(9), 0), "send_replace"),
        ];
        for (inner, name) in inners {
            let nested = || sender.send_modify(|_| inner(&sender));
            let panic = catch_unwind(AssertUnwindSafe(nested)).unwrap_err();
            let text = panic.downcast_ref::<String>().unwrap();
            let says = format!("`watch::Sender::{name}` was called inside");
            assert!(text.starts_with(&says), "{text}");
        }
        sender.send_modify(|value| *value += 1);
        assert_eq!(*receiver.borrow(), 2);
    });
}

#[test]
fn threads_that_change_the_value_lose_no_change() {
    const EACH: usize = 2_000;
    within(|| {
        let (sender, receiver) = channel(0);
        let start = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (sender, start) = (sender.clone(), start.clone());
                thread::spawn(move || {
                    start.wait();
                    let mut taken = 0;
                    for n in 0..EACH {
                        sender.send_modify(|value| {
                            *value += 1;
                            thread::yield_now();
                        });
                        if n % 100 == 0 {
                            taken += sender.send_replace(0);
                        }
                    }
                    taken
                })
            })
            .collect();
        let threads = threads.into_iter();
        let taken: usize = threads.map(|it| it.join().unwrap()).sum();
        assert_eq!(taken + *receiver.borrow(), 4 * EACH);
    });
}

#[test]
fn between_threads_no_last_change_is_missed() {
    within(|| {
        for _ in 0..200 {
            let (sender, receiver) = channel(0);
            let start = Arc::new(Barrier::new(2));
            let other = start.clone();
            let thread = thread::spawn(move || {
                other.wait();
                for value in 1..=20 {
                    sender.send(value).unwrap();
                }
            });
            start.wait();
            let last = block_on(async move {
                let mut receiver = receiver;
                let mut last = 0;
                while receiver.changed().await.is_ok() {
                    let value = *receiver.borrow_and_update();
                    assert!(value >= last);
                    last = value;
                }
                last
            });
            assert_eq!(last, 20);
            thread.join().unwrap();
        }
    });
}

#[test]
fn an_always_changing_value_lets_others_run() {
    block_on(async {
        let (sender, mut receiver) = channel(0_u32);
        let look = receiver.clone();
        drop(spawn(async move {
            loop {
                sender.send_modify(|value| *value += 1);
                if receiver.changed().await.is_err() {
                    return;
                }
            }
        }));
        yield_now().await;
        let value = *look.borrow();
        assert!((128..=129).contains(&value), "{value}");
    });
}

#[test]
fn a_channel_at_work_allocates_nothing() {
    let (sender, mut receiver) = channel(0);
    let mut round = || {
        let mut changed = receiver.changed();
        expect_pending(&mut changed);
        sender.send(1).unwrap();
        assert_eq!(expect_ready(&mut changed), Ok(()));
        drop(changed);
        assert_eq!(*receiver.borrow_and_update(), 1);
    };
    round();
    assert_eq!(measure(&mut round).count_total, 0);
}

/// A value that uses its channel when it is cloned and when it is dropped.
struct Busy(Weak<Sender<Busy>>);

impl Busy {
    fn use_the_channel(&self) {
        let Some(sender) = self.0.upgrade() else { return };
        drop((sender.borrow(), sender.subscribe(), sender.receiver_count()));
    }
}

impl Clone for Busy {
    fn clone(&self) -> Busy {
        self.use_the_channel();
        Busy(self.0.clone())
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
        let sender = Arc::new(Sender::new(Busy(Weak::new())));
        let busy = || Busy(Arc::downgrade(&sender));
        let receiver = sender.subscribe();
        assert!(sender.send(busy()).is_ok());
        assert!(sender.send(busy()).is_ok()); // drops the one before
        drop(sender.send_replace(busy()));
        sender.send_modify(|_| {}); // clones, and drops the one before
        assert!(!sender.send_if_modified(|_| false)); // drops the clone
        let look = receiver.borrow();
        assert!(sender.send(busy()).is_ok());
        drop(look); // drops what it looked at
        drop(receiver);
        drop(sender.send(busy()));
    });
}

#[test]
fn a_waker_may_use_the_channel_when_it_is_woken_and_dropped() {
    within(|| {
        let (sender, mut receiver) = channel(0);
        let (woken, dropped) = (sender.clone(), sender.clone());
        let waker = wakes_or_drops(
            move || woken.send_modify(|value| *value += 10),
            move || dropped.send_modify(|value| *value += 100),
        );
        let mut changed = receiver.changed();
        assert!(poll_with(&mut changed, &waker).is_pending());
        drop(waker);
        sender.send(1).unwrap();
        assert_eq!(expect_ready(&mut changed), Ok(()));
        drop(changed);
        assert_eq!(*receiver.borrow(), 111);

        let woken = sender.clone();
        let woken = move || woken.send_modify(|value| *value += 10);
        let waker = wakes_or_drops(woken, || {});
        let mut changed = receiver.changed();
        assert!(poll_with(&mut changed, &waker).is_pending());
        sender.send_modify(|value| *value = 0); // wakes when it is over
        drop(changed);
        assert_eq!(*receiver.borrow_and_update(), 10);

        let dropped = sender.clone();
        let dropped = move || assert_eq!(dropped.send_replace(5), 10);
        let waker = wakes_or_drops(|| {}, dropped);
        let mut changed = receiver.changed();
        assert!(poll_with(&mut changed, &waker).is_pending());
        drop(waker);
        drop(changed); // drops the last clone
        assert_eq!(*receiver.borrow(), 5);
    });
}

#[test]
#[should_panic(expected = "`Changed` polled after it was done")]
fn a_changed_that_is_done_is_not_polled() {
    let (sender, mut receiver) = channel(0);
    sender.send(1).unwrap();
    let mut changed = receiver.changed();
    let _ = expect_ready(&mut changed);
    let _ = expect_ready(&mut changed);
}

#[test]
fn both_ends_and_a_look_travel_between_threads_and_may_be_moved() {
    use onecook::channel::watch::{Changed, Closed, Values, WaitFor};
    use std::marker::PhantomPinned;
    fn travels<T: Send + Sync>() {}
    fn moves<T: Unpin>() {}
    travels::<Sender<u8>>();
    travels::<Receiver<u8>>();
    travels::<Ref<u8>>();
    travels::<Changed<'static, u8>>();
    travels::<Closed<'static, u8>>();
    moves::<Changed<'static, PhantomPinned>>();
    moves::<WaitFor<'static, u8, PhantomPinned>>();
    moves::<Values<PhantomPinned>>();
}

/// One step of a script. A number picks one of the receivers.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Replace,
    Modify,
    ModifyIf(bool),
    Subscribe,
    CloneReceiver(usize),
    Borrow(usize),
    BorrowAndUpdate(usize),
    MarkChanged(usize),
    MarkUnchanged(usize),
    /// Polls a `changed` so often, and drops it.
    Changed(usize, usize),
    /// Keeps a look, so that values are shared.
    Keep,
    DropReceiver(usize),
    DropSender,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = 0..3_usize;
    let step = prop_oneof![
        8 => Just(Step::Send),
        2 => Just(Step::Replace),
        3 => Just(Step::Modify),
        3 => any::<bool>().prop_map(Step::ModifyIf),
        2 => Just(Step::Subscribe),
        2 => pick.clone().prop_map(Step::CloneReceiver),
        4 => pick.clone().prop_map(Step::Borrow),
        4 => pick.clone().prop_map(Step::BorrowAndUpdate),
        1 => pick.clone().prop_map(Step::MarkChanged),
        1 => pick.clone().prop_map(Step::MarkUnchanged),
        12 => (pick.clone(), 0..3_usize)
            .prop_map(|(receiver, polls)| Step::Changed(receiver, polls)),
        1 => Just(Step::Keep),
        1 => pick.prop_map(Step::DropReceiver),
        1 => Just(Step::DropSender),
    ];
    vec(step, 0..60)
}

/// A receiver, and whether it has something to see.
type Watcher = (Receiver<u32>, bool);

fn play(steps: &[Step]) {
    let (sender, first) = channel(0);
    let mut sender = Some(sender);
    let mut watchers: Vec<Watcher> = vec![(first, false)];
    let (mut newest, mut kept) = (0, Vec::new());
    for step in steps {
        if let Some(sender) = &sender {
            if step_of_sender(*step, sender, &mut newest, &watchers) {
                for (_, unseen) in &mut watchers {
                    *unseen = true;
                }
            }
        }
        match *step {
            Step::Subscribe => {
                watchers
                    .extend(sender.iter().map(|it| (it.subscribe(), false)));
            }
            Step::DropSender => sender = None,
            Step::Keep => kept.extend(sender.iter().map(Sender::borrow)),
            Step::CloneReceiver(n) if n < watchers.len() => {
                let (receiver, unseen) = &watchers[n];
                watchers.push((receiver.clone(), *unseen));
            }
            Step::DropReceiver(n) if n < watchers.len() => {
                drop(watchers.remove(n));
            }
            step => {
                step_of_watcher(step, &mut watchers, newest, sender.is_some());
            }
        }
    }
}

/// Returns whether there is a new value.
fn step_of_sender(
    step: Step,
    sender: &Sender<u32>,
    newest: &mut u32,
    watchers: &[Watcher],
) -> bool {
    let sent = match step {
        Step::Send => {
            let sent = sender.send(*newest + 1).is_ok();
            assert_eq!(sent, !watchers.is_empty());
            sent
        }
        Step::Replace => {
            assert_eq!(sender.send_replace(*newest + 1), *newest);
            true
        }
        Step::Modify => {
            sender.send_modify(|value| *value += 1);
            true
        }
        Step::ModifyIf(modified) => {
            let modify = |value: &mut u32| {
                *value += 1;
                modified
            };
            assert_eq!(sender.send_if_modified(modify), modified);
            modified
        }
        _ => false,
    };
    *newest += u32::from(sent);
    assert_eq!(*sender.borrow(), *newest);
    sent
}

fn step_of_watcher(
    step: Step,
    watchers: &mut [Watcher],
    newest: u32,
    open: bool,
) {
    let (Step::Borrow(n)
    | Step::BorrowAndUpdate(n)
    | Step::MarkChanged(n)
    | Step::MarkUnchanged(n)
    | Step::Changed(n, _)) = step
    else {
        return;
    };
    let Some((receiver, unseen)) = watchers.get_mut(n) else { return };
    match step {
        Step::Borrow(_) => {
            let look = receiver.borrow();
            assert_eq!((*look, look.has_changed()), (newest, *unseen));
        }
        Step::BorrowAndUpdate(_) => {
            let look = receiver.borrow_and_update();
            assert_eq!((*look, look.has_changed()), (newest, *unseen));
            *unseen = false;
        }
        Step::MarkChanged(_) => {
            receiver.mark_changed();
            *unseen = true;
        }
        Step::MarkUnchanged(_) => {
            receiver.mark_unchanged();
            *unseen = false;
        }
        Step::Changed(_, polls) => changed(receiver, unseen, polls, open),
        _ => {}
    }
    let expected = open.then_some(*unseen).ok_or(RecvError);
    assert_eq!(receiver.has_changed(), expected);
}

fn changed(
    receiver: &mut Receiver<u32>,
    unseen: &mut bool,
    polls: usize,
    open: bool,
) {
    let mut changed = receiver.changed();
    for _ in 0..polls {
        let outcome = poll_with(&mut changed, Waker::noop());
        let expected = match (*unseen, open) {
            (true, _) => Poll::Ready(Ok(())),
            (false, true) => Poll::Pending,
            (false, false) => Poll::Ready(Err(RecvError)),
        };
        assert_eq!(outcome, expected);
        *unseen = false;
        if outcome.is_ready() {
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
    fn a_receiver_always_sees_the_newest_and_never_misses_the_last_change(
        steps in steps(),
    ) {
        play(&steps);
    }
}
