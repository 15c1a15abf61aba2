//! `zip`: one item of each of many streams, together.
//!
//! Next: `chain.rs`, one stream after the other.

use std::array;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::group::{Group, IntoGroup, Many, Nobody, Pair, poll_left};
use crate::children::Children;
use crate::future::arity::{Flatten, Nest};

/// One stream of tuples, arrays or `Vec`s, with one item of each stream.
///
/// The streams are a tuple of up to 12, which may differ in type, an array or
/// a `Vec`. They are waited for side by side, and each is polled only when it
/// was woken. An item waits until there is one of each; meanwhile its stream
/// is not asked for more.
///
/// It ends as soon as one of the streams ends. **What the others gave for that
/// last round is dropped**, and so are all streams; pass `&mut stream` to go on
/// with one. Zipping none is at its end at once.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let served: Vec<_> = onecook::block_on(async {
///     let eggs = stream::iter(["A", "B", "C"]);
///     let plates = stream::iter(1..=2);
///     stream::zip((eggs, plates)).collect().await
/// });
/// assert_eq!(served, [("A", 1), ("B", 2)]); // and "C" is lost
/// ```
///
/// # Cancel safety
///
/// Dropping `next()` loses nothing: items that wait stay in the stream.
/// Dropping the stream drops them, and all streams.
#[inline]
pub fn zip<S: Zip>(streams: S) -> S::Stream {
    streams.zip()
}

/// Tuples, arrays and `Vec`s of streams: `.zip()` is [`zip`].
///
/// ```
/// use onecook::stream::{self, StreamExt, Zip};
///
/// let mut pairs = [stream::once("A"), stream::once("B")].zip();
/// assert_eq!(onecook::block_on(pairs.next()), Some(["A", "B"]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be zipped",
    note = "a tuple of 1 to 12 streams, an array or a `Vec` of streams can"
)]
pub trait Zip {
    /// One item of each: a tuple, an array or a `Vec`, as the streams were.
    type Item;
    /// The stream.
    type Stream: Stream<Item = Self::Item>;

    /// See [`zip`].
    fn zip(self) -> Self::Stream;
}

impl<T> Zip for T
where
    T: IntoRound,
    <T::Round as Round>::Items: Flatten,
{
    type Item = <<T::Round as Round>::Items as Flatten>::Flat;
    type Stream = ZipStream<T::Round>;

    #[inline]
    fn zip(self) -> Self::Stream {
        let round = self.into_round();
        let left = round.count();
        let children = Children::new("zip");
        ZipStream { round, children, left, stage: Stage::Starting }
    }
}

/// Something that streams to be zipped come in.
pub trait IntoRound {
    /// Where they will lie.
    type Round: Round;

    /// Takes them out.
    fn into_round(self) -> Self::Round;
}

/// Streams side by side, and the items they gave for this round.
pub trait Round {
    /// One item of each, nested as the streams are.
    type Items;

    /// How many streams there are.
    fn count(&self) -> usize;

    /// Asks one for its item, and keeps it. Who gave one already is not asked.
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given>;

    /// Hands out all items; there is one of each.
    fn take(self: Pin<&mut Self>) -> Self::Items;

    /// Drops streams and items.
    fn clear(self: Pin<&mut Self>);
}

/// What a stream gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// Its item for this round.
    Item,
    /// Nothing more: it gave one before.
    Before,
    /// The end.
    End,
}

/// Polls a stream that has not given its item yet.
#[inline]
fn poll_item<S: Stream>(
    stream: Pin<&mut Option<S>>,
    kept: &mut Option<S::Item>,
    cx: &mut Context<'_>,
) -> Poll<Given> {
    if kept.is_some() {
        return Poll::Ready(Given::Before);
    }
    poll_left(stream, cx).map(|item| {
        *kept = item;
        if kept.is_some() { Given::Item } else { Given::End }
    })
}

const ALL: &str = "there is one item of each";

