//! `pending`: a stream that has no item and never ends.
//!
//! Next: `poll_fn.rs`, a stream from a closure.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::future;

/// A stream that has no item and never ends.
///
/// Whoever waits for it waits for ever on purpose: the runtime does not report
/// it as lost.
///
/// ```
/// use std::time::Duration;
/// use onecook::future::FutureExt;
/// use onecook::stream::{self, StreamExt};
///
/// onecook::block_on(async {
///     let mut never = stream::pending::<&str>();
///     let limit = Duration::from_millis(5);
///     assert!(never.next().timeout(limit).await.is_err());
/// });
/// ```
pub fn pending<T>() -> Pending<T> {
    Pending { never: future::pending() }
}

/// Stream of [`pending`].
#[must_use = "streams do nothing unless polled"]
#[derive(Debug)]
pub struct Pending<T> {
    never: future::Pending<T>,
}

impl<T> Stream for Pending<T> {
    type Item = T;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        Pin::new(&mut self.get_mut().never).poll(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(0))
    }
}

/// Not terminated: it may be waited for.
impl<T> FusedStream for Pending<T> {
    fn is_terminated(&self) -> bool {
        false
    }
}
