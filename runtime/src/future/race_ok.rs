//! The first that ends well.
//!
//! Next: `aggregate_error.rs`, if none does.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::aggregate_error::{AggregateError, IntoErrors};
use super::combinator::{Combinator, Group, IntoGroup, Order};
use super::rule::FirstOk;

/// Waits until the first future ends well: its value. If none does, all their
/// errors, in the order in which the futures were given.
///
/// The futures are a tuple of up to 12, an array or a `Vec`; their values are
/// of one type, and so are their errors. At the first value the others are
/// dropped before this ends, with the errors there were, in the order of their
/// places. It is as fair as [`race`](super::race()).
/// `race_ok([])` is an error at once, with no errors in it.
///
/// ```
/// use std::future::ready;
/// use onecook::future::race_ok;
///
/// onecook::block_on(async {
///     let pans = [ready(Err("too cold")), ready(Ok("egg"))];
///     assert_eq!(race_ok(pans).await, Ok("egg"));
///
///     let pans = [ready(Err::<&str, _>("too cold")), ready(Err("no oil"))];
///     let error = race_ok(pans).await.unwrap_err();
///     assert_eq!(error.errors(), ["too cold", "no oil"]);
/// });
/// ```
///
/// # Panics
///
/// When polled after it was done, or after one of its futures panicked.
///
/// # Cancel safety
///
/// As [`race`](super::race()): whatever a loser kept to itself is lost.
#[doc(alias = "select")]
#[doc(alias = "select_ok")]
#[doc(alias = "Promise.any")]
#[inline]
pub fn race_ok<S: RaceOk>(futures: S) -> S::Future {
    futures.race_ok()
}

/// Tuples, arrays and `Vec`s of futures, of which the first that ends well
/// counts: `.race_ok()` is [`race_ok`].
///
/// ```
/// use std::future::ready;
/// use onecook::future::RaceOk;
///
/// let pans = vec![ready(Err("too cold")), ready(Ok("egg"))];
/// assert_eq!(onecook::block_on(pans.race_ok()), Ok("egg"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can race for a value",
    note = "a tuple of 1 to 12 futures, an array or a `Vec` of futures can, \
            if they end with one type of `Result`"
)]
pub trait RaceOk {
    /// What each may end well with.
    type Output;
    /// What each may fail with.
    type Error;
    /// The future.
    type Future: Future<Output = RaceOkResult<Self::Output, Self::Error>>;

    /// See [`race_ok`].
    fn race_ok(self) -> Self::Future;
}

/// The first value, or all errors.
type RaceOkResult<T, E> = Result<T, AggregateError<E>>;

impl<S> RaceOk for S
where
    S: IntoGroup<FirstOk>,
    <S::Group as Group<FirstOk>>::Kept: IntoErrors,
{
    type Output = <S::Group as Group<FirstOk>>::End;
    type Error = <<S::Group as Group<FirstOk>>::Kept as IntoErrors>::Error;
    type Future = RaceOkFuture<S::Group>;

    #[inline]
    fn race_ok(self) -> Self::Future {
        let combinator = Combinator::new("race_ok", self.into_group());
        RaceOkFuture { combinator }
    }
}

pin_project! {
    /// Future of [`race_ok`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RaceOkFuture<G> {
        #[pin]
        combinator: Combinator<G>,
    }
}

impl<G> Future for RaceOkFuture<G>
where
    G: Group<FirstOk>,
    G::Kept: IntoErrors,
{
    type Output = RaceOkResult<G::End, <G::Kept as IntoErrors>::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let combinator = self.project().combinator;
        match ready!(combinator.poll::<FirstOk>(cx, Order::Fair)) {
            ControlFlow::Break(value) => Poll::Ready(Ok(value)),
            ControlFlow::Continue(kept) => {
                let errors = kept.into_errors();
                Poll::Ready(Err(AggregateError::new(errors)))
            }
        }
    }
}

impl<G> fmt::Debug for RaceOkFuture<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.combinator.fmt(f)
    }
}
