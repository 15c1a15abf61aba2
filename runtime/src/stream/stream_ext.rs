//! `StreamExt`: what can be done with a stream.
//!
//! Next: `next.rs`, the future of the next item.

use std::future::Future;

use futures_core::Stream;

use super::{BufferUnordered, BufferUnorderedSpawned, Buffered};
use super::{BufferedSpawned, ForEachConcurrent, Map, Next};

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

    /// Keeps up to `limit` futures of this stream in flight, and hands out
    /// their outputs in the order of the stream.
    ///
    /// An output that is there before its turn waits, and counts as in flight.
    ///
    /// **The futures stand still while nobody polls this stream.** A consumer
    /// that is busy with one output lets nothing else go on:
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::{Instant, sleep};
    /// use std::time::Duration;
    ///
    /// async fn fry(egg: u32) -> u32 {
    ///     sleep(Duration::from_secs(1)).await; // one side,
    ///     sleep(Duration::from_secs(1)).await; // and the other
    ///     egg
    /// }
    ///
    /// let runtime = onecook::Builder::new().virtual_time().build()?;
    /// let took = runtime.block_on(async {
    ///     let begin = Instant::now();
    ///     let mut eggs = stream::iter([fry(1), fry(2), fry(3)]).buffered(2);
    ///     while let Some(egg) = eggs.next().await {
    ///         sleep(Duration::from_secs(10)).await; // to eat it
    ///         println!("ate {egg}");
    ///     }
    ///     begin.elapsed()
    /// });
    /// // 2 s for the first two, 10 s each to eat; and 2 s for the third, which
    /// // did not even begin while the others were eaten.
    /// assert_eq!(took.as_secs(), 2 + 10 + 10 + 2 + 10 - 2 + 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// [`buffered_spawned`](StreamExt::buffered_spawned) goes on meanwhile.
    ///
    /// # Panics
    ///
    /// If `limit` is 0; and the poll with whatever a future panics with: that
    /// one's output is missing then, the others come.
    ///
    /// # Cancel safety
    ///
    /// Dropping `next()` loses nothing. Dropping the stream drops the futures
    /// in flight, and the outputs that wait for their turn.
    #[track_caller]
    #[doc(alias = "map_async")]
    #[doc(alias = "imap")]
    fn buffered(self, limit: usize) -> Buffered<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        Buffered::new(self, at_least_one("buffered", limit))
    }

    /// Keeps up to `limit` futures of this stream in flight, and hands out
    /// their outputs as they come.
    ///
    /// The futures stand still while nobody polls this stream: see
    /// [`buffered`](StreamExt::buffered), and
    /// [`buffer_unordered_spawned`](StreamExt::buffer_unordered_spawned).
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::sleep;
    /// use std::time::Duration;
    ///
    /// let eggs = stream::iter([20, 5]).map(|millis| async move {
    ///     sleep(Duration::from_millis(millis)).await;
    ///     millis
    /// });
    /// onecook::block_on(async {
    ///     let mut eggs = eggs.buffer_unordered(2);
    ///     assert_eq!(eggs.next().await, Some(5));
    ///     assert_eq!(eggs.next().await, Some(20));
    ///     assert_eq!(eggs.next().await, None);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`buffered`](StreamExt::buffered).
    ///
    /// # Cancel safety
    ///
    /// As [`buffered`](StreamExt::buffered).
    #[track_caller]
    #[doc(alias = "as_completed")]
    #[doc(alias = "imap_unordered")]
    fn buffer_unordered(self, limit: usize) -> BufferUnordered<Self>
    where
        Self: Sized,
        Self::Item: Future,
    {
        BufferUnordered::new(self, at_least_one("buffer_unordered", limit))
    }

    /// Like [`buffered`](StreamExt::buffered), with a task for each future:
    /// up to `limit` go on while the consumer is busy.
    ///
    /// Futures are taken from this stream, and spawned, when it is polled: a
    /// consumer that stays away finds up to `limit` outputs when it returns,
    /// and no more has begun.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::{Instant, sleep};
    /// use std::time::Duration;
    ///
    /// async fn fry(egg: u32) -> u32 {
    ///     sleep(Duration::from_secs(1)).await; // one side,
    ///     sleep(Duration::from_secs(1)).await; // and the other
    ///     egg
    /// }
    ///
    /// let runtime = onecook::Builder::new().virtual_time().build()?;
    /// let took = runtime.block_on(async {
    ///     let begin = Instant::now();
    ///     let eggs = stream::iter([fry(1), fry(2), fry(3)]);
    ///     let mut eggs = eggs.buffered_spawned(2);
    ///     while let Some(egg) = eggs.next().await {
    ///         sleep(Duration::from_secs(10)).await; // to eat it
    ///         println!("ate {egg}");
    ///     }
    ///     begin.elapsed()
    /// });
    /// assert_eq!(took.as_secs(), 2 + 10 + 10 + 10);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `limit` is 0. When polled: outside a runtime; with whatever a future
    /// panics with (its output is missing then, the others come); and if a
    /// task was cancelled because its runtime shut down.
    ///
    /// # Cancel safety
    ///
    /// Dropping `next()` loses nothing. Dropping the stream aborts its tasks:
    /// each future is dropped at its task's next turn.
    #[track_caller]
    fn buffered_spawned(self, limit: usize) -> BufferedSpawned<Self>
    where
        Self: Sized,
        Self::Item: Future + 'static,
        <Self::Item as Future>::Output: 'static,
    {
        BufferedSpawned::new(self, at_least_one("buffered_spawned", limit))
    }

    /// Like [`buffer_unordered`](StreamExt::buffer_unordered), with a task for
    /// each future: up to `limit` go on while the consumer is busy.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let mut eggs = onecook::block_on(async {
    ///     let eggs = stream::iter(1..=3).map(|egg| async move { egg });
    ///     let mut eggs = eggs.buffer_unordered_spawned(2);
    ///     let mut fried = Vec::new();
    ///     while let Some(egg) = eggs.next().await {
    ///         fried.push(egg);
    ///     }
    ///     fried
    /// });
    /// eggs.sort();
    /// assert_eq!(eggs, [1, 2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`buffered_spawned`](StreamExt::buffered_spawned).
    ///
    /// # Cancel safety
    ///
    /// As [`buffered_spawned`](StreamExt::buffered_spawned).
    #[track_caller]
    fn buffer_unordered_spawned(
        self,
        limit: usize,
    ) -> BufferUnorderedSpawned<Self>
    where
        Self: Sized,
        Self::Item: Future + 'static,
        <Self::Item as Future>::Output: 'static,
    {
        let limit = at_least_one("buffer_unordered_spawned", limit);
        BufferUnorderedSpawned::new(self, limit)
    }

    /// Calls `f` with each item, and waits for the futures it returns, up to
    /// `limit` of them at a time; with `None`, for as many as there are items.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    /// use std::cell::Cell;
    ///
    /// let sum = Cell::new(0);
    /// let eggs = stream::iter(1..=4).for_each_concurrent(2, |egg| {
    ///     let sum = &sum;
    ///     async move {
    ///         onecook::yield_now().await;
    ///         sum.set(sum.get() + egg);
    ///     }
    /// });
    /// onecook::block_on(eggs);
    /// assert_eq!(sum.get(), 10);
    /// ```
    ///
    /// # Panics
    ///
    /// If `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// The futures in flight are dropped, and the rest of the stream.
    #[track_caller]
    #[doc(alias = "forEach")]
    fn for_each_concurrent<F, Fut>(
        self,
        limit: impl Into<Option<usize>>,
        f: F,
    ) -> ForEachConcurrent<Self, F, Fut>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = ()>,
    {
        let limit = limit.into().unwrap_or(usize::MAX);
        let limit = at_least_one("for_each_concurrent", limit);
        ForEachConcurrent::new(self, limit, f)
    }
}

impl<S: Stream + ?Sized> StreamExt for S {}

#[track_caller]
fn at_least_one(name: &str, limit: usize) -> usize {
    assert!(
        limit > 0,
        "`{name}` with a limit of 0 could never begin: let at least 1 future \
         be in flight"
    );
    limit
}
