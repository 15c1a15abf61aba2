//! The models of the channels: send, receive, cancel, close and drop, between
//! two or three threads.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use loom::thread;

use crate::blocked_thread::wait_for;
use crate::channel::mpsc::error::TryRecvError;
use crate::channel::{mpsc, oneshot};

/// A channel with one slot, as the first model needs it.
pub(crate) trait Pipe {
    type Sender: Clone + Send + 'static;
    type Receiver;

    fn new() -> (Self::Sender, Self::Receiver);
    fn send(sender: &Self::Sender, value: usize);
    fn receive(receiver: &mut Self::Receiver) -> usize;
}

struct Mpsc;

impl Pipe for Mpsc {
    type Sender = mpsc::Sender<usize>;
    type Receiver = mpsc::Receiver<usize>;

    fn new() -> (Self::Sender, Self::Receiver) {
        mpsc::channel(1)
    }

    fn send(sender: &Self::Sender, value: usize) {
        sender.blocking_send(value).unwrap();
    }

    fn receive(receiver: &mut Self::Receiver) -> usize {
        receiver.blocking_recv().unwrap()
    }
}

/// Both ends wait for each other: whoever is not woken sleeps for ever.
pub(crate) fn both_ends_are_woken<P: Pipe>() {
    let (sender, mut receiver) = P::new();
    let thread = thread::spawn(move || {
        P::send(&sender, 1);
        P::send(&sender, 2);
        sender
    });
    assert_eq!(P::receive(&mut receiver), 1);
    assert_eq!(P::receive(&mut receiver), 2);
    drop(thread.join().unwrap());
}

/// Polls once, and drops the future: it is cancelled while it waits.
fn cancelled<F: Future>(future: F) -> Poll<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx)
}

/// A value, and a look at whether it is still there.
fn value() -> (Arc<()>, Weak<()>) {
    let value = Arc::new(());
    let look = Arc::downgrade(&value);
    (value, look)
}

/// With three threads every interleaving is too many: at most two times a
/// thread is interrupted where it could have gone on.
fn bounded() -> loom::model::Builder {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model
}

#[test]
fn a_oneshot_that_is_sent_wakes_who_waits() {
    loom::model(|| {
        let (sender, receiver) = oneshot::channel();
        let thread = thread::spawn(move || sender.send(7));
        assert_eq!(receiver.blocking_recv(), Ok(7));
        thread.join().unwrap().unwrap();
    });
}

#[test]
fn a_oneshot_whose_sender_goes_wakes_who_waits() {
    loom::model(|| {
        let (sender, receiver) = oneshot::channel::<u8>();
        let thread = thread::spawn(move || drop(sender));
        assert!(receiver.blocking_recv().is_err());
        thread.join().unwrap();
    });
}

#[test]
fn a_oneshot_whose_receiver_goes_drops_the_value_or_gives_it_back() {
    loom::model(|| {
        let (token, look) = value();
        let (sender, receiver) = oneshot::channel();
        let thread = thread::spawn(move || drop(sender.send(token)));
        drop(receiver);
        thread.join().unwrap();
        assert!(look.upgrade().is_none(), "the value is kept");
    });
}

#[test]
fn a_oneshot_that_is_closed_delivers_or_gives_back() {
    loom::model(|| {
        let (sender, mut receiver) = oneshot::channel();
        let thread = thread::spawn(move || sender.send(7).is_ok());
        receiver.close();
        let received = receiver.try_recv().is_ok();
        assert_eq!(received, thread.join().unwrap());
    });
}

#[test]
fn who_waits_for_the_close_of_a_oneshot_is_woken() {
    loom::model(|| {
        let (mut sender, receiver) = oneshot::channel::<u8>();
        let thread = thread::spawn(move || drop(receiver));
        wait_for("closed", sender.closed());
        thread.join().unwrap();
    });
}

#[test]
fn sender_and_receiver_of_one_slot_wake_each_other() {
    loom::model(both_ends_are_woken::<Mpsc>);
}

