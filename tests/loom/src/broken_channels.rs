//! A channel of one slot with one fault in each variant: the model must go
//! red, and green without a fault.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

use parking_lot::Mutex;

use crate::blocked_thread::wait_for;
use crate::channel_models::{Pipe, both_ends_are_woken};

const NONE: u8 = 0;
/// Clones its waker without the lock, and does not look again.
const NO_SECOND_LOOK: u8 = 1;
/// Wakes the receiver before the value is there.
const WAKES_FIRST: u8 = 2;
/// Takes the value, and leaves the sender asleep.
const FORGETS_THE_SENDER: u8 = 3;

/// The channel; its fault is in its type.
struct Faulty<const FAULT: u8>;

#[derive(Default)]
struct Slot {
    value: Option<usize>,
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

type Shared = Arc<Mutex<Slot>>;

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<const FAULT: u8> Faulty<FAULT> {
    fn put(slot: &Mutex<Slot>, value: usize) -> bool {
        let mut locked = slot.lock();
        if locked.value.is_some() {
            return false;
        }
        let receiver = locked.receiver.take();
        if FAULT == WAKES_FIRST {
            drop(locked);
            wake(receiver);
            slot.lock().value = Some(value);
            return true;
        }
        locked.value = Some(value);
        drop(locked);
        wake(receiver);
        true
    }

    fn take(slot: &Mutex<Slot>) -> Option<usize> {
        let mut locked = slot.lock();
        let value = locked.value.take()?;
        let sender = locked.sender.take();
        drop(locked);
        if FAULT != FORGETS_THE_SENDER {
            wake(sender);
        }
        Some(value)
    }
}

impl<const FAULT: u8> Pipe for Faulty<FAULT> {
    type Sender = Shared;
    type Receiver = Shared;

    fn new() -> (Shared, Shared) {
        let slot = Shared::default();
        (slot.clone(), slot)
    }

    fn send(sender: &Shared, value: usize) {
        let sending = poll_fn(|cx| {
            if Self::put(sender, value) {
                return Poll::Ready(());
            }
            let mut locked = sender.lock();
            if FAULT != NO_SECOND_LOOK && locked.value.is_none() {
                cx.waker().wake_by_ref(); // and try again
            }
            locked.sender = Some(cx.waker().clone());
            Poll::Pending
        });
        wait_for("send", sending);
    }

    fn receive(receiver: &mut Shared) -> usize {
        let receiving = poll_fn(|cx| {
            if let Some(value) = Self::take(receiver) {
                return Poll::Ready(value);
            }
            let mut locked = receiver.lock();
            if FAULT != NO_SECOND_LOOK && locked.value.is_some() {
                cx.waker().wake_by_ref(); // and try again
            }
            locked.receiver = Some(cx.waker().clone());
            Poll::Pending
        });
        wait_for("receive", receiving)
    }
}

#[test]
fn without_a_fault_it_holds() {
    loom::model(both_ends_are_woken::<Faulty<NONE>>);
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_a_second_look_a_wake_is_lost() {
    loom::model(both_ends_are_woken::<Faulty<NO_SECOND_LOOK>>);
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_wake_before_the_value_is_there_loses_a_wake() {
    loom::model(both_ends_are_woken::<Faulty<WAKES_FIRST>>);
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_forget_the_sender_leaves_it_asleep() {
    loom::model(both_ends_are_woken::<Faulty<FORGETS_THE_SENDER>>);
}
