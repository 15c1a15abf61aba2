//! All of them: wait until every future has ended.
//!
//! Next: `try_join.rs`, all of them or the first error.

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::arity::Flatten;
use super::combinator::{Combinator, Group, IntoGroup, Order};
use super::rule::All;

/// Waits until all futures have ended; their outputs, in the order in which
/// the futures were given.
///
/// The futures are a tuple of up to 12, which may differ in type, an array or
/// a `Vec`. They take turns on this one task, and each is polled only when it
/// was woken, however many there are. One that ends is dropped at once; its
/// output waits for the others. `join([])` is ready with `[]`.
///
/// A future that fails does not end the others: the outputs may be `Result`s.
/// To stop at the first error, see [`try_join`](super::try_join()).
///
/// ```
/// use std::time::Duration;
/// use onecook::future::join;
/// use onecook::time::sleep;
///
/// async fn fry(egg: &str, minutes: u64) -> String {
///     sleep(Duration::from_millis(minutes)).await;
///     format!("{egg} after {minutes}")
/// }
///
/// onecook::block_on(async {
///     let (egg, number) = join((fry("A", 3), async { 4 })).await;
///     assert_eq!((egg.as_str(), number), ("A after 3", 4));
///
///     let eggs = join(vec![fry("B", 4), fry("C", 2)]).await;
///     assert_eq!(eggs, ["B after 4", "C after 2"]);
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
/// outputs of those that have, each in the order of their places. To keep
/// them, pass `&mut future` instead of the future.
#[doc(alias = "join_all")]
#[doc(alias = "Promise.allSettled")]
#[doc(alias = "allSettled")]
#[doc(alias = "gather")]
#[doc(alias = "asyncio.gather")]
#[doc(alias = "ALL_COMPLETED")]
#[doc(alias = "WaitGroup")]
#[inline]
pub fn join<S: Join>(futures: S) -> S::Future {
    futures.join()
}

/// Tuples, arrays and `Vec`s of futures, all to be awaited: `.join()` is
/// [`join`].
///
/// ```
/// use std::future::ready;
/// use onecook::future::Join;
///
/// let eggs = onecook::block_on([ready("A"), ready("B")].join());
/// assert_eq!(eggs, ["A", "B"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be joined",
    note = "a tuple of 1 to 12 futures, an array or a `Vec` of futures can"
)]
pub trait Join {
    /// The outputs: a tuple, an array or a `Vec`, as the futures were.
    type Output;
    /// The future.
    type Future: Future<Output = Self::Output>;

    /// See [`join`].
    fn join(self) -> Self::Future;
}

impl<S> Join for S
where
    S: IntoGroup<All>,
    <S::Group as Group<All>>::Kept: Flatten,
{
    type Output = <<S::Group as Group<All>>::Kept as Flatten>::Flat;
    type Future = JoinFuture<S::Group>;

    #[inline]
    fn join(self) -> Self::Future {
        let combinator = Combinator::new("join", self.into_group());
        JoinFuture { combinator }
    }
}

pin_project! {
    /// Future of [`join`].
    #[must_use = "futures do nothing unless polled"]
    pub struct JoinFuture<G> {
        #[pin]
        combinator: Combinator<G>,
    }
}

impl<G> Future for JoinFuture<G>
where
    G: Group<All>,
    G::Kept: Flatten,
{
    type Output = <G::Kept as Flatten>::Flat;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let combinator = self.project().combinator;
        match ready!(combinator.poll::<All>(cx, Order::Places)) {
            ControlFlow::Continue(kept) => Poll::Ready(kept.flatten()),
            ControlFlow::Break(_) => unreachable!("nobody ends the others"),
        }
    }
}

impl<G> fmt::Debug for JoinFuture<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.combinator.fmt(f)
    }
}
