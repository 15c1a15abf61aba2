//! `RateLimit`: so many items in so much time.
//!
//! It remembers when the last `n` items passed. The next one may pass when the
//! oldest of those is `per` ago: so two items that are `n` apart in number are
//! at least `per` apart in time, and no window of that length, wherever it
//! begins, has more than `n`.
//!
//! ```text
//!   n = 3    A B C . . . . D E F . . . . G
//!            └───── per ───┘
//!              └───── per ───┘
//! ```
//!
//! A counter that is reset every `per` would not do: it lets `n` pass at the
//! end of one period and `n` at the start of the next.
//!
//! The end is no item and need not wait. To see it in time, it looks at the
//! next item before there is room for it: one item lies here then.
//!
//! Next: `fold.rs`, a stream becomes one value.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::Peekable;
use crate::time::{Instant, Sleep, sleep_until};

pin_project! {
    /// Stream of [`StreamExt::rate_limit`](super::StreamExt::rate_limit).
    #[must_use = "streams do nothing unless polled"]
    pub struct RateLimit<S>
    where
        S: Stream,
    {
        #[pin]
        stream: Peekable<S>,
        window: Window,
    }
}

impl<S: Stream> RateLimit<S> {
    #[track_caller]
    pub(super) fn new(stream: S, n: usize, per: Duration) -> RateLimit<S> {
        assert!(
            n > 0,
            "`rate_limit` of 0 items would never let one pass: allow at least \
             one"
        );
        assert!(
            !per.is_zero(),
            "`rate_limit` needs a period longer than zero: no window of length \
             zero has anything to count"
        );
        let window = Window { n, per, passed: VecDeque::new(), full: None };
        RateLimit { stream: Peekable::new(stream), window }
    }
}

impl<S: Stream> Stream for RateLimit<S> {
    type Item = S::Item;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        if ready!(this.stream.as_mut().poll_peek(cx)).is_none() {
            return Poll::Ready(None);
        }
        ready!(this.window.poll_room(cx));
        this.window.passed.push_back(Instant::now());
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: Stream> FusedStream for RateLimit<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: Stream> fmt::Debug for RateLimit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = &self.window;
        f.debug_tuple("RateLimit").field(window).finish_non_exhaustive()
    }
}

/// What passed of late.
#[derive(Debug)]
struct Window {
    n: usize,
    per: Duration,
    /// When each of the last items passed, oldest first: `n` of them at most.
    passed: VecDeque<Instant>,
    /// Runs while `n` items passed less than `per` ago.
    full: Option<Sleep>,
}

impl Window {
    /// Waits until one more may pass.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.passed.len() < self.n {
            return Poll::Ready(());
        }
        let room_at = self.passed[0].saturating_add(self.per);
        let full = self.full.get_or_insert_with(|| sleep_until(room_at));
        ready!(Pin::new(full).poll(cx));
        self.full = None;
        self.passed.pop_front();
        Poll::Ready(())
    }
}
