//! The first of two that differ.
//!
//! Next: `rule.rs`, what an output means.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::combinator::{Combinator, Group, Order};

/// Waits for the first of two futures whose outputs differ in type.
///
/// It is a [`race`](super::race()) of two, as fair as that; its output says
/// who won. The loser is dropped before this ends, unless it was only lent:
///
/// ```
/// use std::pin::pin;
/// use std::time::Duration;
/// use onecook::future::{Either, either};
/// use onecook::time::sleep;
///
/// async fn fry() -> &'static str {
///     sleep(Duration::from_millis(5)).await;
///     "egg"
/// }
///
/// onecook::block_on(async {
///     let mut egg = pin!(fry());
///     let bell = sleep(Duration::from_millis(1));
///     let egg = match either(&mut egg, bell).await {
///         Either::Left(egg) => egg,
///         Either::Right(()) => egg.await, // it lost, and goes on
///     };
///     assert_eq!(egg, "egg");
/// });
/// ```
///
/// # Panics
///
/// When polled after it was done, or after one of its futures panicked.
///
/// # Cancel safety
///
/// As [`race`](super::race()): whatever the loser kept to itself is lost.
/// Operations that say they are cancel safe lose nothing.
#[doc(alias = "select")]
#[doc(alias = "tokio::select")]
#[doc(alias = "Promise.race")]
#[doc(alias = "asyncio.wait")]
#[doc(alias = "FIRST_COMPLETED")]
#[inline]
pub fn either<A, B>(
    left: A,
    right: B,
) -> EitherFuture<A::IntoFuture, B::IntoFuture>
where
    A: IntoFuture,
    B: IntoFuture,
{
    let left = Some(left.into_future());
    let right = Some(right.into_future());
    let combinator = Combinator::new("either", Two { left, right });
    EitherFuture { combinator }
}

/// One of two. Made by [`either`], and by whoever needs it.
///
/// ```
/// use onecook::future::Either;
///
/// let egg: Either<&str, u32> = Either::Right(4);
/// assert_eq!(egg.right(), Some(4));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Either<A, B> {
    /// The first of the two.
    Left(A),
    /// The second.
    Right(B),
}

impl<A, B> Either<A, B> {
    /// Whether it is the first.
    ///
    /// ```
    /// # use onecook::future::Either;
    /// let egg: Either<&str, u32> = Either::Left("egg");
    /// assert!(egg.is_left());
    /// ```
    #[must_use]
    pub fn is_left(&self) -> bool {
        matches!(self, Either::Left(_))
    }

    /// Whether it is the second.
    ///
    /// ```
    /// # use onecook::future::Either;
    /// let egg: Either<&str, u32> = Either::Right(4);
    /// assert!(egg.is_right());
    /// ```
    #[must_use]
    pub fn is_right(&self) -> bool {
        matches!(self, Either::Right(_))
    }

    /// The first, if that is the one.
    ///
    /// ```
    /// # use onecook::future::Either;
    /// let egg: Either<&str, u32> = Either::Left("egg");
    /// assert_eq!(egg.left(), Some("egg"));
    /// assert_eq!(egg.right(), None);
    /// ```
    #[must_use]
    pub fn left(self) -> Option<A> {
        match self {
            Either::Left(left) => Some(left),
            Either::Right(_) => None,
        }
    }

    /// The second, if that is the one.
    ///
    /// ```
    /// # use onecook::future::Either;
    /// let egg: Either<&str, u32> = Either::Right(4);
    /// assert_eq!(egg.right(), Some(4));
    /// assert_eq!(egg.left(), None);
    /// ```
    #[must_use]
    pub fn right(self) -> Option<B> {
        match self {
            Either::Left(_) => None,
            Either::Right(right) => Some(right),
        }
    }
}

impl<T> Either<T, T> {
    /// What is in it, on whichever side.
    ///
    /// ```
    /// use onecook::future::Either;
    ///
    /// assert_eq!(Either::<_, &str>::Left("egg").into_inner(), "egg");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            Either::Left(it) | Either::Right(it) => it,
        }
    }
}

pin_project! {
    /// Future of [`either`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EitherFuture<A, B> {
        #[pin]
        combinator: Combinator<Two<A, B>>,
    }
}

impl<A: Future, B: Future> Future for EitherFuture<A, B> {
    type Output = Either<A::Output, B::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let combinator = self.project().combinator;
        match ready!(combinator.poll::<Side>(cx, Order::Fair)) {
            ControlFlow::Break(first) => Poll::Ready(first),
            ControlFlow::Continue(()) => unreachable!("one is the first"),
        }
    }
}

impl<A, B> fmt::Debug for EitherFuture<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.combinator.fmt(f)
    }
}

/// The rule of `either`: any output ends, and its side is told.
#[derive(Debug)]
pub struct Side;

pin_project! {
    /// The two.
    pub struct Two<A, B> {
        #[pin]
        left: Option<A>,
        #[pin]
        right: Option<B>,
    }
}

impl<A: Future, B: Future> Group<Side> for Two<A, B> {
    type Kept = ();
    type End = Either<A::Output, B::Output>;

    #[inline]
    fn count(&self) -> usize {
        2
    }

    #[inline]
    fn poll_child(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<Self::End>> {
        let this = self.project();
        let first = match place {
            0 => poll_side(this.left, cx).map(Either::Left),
            _ => poll_side(this.right, cx).map(Either::Right),
        };
        first.map(ControlFlow::Break)
    }

    #[inline]
    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.left.set(None);
        this.right.set(None);
    }

    fn take_kept(self: Pin<&mut Self>) {}
}

#[inline]
fn poll_side<F: Future>(
    mut side: Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let Some(future) = side.as_mut().as_pin_mut() else { return Poll::Pending };
    let output = ready!(future.poll(cx));
    side.set(None);
    Poll::Ready(output)
}
