//! `iter`: a stream of what an iterator has.
//!
//! Next: `once.rs`, one item.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

/// A stream of the items of an iterator, each ready at once.
///
/// It never waits; whoever uses the items up gives way to other tasks from
/// time to time, as the module's docs say. After its end it does what the
/// iterator does: nearly all return `None` again.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let first = onecook::block_on(stream::iter(vec!["A", "B"]).next());
/// assert_eq!(first, Some("A"));
/// ```
#[doc(alias = "from_iter")]
pub fn iter<I: IntoIterator>(items: I) -> Iter<I::IntoIter> {
    Iter { items: items.into_iter() }
}

/// Stream of [`iter`].
#[must_use = "streams do nothing unless polled"]
#[derive(Clone, Debug)]
pub struct Iter<I> {
    items: I,
}

/// The iterator is never pinned.
impl<I> Unpin for Iter<I> {}

impl<I: Iterator> Stream for Iter<I> {
    type Item = I::Item;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<I::Item>> {
        Poll::Ready(self.get_mut().items.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}
