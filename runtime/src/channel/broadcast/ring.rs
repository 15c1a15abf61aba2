//! The values of a `broadcast` channel, oldest first.
//!
//! Every value has a number, counted from 0, and knows how many receivers
//! have yet to see it. Receivers see the values in order, so the values that
//! all have seen are the oldest ones, and they go at once.
//!
//! ```text
//!   gone │ first          end │ to come
//!   ... 4│  5    6    7    8  │ 9 ...
//!          ▲         ▲
//!          └ a slow  └ a receiver: sees 7 next
//! ```
//!
//! Next: `shared.rs`, the lock around it.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

/// How much memory an empty ring may keep, in bytes.
const KEPT: usize = 16 * 1024;

pub(super) struct Ring<T> {
    slots: VecDeque<Slot<T>>,
    capacity: usize,
    /// The number of the oldest value.
    first: u64,
}

struct Slot<T> {
    value: Value<T>,
    /// How many receivers have yet to see it.
    unseen_by: usize,
}

/// A value, on its way out of the lock.
pub(super) enum Value<T> {
    /// One receiver will see it: it gets the value itself.
    Whole(T),
    /// Several will: each takes a share out of the lock, and clones there.
    Shared(Arc<T>),
}

impl<T> Value<T> {
    fn new(value: T, receivers: usize) -> Value<T> {
        if receivers == 1 {
            return Value::Whole(value);
        }
        Value::Shared(Arc::new(value))
    }

    /// The value for one receiver. User code: not under the lock.
    #[inline]
    pub(super) fn for_one(self) -> T
    where
        T: Clone,
    {
        match self {
            Value::Whole(value) => value,
            Value::Shared(share) => Arc::unwrap_or_clone(share),
        }
    }
}

/// What a receiver finds at its place.
pub(super) enum Found<T> {
    Value(Value<T>),
    /// So many values are gone that it has not seen.
    Missed(u64),
    Nothing,
}

impl<T> Ring<T> {
    pub(super) const fn new(capacity: usize) -> Ring<T> {
        Ring { slots: VecDeque::new(), capacity, first: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The number of the next value to come.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    /// How many values that receiver has yet to see, missed ones left out.
    pub(super) fn unseen(&self, next: u64) -> usize {
        let next = next.max(self.first);
        usize::try_from(self.end() - next).unwrap_or(usize::MAX)
    }

    /// Adds a value, and returns the oldest one if there is no room for both.
    #[inline]
    pub(super) fn push(
        &mut self,
        value: T,
        receivers: usize,
    ) -> Option<Value<T>> {
        let full = self.slots.len() == self.capacity;
        let oldest = if full { self.pop() } else { None };
        let value = Value::new(value, receivers);
        self.slots.push_back(Slot { value, unseen_by: receivers });
        oldest
    }

    #[inline]
    fn pop(&mut self) -> Option<Value<T>> {
        let oldest = self.slots.pop_front()?;
        self.first += 1;
        Some(oldest.value)
    }

    /// What the receiver that expects value `next` sees; it has then seen it.
    #[inline]
    pub(super) fn see(&mut self, next: u64) -> Found<T> {
        if next < self.first {
            return Found::Missed(self.first - next);
        }
        let index = (next - self.first) as usize;
        let Some(slot) = self.slots.get_mut(index) else {
            return Found::Nothing;
        };
        if slot.unseen_by > 1 {
            slot.unseen_by -= 1;
            let Value::Shared(share) = &slot.value else {
                unreachable!("a value for several is shared")
            };
            return Found::Value(Value::Shared(share.clone()));
        }
        let value = self.pop().expect("there is one");
        if self.slots.capacity() > const { kept::<T>() } {
            self.shrink();
        }
        Found::Value(value)
    }

    /// The receiver that expects `next` is gone. Returns the values that now
    /// nobody is left to see.
    pub(super) fn forget(&mut self, next: u64) -> VecDeque<Value<T>> {
        let unseen = self.slots.len() - self.unseen(next);
        for slot in self.slots.range_mut(unseen..) {
            slot.unseen_by -= 1;
        }
        let mut gone = VecDeque::new();
        while self.slots.front().is_some_and(|slot| slot.unseen_by == 0) {
            gone.extend(self.pop());
        }
        self.shrink();
        gone
    }

    /// Gives memory back after a burst: half of it at a time, when three
    /// quarters are not used.
    fn shrink(&mut self) {
        let capacity = self.slots.capacity();
        if capacity > kept::<T>() && self.slots.len() <= capacity / 4 {
            self.slots.shrink_to((capacity / 2).max(kept::<T>()));
        }
    }
}

/// How many slots an empty ring may keep.
const fn kept<T>() -> usize {
    let slots = KEPT / mem::size_of::<Slot<T>>();
    if slots < 4 { 4 } else { slots }
}
