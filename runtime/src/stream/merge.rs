//! `merge`: the items of many streams, as they come.
//!
//! Next: `zip.rs`, one item of each.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::group::{Alike, Group, IntoGroup};
use crate::children::Children;
use crate::random;

/// One stream of the items of many, each as it comes, until all have ended.
///
/// The streams are a tuple of up to 12, which may differ in type but not in
/// the type of their items, an array or a `Vec`. Each is polled only when it
/// was woken. It is fair: a stream that gave an item goes behind the others
/// that have some, and who is asked first is drawn by lot, from the runtime's
/// seed. Merging none is at its end at once.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let mut all: Vec<_> = onecook::block_on(async {
///     let (eggs, toast) = (stream::iter(1..=2), stream::once(3));
///     stream::merge((eggs, toast)).collect().await
/// });
/// all.sort();
/// assert_eq!(all, [1, 2, 3]);
/// ```
///
/// # Cancel safety
///
/// Dropping `next()` loses nothing. Dropping the stream drops all of them.
#[doc(alias = "select")]
#[doc(alias = "select_all")]
#[doc(alias = "StreamMap")]
#[doc(alias = "race")]
#[inline]
pub fn merge<S: Merge>(streams: S) -> S::Stream {
    streams.merge()
}

/// Tuples, arrays and `Vec`s of streams: `.merge()` is [`merge`].
///
/// ```
/// use onecook::stream::{self, Merge, StreamExt};
///
/// let all = [stream::once("A"), stream::once("B")].merge();
/// assert_eq!(onecook::block_on(all.count()), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be merged",
    note = "a tuple of 1 to 12 streams, an array or a `Vec` of streams can, \
            if their items are of one type"
)]
pub trait Merge {
    /// What all of them yield.
    type Item;
    /// The stream.
    type Stream: Stream<Item = Self::Item>;

    /// See [`merge`].
    fn merge(self) -> Self::Stream;
}

impl<T> Merge for T
where
    T: IntoGroup,
    T::Group: Alike,
{
    type Item = <T::Group as Alike>::Item;
    type Stream = MergeStream<T::Group>;

    #[inline]
    fn merge(self) -> Self::Stream {
        let streams = self.into_group();
        let left = streams.count();
        let children = Children::new("merge");
        MergeStream { streams, children, left, started: false }
    }
}

pin_project! {
    /// Stream of [`merge`].
    #[must_use = "streams do nothing unless polled"]
    pub struct MergeStream<G> {
        // Before their wakers, so that these are free when they are given back.
        #[pin]
        streams: G,
        children: Children,
        // How many have not ended.
        left: usize,
        started: bool,
    }
}

impl<G: Group> MergeStream<G> {
    #[inline]
    fn start(self: Pin<&mut Self>) {
        let this = self.project();
        if !*this.started {
            *this.started = true;
            this.children.start(*this.left, random::below((*this.left).max(1)));
        }
    }
}

impl<G: Alike> Stream for MergeStream<G> {
    type Item = G::Item;

    #[inline]
    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<G::Item>> {
        self.as_mut().start();
        self.children.begin_poll(cx);
        while self.left > 0 {
            let mut this = self.as_mut().project();
            let Some(turn) = this.children.next_turn(cx) else {
                return Poll::Pending;
            };
            let place = turn.place();
            let streams = this.streams.as_mut();
            match streams.poll_at(place, &mut turn.context()) {
                Poll::Pending => {}
                Poll::Ready(None) => {
                    *this.left -= 1;
                    // It is dropped first, so that its wakers are free.
                    this.streams.clear(place);
                    this.children.end_last(&turn);
                }
                Poll::Ready(item) => {
                    this.children.again_after(&turn);
                    return Poll::Ready(item);
                }
            }
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.streams.size_hint()
    }
}

impl<G: Alike> FusedStream for MergeStream<G> {
    fn is_terminated(&self) -> bool {
        self.left == 0
    }
}

impl<G> fmt::Debug for MergeStream<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "merge: {} left, {:?}", self.left, self.children)
    }
}
