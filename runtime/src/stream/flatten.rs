//! `Flatten`: the items of the streams in a stream, one stream after another.
//!
//! Next: `peekable.rs`, a look at the next item.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

pin_project! {
    /// Stream of [`StreamExt::flatten`](super::StreamExt::flatten).
    ///
    /// It waits for an item of the inner stream while there is one, else for
    /// the next inner stream.
    #[must_use = "streams do nothing unless polled"]
    pub struct Flatten<S>
    where
        S: Stream,
    {
        #[pin]
        stream: S,
        #[pin]
        inner: Option<S::Item>,
    }
}

impl<S: Stream> Flatten<S> {
    pub(super) fn new(stream: S) -> Flatten<S> {
        Flatten { stream, inner: None }
    }
}

impl<S> Stream for Flatten<S>
where
    S: Stream,
    S::Item: Stream,
{
    type Item = <S::Item as Stream>::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            let leave = ready!(budget::poll_leave(cx));
            if let Some(inner) = this.inner.as_mut().as_pin_mut() {
                if let Some(item) = ready!(inner.poll_next(cx)) {
                    return Poll::Ready(Some(item));
                }
                this.inner.set(None);
                leave.spend(); // it may have been empty, as may be the next
            }
            match ready!(this.stream.as_mut().poll_next(cx)) {
                Some(inner) => this.inner.set(Some(inner)),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let inner = self.inner.as_ref();
        let (least, most) = inner.map_or((0, Some(0)), Stream::size_hint);
        match self.stream.size_hint() {
            (_, Some(0)) => (least, most),
            _ => (least, None),
        }
    }
}

impl<S> FusedStream for Flatten<S>
where
    S: FusedStream,
    S::Item: Stream,
{
    fn is_terminated(&self) -> bool {
        self.inner.is_none() && self.stream.is_terminated()
    }
}

impl<S: Stream> fmt::Debug for Flatten<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.inner {
            Some(_) => "Flatten(inside a stream)",
            None => "Flatten(between two streams)",
        })
    }
}
