//! `FuturesUnordered`: futures whose outputs come as they end.
//!
//! Next: `futures_ordered.rs`, the outputs in the order of the futures.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::pool::Pool;

/// A stream of the outputs of many futures, each as soon as it is there.
///
/// Only the futures that were woken are polled, in the order in which they
/// were woken: a thousand that end one by one cost about two thousand polls.
/// They run in the task that polls the stream, and while nobody does, they
/// stand still; what must go on meanwhile is [`spawn`](crate::spawn)ed.
///
/// When there is no future left the stream yields `None`. More may be pushed
/// then, and it goes on. The room that a future took serves the next one, so
/// pushing asks the allocator for nothing once there have been as many;
/// [`clear`](FuturesUnordered::clear) gives the room back.
///
/// ```
/// use onecook::stream::{FuturesUnordered, StreamExt};
/// use std::time::Duration;
///
/// async fn fry(egg: &'static str, millis: u64) -> &'static str {
///     onecook::time::sleep(Duration::from_millis(millis)).await;
///     egg
/// }
///
/// let mut fried = Vec::new();
/// onecook::block_on(async {
///     let mut eggs = FuturesUnordered::new();
///     eggs.push(fry("well done", 40));
///     eggs.push(fry("soft", 5));
///     while let Some(egg) = eggs.next().await {
///         fried.push(egg);
///     }
/// });
/// assert_eq!(fried, ["soft", "well done"]);
/// ```
///
/// # Panics
///
/// With whatever a future panics with, in the poll of the stream. That future
/// is dropped; the others stay, and the stream can be polled again.
///
/// # Cancel safety
///
/// Dropping `next()` loses nothing. Dropping the collection drops all futures
/// in it.
#[doc(alias = "as_completed")]
#[doc(alias = "FuturesUnorderedBounded")]
#[doc(alias = "Promise")]
#[doc(alias = "select_all")]
#[must_use = "streams do nothing unless polled"]
pub struct FuturesUnordered<F> {
    pool: Pool<F>,
}

impl<F> FuturesUnordered<F> {
    /// No future yet.
    pub const fn new() -> FuturesUnordered<F> {
        FuturesUnordered { pool: Pool::new("FuturesUnordered") }
    }

    /// Adds a future. It is polled when the stream is; if somebody waits for
    /// the stream already, they are woken.
    ///
    /// ```
    /// use onecook::future::ready;
    /// use onecook::stream::{FuturesUnordered, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut eggs = FuturesUnordered::new();
    ///     eggs.push(ready("A"));
    ///     assert_eq!(eggs.next().await, Some("A"));
    ///     assert_eq!(eggs.next().await, None);
    ///     eggs.push(ready("B"));
    ///     assert_eq!(eggs.next().await, Some("B"));
    /// });
    /// ```
    #[inline]
    pub fn push(&mut self, future: F) {
        self.pool.add(future);
    }

    /// How many futures there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.pool.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all futures, and the room they took.
    pub fn clear(&mut self) {
        *self = FuturesUnordered::new();
    }

    #[inline]
    pub(super) fn hush(&self) {
        self.pool.hush();
    }
}

impl<F: Future> Stream for FuturesUnordered<F> {
    type Item = F::Output;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        let this = self.get_mut();
        if this.is_empty() {
            return Poll::Ready(None);
        }
        this.pool.begin_poll(cx);
        match this.pool.next_ended(cx) {
            Some((_, output)) => Poll::Ready(Some(output)),
            None => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<F: Future> FusedStream for FuturesUnordered<F> {
    fn is_terminated(&self) -> bool {
        self.is_empty()
    }
}

impl<F> Default for FuturesUnordered<F> {
    fn default() -> FuturesUnordered<F> {
        FuturesUnordered::new()
    }
}

impl<F> Extend<F> for FuturesUnordered<F> {
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| self.push(future));
    }
}

impl<F> FromIterator<F> for FuturesUnordered<F> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut collection = FuturesUnordered::new();
        collection.extend(futures);
        collection
    }
}

impl<F> fmt::Debug for FuturesUnordered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuturesUnordered(len: {})", self.len())
    }
}
