//! A value, and a look at it.
//!
//! Next: `shared.rs`, the lock around it.

use std::fmt;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

/// The value, and shares of it. A box whose value is gone is used again, so
/// sending takes nothing from the allocator while nobody keeps a look.
#[derive(Debug)]
pub(super) struct Value<T> {
    share: Arc<Option<T>>,
    empty: Option<Arc<Option<T>>>,
}

impl<T> Value<T> {
    pub(super) fn new(value: T) -> Value<T> {
        Value { share: Arc::new(Some(value)), empty: None }
    }

    #[inline]
    pub(super) fn share(&self) -> Arc<Option<T>> {
        self.share.clone()
    }

    /// Puts a value in the place of this one, which is returned.
    #[inline]
    pub(super) fn replace(&mut self, value: T) -> Arc<Option<T>> {
        let next = match self.empty.take() {
            Some(mut empty) => match Arc::get_mut(&mut empty) {
                Some(place) => {
                    *place = Some(value);
                    empty
                }
                None => Arc::new(Some(value)),
            },
            None => Arc::new(Some(value)),
        };
        mem::replace(&mut self.share, next)
    }

    /// Keeps an empty box for the next value.
    #[inline]
    pub(super) fn keep(&mut self, empty: Arc<Option<T>>) {
        self.empty = Some(empty);
    }
}

/// A look at the value as it was when one looked. It holds no lock: newer
/// values may come meanwhile, and it may be kept across an await.
///
/// ```
/// use onecook::channel::watch;
///
/// let (sender, receiver) = watch::channel("eggs");
/// let before = receiver.borrow();
/// sender.send("toast").unwrap();
/// assert_eq!((*before, *receiver.borrow()), ("eggs", "toast"));
/// ```
#[must_use = "a look is for looking"]
pub struct Ref<T> {
    share: Arc<Option<T>>,
    has_changed: bool,
}

impl<T> Ref<T> {
    pub(super) fn new(share: Arc<Option<T>>, has_changed: bool) -> Ref<T> {
        Ref { share, has_changed }
    }

    /// Whether the receiver that looked had not seen this value before.
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.share.as_ref().as_ref().expect("a shared box holds a value")
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
