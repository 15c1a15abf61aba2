//! The models of the channels with many receivers: `mpmc`, `broadcast`,
//! `watch`.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use loom::thread;

use crate::blocked_thread::wait_for;
use crate::channel::{broadcast, mpmc, watch};
use crate::channel_models::{Pipe, both_ends_are_woken};

struct Mpmc;

impl Pipe for Mpmc {
    type Sender = mpmc::Sender<usize>;
    type Receiver = mpmc::Receiver<usize>;

    fn new() -> (Self::Sender, Self::Receiver) {
        mpmc::bounded(1)
    }

    fn send(sender: &Self::Sender, value: usize) {
        sender.blocking_send(value).unwrap();
    }

    fn receive(receiver: &mut Self::Receiver) -> usize {
        receiver.blocking_recv().unwrap()
    }
}

#[test]
fn sender_and_receiver_of_one_mpmc_slot_wake_each_other() {
    loom::model(both_ends_are_woken::<Mpmc>);
}

/// Whoever has left its receive may have been called before.
#[test]
fn a_receive_that_is_cancelled_passes_its_value_on() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let (sender, receiver) = mpmc::unbounded();
        let other = receiver.clone();
        let thread = thread::spawn(move || {
            let mut cx = Context::from_waker(Waker::noop());
            match pin!(other.recv()).poll(&mut cx) {
                Poll::Ready(value) => usize::from(value.is_ok()),
                Poll::Pending => 0,
            }
        });
        let sending = thread::spawn(move || sender.try_send(7).unwrap());
        let here = usize::from(receiver.blocking_recv().is_ok());
        sending.join().unwrap();
        assert_eq!(here + thread.join().unwrap(), 1);
    });
}

#[test]
fn a_broadcast_wakes_who_waits_and_then_tells_of_the_end() {
    loom::model(|| {
        let (sender, mut receiver) = broadcast::channel(2);
        let thread = thread::spawn(move || sender.send(7).unwrap());
        assert_eq!(receiver.blocking_recv(), Ok(7));
        assert!(receiver.blocking_recv().is_err());
        thread.join().unwrap();
    });
}

#[test]
fn a_watch_tells_of_the_last_value_and_then_of_the_end() {
    loom::model(|| {
        let (sender, mut receiver) = watch::channel(0);
        let thread = thread::spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        let mut seen = 0;
        while wait_for("the model", receiver.changed()).is_ok() {
            let value = *receiver.borrow_and_update();
            assert!(value > seen, "{value} after {seen}");
            seen = value;
        }
        assert_eq!(seen, 2);
        thread.join().unwrap();
    });
}
