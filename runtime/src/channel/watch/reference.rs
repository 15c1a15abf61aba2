//! A look at the value, as it was then.
//!
//! Next: `error.rs`, why there is nothing to see.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A look at the value, as it was then. It holds no lock: it may be kept
/// across an `.await`, sent to another thread, and cloned cheaply.
///
/// ```
/// use onecook::channel::watch;
///
/// let (sender, receiver) = watch::channel(String::from("cold"));
/// let then = receiver.borrow();
/// sender.send(String::from("hot")).unwrap();
/// assert_eq!(*then, "cold");
/// assert_eq!(*receiver.borrow(), "hot");
/// ```
#[must_use = "it is a look at the value"]
pub struct Ref<T> {
    value: Arc<T>,
    has_changed: bool,
}

impl<T> Ref<T> {
    pub(super) fn new(value: Arc<T>, has_changed: bool) -> Ref<T> {
        Ref { value, has_changed }
    }

    /// Whether its receiver had not seen the value before. Always `false` for
    /// a sender's.
    ///
    /// ```
    /// # use onecook::channel::watch;
    /// let (sender, mut receiver) = watch::channel("cold");
    /// sender.send("hot").unwrap();
    /// assert!(receiver.borrow_and_update().has_changed());
    /// assert!(!receiver.borrow_and_update().has_changed());
    /// ```
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Ref<T> {
        Ref::new(self.value.clone(), self.has_changed)
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
