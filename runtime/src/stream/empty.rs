//! `empty`: a stream that has ended.
//!
//! Next: `pending.rs`, a stream that never ends.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

/// A stream without items: it has ended, and stays so.
///
/// ```
/// use onecook::stream::{self, StreamExt};
///
/// let mut no_eggs = stream::empty::<&str>();
/// assert_eq!(onecook::block_on(no_eggs.next()), None);
/// ```
pub fn empty<T>() -> Empty<T> {
    Empty { item: PhantomData }
}

/// Stream of [`empty`].
#[must_use = "streams do nothing unless polled"]
pub struct Empty<T> {
    item: PhantomData<fn() -> T>,
}

impl<T> Stream for Empty<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(0))
    }
}

impl<T> FusedStream for Empty<T> {
    fn is_terminated(&self) -> bool {
        true
    }
}

impl<T> Clone for Empty<T> {
    fn clone(&self) -> Empty<T> {
        empty()
    }
}

impl<T> fmt::Debug for Empty<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Empty")
    }
}
