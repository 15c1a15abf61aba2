//! `MaybeDone`: a future, then its output, in one place.
//!
//! ```text
//!            ready              take_output
//!   Running ───────▶ Finished ──────────────▶ Taken
//! ```
//!
//! Next: `abortable.rs`, a future that can be ended from elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

/// Keeps the output of `future` until it is taken: what a hand-written join
/// of a few futures is made of.
///
/// ```
/// use std::pin::pin;
/// use onecook::future;
///
/// onecook::block_on(async {
///     let mut egg = pin!(future::maybe_done(async { "egg" }));
///     assert_eq!(egg.as_mut().take_output(), None);
///     egg.as_mut().await;
///     assert_eq!(egg.as_mut().take_output(), Some("egg"));
/// });
/// ```
///
/// # Cancel safety
///
/// What the future itself loses when dropped; an output that was not taken
/// is dropped with it.
pub fn maybe_done<F: Future>(future: F) -> MaybeDone<F> {
    MaybeDone::Running { future }
}

pin_project! {
    /// Future of [`maybe_done`]: ready once the output is there, also when
    /// polled again.
    #[project = MaybeDoneProjection]
    #[project_replace = MaybeDoneReplaced]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    #[allow(missing_docs)] // the macro takes none on fields
    pub enum MaybeDone<F>
    where
        F: Future,
    {
        /// The future to be ready.
        Running {
            #[pin]
            future: F,
        },
        /// Nothing: the output is there.
        Finished {
            output: F::Output,
        },
        /// Nothing more: the output was taken.
        Taken,
    }
}

impl<F: Future> MaybeDone<F> {
    /// The output, if it is there: before it is taken.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # onecook::block_on(async {
    /// let mut eggs = pin!(onecook::future::maybe_done(async { vec!["A"] }));
    /// eggs.as_mut().await;
    /// if let Some(eggs) = eggs.as_mut().output_mut() {
    ///     eggs.push("B");
    /// }
    /// assert_eq!(eggs.take_output(), Some(vec!["A", "B"]));
    /// # });
    /// ```
    pub fn output_mut(self: Pin<&mut Self>) -> Option<&mut F::Output> {
        match self.project() {
            MaybeDoneProjection::Finished { output } => Some(output),
            _ => None,
        }
    }

    /// Takes the output out, if it is there.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # onecook::block_on(async {
    /// let mut egg = pin!(onecook::future::maybe_done(async { "egg" }));
    /// egg.as_mut().await;
    /// assert_eq!(egg.as_mut().take_output(), Some("egg"));
    /// assert_eq!(egg.as_mut().take_output(), None); // it was taken
    /// # });
    /// ```
    pub fn take_output(self: Pin<&mut Self>) -> Option<F::Output> {
        if !matches!(*self, MaybeDone::Finished { .. }) {
            return None;
        }
        match self.project_replace(MaybeDone::Taken) {
            MaybeDoneReplaced::Finished { output } => Some(output),
            _ => unreachable!("it was finished just now"),
        }
    }
}

impl<F: Future> Future for MaybeDone<F> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.as_mut().project() {
            MaybeDoneProjection::Running { future } => {
                let output = ready!(future.poll(cx));
                self.set(MaybeDone::Finished { output });
                Poll::Ready(())
            }
            MaybeDoneProjection::Finished { .. } => Poll::Ready(()),
            MaybeDoneProjection::Taken => {
                panic!("`MaybeDone` polled after its output was taken")
            }
        }
    }
}

impl<F: Future> FusedFuture for MaybeDone<F> {
    fn is_terminated(&self) -> bool {
        !matches!(self, MaybeDone::Running { .. })
    }
}
