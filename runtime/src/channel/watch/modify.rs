//! Values that are made from the one before: by closures of the user's.
//!
//! Two of them must not start from the same value, or one change would be
//! lost. So there is a turn, and whoever comes next, on another thread, waits
//! for it. The turn is no lock: while the closure runs everybody may look,
//! send, receive, come and go. A whole value that is sent meanwhile counts as
//! sent after the change, which is over as soon as it is made: it is dropped.
//!
//! Next: `receiver.rs`, the other end.

use std::thread;

use parking_lot::MutexGuard;

use super::sender::Sender;
use super::shared::{Shared, State};
use crate::wait_list::Wakes;

/// Each of these needs a clone: of the value that is changed, or of one that
/// somebody still looks at.
impl<T: Clone> Sender<T> {
    /// Changes the value, also if there is no receiver.
    ///
    /// The closure works on a clone, without a lock; nobody sees it before it
    /// is finished. On another thread, a second change waits for the first.
    ///
    /// # Panics
    ///
    /// If the closure does: then the value before stays. And if it is called
    /// inside the closure of another change of the same channel.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel(vec!["A"]);
    /// sender.send_modify(|eggs| eggs.push("B"));
    /// assert_eq!(*receiver.borrow(), ["A", "B"]);
    /// ```
    #[track_caller]
    pub fn send_modify<F: FnOnce(&mut T)>(&self, modify: F) {
        self.modify("send_modify", |value| {
            modify(value);
            true
        });
    }

    /// Changes the value if the closure says that it did, which is returned.
    /// If not, nobody is told, and what it did to its clone is dropped.
    ///
    /// # Panics
    ///
    /// As [`send_modify`](Sender::send_modify).
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel(1);
    /// let grow = |value: &mut u32| {
    ///     *value += 1;
    ///     *value <= 2
    /// };
    /// assert!(sender.send_if_modified(grow));
    /// assert!(!sender.send_if_modified(grow));
    /// assert_eq!(*receiver.borrow(), 2);
    /// ```
    #[track_caller]
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        self.modify("send_if_modified", modify)
    }

    /// Makes `value` the newest one, also if there is no receiver, and
    /// returns the one before.
    ///
    /// # Panics
    ///
    /// Inside the closure of a change of the same channel.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, receiver) = watch::channel("cold");
    /// assert_eq!(sender.send_replace("hot"), "cold");
    /// assert_eq!(*receiver.borrow(), "hot");
    /// ```
    #[track_caller]
    pub fn send_replace(&self, value: T) -> T {
        let mut wakes = Wakes::new();
        let mut state = wait_for_turn(&self.shared, "send_replace");
        let before = self.shared.publish(&mut state, value, &mut wakes);
        drop(state);
        self.shared.wake(wakes);
        before.into_inner()
    }

    #[track_caller]
    fn modify<F>(&self, what: &str, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        let turn = Turn::take(&self.shared, what);
        let (before, version) = self.shared.share();
        let mut value = T::clone(&before);
        drop(before);
        if !modify(&mut value) {
            drop(turn);
            return false;
        }
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        let before = if version == self.shared.version() {
            Ok(self.shared.publish(&mut state, value, &mut wakes))
        } else {
            Err(value)
        };
        drop(state);
        drop(turn);
        self.shared.wake(wakes);
        drop(before); // user code, without the lock
        true
    }
}

/// The turn to change the value.
struct Turn<'a, T> {
    shared: &'a Shared<T>,
}

impl<'a, T> Turn<'a, T> {
    #[track_caller]
    fn take(shared: &'a Shared<T>, what: &str) -> Turn<'a, T> {
        let mut state = wait_for_turn(shared, what);
        state.modifier = Some(thread::current().id());
        Turn { shared }
    }
}

/// The lock, at a time when nobody changes the value.
#[track_caller]
fn wait_for_turn<'a, T>(
    shared: &'a Shared<T>,
    what: &str,
) -> MutexGuard<'a, State<T>> {
    let mut state = shared.state.lock();
    while let Some(modifier) = state.modifier {
        if modifier == thread::current().id() {
            drop(state);
            panic!(
                "`watch::Sender::{what}` was called inside a closure that \
                 changes the value of the same channel: that change would be \
                 lost. Call it after, or do both in one closure"
            );
        }
        shared.turn.wait(&mut state);
    }
    state
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.shared.state.lock().modifier = None;
        // All: a `send_replace` that finds its turn does not pass it on.
        self.shared.turn.notify_all();
    }
}