pin_project! {
    /// The streams of a tuple, and the items as a list of the same shape.
    pub struct Tuple<G, K> {
        #[pin]
        streams: G,
        kept: K,
    }
}

/// A list of streams that knows the list of its items.
pub trait Zipped: Group {
    /// `(Option<A>, (Option<B>, ()))`
    type Kept: Default;
    /// `(A, (B,))`
    type Items;

    /// See [`Round::poll_at`].
    fn poll_at(
        self: Pin<&mut Self>,
        kept: &mut Self::Kept,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given>;

    /// Takes the items out.
    fn take(kept: &mut Self::Kept) -> Self::Items;
}

impl<S: Stream> Zipped for Pair<S, Nobody> {
    type Kept = (Option<S::Item>,);
    type Items = (S::Item,);

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        kept: &mut Self::Kept,
        _: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given> {
        poll_item(self.project().head, &mut kept.0, cx)
    }

    #[inline]
    fn take(kept: &mut Self::Kept) -> Self::Items {
        (kept.0.take().expect(ALL),)
    }
}

impl<S, R, T> Zipped for Pair<S, Pair<R, T>>
where
    S: Stream,
    Pair<R, T>: Zipped,
{
    type Kept = (Option<S::Item>, <Pair<R, T> as Zipped>::Kept);
    type Items = (S::Item, <Pair<R, T> as Zipped>::Items);

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        kept: &mut Self::Kept,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given> {
        let this = self.project();
        match place {
            0 => poll_item(this.head, &mut kept.0, cx),
            _ => this.tail.poll_at(&mut kept.1, place - 1, cx),
        }
    }

    #[inline]
    fn take(kept: &mut Self::Kept) -> Self::Items {
        let head = kept.0.take().expect(ALL);
        (head, <Pair<R, T> as Zipped>::take(&mut kept.1))
    }
}

impl<G: Zipped> Round for Tuple<G, G::Kept> {
    type Items = G::Items;

    fn count(&self) -> usize {
        self.streams.count()
    }

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given> {
        let this = self.project();
        this.streams.poll_at(this.kept, place, cx)
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> G::Items {
        G::take(self.project().kept)
    }

    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        for place in 0..this.streams.count() {
            this.streams.as_mut().clear(place);
        }
        *this.kept = G::Kept::default();
    }
}

impl<T> IntoRound for T
where
    T: Nest + IntoGroup,
    T::Group: Zipped,
{
    type Round = Tuple<T::Group, <T::Group as Zipped>::Kept>;

    #[inline]
    fn into_round(self) -> Self::Round {
        Tuple { streams: self.into_group(), kept: Default::default() }
    }
}

/// Streams of one type, and a shelf for their items.
pub struct Shelf<S: Stream, R> {
    streams: Many<S>,
    kept: Vec<Option<S::Item>>,
    round: std::marker::PhantomData<fn() -> R>,
}

/// The streams are pinned in their boxes, the items nowhere.
impl<S: Stream, R> Unpin for Shelf<S, R> {}

impl<S: Stream, R> Shelf<S, R> {
    fn new(streams: impl ExactSizeIterator<Item = S>) -> Shelf<S, R> {
        let streams = Many::new(streams);
        let mut kept = Vec::new();
        kept.resize_with(streams.count(), || None);
        Shelf { streams, kept, round: std::marker::PhantomData }
    }
}

/// A round of items of one type.
pub trait Items<T> {
    /// Asks for each.
    fn collect(items: impl ExactSizeIterator<Item = T>) -> Self;
}

impl<T> Items<T> for Vec<T> {
    fn collect(items: impl ExactSizeIterator<Item = T>) -> Vec<T> {
        items.collect()
    }
}

impl<T, const N: usize> Items<T> for [T; N] {
    fn collect(mut items: impl ExactSizeIterator<Item = T>) -> [T; N] {
        array::from_fn(|_| items.next().expect(ALL))
    }
}

impl<S: Stream, R: Items<S::Item>> Round for Shelf<S, R> {
    type Items = R;

