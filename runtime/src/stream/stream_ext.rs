//! `StreamExt`: what can be done with a stream.
//!
//! Next: `next.rs`, the future of the next item.

use futures_core::Stream;

use super::{Map, Next};

/// What can be done with any [`Stream`].
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let next = onecook::block_on(async {
///     stream::iter(["A", "B"]).map(str::to_lowercase).next().await
/// });
/// assert_eq!(next.as_deref(), Some("a"));
/// ```
pub trait StreamExt: Stream {
    /// Waits for the next item; `None` at the end.
    ///
    /// A stream that is not `Unpin` is pinned first, by `std::pin::pin!` or
    /// [`Box::pin`].
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut eggs = stream::iter(["A", "B"]);
    ///     assert_eq!(eggs.next().await, Some("A"));
    ///     assert_eq!(eggs.next().await, Some("B"));
    ///     assert_eq!(eggs.next().await, None);
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: an item that was not handed out stays in the stream.
    #[doc(alias = "recv")]
    #[doc(alias = "anext")]
    #[doc(alias = "for await")]
    fn next(&mut self) -> Next<'_, Self>
    where
        Self: Unpin,
    {
        Next::new(self)
    }

    /// Calls `f` with each item, and hands out what it returns.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut squares = stream::iter(1..=2).map(|n| n * n);
    ///     assert_eq!(squares.next().await, Some(1));
    ///     assert_eq!(squares.next().await, Some(4));
    /// });
    /// ```
    fn map<T, F>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> T,
    {
        Map::new(self, f)
    }
}

impl<S: Stream + ?Sized> StreamExt for S {}
