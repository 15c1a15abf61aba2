//! The value of a mutex while it is out.
//!
//! Next: `../cancellation_token.rs`, asking for an end, from above.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::mutex::Mutex;

/// The guard of a mutex that is borrowed.
pub type MutexGuard<'a, T> = Guard<&'a Mutex<T>, T>;

/// The guard of a mutex that is shared; it borrows nothing.
pub type OwnedMutexGuard<T> = Guard<Arc<Mutex<T>>, T>;

/// Holds the value of a mutex; dropping it unlocks. `M` is how the mutex is
/// held: see [`MutexGuard`] and [`OwnedMutexGuard`].
///
/// It is `Send` if the value is, and may be held across an await.
#[must_use = "the mutex is unlocked as soon as this is dropped"]
pub struct Guard<M: Deref<Target = Mutex<T>>, T> {
    mutex: M,
    /// `None` only while it is dropped.
    value: Option<T>,
}

impl<M: Deref<Target = Mutex<T>>, T> Guard<M, T> {
    pub(super) fn new(mutex: M, value: T) -> Guard<M, T> {
        Guard { mutex, value: Some(value) }
    }

    /// Which mutex it locks. (No method: the value may have one of that name.)
    ///
    /// ```
    /// # use onecook::sync::{Guard, Mutex};
    /// let pan = Mutex::new("A");
    /// let egg = pan.try_lock().unwrap();
    /// assert!(Guard::mutex(&egg).try_lock().is_err());
    /// ```
    pub fn mutex(guard: &Guard<M, T>) -> &M {
        &guard.mutex
    }
}

impl<M: Deref<Target = Mutex<T>>, T> Deref for Guard<M, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is there until the drop")
    }
}

impl<M: Deref<Target = Mutex<T>>, T> DerefMut for Guard<M, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it is there until the drop")
    }
}

impl<M: Deref<Target = Mutex<T>>, T> Drop for Guard<M, T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.mutex.put_back(value);
        }
    }
}

impl<M, T: fmt::Debug> fmt::Debug for Guard<M, T>
where
    M: Deref<Target = Mutex<T>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl<M, T: fmt::Display> fmt::Display for Guard<M, T>
where
    M: Deref<Target = Mutex<T>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
