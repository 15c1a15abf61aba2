//! What the ends of a `watch` channel share.
//!
//! Next: `sender.rs`, one end.

use std::sync::Arc;

use parking_lot::Mutex;

use super::value::Value;
use crate::wait_list::{WaitList, Wakes};

pub(super) struct Shared<T> {
    pub(super) state: Mutex<State<T>>,
}

/// Everything the lock guards.
pub(super) struct State<T> {
    pub(super) value: Value<T>,
    /// How many values there were before this one.
    pub(super) version: u64,
    pub(super) senders: usize,
    pub(super) receivers: usize,
    /// Receivers that have seen this value.
    pub(super) watching: WaitList<()>,
    /// Senders that wait for the last receiver to go.
    pub(super) closing: WaitList<()>,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Arc<Shared<T>> {
        let state = State {
            value: Value::new(value),
            version: 0,
            senders: 1,
            receivers: 0,
            watching: WaitList::new(),
            closing: WaitList::new(),
        };
        Arc::new(Shared { state: Mutex::new(state) })
    }

    /// A new value, if the one it came from is still the one of `version`;
    /// `None` is any. Returns the one before, or the new one that was refused.
    pub(super) fn publish(
        &self,
        value: T,
        version: Option<u64>,
    ) -> Result<Arc<Option<T>>, T> {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        if version.is_some_and(|version| version != state.version) {
            drop(state);
            return Err(value);
        }
        let before = state.value.replace(value);
        state.version += 1;
        state.watching.call_all(&mut wakes);
        drop(state);
        wakes.wake();
        Ok(before)
    }

    /// Drops a value that was replaced, unless somebody looks at it, and keeps
    /// its box.
    pub(super) fn retire(&self, mut before: Arc<Option<T>>) {
        let Some(place) = Arc::get_mut(&mut before) else { return };
        drop(place.take()); // user code, without the lock
        let mut state = self.state.lock();
        state.value.keep(before);
    }
}
