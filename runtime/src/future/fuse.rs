//! `Fuse`: a future that may be polled after its end.
//!
//! Next: `catch_unwind.rs`, a future that may panic.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`FutureExt::fuse`](super::FutureExt::fuse).
    #[project = FuseProjection]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    #[allow(missing_docs)] // the macro takes none on fields
    pub enum Fuse<F> {
        /// The future to be ready.
        Waiting {
            #[pin]
            future: F,
        },
        /// Nothing more: it was ready, and is pending from now on.
        Done,
    }
}

impl<F> Fuse<F> {
    pub(super) fn new(future: F) -> Fuse<F> {
        Fuse::Waiting { future }
    }

    /// One that is over already: a place for a future to come.
    ///
    /// ```
    /// use onecook::future::{FusedFuture, Fuse, Ready, ready};
    ///
    /// let mut egg: Fuse<Ready<&str>> = Fuse::terminated();
    /// assert!(egg.is_terminated());
    /// egg = Fuse::Waiting { future: ready("egg") };
    /// assert_eq!(onecook::block_on(egg), "egg");
    /// ```
    pub fn terminated() -> Fuse<F> {
        Fuse::Done
    }
}

impl<F: Future> Future for Fuse<F> {
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.as_mut().project() {
            FuseProjection::Waiting { future } => {
                let output = ready!(future.poll(cx));
                self.set(Fuse::Done);
                Poll::Ready(output)
            }
            FuseProjection::Done => Poll::Pending,
        }
    }
}

impl<F: Future> FusedFuture for Fuse<F> {
    fn is_terminated(&self) -> bool {
        matches!(self, Fuse::Done)
    }
}
