//! `Map`: calls a closure with the output.
//!
//! Next: `fuse.rs`, a future that may be polled after its end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

pin_project! {
    /// Future of [`FutureExt::map`](super::FutureExt::map).
    #[project = MapProjection]
    #[project_replace = MapReplaced]
    #[must_use = "futures do nothing unless polled"]
    #[derive(Clone, Debug)]
    #[allow(missing_docs)] // the macro takes none on fields
    pub enum Map<Fut, F> {
        /// The future to be ready.
        Waiting {
            #[pin]
            future: Fut,
            f: F,
        },
        /// Nothing more: the result was handed out.
        Done,
    }
}

impl<Fut, F> Map<Fut, F> {
    pub(super) fn new(future: Fut, f: F) -> Map<Fut, F> {
        Map::Waiting { future, f }
    }
}

impl<Fut, F, T> Future for Map<Fut, F>
where
    Fut: Future,
    F: FnOnce(Fut::Output) -> T,
{
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let MapProjection::Waiting { future, .. } = self.as_mut().project()
        else {
            panic!("`Map` polled after it was done");
        };
        let output = ready!(future.poll(cx));
        match self.project_replace(Map::Done) {
            MapReplaced::Waiting { f, .. } => Poll::Ready(f(output)),
            MapReplaced::Done => unreachable!("it was waiting just now"),
        }
    }
}

impl<Fut, F, T> FusedFuture for Map<Fut, F>
where
    Fut: Future,
    F: FnOnce(Fut::Output) -> T,
{
    fn is_terminated(&self) -> bool {
        matches!(self, Map::Done)
    }
}