    fn count(&self) -> usize {
        self.kept.len()
    }

    #[inline]
    fn poll_at(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Given> {
        let this = self.get_mut();
        let stream = this.streams.slots.get(place);
        poll_item(stream, &mut this.kept[place], cx)
    }

    fn take(self: Pin<&mut Self>) -> R {
        let kept = self.get_mut().kept.iter_mut();
        R::collect(kept.map(|item| item.take().expect(ALL)))
    }

    fn clear(self: Pin<&mut Self>) {
        let this = self.get_mut();
        for place in 0..this.kept.len() {
            this.streams.slots.clear(place);
            this.kept[place] = None;
        }
    }
}

impl<S: Stream> IntoRound for Vec<S> {
    type Round = Shelf<S, Vec<S::Item>>;

    fn into_round(self) -> Self::Round {
        Shelf::new(self.into_iter())
    }
}

impl<S: Stream, const N: usize> IntoRound for [S; N] {
    type Round = Shelf<S, [S::Item; N]>;

    fn into_round(self) -> Self::Round {
        Shelf::new(self.into_iter())
    }
}

pin_project! {
    /// Stream of [`zip`].
    #[must_use = "streams do nothing unless polled"]
    pub struct ZipStream<R> {
        // Before their wakers, so that these are free when they are given back.
        #[pin]
        round: R,
        children: Children,
        // How many have not given their item for this round.
        left: usize,
        stage: Stage,
    }
}

/// What a zip waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Its first poll.
    Starting,
    /// The items of a round.
    Gathering,
    /// Nothing more.
    Done,
}

impl<R: Round> ZipStream<R> {
    fn start(self: Pin<&mut Self>) {
        let this = self.project();
        let none = *this.left == 0;
        *this.stage = if none { Stage::Done } else { Stage::Gathering };
        this.children.start(*this.left, 0);
    }

    /// Polls those who were woken; `false`: one of them has ended.
    #[inline]
    fn poll_woken(self: Pin<&mut Self>, cx: &Context<'_>) -> bool {
        let mut this = self.project();
        this.children.begin_poll(cx);
        while *this.left > 0 {
            let Some(turn) = this.children.next_turn(cx) else { break };
            let round = this.round.as_mut();
            let place = turn.place();
            let polled = round.poll_at(place, &mut turn.context());
            drop(turn);
            match polled {
                Poll::Ready(Given::Item) => {
                    *this.left -= 1;
                    this.children.pause(place);
                }
                Poll::Ready(Given::End) => return false,
                Poll::Ready(Given::Before) | Poll::Pending => {}
            }
        }
        true
    }

    /// There is an item of each: hands them out, and asks all for the next.
    fn end_round(self: Pin<&mut Self>) -> R::Items {
        let this = self.project();
        *this.left = this.round.count();
        for place in 0..*this.left {
            this.children.again(place);
        }
        this.round.take()
    }

    fn end(self: Pin<&mut Self>) {
        let this = self.project();
        *this.stage = Stage::Done;
        this.children.hush();
        this.round.clear();
        *this.children = Children::new("zip");
    }
}

impl<R: Round<Items: Flatten>> Stream for ZipStream<R> {
    type Item = <R::Items as Flatten>::Flat;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        if self.stage == Stage::Starting {
            self.as_mut().start();
        }
        if self.stage == Stage::Done {
            return Poll::Ready(None);
        }
        if !self.as_mut().poll_woken(cx) {
            self.end();
            return Poll::Ready(None);
        }
        if self.left > 0 {
            return Poll::Pending;
        }
        Poll::Ready(Some(self.end_round().flatten()))
    }
}

impl<R: Round<Items: Flatten>> FusedStream for ZipStream<R> {
    fn is_terminated(&self) -> bool {
        self.stage == Stage::Done
    }
}

impl<R> fmt::Debug for ZipStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zip: {:?}, {:?}", self.stage, self.children)
    }
}
