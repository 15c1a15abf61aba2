//! The protocol with one fault in each variant: every model must go red.

use loom::sync::atomic::{AtomicBool, Ordering};

use crate::doubles::{Doorbell, List};
use crate::models::{self, Flag, Inbox};
use crate::parking::{Bell, Notified, Queue};

/// The fault: a wake is answered by a load alone.
struct LoadsFirst(AtomicBool);

impl Flag for LoadsFirst {
    fn new() -> LoadsFirst {
        LoadsFirst(AtomicBool::new(false))
    }

    fn mark(&self) -> bool {
        if self.0.load(Ordering::Relaxed) {
            return false;
        }
        !self.0.swap(true, Ordering::AcqRel)
    }

    fn clear(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}

/// The fault: the executor stores instead of swapping.
struct ClearsByStore(AtomicBool);

impl Flag for ClearsByStore {
    fn new() -> ClearsByStore {
        ClearsByStore(AtomicBool::new(false))
    }

    fn mark(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Which step is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Looks at the queue before it says that it sleeps.
    LooksFirst,
    /// Asks whether the owner sleeps before it pushes.
    AsksFirst,
    /// Does not look again after the push.
    NoSecondLook,
}

/// The inbox with a fault.
struct Broken<const FAULT: u8> {
    list: List<usize>,
    bell: Doorbell,
    asleep: AtomicBool,
    closed: AtomicBool,
}

const LOOKS_FIRST: u8 = 0;
const ASKS_FIRST: u8 = 1;
const NO_SECOND_LOOK: u8 = 2;

impl<const FAULT: u8> Broken<FAULT> {
    const FAULT: Fault = match FAULT {
        LOOKS_FIRST => Fault::LooksFirst,
        ASKS_FIRST => Fault::AsksFirst,
        _ => Fault::NoSecondLook,
    };

    fn ring_if_asleep(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    fn drop_all(&self) {
        while self.list.pop().is_some() {}
    }
}

impl<const FAULT: u8> Inbox for Broken<FAULT> {
    fn new(list: List<usize>, bell: Doorbell) -> Self {
        let (asleep, closed) = (AtomicBool::new(false), AtomicBool::new(false));
        Broken { list, bell, asleep, closed }
    }

    fn deliver(&self, entry: usize) {
        if Self::FAULT == Fault::AsksFirst {
            self.ring_if_asleep();
            self.list.push(entry);
        } else {
            self.list.push(entry);
            self.ring_if_asleep();
        }
        let looks = Self::FAULT != Fault::NoSecondLook;
        if looks && self.closed.load(Ordering::SeqCst) {
            self.drop_all();
        }
    }

    fn take(&self) -> Option<usize> {
        self.list.pop()
    }

    fn prepare_to_sleep(&self) -> bool {
        if Self::FAULT == Fault::LooksFirst {
            let may_sleep = self.list.is_empty();
            self.asleep.swap(may_sleep, Ordering::SeqCst);
            return may_sleep;
        }
        self.asleep.swap(true, Ordering::SeqCst);
        let may_sleep = self.list.is_empty();
        if !may_sleep {
            self.wake_up();
        }
        may_sleep
    }

    fn wake_up(&self) {
        self.asleep.swap(false, Ordering::SeqCst);
    }

    fn close(&self) {
        self.closed.swap(true, Ordering::SeqCst);
    }
}

#[test]
#[should_panic(expected = "a wake was lost")]
fn a_load_instead_of_the_swap_loses_a_wake() {
    loom::model(|| models::a_change_before_the_wake_is_seen::<LoadsFirst>(2));
}

#[test]
#[should_panic(expected = "a wake was lost")]
fn a_store_instead_of_the_swap_loses_a_wake() {
    loom::model(|| {
        models::a_change_before_the_wake_is_seen::<ClearsByStore>(2);
    });
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_look_before_saying_asleep_loses_a_doorbell() {
    loom::model(|| models::no_doorbell_is_lost::<Broken<LOOKS_FIRST>>(1));
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_ask_before_pushing_loses_a_doorbell() {
    loom::model(|| models::no_doorbell_is_lost::<Broken<ASKS_FIRST>>(1));
}

#[test]
#[should_panic(expected = "an entry is kept")]
fn without_a_second_look_an_entry_is_kept_after_the_close() {
    loom::model(|| {
        models::no_entry_is_kept_after_the_close::<Broken<NO_SECOND_LOOK>>(1);
    });
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_fault_in_the_doorbell_shows_in_the_whole_protocol_too() {
    loom::model(
        models::two_wakers_and_a_sleeper::<Notified, Broken<LOOKS_FIRST>>,
    );
}