/// The second value of a batch: the receiver frees its slot without the lock,
/// while a sender goes to wait for one. The other slot stays reserved.
#[test]
fn a_slot_that_is_freed_without_the_lock_wakes_who_waits() {
    loom::model(|| {
        let (sender, mut receiver) = mpsc::channel(2);
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
        let permit = sender.clone().try_reserve_owned().unwrap();
        let thread = thread::spawn(move || sender.blocking_send(3).unwrap());
        assert_eq!(receiver.blocking_recv(), Some(2));
        assert_eq!(receiver.blocking_recv(), Some(3));
        thread.join().unwrap();
        drop(permit);
    });
}

#[test]
fn two_senders_and_one_slot_lose_nothing() {
    bounded().check(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let threads: Vec<_> = (1..3)
            .map(|value| {
                let sender = sender.clone();
                thread::spawn(move || sender.blocking_send(value).unwrap())
            })
            .collect();
        drop(sender);
        let mut sum = 0;
        while let Some(value) = receiver.blocking_recv() {
            sum += value;
        }
        assert_eq!((sum, receiver.capacity()), (3, 1));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn an_unbounded_value_wakes_who_waits() {
    loom::model(|| {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let thread = thread::spawn(move || sender.send(7));
        assert_eq!(receiver.blocking_recv(), Some(7));
        assert_eq!(receiver.blocking_recv(), None);
        thread.join().unwrap().unwrap();
    });
}

#[test]
fn what_was_sent_before_the_close_arrives_and_nothing_else() {
    loom::model(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let thread = thread::spawn(move || {
            let first = sender.blocking_send(1).is_ok();
            let second = sender.blocking_send(2).is_ok();
            u32::from(first) + u32::from(second)
        });
        receiver.close();
        let mut received = 0;
        while receiver.blocking_recv().is_some() {
            received += 1;
        }
        assert_eq!(received, thread.join().unwrap());
    });
}

#[test]
fn a_receiver_that_goes_drops_or_gives_back_what_is_sent() {
    loom::model(|| {
        let (token, look) = value();
        let (sender, receiver) = mpsc::channel(1);
        let thread = thread::spawn(move || {
            let _ = sender.blocking_send(token);
            let _ = sender.blocking_send(Arc::new(()));
            sender.capacity()
        });
        drop(receiver);
        assert_eq!(thread.join().unwrap(), 1);
        assert!(look.upgrade().is_none(), "the value is kept");
    });
}

#[test]
fn a_permit_that_is_dropped_wakes_who_waits_for_a_slot() {
    loom::model(|| {
        let (sender, receiver) = mpsc::channel::<u8>(1);
        let permit = sender.clone().try_reserve_owned().unwrap();
        let thread = thread::spawn(move || drop(permit));
        drop(wait_for("reserve", sender.reserve()).unwrap());
        thread.join().unwrap();
        assert_eq!(receiver.capacity(), 1);
    });
}

#[test]
fn a_send_that_is_cancelled_passes_its_slot_on() {
    bounded().check(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(1).unwrap();
        let (one, other) = (sender.clone(), sender);
        let cancels = thread::spawn(move || cancelled(one.send(2)).is_ready());
        let sends = thread::spawn(move || other.blocking_send(3));
        assert_eq!(receiver.blocking_recv(), Some(1));
        let mut left = 0;
        while receiver.blocking_recv().is_some() {
            left += 1;
        }
        let sent = cancels.join().unwrap();
        sends.join().unwrap().unwrap();
        assert_eq!(left, 1 + u32::from(sent));
        assert_eq!(receiver.capacity(), 1);
    });
}

#[test]
fn the_last_permit_that_goes_after_a_close_ends_the_channel() {
    loom::model(|| {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let permit = sender.clone().try_reserve_owned().unwrap();
        let thread = thread::spawn(move || drop(permit));
        receiver.close();
        assert_eq!(receiver.blocking_recv(), None);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        thread.join().unwrap();
        drop(sender);
    });
}

#[test]
fn a_weak_sender_is_upgraded_or_the_channel_has_ended() {
    loom::model(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let weak = sender.downgrade();
        let thread = thread::spawn(move || drop(sender));
        let sent = weak.upgrade().map(|it| it.try_send(7).unwrap());
        if sent.is_some() {
            assert_eq!(receiver.blocking_recv(), Some(7));
        }
        assert_eq!(receiver.blocking_recv(), None);
        thread.join().unwrap();
    });
}
