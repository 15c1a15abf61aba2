//! `CatchUnwind`: a future whose panic is a value.
//!
//! Next: `maybe_done.rs`, a future that keeps its output.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`FutureExt::catch_unwind`](super::FutureExt::catch_unwind).
    #[project = CatchUnwindProjection]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    #[allow(missing_docs)] // the macro takes none on fields
    pub enum CatchUnwind<F> {
        /// The future to be ready, or to panic.
        Waiting {
            #[pin]
            future: F,
        },
        /// Nothing more: the output, or the panic, was handed out.
        Done,
    }
}

impl<F> CatchUnwind<F> {
    pub(super) fn new(future: F) -> CatchUnwind<F> {
        CatchUnwind::Waiting { future }
    }
}

impl<F: Future + UnwindSafe> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    #[inline]
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        let CatchUnwindProjection::Waiting { future } = self.as_mut().project()
        else {
            panic!("`CatchUnwind` polled after it was done");
        };
        let result = match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        self.set(CatchUnwind::Done);
        Poll::Ready(result)
    }
}

impl<F: Future + UnwindSafe> FusedFuture for CatchUnwind<F> {
    fn is_terminated(&self) -> bool {
        matches!(self, CatchUnwind::Done)
    }
}
