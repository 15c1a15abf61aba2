//! `StreamExt`: what can be done with a stream.
//!
//! Next: `next.rs`, the future of the next item.

use std::future::Future;
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::LocalBoxStream;

use super::{
    BufferUnordered, BufferUnorderedSpawned, Buffered, BufferedSpawned,
    Chained, Chunks, ChunksTimeout, Collect, Count, Enumerate, Filter,
    FilterMap, Flatten, FlattenUnordered, Fold, ForEach, ForEachConcurrent,
    Fuse, Last, Map, Next, Peekable, RateLimit, Skip, SkipWhile, Take,
    TakeUntil, TakeWhile, Then, Throttle, Timeout,
};

/// What can be done with any [`Stream`]. What holds for all of it stands in
/// the docs of the [module](super).
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
    #[doc(alias = "async for")]
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
    /// let squares = stream::iter(1..=3).map(|n| n * n);
    /// let squares = onecook::block_on(squares.collect::<Vec<_>>());
    /// assert_eq!(squares, [1, 4, 9]);
    /// ```
    fn map<T, F>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> T,
    {
        Map::new(self, f)
    }

    /// Hands out the items for which `predicate` holds.
    ///
    /// The predicate is a plain closure, as with `Iterator`. To ask with
    /// waiting, put [`then`](StreamExt::then) in front.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let even = stream::iter(1..=4).filter(|n| n % 2 == 0);
    /// let even = onecook::block_on(even.collect::<Vec<_>>());
    /// assert_eq!(even, [2, 4]);
    /// ```
    fn filter<P>(self, predicate: P) -> Filter<Self, P>
    where
        Self: Sized,
        P: FnMut(&Self::Item) -> bool,
    {
        Filter::new(self, predicate)
    }

    /// Calls `f` with each item, and hands out what is inside the `Some`s.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let words = stream::iter(["1", "egg", "2"]);
    /// let numbers = words.filter_map(|word| word.parse::<u32>().ok());
    /// let numbers = onecook::block_on(numbers.collect::<Vec<_>>());
    /// assert_eq!(numbers, [1, 2]);
    /// ```
    fn filter_map<T, F>(self, f: F) -> FilterMap<Self, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Option<T>,
    {
        FilterMap::new(self, f)
    }

    /// Calls `f` with each item, waits for its future, and hands out the
    /// output: one after another, in order.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// async fn fry(egg: &str) -> String {
    ///     onecook::yield_now().await;
    ///     format!("fried {egg}")
    /// }
    ///
    /// let fried = stream::iter(["A", "B"]).then(fry).collect::<Vec<_>>();
    /// assert_eq!(onecook::block_on(fried), ["fried A", "fried B"]);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// A future that was begun stays in the stream, and is gone on with by the
    /// next `next()`. Dropping the stream drops it.
    #[doc(alias = "map_async")]
    fn then<Fut, F>(self, f: F) -> Then<Self, Fut, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Fut,
        Fut: Future,
    {
        Then::new(self, f)
    }

    /// Numbers the items, from 0.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let mut eggs = stream::iter(["A", "B"]).enumerate();
    /// onecook::block_on(async {
    ///     assert_eq!(eggs.next().await, Some((0, "A")));
    ///     assert_eq!(eggs.next().await, Some((1, "B")));
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// As with `Iterator`: in dev builds, when there are more items than a
    /// `usize` can count.
    fn enumerate(self) -> Enumerate<Self>
    where
        Self: Sized,
    {
        Enumerate::new(self)
    }

    /// Hands out the first `n` items, then ends, without asking for another.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let few = stream::iter(0..).take(3).collect::<Vec<_>>();
    /// assert_eq!(onecook::block_on(few), [0, 1, 2]);
    /// ```
    fn take(self, n: usize) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, n)
    }

    /// Hands out items as long as `predicate` holds, then ends.
    ///
    /// The first item for which it does not hold is dropped;
    /// [`Peekable::next_if`] keeps it.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let small = stream::iter(0..).take_while(|n| *n < 3);
    /// let small = onecook::block_on(small.collect::<Vec<_>>());
    /// assert_eq!(small, [0, 1, 2]);
    /// ```
    fn take_while<P>(self, predicate: P) -> TakeWhile<Self, P>
    where
        Self: Sized,
        P: FnMut(&Self::Item) -> bool,
    {
        TakeWhile::new(self, predicate)
    }

    /// Hands out items until the future `until` is ready, then ends.
    ///
    /// The future is polled first: once it is ready, no further item is
    /// handed out, also if there is one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::sleep;
    ///
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let look = stream::interval(Duration::from_secs(1));
    /// let done = sleep(Duration::from_millis(2500));
    /// assert_eq!(look.take_until(done).count().await, 3); // at 0, 1 and 2 s
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping `next()`. Items that were not handed out
    /// when the future was ready are dropped with the stream; call it on
    /// `&mut stream` to go on with them.
    #[doc(alias = "AbortSignal")]
    fn take_until<Fut>(self, until: Fut) -> TakeUntil<Self, Fut>
    where
        Self: Sized,
        Fut: Future,
    {
        TakeUntil::new(self, until)
    }

    /// Leaves the first `n` items out.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let rest = stream::iter(0..5).skip(3).collect::<Vec<_>>();
    /// assert_eq!(onecook::block_on(rest), [3, 4]);
    /// ```
    #[doc(alias = "drop")]
    fn skip(self, n: usize) -> Skip<Self>
    where
        Self: Sized,
    {
        Skip::new(self, n)
    }

    /// Leaves items out as long as `predicate` holds; hands out all others.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let rest = stream::iter([1, 2, 9, 1]).skip_while(|n| *n < 3);
    /// let rest = onecook::block_on(rest.collect::<Vec<_>>());
    /// assert_eq!(rest, [9, 1]);
    /// ```
    fn skip_while<P>(self, predicate: P) -> SkipWhile<Self, P>
    where
        Self: Sized,
        P: FnMut(&Self::Item) -> bool,
    {
        SkipWhile::new(self, predicate)
    }

    /// Hands out the items of this stream, and after its end those of `next`.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let eggs = stream::iter(["A", "B"]).chain(stream::once("C"));
    /// let eggs = onecook::block_on(eggs.collect::<Vec<_>>());
    /// assert_eq!(eggs, ["A", "B", "C"]);
    /// ```
    fn chain<S>(self, next: S) -> Chained<Self, S>
    where
        Self: Sized,
        S: Stream<Item = Self::Item>,
    {
        Chained::new(self, next)
    }

    /// Hands out the items of the streams in this one, one stream after
    /// another. The next one is taken when the one before has ended.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let boxes = stream::iter([2, 0, 1]);
    /// let eggs = boxes.map(|count| stream::repeat("egg").take(count));
    /// let eggs = onecook::block_on(eggs.flatten().collect::<Vec<_>>());
    /// assert_eq!(eggs, ["egg"; 3]);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping `next()`. Dropping the stream drops the
    /// inner stream too, and with it what it has not handed out.
    #[doc(alias = "flat_map")]
    #[doc(alias = "flatMap")]
    #[doc(alias = "concat")]
    #[doc(alias = "chain.from_iterable")]
    fn flatten(self) -> Flatten<Self>
    where
        Self: Sized,
        Self::Item: Stream,
    {
        Flatten::new(self)
    }

    /// Lets the next item be looked at before it is taken. See
    /// [`Peekable::peek`] and [`Peekable::next_if`].
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut eggs = stream::iter(["A", "B"]).peekable();
    ///     assert_eq!(eggs.peek().await, Some(&"A"));
    ///     assert_eq!(eggs.collect::<String>().await, "AB");
    /// });
    /// ```
    fn peekable(self) -> Peekable<Self>
    where
        Self: Sized,
    {
        Peekable::new(self)
    }

    /// Stays ended after its end, whatever the stream would do; the stream is
    /// dropped then.
    ///
    /// ```
    /// use std::task::Poll;
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut items = [Some(1), None, Some(2)].into_iter();
    ///     let restless = stream::poll_fn(move |_| {
    ///         Poll::Ready(items.next().flatten())
    ///     });
    ///     let mut fused = restless.fuse();
    ///     assert_eq!(fused.next().await, Some(1));
    ///     assert_eq!(fused.next().await, None);
    ///     assert_eq!(fused.next().await, None);
    /// });
    /// ```
    fn fuse(self) -> Fuse<Self>
    where
        Self: Sized,
    {
        Fuse::new(self)
    }

    /// Gathers items, and hands them out `n` at a time. The last chunk may be
    /// shorter; none is empty.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let boxes = stream::iter(1..=5).chunks(2).collect::<Vec<_>>();
    /// let boxes = onecook::block_on(boxes);
    /// assert_eq!(boxes, [vec![1, 2], vec![3, 4], vec![5]]);
    /// ```
    ///
    /// # Panics
    ///
    /// At once, if `n` is 0.
    ///
    /// # Cancel safety
    ///
    /// What was gathered stays in the stream when `next()` is dropped.
    #[doc(alias = "batched")]
    #[track_caller]
    fn chunks(self, n: usize) -> Chunks<Self>
    where
        Self: Sized,
    {
        Chunks::new(self, n)
    }

    /// As [`chunks`](StreamExt::chunks), but hands out what it has when
    /// `duration` has passed since the first item of the chunk came.
    ///
    /// With a duration of zero a chunk is what is ready at once, up to `n`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::stream::{self, StreamExt};
    ///
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let second = Duration::from_secs(1);
    /// let orders = stream::iter(["A", "B"]).chain(stream::pending());
    /// let mut boxes = orders.chunks_timeout(10, second);
    /// assert_eq!(boxes.next().await, Some(vec!["A", "B"])); // after 1 s
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// At once, if `n` is 0. When it has to wait outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// What was gathered stays in the stream when `next()` is dropped, and its
    /// time goes on.
    #[doc(alias = "ready_chunks")]
    #[doc(alias = "debounce")]
    #[track_caller]
    fn chunks_timeout(self, n: usize, duration: Duration) -> ChunksTimeout<Self>
    where
        Self: Sized,
    {
        ChunksTimeout::new(self, n, duration)
    }

    /// Gives each item so much time from when it is first waited for: what
    /// [`timeout`](crate::time::timeout()) around each `next()` would do.
    ///
    /// After an [`Elapsed`](crate::time::error::Elapsed) the stream can be
    /// waited for again, with as much time again (tokio-stream's waits without
    /// a limit then). The time that the consumer takes does not count.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::stream::{self, StreamExt};
    ///
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let second = Duration::from_secs(1);
    /// let orders = stream::once("egg").chain(stream::pending());
    /// let mut orders = orders.timeout(second);
    /// assert_eq!(orders.next().await, Some(Ok("egg")));
    /// assert!(orders.next().await.unwrap().is_err());
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// When it has to wait outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping `next()`, and the time goes on.
    #[doc(alias = "timeout_repeating")]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        Timeout::new(self, duration)
    }

    /// Lets at least `duration` pass between two items. The first one passes
    /// at once; a duration of zero holds nothing up.
    ///
    /// No item is left out. `next()` asks the stream at once, and holds the
    /// item back until the time is over; the others wait in the stream. The end
    /// is no item, and comes at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::Instant;
    ///
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let start = Instant::now();
    /// let second = Duration::from_secs(1);
    /// let mut eggs = stream::iter(["A", "B"]).throttle(second);
    /// eggs.next().await;
    /// eggs.next().await;
    /// assert_eq!(start.elapsed(), second);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// When it has to wait outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping `next()`, and the time goes on. Dropping
    /// the stream drops the item that waits here.
    fn throttle(self, duration: Duration) -> Throttle<Self>
    where
        Self: Sized,
    {
        Throttle::new(self, duration)
    }

    /// Lets at most `n` items pass in *every* window of length `per`, wherever
    /// the window begins (half open: it has its start, not its end).
    ///
    /// **Burst:** `n` items may pass at once, at the start and whenever none
    /// passed for as long as `per`. What counts is when an item is handed out.
    /// It remembers when each of the last `n` items passed.
    ///
    /// No item is left out. `next()` asks the stream also while the limit is
    /// reached, and holds the item back until it may pass; the others wait in
    /// the stream. The end is no item, and comes at once.
    ///
    /// So what is to *begin* at this rate comes behind it:
    /// `orders.rate_limit(3, minute).then(ask)`. In front of it one would begin
    /// before its time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::Instant;
    ///
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let start = Instant::now();
    /// let calls = stream::iter(1..=5);
    /// let calls = calls.rate_limit(2, Duration::from_secs(1));
    /// let times = calls.map(|_| start.elapsed().as_secs());
    /// assert_eq!(times.collect::<Vec<_>>().await, [0, 0, 1, 1, 2]);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// At once, if `n` or `per` is zero. When it has to wait outside a
    /// runtime.
    ///
    /// # Cancel safety
    ///
    /// As [`throttle`](StreamExt::throttle).
    #[doc(alias = "Limiter")]
    #[track_caller]
    fn rate_limit(self, n: usize, per: Duration) -> RateLimit<Self>
    where
        Self: Sized,
    {
        RateLimit::new(self, n, per)
    }

    /// Makes one value of all items: calls `f` with what it has, to begin with
    /// `initial`, and each item.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let sum = stream::iter(1..=4).fold(0, |sum, n| sum + n);
    /// assert_eq!(onecook::block_on(sum), 10);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// What was made so far is lost, and the items in it. To keep the stream
    /// at least, call it on `&mut stream`.
    #[doc(alias = "reduce")]
    fn fold<T, F>(self, initial: T, f: F) -> Fold<Self, T, F>
    where
        Self: Sized,
        F: FnMut(T, Self::Item) -> T,
    {
        Fold::new(self, initial, f)
    }

    /// Calls `f` with each item and waits for its future, one after another,
    /// until the end.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(stream::iter(["A", "B"]).for_each(async |egg| {
    ///     onecook::yield_now().await;
    ///     println!("{egg} is fried");
    /// }));
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The future that was begun, and so its item, is lost. To keep the stream
    /// at least, call it on `&mut stream`.
    #[doc(alias = "forEach")]
    fn for_each<Fut, F>(self, f: F) -> ForEach<Self, Fut, F>
    where
        Self: Sized,
        F: FnMut(Self::Item) -> Fut,
        Fut: Future<Output = ()>,
    {
        ForEach::new(self, f)
    }

    /// Waits for the end, and hands out all items in a collection.
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let eggs = stream::iter(["A", "B", "A"]).collect::<HashSet<_>>();
    /// assert_eq!(onecook::block_on(eggs).len(), 2);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// What was gathered so far is lost. To keep it, push the items of
    /// `next()` yourself.
    #[doc(alias = "Array.fromAsync")]
    #[doc(alias = "toArray")]
    fn collect<C>(self) -> Collect<Self, C>
    where
        Self: Sized,
        C: Default + Extend<Self::Item>,
    {
        Collect::new(self)
    }

    /// Waits for the end, and tells how many items there were.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let eggs = stream::iter(["A", "B"]).count();
    /// assert_eq!(onecook::block_on(eggs), 2);
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The count, and the items counted, are lost.
    fn count(self) -> Count<Self>
    where
        Self: Sized,
    {
        Count::new(self)
    }

    /// Waits for the end, and hands out the last item; `None` without any.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let last = stream::iter(["A", "B"]).last();
    /// assert_eq!(onecook::block_on(last), Some("B"));
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The items so far are lost.
    fn last(self) -> Last<Self>
    where
        Self: Sized,
    {
        Last::new(self)
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
    /// // 2 s for the first two, and 10 s to eat each; then 2 s for the third,
    /// // which stood still meanwhile, and 10 s to eat it.
    /// assert_eq!(took.as_secs(), 2 + 10 + 10 + 2 + 10);
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

    /// Keeps up to `limit` of the streams in this one going, and hands out
    /// their items as they come; with `None`, as many as there are.
    ///
    /// Each is polled only when it was woken. It is fair: one that gave an item
    /// goes behind the others that have some. The next one is taken when one
    /// has ended. All of them stand still while nobody polls this stream, as
    /// with [`buffered`](StreamExt::buffered).
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    /// use onecook::time::sleep;
    /// use std::time::Duration;
    ///
    /// let runtime = onecook::Builder::new().virtual_time().build()?;
    /// let cooks = stream::iter([("slow", 3), ("fast", 2)]);
    /// let eggs = cooks.map(|(cook, seconds)| {
    ///     stream::iter([1, 2]).then(move |egg| async move {
    ///         sleep(Duration::from_secs(seconds)).await;
    ///         (cook, egg)
    ///     })
    /// });
    /// let eggs = eggs.flatten_unordered(2).collect::<Vec<_>>();
    /// let eggs = runtime.block_on(eggs);
    /// let expected = [("fast", 1), ("slow", 1), ("fast", 2), ("slow", 2)];
    /// assert_eq!(eggs, expected);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `limit` is 0; and the poll with whatever an inner stream panics
    /// with: that one is dropped then, the others go on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping `next()`. Dropping the stream drops the
    /// inner streams too, and with them what they have not handed out.
    #[doc(alias = "flat_map_unordered")]
    #[doc(alias = "mergeAll")]
    #[doc(alias = "merge")]
    #[track_caller]
    fn flatten_unordered(
        self,
        limit: impl Into<Option<usize>>,
    ) -> FlattenUnordered<Self>
    where
        Self: Sized,
        Self::Item: Stream,
    {
        let limit = limit.into().unwrap_or(usize::MAX);
        FlattenUnordered::new(self, limit)
    }

    /// Puts the stream into a box: one type for streams of different types,
    /// and `Unpin`.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// let eggs = [
    ///     stream::once("A").boxed_local(),
    ///     stream::iter(["B", "C"]).boxed_local(),
    /// ];
    /// onecook::block_on(async {
    ///     for mut eggs in eggs {
    ///         assert!(eggs.next().await.is_some());
    ///     }
    /// });
    /// ```
    fn boxed_local<'a>(self) -> LocalBoxStream<'a, Self::Item>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
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
