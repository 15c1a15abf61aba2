//! `Source`: a stream that is polled only when it was woken.
//!
//! A parent with futures in flight is woken by each of them, and each time it
//! would poll the stream they came from too. So the stream gets a waker of its
//! own, as they do.
//!
//! Next: `buffered.rs`, n futures of a stream at a time, in order.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::children::{Children, Turn};

pin_project! {
    /// A stream, until it ends, with a waker of its own.
    pub(super) struct Source<S> {
        #[pin]
        stream: Option<S>,
        // It gave an item and may have one more: no need to be woken for that.
        turn: Option<Turn>,
        children: Children,
    }
}

impl<S: Stream> Source<S> {
    pub(super) fn new(stream: S) -> Source<S> {
        let mut children = Children::new("the source of a stream");
        children.start(1, 0);
        Source { stream: Some(stream), children, turn: None }
    }

    /// Whether the stream has ended; it is dropped by then.
    pub(super) fn is_ended(&self) -> bool {
        self.stream.is_none()
    }

    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.stream {
            Some(stream) => stream.size_hint(),
            None => (0, Some(0)),
        }
    }

    /// The next item; `Ready(None)` after the end, again and again.
    #[inline]
    pub(super) fn poll_next(
        self: Pin<&mut Self>,
        cx: &Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(stream) = this.stream.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        if this.turn.is_none() {
            this.children.begin_poll(cx);
            *this.turn = this.children.next_turn(cx);
        } else if !Children::has_leave(cx) {
            return Poll::Pending;
        }
        let Some(turn) = this.turn else { return Poll::Pending };
        let polled = stream.poll_next(&mut turn.context());
        match polled {
            Poll::Ready(Some(_)) => {}
            Poll::Ready(None) => {
                this.stream.set(None);
                this.children.end_last(turn);
                *this.turn = None;
            }
            Poll::Pending => {
                *this.turn = None;
                this.children.rest(cx);
            }
        }
        polled
    }
}
