//! `FlattenUnordered`: the items of n streams of a stream at a time, as they
//! come.
//!
//! It is a `merge` whose streams come and go. An inner stream that ends hands
//! out nothing, but makes room: so within one poll the next one is taken, and
//! asked, until there is an item or nobody is left to ask.
//!
//! Next: `spawned.rs`, futures that go on while nobody looks.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::source::Source;
use crate::children::{Children, Slots};

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
    }

    /// One has ended: it is dropped, so that its wakers are free, and then
    /// what led to it, even if that drop panics.
    fn end(&mut self, place: usize) {
        self.len -= 1;
        let removal = Removal { children: &self.children, place };
        self.streams.clear(place);
        drop(removal);
    }
}

impl<S: Stream> Open<S> {
    /// The next item of those that were woken; `None` when one has ended.
    fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<S::Item>> {
        self.children.begin_poll(cx);
        while let Some(place) = self.children.next(cx) {
            let polled = self.poll_at(place);
            if polled.is_ready() {
                return polled;
            }
        }
        Poll::Pending
    }

    /// After an item the stream stands behind the others that have some.
    fn poll_at(&mut self, place: usize) -> Poll<Option<S::Item>> {
        let mut polling = Polling { open: self, place, ended: true };
        let polled = polling.poll();
        polling.ended = matches!(polled, Poll::Ready(None));
        drop(polling);
        if let Poll::Ready(Some(_)) = polled {
            self.children.again(place);
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

/// An inner stream's poll. One that ends, or panics, is taken out.
struct Polling<'a, S> {
    open: &'a mut Open<S>,
    place: usize,
    ended: bool,
}

impl<S: Stream> Polling<'_, S> {
    fn poll(&mut self) -> Poll<Option<S::Item>> {
        let turn = self.open.children.turn(self.place);
        let stream = self.open.streams.child(self.place);
        let stream = stream.expect("who has a turn is there");
        stream.poll_next(&mut turn.context())
    }
}

impl<S> Drop for Polling<'_, S> {
    fn drop(&mut self) {
        if self.ended {
            self.open.end(self.place);
        }
    }
}

/// Frees a place when it is dropped.
struct Removal<'a> {
    children: &'a Children,
    place: usize,
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        self.children.remove(self.place);
    }
}
