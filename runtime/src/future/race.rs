//! The first of them, whatever it says.
//!
//! Next: `race_ok.rs`, the first that ends well.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::combinator::{Combinator, Group, IntoGroup, Order};
use super::pending::{Pending, pending};
use super::rule::First;

/// Waits until the first future ends; its output, be it a value or an error.
///
/// The futures are a tuple of up to 12, an array or a `Vec`, and their outputs
/// are of one type. For two that differ see [`either`](super::either()). The
/// losers are dropped before this ends, in the order of their places.
///
/// Who is polled first is drawn by lot, from the runtime's seed: of two that
/// are ready at once each wins as often as the other, and a run can be played
/// again. After that, who is woken first is polled first.
///
/// `race([])` never ends, as [`pending`](super::pending()): there is no first.
///
/// ```
/// use std::time::Duration;
/// use onecook::future::race;
/// use onecook::time::sleep;
///
/// async fn fry(egg: &str, minutes: u64) -> &str {
///     sleep(Duration::from_millis(minutes)).await;
///     egg
/// }
///
/// let first = race([fry("A", 60), fry("B", 2)]);
/// assert_eq!(onecook::block_on(first), "B");
/// ```
///
/// # Panics
///
/// When polled after it was done, or after one of its futures panicked.
///
/// # Cancel safety
///
/// Dropped while pending, it drops all futures, in the order of their places;
/// and so it does with the losers when it ends. Whatever a loser had done by
/// then and kept to itself is lost: race futures that are cancel safe, or
/// pass `&mut future` and go on with the loser after the race.
#[doc(alias = "select")]
#[doc(alias = "select_all")]
#[doc(alias = "try_select")]
#[doc(alias = "Promise.race")]
#[doc(alias = "asyncio.wait")]
#[doc(alias = "FIRST_COMPLETED")]
#[inline]
pub fn race<S: Race>(futures: S) -> S::Future {
    futures.race()
}

/// Tuples, arrays and `Vec`s of futures, of which the first counts: `.race()`
/// is [`race`].
///
/// ```
/// use std::future::{pending, ready};
/// use onecook::future::Race;
///
/// let first = (pending(), ready("B")).race();
/// assert_eq!(onecook::block_on(first), "B");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can race",
    note = "a tuple of 1 to 12 futures, an array or a `Vec` of futures can, \
            if they end with one type"
)]
pub trait Race {
    /// What each ends with.
    type Output;
    /// The future.
    type Future: Future<Output = Self::Output>;

    /// See [`race`].
    fn race(self) -> Self::Future;
}

impl<S> Race for S
where
    S: IntoGroup<First>,
{
    type Output = <S::Group as Group<First>>::End;
    type Future = RaceFuture<S::Group, Self::Output>;

    #[inline]
    fn race(self) -> Self::Future {
        let combinator = Combinator::new("race", self.into_group());
        RaceFuture { combinator, nobody: pending() }
    }
}

pin_project! {
    /// Future of [`race`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RaceFuture<G, T> {
        #[pin]
        combinator: Combinator<G>,
        // Who runs where nobody does. It keeps the waker, and that tells the
        // runtime that it waits for ever on purpose.
        #[pin]
        nobody: Pending<T>,
    }
}

impl<G> Future for RaceFuture<G, G::End>
where
    G: Group<First>,
{
    type Output = G::End;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G::End> {
        let this = self.project();
        if this.combinator.group().count() == 0 {
            return this.nobody.poll(cx);
        }
        match ready!(this.combinator.poll::<First>(cx, Order::Fair)) {
            ControlFlow::Break(first) => Poll::Ready(first),
            ControlFlow::Continue(_) => unreachable!("somebody is the first"),
        }
    }
}

impl<G, T> fmt::Debug for RaceFuture<G, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.combinator.fmt(f)
    }
}
