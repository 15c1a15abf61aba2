//! `unfold`: a stream from a closure that returns futures.
//!
//! ```text
//!             f(state)             Some((item, state))
//!   Holding ───────────▶ Waiting ──────────────────────▶ Holding
//!                           └───────── None ───────────▶ Done
//! ```
//!
//! Next: `map.rs`, the simplest adaptor.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

/// A stream made of steps: `f` is called with a state, and its future hands
/// out an item and the next state, or `None` for the end.
///
/// It is the nearest thing to an `async` generator: what a generator keeps in
/// its locals is the state here. After its end it returns `None` again.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let countdown = stream::unfold(3, |left| async move {
///     onecook::yield_now().await;
///     (left > 0).then(|| (left, left - 1))
/// });
/// let numbers = onecook::block_on(countdown.collect::<Vec<_>>());
/// assert_eq!(numbers, [3, 2, 1]);
/// ```
///
/// # Panics
///
/// When polled after `f` panicked: the state is gone.
///
/// # Cancel safety
///
/// A step that was begun stays in the stream and is gone on with when that is
/// polled again. Dropping the stream drops it.
#[doc(alias = "async generator")]
#[doc(alias = "function*")]
#[doc(alias = "yield")]
pub fn unfold<T, S, F, Fut>(state: S, f: F) -> Unfold<S, F, Fut>
where
    F: FnMut(S) -> Fut,
    Fut: Future<Output = Option<(T, S)>>,
{
    Unfold { step: Step::Holding { state }, f }
}

pin_project! {
    /// Stream of [`unfold`].
    #[must_use = "streams do nothing unless polled"]
    #[derive(Clone, Debug)]
    pub struct Unfold<S, F, Fut> {
        #[pin]
        step: Step<S, Fut>,
        f: F,
    }
}

pin_project! {
    #[project = StepProjection]
    #[project_replace = StepReplaced]
    #[derive(Clone, Debug)]
    enum Step<S, Fut> {
        /// Someone to ask for the next item.
        Holding { state: S },
        /// The step to be done.
        Waiting {
            #[pin]
            future: Fut,
        },
        /// The closure is being called.
        Moving,
        /// Nothing more: it has ended.
        Done,
    }
}

impl<S, Fut> Step<S, Fut> {
    /// Calls the closure, if there is a state for it.
    fn begin<F>(mut self: Pin<&mut Self>, f: &mut F)
    where
        F: FnMut(S) -> Fut,
    {
        if !matches!(*self, Step::Holding { .. }) {
            return;
        }
        if let StepReplaced::Holding { state } =
            self.as_mut().project_replace(Step::Moving)
        {
            self.set(Step::Waiting { future: f(state) });
        }
    }

    fn poll_waiting<T>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>>
    where
        Fut: Future<Output = Option<(T, S)>>,
    {
        let future = match self.as_mut().project() {
            StepProjection::Waiting { future } => future,
            StepProjection::Done => return Poll::Ready(None),
            _ => panic!("`Unfold` polled after its closure panicked"),
        };
        if let Some((item, state)) = ready!(future.poll(cx)) {
            self.set(Step::Holding { state });
            return Poll::Ready(Some(item));
        }
        self.set(Step::Done);
        Poll::Ready(None)
    }
}

impl<T, S, F, Fut> Stream for Unfold<S, F, Fut>
where
    F: FnMut(S) -> Fut,
    Fut: Future<Output = Option<(T, S)>>,
{
    type Item = T;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let mut this = self.project();
        this.step.as_mut().begin(this.f);
        this.step.poll_waiting(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ended = matches!(self.step, Step::Done);
        (0, ended.then_some(0))
    }
}

impl<T, S, F, Fut> FusedStream for Unfold<S, F, Fut>
where
    F: FnMut(S) -> Fut,
    Fut: Future<Output = Option<(T, S)>>,
{
    fn is_terminated(&self) -> bool {
        matches!(self.step, Step::Done)
    }
}
