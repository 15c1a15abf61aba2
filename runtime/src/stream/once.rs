//! `once`: a stream of one item.
//!
//! Next: `repeat.rs`, the same item for ever.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

/// A stream of one item, ready at once. Then it has ended, and stays so.
///
/// For an item to wait for: `once(()).then(|()| future)`.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// onecook::block_on(async {
///     let mut egg = stream::once("egg");
///     assert_eq!(egg.next().await, Some("egg"));
///     assert_eq!(egg.next().await, None);
/// });
/// ```
pub fn once<T>(item: T) -> Once<T> {
    Once { item: Some(item) }
}

/// Stream of [`once`].
#[must_use = "streams do nothing unless polled"]
#[derive(Clone, Debug)]
pub struct Once<T> {
    item: Option<T>,
}

/// The item is never pinned.
impl<T> Unpin for Once<T> {}

impl<T> Stream for Once<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(self.get_mut().item.take())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.item.is_some());
        (left, Some(left))
    }
}

impl<T> FusedStream for Once<T> {
    fn is_terminated(&self) -> bool {
        self.item.is_none()
    }
}
