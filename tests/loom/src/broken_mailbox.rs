//! A mailbox with one fault in each variant: the model must go red.

use std::task::Waker;

use loom::sync::atomic::{AtomicBool, Ordering};
use parking_lot::Mutex;

use crate::mailbox_models::{Post, no_letter_is_left_unread};

const NONE: u8 = 0;
/// Takes the letters, and leaves the waker a moment later.
const LEAVES_LATER: u8 = 1;
/// Says only after the wake that there is a letter.
const SAYS_LATER: u8 = 2;

/// The mailbox; its fault is in its type.
struct Faulty<const FAULT: u8> {
    arrived: AtomicBool,
    contents: Mutex<(Vec<usize>, Option<Waker>)>,
}

impl<const FAULT: u8> Post for Faulty<FAULT> {
    fn new() -> Self {
        let contents = Mutex::new((Vec::new(), None));
        Faulty { arrived: AtomicBool::new(false), contents }
    }

    fn send(&self, place: usize) {
        let mut contents = self.contents.lock();
        contents.0.push(place);
        if FAULT != SAYS_LATER {
            self.arrived.store(true, Ordering::Release);
        }
        let parent = contents.1.take();
        drop(contents);
        if let Some(parent) = parent {
            parent.wake();
        }
        if FAULT == SAYS_LATER {
            self.arrived.store(true, Ordering::Release);
        }
    }

    fn has_letters(&self) -> bool {
        self.arrived.load(Ordering::Acquire)
    }

    fn collect(&self, parent: Waker) -> Vec<usize> {
        let mut contents = self.contents.lock();
        let letters = std::mem::take(&mut contents.0);
        self.arrived.store(false, Ordering::Relaxed);
        if FAULT == LEAVES_LATER {
            drop(contents);
            contents = self.contents.lock();
        }
        let before = contents.1.replace(parent);
        drop(contents);
        drop(before);
        letters
    }
}

#[test]
fn without_a_fault_it_holds() {
    loom::model(|| no_letter_is_left_unread::<Faulty<NONE>>(1));
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_leave_the_waker_after_the_letters_were_taken_loses_a_wake() {
    loom::model(|| no_letter_is_left_unread::<Faulty<LEAVES_LATER>>(1));
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_say_after_the_wake_that_there_is_a_letter_loses_it() {
    loom::model(|| no_letter_is_left_unread::<Faulty<SAYS_LATER>>(1));
}
