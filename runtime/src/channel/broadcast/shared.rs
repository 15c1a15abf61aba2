//! What the ends of a `broadcast` channel share.
//!
//! Next: `sender.rs`, one end.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::Waker;

use parking_lot::Mutex;

use super::ring::Ring;
use crate::wait_list::{WaitList, Wakes};

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
}

/// Everything the lock guards.
pub(super) struct State<T> {
    pub(super) ring: Ring<T>,
    pub(super) senders: usize,
    pub(super) weak_senders: usize,
    pub(super) receivers: usize,
    /// Receivers that have seen everything.
    pub(super) receiving: WaitList<()>,
    /// Senders that wait for the last receiver to go.
    pub(super) closing: WaitList<()>,
    /// Memory for the wakers of many receivers, used again and again.
    spare: Vec<Waker>,
}

impl<T> State<T> {
    /// Calls all receivers that wait.
    #[inline]
    pub(super) fn call_receivers(&mut self, wakes: &mut Wakes) {
        if self.receiving.len() > 1 {
            wakes.reuse(&mut self.spare);
        }
        self.receiving.call_all(wakes);
    }
}

impl<T> Shared<T> {
    pub(super) fn new(capacity: usize) -> Arc<Shared<T>> {
        let state = State {
            ring: Ring::new(capacity),
            senders: 1,
            weak_senders: 0,
            receivers: 0,
            receiving: WaitList::new(),
            closing: WaitList::new(),
            spare: Vec::new(),
        };
        Arc::new(Shared { state: Mutex::new(state) })
    }

    /// Wakes receivers, and keeps the memory for next time, if it is little.
    #[inline]
    pub(super) fn wake(&self, wakes: Wakes) {
        if wakes.are_many() {
            self.wake_many(wakes);
        } else {
            wakes.wake();
        }
    }

    fn wake_many(&self, wakes: Wakes) {
        const WORTH_KEEPING: usize = 64;
        let mut memory = wakes.wake_all();
        if memory.capacity() <= WORTH_KEEPING {
            let mut state = self.state.lock();
            if state.spare.capacity() < memory.capacity() {
                mem::swap(&mut state.spare, &mut memory);
            }
        }
    }

    pub(super) fn describe(
        &self,
        name: &str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let (len, receivers) = {
            let state = self.state.lock();
            (state.ring.len(), state.receivers)
        };
        let mut words = f.debug_struct(name);
        words.field("len", &len).field("receivers", &receivers).finish()
    }
}
