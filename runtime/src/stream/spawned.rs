//! `BufferedSpawned`: futures that go on while nobody looks.
//!
//! Each future of the stream becomes a task; what is in flight is their join
//! handles, and those that are dropped abort.
//!
//! Next: `merge.rs`, the items of many streams.

use std::fmt;
use std::future::Future;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

use super::{BufferUnordered, Buffered};
use crate::join_error::JoinError;
use crate::join_handle::JoinHandle;
use crate::runtime::{expect_current, spawn_on};
use crate::task;

pin_project! {
    /// Stream of [`StreamExt::buffered_spawned`].
    ///
    /// [`StreamExt::buffered_spawned`]: super::StreamExt::buffered_spawned
    #[must_use = "streams do nothing unless polled"]
    pub struct BufferedSpawned<S>
    where
        S: Stream,
        S::Item: Future,
        S::Item: 'static,
        <S::Item as Future>::Output: 'static,
    {
        #[pin]
        tasks: Buffered<Spawning<S>>,
    }
}

pin_project! {
    /// Stream of [`StreamExt::buffer_unordered_spawned`].
    ///
    /// [`StreamExt::buffer_unordered_spawned`]:
    /// super::StreamExt::buffer_unordered_spawned
    #[must_use = "streams do nothing unless polled"]
    pub struct BufferUnorderedSpawned<S>
    where
        S: Stream,
        S::Item: Future,
        S::Item: 'static,
        <S::Item as Future>::Output: 'static,
    {
        #[pin]
        tasks: BufferUnordered<Spawning<S>>,
    }
}

impl<S> BufferedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    #[track_caller]
    pub(super) fn new(stream: S, limit: usize) -> BufferedSpawned<S> {
        BufferedSpawned { tasks: Buffered::new(Spawning::new(stream), limit) }
    }
}

impl<S> Stream for BufferedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    type Item = <S::Item as Future>::Output;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.project().tasks.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.tasks.size_hint()
    }
}

impl<S> FusedStream for BufferedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    fn is_terminated(&self) -> bool {
        self.tasks.is_terminated()
    }
}

impl<S> fmt::Debug for BufferedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BufferedSpawned").field(&self.tasks).finish()
    }
}

impl<S> BufferUnorderedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    #[track_caller]
    pub(super) fn new(stream: S, limit: usize) -> BufferUnorderedSpawned<S> {
        BufferUnorderedSpawned {
            tasks: BufferUnordered::new(Spawning::new(stream), limit),
        }
    }
}

impl<S> Stream for BufferUnorderedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    type Item = <S::Item as Future>::Output;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.project().tasks.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.tasks.size_hint()
    }
}

impl<S> FusedStream for BufferUnorderedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    fn is_terminated(&self) -> bool {
        self.tasks.is_terminated()
    }
}

impl<S> fmt::Debug for BufferUnorderedSpawned<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BufferUnorderedSpawned").field(&self.tasks).finish()
    }
}

pin_project! {
    /// Makes a task of each future of a stream.
    pub struct Spawning<S> {
        #[pin]
        stream: S,
        site: &'static Location<'static>,
    }
}

impl<S> Spawning<S> {
    #[track_caller]
    fn new(stream: S) -> Spawning<S> {
        Spawning { stream, site: Location::caller() }
    }
}

impl<S> Stream for Spawning<S>
where
    S: Stream,
    S::Item: Future + 'static,
    <S::Item as Future>::Output: 'static,
{
    type Item = Spawned<<S::Item as Future>::Output>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let future = ready!(this.stream.poll_next(cx));
        Poll::Ready(future.map(|future| Spawned::new(future, this.site)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

/// A task that is aborted with its handle, and whose panic goes on here.
pub struct Spawned<T: 'static> {
    task: JoinHandle<T>,
}

impl<T: 'static> Spawned<T> {
    fn new<F>(future: F, site: &'static Location<'static>) -> Spawned<T>
    where
        F: Future<Output = T> + 'static,
    {
        let cell = task::boxing::<F>()(future);
        let task = spawn_on(&expect_current(), cell, None, site);
        Spawned { task }
    }
}

impl<T: 'static> Future for Spawned<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        match ready!(Pin::new(&mut this.task).poll(cx)) {
            Ok(output) => Poll::Ready(output),
            Err(error) => pass_on(error),
        }
    }
}

fn pass_on(error: JoinError) -> ! {
    match error.try_into_panic() {
        Ok(payload) => resume_unwind(payload),
        Err(error) => panic!("a future of the stream has no output: {error}"),
    }
}

impl<T: 'static> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
