//! `repeat`: the same item for ever.
//!
//! Next: `empty.rs`, no item at all.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

/// A stream of clones of `item`, each ready at once. It never ends.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let eggs = stream::repeat("egg").take(3).collect::<Vec<_>>();
/// assert_eq!(onecook::block_on(eggs), ["egg", "egg", "egg"]);
/// ```
pub fn repeat<T: Clone>(item: T) -> Repeat<T> {
    Repeat { item }
}

/// Stream of [`repeat`].
#[must_use = "streams do nothing unless polled"]
#[derive(Clone, Debug)]
pub struct Repeat<T> {
    item: T,
}

/// The item is never pinned.
impl<T> Unpin for Repeat<T> {}

impl<T: Clone> Stream for Repeat<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(Some(self.item.clone()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl<T: Clone> FusedStream for Repeat<T> {
    fn is_terminated(&self) -> bool {
        false
    }
}
