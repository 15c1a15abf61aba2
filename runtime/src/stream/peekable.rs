//! `Peekable`: a look at the next item before it is taken.
//!
//! Next: `fuse.rs`, a stream that stays ended.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use onecook_reactor::budget;
use pin_project_lite::pin_project;

use super::Fuse;

pin_project! {
    /// Stream of [`StreamExt::peekable`](super::StreamExt::peekable).
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Peekable<S>
    where
        S: Stream,
    {
        #[pin]
        stream: Fuse<S>,
        peeked: Option<S::Item>,
    }
}

impl<S: Stream> Peekable<S> {
    pub(super) fn new(stream: S) -> Peekable<S> {
        Peekable { stream: Fuse::new(stream), peeked: None }
    }

    /// Waits until the next item is there, and shows it; `None` at the end.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut eggs = stream::iter(["A", "B"]).peekable();
    ///     assert_eq!(eggs.peek().await, Some(&"A"));
    ///     assert_eq!(eggs.next().await, Some("A"));
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the item stays in the stream.
    pub fn peek(&mut self) -> Peek<'_, S>
    where
        S: Unpin,
    {
        Peek { peekable: Some(self) }
    }

    /// Looks whether the next item is there, and shows it. For hand-written
    /// machines.
    ///
    /// ```
    /// use std::pin::Pin;
    /// use std::task::Poll;
    /// use onecook::stream::{self, StreamExt};
    ///
    /// # onecook::block_on(std::future::poll_fn(|cx| {
    /// let mut eggs = stream::iter(["A", "B"]).peekable();
    /// assert_eq!(Pin::new(&mut eggs).poll_peek(cx), Poll::Ready(Some(&"A")));
    /// # Poll::Ready(())
    /// # }));
    /// ```
    pub fn poll_peek(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<&S::Item>> {
        let this = self.project();
        if this.peeked.is_none() {
            *this.peeked = ready!(this.stream.poll_next(cx));
        }
        Poll::Ready(this.peeked.as_ref())
    }

    /// Waits for the next item, and takes it if `predicate` says so; if not,
    /// and at the end, `None`.
    ///
    /// ```
    /// use onecook::stream::{self, StreamExt};
    ///
    /// onecook::block_on(async {
    ///     let mut numbers = stream::iter(1..10).peekable();
    ///     let mut small = Vec::new();
    ///     while let Some(n) = numbers.next_if(|n| *n < 4).await {
    ///         small.push(n);
    ///     }
    ///     assert_eq!(small, [1, 2, 3]);
    ///     assert_eq!(numbers.next().await, Some(4)); // not lost
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the item stays in the stream.
    pub fn next_if<P>(&mut self, predicate: P) -> NextIf<'_, S, P>
    where
        S: Unpin,
        P: FnOnce(&S::Item) -> bool,
    {
        NextIf { asked: Some((self, predicate)) }
    }
}

impl<S: Stream> Stream for Peekable<S> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let this = self.project();
        match this.peeked.take() {
            Some(item) => Poll::Ready(Some(item)),
            None => this.stream.poll_next(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let peeked = usize::from(self.peeked.is_some());
        super::add_to_hint(peeked, self.stream.size_hint())
    }
}

impl<S: Stream> FusedStream for Peekable<S> {
    fn is_terminated(&self) -> bool {
        self.peeked.is_none() && self.stream.is_terminated()
    }
}

/// Future of [`Peekable::peek`].
#[must_use = "futures do nothing unless polled"]
pub struct Peek<'a, S: Stream> {
    peekable: Option<&'a mut Peekable<S>>,
}

impl<'a, S: Stream + Unpin> Future for Peek<'a, S> {
    type Output = Option<&'a S::Item>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let peekable = this.peekable.as_mut();
        let peekable = peekable.expect("`Peek` polled after it was done");
        let leave = ready!(budget::poll_leave(cx));
        let _ = ready!(Pin::new(&mut **peekable).poll_peek(cx));
        leave.spend();
        let peekable = this.peekable.take();
        Poll::Ready(peekable.and_then(|peekable| peekable.peeked.as_ref()))
    }
}

impl<S: Stream> fmt::Debug for Peek<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peek")
    }
}

/// Future of [`Peekable::next_if`].
#[must_use = "futures do nothing unless polled"]
pub struct NextIf<'a, S: Stream, P> {
    asked: Option<(&'a mut Peekable<S>, P)>,
}

/// The predicate is never pinned.
impl<S: Stream, P> Unpin for NextIf<'_, S, P> {}

impl<S, P> Future for NextIf<'_, S, P>
where
    S: Stream + Unpin,
    P: FnOnce(&S::Item) -> bool,
{
    type Output = Option<S::Item>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let asked = this.asked.as_mut();
        let (peekable, _) = asked.expect("`NextIf` polled after it was done");
        let _ = ready!(Pin::new(&mut **peekable).poll_peek(cx));
        leave.spend();
        let Some((peekable, predicate)) = this.asked.take() else {
            unreachable!("it was asked just now");
        };
        let wanted = peekable.peeked.as_ref().is_some_and(predicate);
        Poll::Ready(if wanted { peekable.peeked.take() } else { None })
    }
}

impl<S: Stream, P> fmt::Debug for NextIf<'_, S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NextIf")
    }
}
