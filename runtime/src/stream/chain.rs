//! `chain`: the items of many streams, one stream after the other.
//!
//! Next: `../channel/`, where streams come from.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::group::{Alike, Group, IntoGroup};

/// One stream of the items of many: first all of the first, and so on.
///
/// The streams are a tuple of up to 12, which may differ in type but not in
/// the type of their items, an array or a `Vec`. One that has ended is dropped;
/// those behind it are not polled before their turn.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let all: Vec<_> = onecook::block_on(
///     stream::chain((stream::once(1), stream::iter(2..=3))).collect(),
/// );
/// assert_eq!(all, [1, 2, 3]);
/// ```
///
/// # Cancel safety
///
/// Dropping `next()` loses nothing. Dropping the stream drops all of them.
#[doc(alias = "concat")]
#[inline]
pub fn chain<S: Chain>(streams: S) -> S::Stream {
    streams.chain()
}

/// Tuples, arrays and `Vec`s of streams: `.chain()` is [`chain`].
///
/// ```
/// use onecook::stream::{self, Chain, StreamExt};
///
/// let all: Vec<_> = onecook::block_on(
///     [stream::once("A"), stream::once("B")].chain().collect(),
/// );
/// assert_eq!(all, ["A", "B"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be chained",
    note = "a tuple of 1 to 12 streams, an array or a `Vec` of streams can, \
            if their items are of one type"
)]
pub trait Chain {
    /// What all of them yield.
    type Item;
    /// The stream.
    type Stream: Stream<Item = Self::Item>;

    /// See [`chain`].
    fn chain(self) -> Self::Stream;
}

impl<T> Chain for T
where
    T: IntoGroup,
    T::Group: Alike,
{
    type Item = <T::Group as Alike>::Item;
    type Stream = ChainStream<T::Group>;

    #[inline]
    fn chain(self) -> Self::Stream {
        ChainStream { streams: self.into_group(), current: 0 }
    }
}

pin_project! {
    /// Stream of [`chain`].
    #[must_use = "streams do nothing unless polled"]
    pub struct ChainStream<G> {
        #[pin]
        streams: G,
        current: usize,
    }
}

impl<G: Alike> Stream for ChainStream<G> {
    type Item = G::Item;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<G::Item>> {
        let mut this = self.project();
        while *this.current < this.streams.count() {
            let place = *this.current;
            let item = ready!(this.streams.as_mut().poll_at(place, cx));
            if item.is_some() {
                return Poll::Ready(item);
            }
            *this.current += 1;
            this.streams.as_mut().clear(place);
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.streams.size_hint()
    }
}

impl<G: Alike> FusedStream for ChainStream<G> {
    fn is_terminated(&self) -> bool {
        self.current == self.streams.count()
    }
}

impl<G: Group> fmt::Debug for ChainStream<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.streams.count();
        write!(f, "chain: {} of {count} have ended", self.current)
    }
}
