//! `FutureExt`: what can be done with one future.
//!
//! Next: `map.rs`, the simplest of them.

use std::future::Future;
use std::panic::UnwindSafe;
use std::time::Duration;

use futures_core::future::LocalBoxFuture;

use super::{CatchUnwind, Fuse, Map};
use crate::time::{self, Timeout};

/// What can be done with any future.
///
/// ```
/// use onecook::future::{self, FutureExt};
///
/// let eggs = future::ready(2).map(|eggs| eggs + 1);
/// assert_eq!(onecook::block_on(eggs), 3);
/// ```
pub trait FutureExt: Future {
    /// Calls `f` with the output, and hands out what it returns.
    ///
    /// It costs what `async { f(future.await) }` does; the future is dropped
    /// before `f` is called.
    ///
    /// ```
    /// use onecook::future::{self, FutureExt};
    ///
    /// let egg = future::ready("egg").map(|egg| format!("fried {egg}"));
    /// assert_eq!(onecook::block_on(egg), "fried egg");
    /// ```
    ///
    /// # Cancel safety
    ///
    /// What the future itself loses when dropped; `f` is not called then.
    #[doc(alias = "Promise.then")]
    #[doc(alias = "then")]
    fn map<T, F>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
        F: FnOnce(Self::Output) -> T,
    {
        Map::new(self, f)
    }

    /// May be polled after its end: it is pending then, for ever. The future
    /// inside is dropped as soon as it is ready.
    ///
    /// ```
    /// use std::future::Future;
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    /// use onecook::future::{self, FusedFuture, FutureExt};
    ///
    /// let mut cx = Context::from_waker(Waker::noop());
    /// let mut egg = pin!(future::ready("egg").fuse());
    /// assert_eq!(egg.as_mut().poll(&mut cx), Poll::Ready("egg"));
    /// assert_eq!(egg.as_mut().poll(&mut cx), Poll::Pending);
    /// assert!(egg.is_terminated());
    /// ```
    ///
    /// # Cancel safety
    ///
    /// What the future itself loses when dropped.
    fn fuse(self) -> Fuse<Self>
    where
        Self: Sized,
    {
        Fuse::new(self)
    }

    /// Catches a panic in a `poll` of the future, and hands it out as an
    /// error.
    ///
    /// A task has no need of it: its join handle tells of the panic. A panic
    /// in the future's `Drop` is not caught.
    ///
    /// A future with `&mut` borrows or cells inside might leave half-done
    /// work behind; wrap it in [`AssertUnwindSafe`] to say that it is fine.
    ///
    /// ```
    /// use onecook::future::{self, FutureExt};
    ///
    /// # std::panic::set_hook(Box::new(|_| {}));
    /// let dropped = onecook::block_on(
    ///     async { panic!("the egg fell down") }.catch_unwind(),
    /// );
    /// let text = dropped.unwrap_err();
    /// assert_eq!(text.downcast_ref(), Some(&"the egg fell down"));
    /// ```
    ///
    /// # Errors
    ///
    /// The payload of the panic.
    ///
    /// # Cancel safety
    ///
    /// What the future itself loses when dropped.
    ///
    /// [`AssertUnwindSafe`]: std::panic::AssertUnwindSafe
    #[doc(alias = "Promise.catch")]
    #[doc(alias = "recover")]
    fn catch_unwind(self) -> CatchUnwind<Self>
    where
        Self: Sized + UnwindSafe,
    {
        CatchUnwind::new(self)
    }

    /// Gives the future so much time from now, and no more: the same as
    /// [`time::timeout`](crate::time::timeout()).
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::future::{self, FutureExt};
    ///
    /// let never = async {
    ///     future::pending::<()>().timeout(Duration::from_millis(5)).await
    /// };
    /// assert!(onecook::block_on(never).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Elapsed`](crate::time::error::Elapsed) if the time was over first.
    ///
    /// # Panics
    ///
    /// When polled outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// What the future itself loses when dropped, also when the time is over.
    #[doc(alias = "wait_for")]
    #[doc(alias = "AbortSignal.timeout")]
    #[doc(alias = "WithTimeout")]
    fn timeout(self, duration: Duration) -> Timeout<Self>
    where
        Self: Sized,
    {
        time::timeout(duration, self)
    }

    /// Puts the future into a box: one type for futures of different types,
    /// and `Unpin`.
    ///
    /// ```
    /// use onecook::future::{self, FutureExt};
    ///
    /// let eggs = vec![
    ///     future::ready("A").boxed_local(),
    ///     async { "B" }.boxed_local(),
    /// ];
    /// onecook::block_on(async {
    ///     for egg in eggs {
    ///         println!("{}", egg.await);
    ///     }
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// What the future itself loses when dropped.
    fn boxed_local<'a>(self) -> LocalBoxFuture<'a, Self::Output>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
    }
}

impl<F: Future + ?Sized> FutureExt for F {}
