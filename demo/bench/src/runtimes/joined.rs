//! For runtimes whose handles give the bare output, and panic with their task.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A handle whose output is a `Result`, as the workloads ask for.
pub struct Joined<H>(pub(crate) H);

impl<H: Future + Unpin> Future for Joined<H> {
    type Output = Result<H::Output, Infallible>;

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Ok)
    }
}
