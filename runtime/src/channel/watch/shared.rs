//! What the ends of a `watch` channel share: the value, and its version.
//!
//! The version changes under the lock, and is read without it: to see that
//! nothing changed costs one load.
//!
//! Next: `sender.rs`, one end.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::thread::ThreadId;

use parking_lot::{Condvar, Mutex};

use crate::wait_list::{WaitList, Wakes};

/// The lowest bit of the version: the last sender is gone.
const CLOSED: u64 = 1;

/// From one version to the next.
const STEP: u64 = 2;

/// Which value it is. A number that never comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Version(u64);

impl Version {
    /// Another one, so that the value counts as unseen.
    pub(super) fn outdated(self) -> Version {
        Version(self.0.wrapping_sub(STEP))
    }
}

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
    /// Written under the lock.
    version: AtomicU64,
    /// Told when a modification is over.
    pub(super) turn: Condvar,
}

/// Everything the lock guards.
pub(super) struct State<T> {
    pub(super) value: Arc<T>,
    pub(super) senders: usize,
    pub(super) receivers: usize,
    /// The thread on which a closure of the user's makes the next value.
    pub(super) modifier: Option<ThreadId>,
    /// Receivers that wait for a change.
    pub(super) changing: WaitList<()>,
    /// Senders that wait for the last receiver to go.
    pub(super) closing: WaitList<()>,
    /// Memory for the wakers of many receivers, used again and again.
    spare: Vec<Waker>,
}

/// The value before, on its way out of the lock.
pub(super) enum Before<T> {
    Whole(T),
    /// Somebody still looks at it.
    Shared(Arc<T>),
}

impl<T: Clone> Before<T> {
    /// User code: not under the lock.
    pub(super) fn into_inner(self) -> T {
        match self {
            Before::Whole(value) => value,
            Before::Shared(share) => Arc::unwrap_or_clone(share),
        }
    }
}

impl<T> State<T> {
    /// Puts a value in the place of the one before; allocates only while
    /// somebody looks at that one.
    #[inline]
    fn replace(&mut self, value: T) -> Before<T> {
        if let Some(place) = Arc::get_mut(&mut self.value) {
            return Before::Whole(mem::replace(place, value));
        }
        let share = Arc::new(value);
        Before::Shared(mem::replace(&mut self.value, share))
    }

    /// Calls all receivers that wait.
    #[inline]
    fn call_receivers(&mut self, wakes: &mut Wakes) {
        if self.changing.len() > 1 {
            wakes.reuse(&mut self.spare);
        }
        self.changing.call_all(wakes);
    }
}

impl<T> Shared<T> {
    pub(super) fn new(init: T) -> Arc<Shared<T>> {
        let state = State {
            value: Arc::new(init),
            senders: 1,
            receivers: 0,
            modifier: None,
            changing: WaitList::new(),
            closing: WaitList::new(),
            spare: Vec::new(),
        };
        Arc::new(Shared {
            state: Mutex::new(state),
            version: AtomicU64::new(0),
            turn: Condvar::new(),
        })
    }

    #[inline]
    pub(super) fn version(&self) -> Version {
        Version(self.version.load(Ordering::Acquire) & !CLOSED)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.version.load(Ordering::Acquire) & CLOSED != 0
    }

    /// The newest version, and whether it is the last, in one look.
    #[inline]
    pub(super) fn look(&self) -> (Version, bool) {
        let version = self.version.load(Ordering::Acquire);
        (Version(version & !CLOSED), version & CLOSED != 0)
    }

    /// Makes `value` the newest, for everybody.
    #[inline]
    pub(super) fn publish(
        &self,
        state: &mut State<T>,
        value: T,
        wakes: &mut Wakes,
    ) -> Before<T> {
        let before = state.replace(value);
        // The lock is held: nobody else writes.
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(STEP), Ordering::Release);
        state.call_receivers(wakes);
        before
    }

    /// The last sender is gone: no other value comes.
    pub(super) fn close(&self, state: &mut State<T>, wakes: &mut Wakes) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version | CLOSED, Ordering::Release);
        state.call_receivers(wakes);
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

    /// A share of the newest value, and its version.
    #[inline]
    pub(super) fn share(&self) -> (Arc<T>, Version) {
        let state = self.state.lock();
        (state.value.clone(), self.version())
    }

    pub(super) fn describe(
        &self,
        name: &str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let version = self.version().0 / STEP;
        let mut words = f.debug_struct(name);
        words.field("version", &version);
        words.field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
