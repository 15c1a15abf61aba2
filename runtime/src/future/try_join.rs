//! All of them, or the first error.
//!
//! Next: `race.rs`, the first of them.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::arity::Flatten;
use super::combinator::{Combinator, Group, IntoGroup, Order};
use super::rule::AllOk;

/// Waits until all futures have ended well, or one has failed: the values, in
/// the order in which the futures were given, or the first error in time.
///
/// The futures are a tuple of up to 12, whose values may differ in type and
/// whose errors may not, an array or a `Vec`. At an error the others are
/// dropped, before this ends: those that have not ended, and the values of
/// those that have. `try_join([])` is `Ok([])`.
///
/// ```
/// use std::future::{pending, ready};
/// use onecook::future::try_join;
///
/// onecook::block_on(async {
///     let well = try_join((ready(Ok(1)), ready(Ok("two"))));
///     assert_eq!(well.await, Ok::<_, String>((1, "two")));
///
///     let never = pending::<Result<u8, &str>>();
///     let ill = try_join((never, ready(Err::<u8, _>("burnt"))));
///     assert_eq!(ill.await, Err("burnt"));
/// });
/// ```
///
/// # Panics
///
/// When polled after it was done, or after one of its futures panicked.
///
/// # Cancel safety
///
/// Dropped while pending, it drops all futures that have not ended, and the
/// values of those that have, each in the order of their places. To keep
/// them, pass `&mut future` instead of the future.
#[doc(alias = "try_join_all")]
#[doc(alias = "Promise.all")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "errgroup")]
#[doc(alias = "FIRST_EXCEPTION")]
#[inline]
pub fn try_join<S: TryJoin>(futures: S) -> S::Future {
    futures.try_join()
}

/// Tuples, arrays and `Vec`s of futures that may fail: `.try_join()` is
/// [`try_join`].
///
/// ```
/// use std::future::ready;
/// use onecook::future::TryJoin;
///
/// let eggs = [ready(Ok("A")), ready(Err("burnt"))];
/// assert_eq!(onecook::block_on(eggs.try_join()), Err("burnt"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be joined until an error",
    note = "a tuple of 1 to 12 futures, an array or a `Vec` of futures can, \
            if they end with a `Result` and have one type of error"
)]
pub trait TryJoin {
    /// The values: a tuple, an array or a `Vec`, as the futures were.
    type Output;
    /// What each may fail with.
    type Error;
    /// The future.
    type Future: Future<Output = Result<Self::Output, Self::Error>>;

    /// See [`try_join`].
    fn try_join(self) -> Self::Future;
}

impl<S> TryJoin for S
where
    S: IntoGroup<AllOk>,
    <S::Group as Group<AllOk>>::Kept: Flatten,
{
    type Output = <<S::Group as Group<AllOk>>::Kept as Flatten>::Flat;
    type Error = <S::Group as Group<AllOk>>::End;
    type Future = TryJoinFuture<S::Group>;

    #[inline]
    fn try_join(self) -> Self::Future {
        let combinator = Combinator::new("try_join", self.into_group());
        TryJoinFuture { combinator }
    }
}

pin_project! {
    /// Future of [`try_join`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TryJoinFuture<G> {
        #[pin]
        combinator: Combinator<G>,
    }
}

impl<G> Future for TryJoinFuture<G>
where
    G: Group<AllOk>,
    G::Kept: Flatten,
{
    type Output = Result<<G::Kept as Flatten>::Flat, G::End>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let combinator = self.project().combinator;
        match ready!(combinator.poll::<AllOk>(cx, Order::Fair)) {
            ControlFlow::Continue(kept) => Poll::Ready(Ok(kept.flatten())),
            ControlFlow::Break(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<G> fmt::Debug for TryJoinFuture<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.combinator.fmt(f)
    }
}
