//! What an acquire answers with: permits, given back when dropped.
//!
//! Next: `mutex.rs`, one at a time, also across an await.

use std::mem;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

use super::semaphore::Semaphore;

/// Permits of a semaphore that is borrowed.
pub type SemaphorePermit<'a> = Permit<&'a Semaphore>;

/// Permits of a semaphore that is shared; they borrow nothing.
pub type OwnedSemaphorePermit = Permit<Arc<Semaphore>>;

/// Permits of a semaphore; dropping them gives them back. `S` is how the
/// semaphore is held: see [`SemaphorePermit`] and [`OwnedSemaphorePermit`].
#[must_use = "the permits go back as soon as this is dropped"]
#[derive(Debug)]
pub struct Permit<S: Deref<Target = Semaphore>> {
    pub(super) semaphore: S,
    pub(super) permits: usize,
}

impl<S: Deref<Target = Semaphore>> Permit<S> {
    /// How many permits.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(3);
    /// assert_eq!(pans.try_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    pub fn num_permits(&self) -> usize {
        self.permits
    }

    /// Whose permits.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(1);
    /// let pan = pans.try_acquire().unwrap();
    /// assert_eq!(pan.semaphore().available_permits(), 0);
    /// ```
    pub fn semaphore(&self) -> &S {
        &self.semaphore
    }

    /// Drops the permits without giving them back: there are fewer now.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(2);
    /// pans.try_acquire().unwrap().forget(); // it fell down
    /// assert_eq!(pans.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to these.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(2);
    /// let mut pan = pans.try_acquire().unwrap();
    /// pan.merge(pans.try_acquire().unwrap());
    /// assert_eq!(pan.num_permits(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If they are another semaphore's.
    #[track_caller]
    pub fn merge(&mut self, mut other: Permit<S>) {
        assert!(
            ptr::eq(&raw const *self.semaphore, &raw const *other.semaphore),
            "permits of two semaphores cannot be merged"
        );
        self.permits += mem::take(&mut other.permits);
    }

    /// Splits `permits` permits off; `None` if there are not so many.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(3);
    /// let mut all = pans.try_acquire_many(3).unwrap();
    /// drop(all.split(2));
    /// assert_eq!(pans.available_permits(), 2);
    /// assert!(all.split(2).is_none());
    /// ```
    pub fn split(&mut self, permits: usize) -> Option<Permit<S>>
    where
        S: Clone,
    {
        let left = self.permits.checked_sub(permits)?;
        let semaphore = self.semaphore.clone();
        self.permits = left;
        Some(Permit { semaphore, permits })
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Permit<S> {
    fn drop(&mut self) {
        if self.permits > 0 {
            self.semaphore.give_back(self.permits);
        }
    }
}
