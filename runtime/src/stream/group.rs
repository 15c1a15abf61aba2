//! Streams side by side: those of a tuple, an array or a `Vec`.
//!
//! A tuple `(a, b, c)` becomes a list of pairs, as in `future/tuple.rs`, and
//! what is of one type lies in boxes, eight to a box. Either way each stream
//! is known by its place.
//!
//! Next: `merge.rs`, their items as they come.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::children::Slots;
use crate::future::arity::Nest;

/// Something that streams come in: a tuple, an array or a `Vec`.
pub trait IntoGroup {
    /// Where they will lie.
    type Group: Group;

    /// Takes them out.
    fn into_group(self) -> Self::Group;
}

/// Where streams lie.
pub trait Group {
    /// How many there are, also of those that have ended.
    fn count(&self) -> usize;

    /// Drops one.
    fn clear(self: Pin<&mut Self>, place: usize);
}

/// Streams with one type of items.
pub trait Alike: Group {
    /// That type.
    type Item;

    /// Polls one of them; one that has ended says so again.
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>>;

    /// How many items there may be in all.
    fn size_hint(&self) -> (usize, Option<usize>);
}

pin_project! {
    /// One stream until it ends, and the others after it.
    pub struct Pair<S, T> {
        #[pin]
        pub(super) head: Option<S>,
        #[pin]
        pub(super) tail: T,
    }
}

/// After the last.
pub struct Nobody;

impl Group for Nobody {
    #[inline]
    fn count(&self) -> usize {
        0
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, _: usize) {}
}

impl<S, T: Group> Group for Pair<S, T> {
    #[inline]
    fn count(&self) -> usize {
        1 + self.tail.count()
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, place: usize) {
        let mut this = self.project();
        match place {
            0 => this.head.set(None),
            _ => this.tail.clear(place - 1),
        }
    }
}

/// The last of them.
impl<S: Stream> Alike for Pair<S, Nobody> {
    type Item = S::Item;

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        _: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        poll_left(self.project().head, cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        hint_of(self.head.as_ref())
    }
}

impl<S, R, T> Alike for Pair<S, Pair<R, T>>
where
    S: Stream,
    Pair<R, T>: Alike<Item = S::Item>,
{
    type Item = S::Item;

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let this = self.project();
        match place {
            0 => poll_left(this.head, cx),
            _ => this.tail.poll_at(place - 1, cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        sum(hint_of(self.head.as_ref()), self.tail.size_hint())
    }
}

/// Polls a stream that may be gone.
#[inline]
pub(super) fn poll_left<S: Stream>(
    stream: Pin<&mut Option<S>>,
    cx: &mut Context<'_>,
) -> Poll<Option<S::Item>> {
    match stream.as_pin_mut() {
        Some(stream) => stream.poll_next(cx),
        None => Poll::Ready(None),
    }
}

fn hint_of<S: Stream>(stream: Option<&S>) -> (usize, Option<usize>) {
    stream.map_or((0, Some(0)), Stream::size_hint)
}

fn sum(
    a: (usize, Option<usize>),
    b: (usize, Option<usize>),
) -> (usize, Option<usize>) {
    let most = a.1.zip(b.1).and_then(|(a, b)| a.checked_add(b));
    (a.0.saturating_add(b.0), most)
}

impl<T> IntoGroup for T
where
    T: Nest,
    T::Nested: IntoPairs,
{
    type Group = <T::Nested as IntoPairs>::Pairs;

    #[inline]
    fn into_group(self) -> Self::Group {
        self.nest().into_pairs()
    }
}

/// What becomes a list of pairs.
pub trait IntoPairs {
    /// The list.
    type Pairs: Group;

    /// Makes it.
    fn into_pairs(self) -> Self::Pairs;
}

impl<S: Stream> IntoPairs for (S,) {
    type Pairs = Pair<S, Nobody>;

    #[inline]
    fn into_pairs(self) -> Self::Pairs {
        Pair { head: Some(self.0), tail: Nobody }
    }
}

impl<S: Stream, T: IntoPairs> IntoPairs for (S, T) {
    type Pairs = Pair<S, T::Pairs>;

    #[inline]
    fn into_pairs(self) -> Self::Pairs {
        Pair { head: Some(self.0), tail: self.1.into_pairs() }
    }
}

/// Streams of one type.
pub struct Many<S> {
    pub(super) slots: Slots<S>,
    count: usize,
    hint: (usize, Option<usize>),
}

/// The streams are pinned in their boxes.
impl<S> Unpin for Many<S> {}

impl<S: Stream> Many<S> {
    pub(super) fn new(streams: impl ExactSizeIterator<Item = S>) -> Many<S> {
        let count = streams.len();
        let mut hint = (0, Some(0));
        let streams = streams.inspect(|it| hint = sum(hint, it.size_hint()));
        let slots = streams.collect();
        Many { slots, count, hint: (0, hint.1) }
    }
}

impl<S> Group for Many<S> {
    #[inline]
    fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, place: usize) {
        self.get_mut().slots.clear(place);
    }
}

impl<S: Stream> Alike for Many<S> {
    type Item = S::Item;

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        poll_left(self.get_mut().slots.get(place), cx)
    }

    /// At most what they said at first: they are not asked again one by one.
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.hint
    }
}

impl<S: Stream> IntoGroup for Vec<S> {
    type Group = Many<S>;

    fn into_group(self) -> Many<S> {
        Many::new(self.into_iter())
    }
}

impl<S: Stream, const N: usize> IntoGroup for [S; N] {
    type Group = Many<S>;

    fn into_group(self) -> Many<S> {
        Many::new(self.into_iter())
    }
}
