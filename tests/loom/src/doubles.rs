//! Queue and doorbell as loom can follow them.

use std::collections::VecDeque;
use std::sync::Arc;

use loom::sync::{Condvar, Mutex};

use crate::parking::{Bell, Queue};

/// A list behind a mutex, in the place of the lock-free queue.
pub(crate) struct List<T> {
    entries: Arc<Mutex<VecDeque<T>>>,
}

impl<T> List<T> {
    pub(crate) fn new() -> List<T> {
        List { entries: Arc::new(Mutex::new(VecDeque::new())) }
    }

    /// The same list, to look into it from outside.
    pub(crate) fn share(&self) -> List<T> {
        List { entries: self.entries.clone() }
    }
}

impl<T> Queue for List<T> {
    type Entry = T;

    fn push(&self, entry: T) {
        self.entries.lock().unwrap().push_back(entry);
    }

    fn pop(&self) -> Option<T> {
        self.entries.lock().unwrap().pop_front()
    }

    fn is_empty(&self) -> bool {
        self.entries.lock().unwrap().is_empty()
    }
}

/// A doorbell one can sleep on, in the place of the reactor.
#[derive(Clone)]
pub(crate) struct Doorbell {
    rings: Arc<(Mutex<usize>, Condvar)>,
}

impl Doorbell {
    pub(crate) fn new() -> Doorbell {
        Doorbell { rings: Arc::new((Mutex::new(0), Condvar::new())) }
    }

    /// Sleeps until it has rung since the last time.
    pub(crate) fn sleep(&self) {
        let mut rings = self.rings.0.lock().unwrap();
        while *rings == 0 {
            rings = self.rings.1.wait(rings).unwrap();
        }
        *rings = 0;
    }
}

impl Bell for Doorbell {
    fn ring(&self) {
        *self.rings.0.lock().unwrap() += 1;
        self.rings.1.notify_one();
    }
}
