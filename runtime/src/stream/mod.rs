//! Streams: many values instead of one.
//!
//! A [`Stream`] is to an [`Iterator`] what a `Future` is to a value: it may
//! have to wait before it hands out the next item. Streams are made by the
//! functions here, by intervals, signals and the receivers of channels;
//! [`StreamExt`] has what can be done with them.
//!
//! ```
//! use onecook::stream::{self, StreamExt};
//!
//! let fried = onecook::block_on(async {
//!     let mut eggs = stream::iter(1..=3).map(|egg| format!("egg {egg}"));
//!     let mut fried = Vec::new();
//!     while let Some(egg) = eggs.next().await {
//!         fried.push(egg);
//!     }
//!     fried
//! });
//! assert_eq!(fried, ["egg 1", "egg 2", "egg 3"]);
//! ```
//!
//! # Rules for all of them
//!
//! **Closures.** A closure that *computes* returns a value, as `Iterator`'s do
//! (`map`, `filter`, `filter_map`, `take_while`, `skip_while`, `fold`). A
//! closure that *does* something returns a future (`then`, `for_each`). To
//! compute with waiting, put `then` in front: `.then(ask).filter(is_fresh)`.
//!
//! **Laziness.** Nothing happens between two polls: while the consumer is busy
//! with an item, no stream below it works. What must go on is a task.
//!
//! **The end.** A stream that knows its end itself returns `None` again when
//! polled after it (`take`, `take_while`, `take_until`, `chunks`,
//! `chunks_timeout`, `throttle`, `rate_limit`, `peekable`, `fuse`, `unfold`,
//! `once`, `empty`, and what keeps several going); one that only passes items
//! on asks the stream below once more. Futures panic.
//!
//! **Giving way.** A source like [`iter`] is always ready, so whoever uses an
//! item up spends a unit of the poll's budget for it: [`StreamExt::next`] for
//! the one it hands out, `filter` for those it leaves out, `chunks` for each
//! eight it gathers, `flatten` for the streams it takes. When the budget is
//! used up, the others have their turn. So `iter(0..).filter(|_| false).next()`
//! never ends, but a timeout around it still fires.
//!
//! **Cancel safety.** Dropping the future of `next()` loses nothing: what an
//! adaptor holds (the items of a chunk, the future of a `then`) stays in the
//! stream. Dropping the stream drops that too.
//!
//! Next: `stream_ext.rs`, what can be done with a stream.

mod stream_ext;
mod next;
mod iter;
mod once;
mod repeat;
mod empty;
mod pending;
mod poll_fn;
mod unfold;
mod map;
mod filter;
mod filter_map;
mod then;
mod enumerate;
mod take;
mod take_while;
mod take_until;
mod skip;
mod skip_while;
mod chained;
mod flatten;
mod peekable;
mod fuse;
mod chunk;
mod chunks;
mod limit;
mod chunks_timeout;
mod timeout;
mod throttle;
mod rate_limit;
mod fold;
mod for_each;
mod collect;
mod count;
mod last;
mod pool;
mod futures_unordered;
mod futures_ordered;
mod source;
mod buffered;
mod buffer_unordered;
mod for_each_concurrent;
mod flatten_unordered;
mod spawned;
mod group;
mod merge;
mod zip;
mod chain;

pub use futures_core::stream::{FusedStream, LocalBoxStream, Stream};

pub use crate::time::{Interval, interval};
pub use buffer_unordered::BufferUnordered;
pub use buffered::Buffered;
pub use chain::{Chain, ChainStream, chain};
pub use chained::Chained;
pub use chunks::Chunks;
pub use chunks_timeout::ChunksTimeout;
pub use collect::Collect;
pub use count::Count;
pub use empty::{Empty, empty};
pub use enumerate::Enumerate;
pub use filter::Filter;
pub use filter_map::FilterMap;
pub use flatten::Flatten;
pub use flatten_unordered::FlattenUnordered;
pub use fold::Fold;
pub use for_each::ForEach;
pub use for_each_concurrent::ForEachConcurrent;
pub use fuse::Fuse;
pub use futures_ordered::FuturesOrdered;
pub use futures_unordered::FuturesUnordered;
pub use iter::{Iter, iter};
pub use last::Last;
pub use map::Map;
pub use merge::{Merge, MergeStream, merge};
pub use next::Next;
pub use once::{Once, once};
pub use peekable::{NextIf, Peek, Peekable};
pub use pending::{Pending, pending};
pub use poll_fn::{PollFn, poll_fn};
pub use rate_limit::RateLimit;
pub use repeat::{Repeat, repeat};
pub use skip::Skip;
pub use skip_while::SkipWhile;
pub use spawned::{BufferUnorderedSpawned, BufferedSpawned};
pub use stream_ext::StreamExt;
pub use take::Take;
pub use take_until::TakeUntil;
pub use take_while::TakeWhile;
pub use then::Then;
pub use throttle::Throttle;
pub use timeout::Timeout;
pub use unfold::{Unfold, unfold};
pub use zip::{Zip, ZipStream, zip};

/// The size hint of a stream that has so many items more.
fn add_to_hint(
    more: usize,
    (least, most): (usize, Option<usize>),
) -> (usize, Option<usize>) {
    let most = most.and_then(|most| most.checked_add(more));
    (least.saturating_add(more), most)
}
