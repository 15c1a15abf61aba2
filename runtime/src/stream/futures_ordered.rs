//! `FuturesOrdered`: futures whose outputs come in the futures' order.
//!
//! Next: `source.rs`, a stream that is polled when it was woken.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::pool::Pool;

/// A stream of the outputs of many futures, in the order of the queue.
///
/// All futures in it go on side by side, and only those that were woken are
/// polled, in the order in which they were woken. An output that is there
/// before its turn waits in the queue; its future is dropped at once.
///
/// As with [`FuturesUnordered`](super::FuturesUnordered), the futures stand
/// still while nobody polls the stream, `None` comes when the queue is empty,
/// and more may be pushed then.
///
/// ```
/// use onecook::stream::{FuturesOrdered, StreamExt};
/// use std::time::Duration;
///
/// async fn fry(egg: &'static str, millis: u64) -> &'static str {
///     onecook::time::sleep(Duration::from_millis(millis)).await;
///     egg
/// }
///
/// let mut served = Vec::new();
/// onecook::block_on(async {
///     let mut eggs = FuturesOrdered::new();
///     eggs.push_back(fry("well done", 20));
///     eggs.push_back(fry("soft", 5));
///     while let Some(egg) = eggs.next().await {
///         served.push(egg); // 20 ms for both, not 25
///     }
/// });
/// assert_eq!(served, ["well done", "soft"]);
/// ```
///
/// # Panics
///
/// With whatever a future panics with, in the poll of the stream. That future
/// is dropped and leaves the queue; the others stay, and the stream can be
/// polled again.
///
/// # Cancel safety
///
/// Dropping `next()` loses nothing. Dropping the collection drops all futures
/// in it, and the outputs that waited for their turn.
#[doc(alias = "gather")]
#[must_use = "streams do nothing unless polled"]
pub struct FuturesOrdered<F: Future> {
    pool: Pool<F>,
    queue: VecDeque<Entry<F::Output>>,
    /// The number of the first in the queue; it wraps around.
    first: u64,
    /// By its place in the pool, each future's number.
    numbers: Vec<u64>,
    /// So many entries are left of futures that panicked.
    panicked: usize,
}

/// The outputs are pinned nowhere.
impl<F: Future> Unpin for FuturesOrdered<F> {}

/// What the queue waits for.
enum Entry<T> {
    /// The future.
    Waiting,
    /// Its turn.
    Ended(T),
    /// Nothing: the future panicked.
    Panicked,
}

impl<F: Future> FuturesOrdered<F> {
    /// No future yet.
    pub const fn new() -> FuturesOrdered<F> {
        FuturesOrdered {
            pool: Pool::new("FuturesOrdered"),
            queue: VecDeque::new(),
            first: 0,
            numbers: Vec::new(),
            panicked: 0,
        }
    }

    /// Adds a future at the end of the queue. If somebody waits for the stream
    /// already, they are woken.
    #[inline]
    pub fn push_back(&mut self, future: F) {
        let number = self.first.wrapping_add(self.queue.len() as u64);
        self.queue.push_back(Entry::Waiting);
        self.add(future, number);
    }

    /// Adds a future before all others.
    ///
    /// ```
    /// use onecook::future::ready;
    /// use onecook::stream::{FuturesOrdered, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut orders = FuturesOrdered::from_iter([ready("A")]);
    ///     orders.push_front(ready("urgent"));
    ///     assert_eq!(orders.next().await, Some("urgent"));
    ///     assert_eq!(orders.next().await, Some("A"));
    /// });
    /// ```
    pub fn push_front(&mut self, future: F) {
        self.first = self.first.wrapping_sub(1);
        self.queue.push_front(Entry::Waiting);
        self.add(future, self.first);
    }

    #[inline]
    fn add(&mut self, future: F, number: u64) {
        let place = self.pool.add(future);
        if place == self.numbers.len() {
            self.numbers.push(number);
        } else {
            self.numbers[place] = number;
        }
    }

    /// How many there are: futures, and outputs that wait for their turn.
    #[inline]
    pub fn len(&self) -> usize {
        self.queue.len() - self.panicked
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops all futures and outputs, and the room they took.
    pub fn clear(&mut self) {
        *self = FuturesOrdered::new();
    }

    #[inline]
    pub(super) fn hush(&self) {
        self.pool.hush();
    }
}

impl<F: Future> FuturesOrdered<F> {
    /// The first output in the queue if it is there; `Ready(None)` if the
    /// queue is empty.
    #[inline]
    fn take_first(&mut self) -> Poll<Option<F::Output>> {
        loop {
            match self.queue.front() {
                None => return Poll::Ready(None),
                Some(Entry::Waiting) => return Poll::Pending,
                Some(Entry::Ended(_) | Entry::Panicked) => {}
            }
            self.first = self.first.wrapping_add(1);
            match self.queue.pop_front() {
                Some(Entry::Ended(output)) => return Poll::Ready(Some(output)),
                _ => self.panicked -= 1,
            }
        }
    }

    /// Polls those who were woken until one ends, and puts its output into the
    /// queue. `false`: none of them ended.
    #[inline]
    fn poll_woken(&mut self, cx: &Context<'_>) -> bool {
        let mut polling = Polling { collection: self, returned: false };
        let ended = polling.collection.pool.next_ended(cx);
        polling.returned = true;
        drop(polling);
        let Some((place, output)) = ended else { return false };
        self.set_entry(place, Entry::Ended(output));
        true
    }

    #[inline]
    fn set_entry(&mut self, place: usize, entry: Entry<F::Output>) {
        let index = self.numbers[place].wrapping_sub(self.first);
        self.queue[index as usize] = entry;
    }
}

/// Polls of the futures. If one panics, its entry says so.
struct Polling<'a, F: Future> {
    collection: &'a mut FuturesOrdered<F>,
    returned: bool,
}

impl<F: Future> Drop for Polling<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if !self.returned {
            let place = self.collection.pool.last();
            self.collection.set_entry(place, Entry::Panicked);
            self.collection.panicked += 1;
        }
    }
}

impl<F: Future> Stream for FuturesOrdered<F> {
    type Item = F::Output;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<F::Output>> {
        let this = self.get_mut();
        if let Poll::Ready(first) = this.take_first() {
            return Poll::Ready(first);
        }
        this.pool.begin_poll(cx);
        while this.poll_woken(cx) {
            if let Poll::Ready(first) = this.take_first() {
                return Poll::Ready(first);
            }
        }
        Poll::Pending
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<F: Future> FusedStream for FuturesOrdered<F> {
    fn is_terminated(&self) -> bool {
        self.is_empty()
    }
}

impl<F: Future> Default for FuturesOrdered<F> {
    fn default() -> FuturesOrdered<F> {
        FuturesOrdered::new()
    }
}

impl<F: Future> Extend<F> for FuturesOrdered<F> {
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        futures.into_iter().for_each(|future| self.push_back(future));
    }
}

impl<F: Future> FromIterator<F> for FuturesOrdered<F> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut collection = FuturesOrdered::new();
        collection.extend(futures);
        collection
    }
}

impl<F: Future> fmt::Debug for FuturesOrdered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuturesOrdered(len: {})", self.len())
    }
}
