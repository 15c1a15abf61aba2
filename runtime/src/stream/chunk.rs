//! `Chunk`: items that are gathered.
//!
//! Next: `chunks.rs`, a stream of them.

use std::mem;

/// A chunk gets room for so many items at once, for more when they come: a
/// size of `usize::MAX` means "as many as there are".
const ROOM: usize = 1024;

/// Up to `size` items that wait to be handed out together.
#[derive(Debug)]
pub(super) struct Chunk<T> {
    items: Vec<T>,
    size: usize,
}

impl<T> Chunk<T> {
    /// # Panics
    ///
    /// If `size` is 0; `method` is who was called with it.
    #[track_caller]
    pub(super) fn new(size: usize, method: &str) -> Chunk<T> {
        assert!(
            size > 0,
            "`{method}` with chunks of 0 items would never end: a chunk needs \
             room for at least one"
        );
        Chunk { items: Vec::new(), size }
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// How many more it takes.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.size - self.items.len()
    }

    /// Adds an item, for which there is room.
    #[inline]
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() == self.items.capacity() {
            self.grow();
        }
        self.items.push(item);
    }

    #[inline(never)]
    fn grow(&mut self) {
        if self.items.is_empty() {
            self.items = Vec::with_capacity(self.size.min(ROOM));
        } else {
            self.items.reserve(1); // for many more, as a `Vec` does
        }
    }

    /// Hands out what there is, if there is any.
    pub(super) fn take(&mut self) -> Option<Vec<T>> {
        if self.items.is_empty() {
            return None;
        }
        Some(mem::take(&mut self.items))
    }

    /// How many chunks there will be, with so many items to come.
    pub(super) fn hint(
        &self,
        (least, most): (usize, Option<usize>),
    ) -> (usize, Option<usize>) {
        let chunks = |items: usize| items.div_ceil(self.size);
        let (least, most) = super::add_to_hint(self.len(), (least, most));
        (chunks(least), most.map(chunks))
    }
}
