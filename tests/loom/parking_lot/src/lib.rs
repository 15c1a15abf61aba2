//! `parking_lot`, as far as the channels use it, over loom's locks.
//!
//! The model check compiles the channels' own sources. Where they say
//! `parking_lot`, they get this crate: so the product needs no `cfg`.
#![forbid(unsafe_code)]
#![cfg(loom)]

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A lock that loom can follow.
pub struct Mutex<T> {
    inner: loom::sync::Mutex<T>,
}

impl<T> Mutex<T> {
    /// Unlocked.
    pub fn new(value: T) -> Mutex<T> {
        Mutex { inner: loom::sync::Mutex::new(value) }
    }

    /// Waits for the lock.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.inner.lock().expect("a model stops at a panic");
        MutexGuard { inner: Some(guard) }
    }

    /// What is under the lock, which nobody else can hold.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut().expect("a model stops at a panic")
    }

    /// What was under the lock.
    pub fn into_inner(self) -> T {
        self.inner.into_inner().expect("a model stops at a panic")
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex")
    }
}

/// The lock is held as long as this lives.
pub struct MutexGuard<'a, T> {
    /// Taken only while a `Condvar` waits with it.
    inner: Option<loom::sync::MutexGuard<'a, T>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.inner.as_ref().expect("held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("held")
    }
}

/// What a thread sleeps on.
#[derive(Debug, Default)]
pub struct Condvar {
    inner: loom::sync::Condvar,
}

impl Condvar {
    /// Nobody sleeps.
    pub fn new() -> Condvar {
        Condvar::default()
    }

    /// Sleeps until it is notified; the lock is free meanwhile.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let inner = guard.inner.take().expect("held");
        let inner = self.inner.wait(inner).expect("a model stops at a panic");
        guard.inner = Some(inner);
    }

    /// Wakes everybody who sleeps.
    pub fn notify_all(&self) {
        self.inner.notify_all();
    }

    /// Wakes one who sleeps.
    pub fn notify_one(&self) {
        self.inner.notify_one();
    }
}
