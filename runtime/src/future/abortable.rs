//! `Abortable`: a future that can be ended from elsewhere.
//!
//! Next: `abort_controller.rs`, who ends it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

use super::abort_controller::{AbortController, AbortSignal, controller};

/// Makes a future that can be ended from elsewhere, and who ends it.
///
/// For a part of a task; a whole task is ended by its
/// [`JoinHandle::abort`](crate::JoinHandle::abort). Once
/// [`AbortController::abort`] was called, the future inside is not polled any
/// more: it is dropped in the next poll, before that returns.
///
/// ```
/// use onecook::future::{self, Aborted};
///
/// let ended = onecook::block_on(async {
///     let (frying, controller) = future::abortable(future::pending::<()>());
///     drop(onecook::spawn(async move { controller.abort() }));
///     frying.await
/// });
/// assert_eq!(ended, Err(Aborted));
/// ```
///
/// # Errors
///
/// [`Aborted`] if it was ended before it was ready.
///
/// # Cancel safety
///
/// What the future itself loses when dropped, also when it is aborted.
#[doc(alias = "AbortSignal")]
#[doc(alias = "WithCancel")]
pub fn abortable<F: Future>(future: F) -> (Abortable<F>, AbortController) {
    let (controller, signal) = controller();
    (Abortable::Running { future, signal }, controller)
}

pin_project! {
    /// Future of [`abortable`].
    #[project = AbortableProjection]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    #[allow(missing_docs)] // the macro takes none on fields
    pub enum Abortable<F> {
        /// The future to be ready, or to be aborted.
        Running {
            #[pin]
            future: F,
            signal: AbortSignal,
        },
        /// Nothing more: the result was handed out.
        Done,
    }
}

impl<F: Future> Abortable<F> {
    #[inline]
    fn poll_running(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Aborted>> {
        let AbortableProjection::Running { future, signal } = self.project()
        else {
            panic!("`Abortable` polled after it was done");
        };
        if signal.is_aborted() {
            return Poll::Ready(Err(Aborted));
        }
        match future.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => signal.poll_aborted(cx).map(Err),
        }
    }
}

impl<F: Future> Future for Abortable<F> {
    type Output = Result<F::Output, Aborted>;

    #[inline]
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        let result = self.as_mut().poll_running(cx);
        if result.is_ready() {
            self.set(Abortable::Done);
        }
        result
    }
}

impl<F: Future> FusedFuture for Abortable<F> {
    fn is_terminated(&self) -> bool {
        matches!(self, Abortable::Done)
    }
}

/// An [`Abortable`] was ended before it was ready.
///
/// ```
/// use onecook::future::{Aborted, abortable, pending};
///
/// let (frying, controller) = abortable(pending::<()>());
/// controller.abort();
/// assert_eq!(onecook::block_on(frying), Err(Aborted));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the future was aborted before it was ready")
    }
}

impl Error for Aborted {}
