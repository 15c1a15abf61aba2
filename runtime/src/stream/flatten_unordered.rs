//! `FlattenUnordered`: the items of n streams of a stream at a time, as they
//! come.
//!
//! It is a `merge` whose streams come and go. An inner stream that ends hands
//! out nothing, but makes room: so within one poll the next one is taken, and
//! asked, until there is an item or nobody is left to ask.
//!
//! Next: `spawned.rs`, futures that go on while nobody looks.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::source::Source;
use crate::children::{Children, Slots, Turn};

pin_project! {
    /// Stream of
    /// [`flatten_unordered`](super::StreamExt::flatten_unordered).
    #[must_use = "streams do nothing unless polled"]
    pub struct FlattenUnordered<S>
    where
        S: Stream,
    {
        #[pin]
        source: Source<S>,
        open: Open<S::Item>,
        limit: usize,
    }
}

impl<S> FlattenUnordered<S>
where
    S: Stream,
    S::Item: Stream,
{
    #[track_caller]
    pub(super) fn new(stream: S, limit: usize) -> FlattenUnordered<S> {
        assert!(
            limit > 0,
            "`flatten_unordered` with a limit of 0 could never begin: let at \
             least 1 stream be open"
        );
        FlattenUnordered {
            source: Source::new(stream),
            open: Open::new(),
            limit,
        }
    }

    /// Takes inner streams while there is room.
    fn fill(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.open.children.hush();
        while this.open.len < *this.limit {
            let leave = ready!(budget::poll_leave(cx));
            match this.source.as_mut().poll_next(cx) {
                Poll::Ready(Some(stream)) => {
                    leave.spend();
                    this.open.add(stream);
                }
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S> Stream for FlattenUnordered<S>
where
    S: Stream,
    S::Item: Stream,
{
    type Item = <S::Item as Stream>::Item;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        loop {
            ready!(self.as_mut().fill(cx));
            match self.as_mut().project().open.poll_next(cx) {
                Poll::Ready(None) => {} // one has ended: there is room
                Poll::Pending if self.is_terminated() => {
                    return Poll::Ready(None);
                }
                polled => return polled,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.is_terminated().then_some(0))
    }
}

impl<S> FusedStream for FlattenUnordered<S>
where
    S: Stream,
    S::Item: Stream,
{
    fn is_terminated(&self) -> bool {
        self.source.is_ended() && self.open.len == 0
    }
}

impl<S: Stream> fmt::Debug for FlattenUnordered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, limit) = (self.open.len, self.limit);
        write!(f, "FlattenUnordered({open} of {limit} open)")
    }
}

/// The inner streams that have not ended, by their places.
struct Open<S> {
    // Before their wakers, so that these are free when they are given back.
    streams: Slots<S>,
    children: Children,
    len: usize,
}

impl<S> Open<S> {
    fn new() -> Open<S> {
        let children = Children::new("flatten_unordered");
        Open { streams: Slots::new(), children, len: 0 }
    }

    fn add(&mut self, stream: S) {
        let place = self.children.add();
        self.streams.put(place, stream);
        self.len += 1;
        self.children.wake_parent();
    }
}

impl<S: Stream> Open<S> {
    /// The next item of those that were woken; `None` when one has ended.
    fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<S::Item>> {
        self.children.begin_poll(cx);
        while let Some(turn) = self.children.next_turn(cx) {
            let polled = self.poll_turn(&turn);
            if let Poll::Ready(Some(_)) = polled {
                // Behind the others that have some.
                self.children.again_after(&turn);
            }
            if polled.is_ready() {
                return polled;
            }
        }
        Poll::Pending
    }

    fn poll_turn(&mut self, turn: &Turn) -> Poll<Option<S::Item>> {
        let (streams, len) = (&mut self.streams, &mut self.len);
        let last = Last { children: &self.children, turn };
        let mut end = End { streams, len, last };
        let polled = end.poll_stream();
        if !matches!(polled, Poll::Ready(None)) {
            mem::forget(end);
        }
        polled
    }
}

/// Without wakes of a task that drops what it waited for.
impl<S> Drop for Open<S> {
    fn drop(&mut self) {
        self.children.hush();
    }
}

/// The end of an inner stream, or of one that has panicked: it is dropped
/// first, so that its wakers are free, and then its place is.
struct End<'a, S> {
    streams: &'a mut Slots<S>,
    len: &'a mut usize,
    // Dropped after the stream, even if that panics.
    last: Last<'a>,
}

/// Frees a place when it is dropped.
struct Last<'a> {
    children: &'a Children,
    turn: &'a Turn,
}

impl<S: Stream> End<'_, S> {
    fn poll_stream(&mut self) -> Poll<Option<S::Item>> {
        let turn = self.last.turn;
        let stream = self.streams.child(turn.place());
        let stream = stream.expect("who has a turn is there");
        stream.poll_next(&mut turn.context())
    }
}

impl<S> Drop for End<'_, S> {
    fn drop(&mut self) {
        *self.len -= 1;
        self.streams.clear(self.last.turn.place());
    }
}

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.children.end_last(self.turn);
    }
}
