//! The receiver of a bounded channel, and of an unbounded one.
//!
//! Next: `recv.rs`, its futures.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::ends::fmt_end;
use super::error::TryRecvError;
use super::receiving_end::ReceivingEnd;
use super::recv::{Recv, RecvMany, poll_recv, poll_recv_many};
use crate::blocked_thread::wait_for;

/// The end that receives; a stream, too.
///
/// Dropping it drops what was not received, and refuses what comes later.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
/// sender.try_send("A").unwrap();
/// drop(sender);
/// onecook::block_on(async {
///     assert_eq!(receiver.recv().await, Some("A"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub struct Receiver<T> {
    pub(super) end: ReceivingEnd<T>,
}

impl<T> Receiver<T> {
    /// Receives the next value; `None` if none will come any more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::mpsc;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = mpsc::channel(8);
    /// sender.send("A").await.unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().await, Some("A"));
    /// assert_eq!(receiver.recv().await, None);
    /// # });
    /// ```
    #[doc(alias("get", "<-ch", "next"))]
    #[inline]
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv::new(&mut self.end)
    }

    /// Receives all values that are there, at most `limit`, to the end of
    /// `buffer`; waits for the first. Returns how many: 0 if none will come
    /// any more, or `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, mut receiver) = mpsc::channel(8);
    ///     for egg in 0..3 {
    ///         sender.try_send(egg).unwrap();
    ///     }
    ///     let mut eggs = Vec::new();
    ///     assert_eq!(receiver.recv_many(&mut eggs, 2).await, 2);
    ///     assert_eq!(eggs, [0, 1]);
    /// });
    /// ```
    pub fn recv_many<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvMany<'a, T> {
        RecvMany::new(&mut self.end, buffer, limit)
    }

    /// Takes the next value if it is there, without waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none now,
    /// [`TryRecvError::Disconnected`] if none will come any more.
    ///
    /// ```
    /// use onecook::channel::mpsc::{self, error::TryRecvError};
    ///
    /// let (sender, mut receiver) = mpsc::channel::<u8>(8);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[doc(alias("get_nowait", "poll"))]
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end.try_recv()
    }

    /// Receives the next value; waits with this thread, which runs no runtime.
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// std::thread::spawn(move || sender.try_send("A"));
    /// assert_eq!(receiver.blocking_recv(), Some("A"));
    /// assert_eq!(receiver.blocking_recv(), None);
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        wait_for("mpsc::Receiver::blocking_recv", self.recv())
    }

    /// As [`recv_many`](Receiver::recv_many), waiting with this thread, which
    /// runs no runtime.
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// std::thread::spawn(move || sender.try_send("A"));
    /// let mut eggs = Vec::new();
    /// assert_eq!(receiver.blocking_recv_many(&mut eggs, 8), 1);
    /// assert_eq!(eggs, ["A"]);
    /// ```
    #[track_caller]
    pub fn blocking_recv_many(
        &mut self,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> usize {
        let receiving = self.recv_many(buffer, limit);
        wait_for("mpsc::Receiver::blocking_recv_many", receiving)
    }

    /// Ready with the next value, or with `None` if none will come any more.
    /// The last waker counts.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// sender.try_send("A").unwrap();
    /// let egg = poll_fn(|cx| receiver.poll_recv(cx)).await;
    /// assert_eq!(egg, Some("A"));
    /// # });
    /// ```
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        poll_recv(&mut self.end, cx)
    }

    /// As [`poll_recv`](Receiver::poll_recv), for several values at once; see
    /// [`recv_many`](Receiver::recv_many).
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// sender.try_send("A").unwrap();
    /// let mut eggs = Vec::new();
    /// poll_fn(|cx| receiver.poll_recv_many(cx, &mut eggs, 8)).await;
    /// assert_eq!(eggs, ["A"]);
    /// # });
    /// ```
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        poll_recv_many(&mut self.end, cx, buffer, limit)
    }

    /// Refuses values from now on. Those sent before, and those for which a
    /// slot is reserved, still arrive.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// sender.try_send("A").unwrap();
    /// receiver.close();
    /// assert!(sender.try_send("B").is_err());
    /// assert_eq!(receiver.blocking_recv(), Some("A"));
    /// assert_eq!(receiver.blocking_recv(), None);
    /// ```
    pub fn close(&mut self) {
        self.end.channel().close();
    }

    /// Whether nothing can be sent any more: it was closed, or all senders are
    /// gone. Values may still be here.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(8);
    /// sender.try_send("A").unwrap();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.end.is_closed()
    }

    /// Whether no value is here now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel(8);
    /// assert!(receiver.is_empty());
    /// sender.try_send("A").unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are here now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel(8);
    /// sender.try_send("A").unwrap();
    /// sender.try_send("B").unwrap();
    /// assert_eq!(receiver.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.end.len()
    }

    /// How many slots are free now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel(2);
    /// sender.try_send("A").unwrap();
    /// assert_eq!((receiver.capacity(), receiver.max_capacity()), (1, 2));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.end.channel().free_slots()
    }

    /// How many slots there are.
    ///
    /// ```
    /// let (_sender, receiver) = onecook::channel::mpsc::channel::<u8>(2);
    /// assert_eq!(receiver.max_capacity(), 2);
    /// ```
    #[must_use]
    pub fn max_capacity(&self) -> usize {
        self.end.channel().capacity()
    }

    /// How many senders there are.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// assert_eq!(receiver.sender_strong_count(), 1);
    /// drop(sender);
    /// assert_eq!(receiver.sender_strong_count(), 0);
    /// ```
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.end.channel().lock().senders()
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::channel::<u8>(8);
    /// let _weak = sender.downgrade();
    /// assert_eq!(receiver.sender_weak_count(), 1);
    /// ```
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_end("Receiver", self.end.channel(), Some(self.end.len()), f)
    }
}

/// The end that receives; a stream, too. Drop it, and what was not received is
/// dropped with it.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::unbounded_channel();
/// sender.send("A").unwrap();
/// drop(sender);
/// onecook::block_on(async {
///     assert_eq!(receiver.recv().await, Some("A"));
///     assert_eq!(receiver.recv().await, None);
/// });
/// ```
pub struct UnboundedReceiver<T> {
    pub(super) end: ReceivingEnd<T>,
}

impl<T> UnboundedReceiver<T> {
    /// Receives the next value; `None` if none will come any more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::mpsc;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.recv().await, Some("A"));
    /// assert_eq!(receiver.recv().await, None);
    /// # });
    /// ```
    #[doc(alias("get", "<-ch", "next"))]
    #[inline]
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv::new(&mut self.end)
    }

    /// Receives all values that are there, at most `limit`, to the end of
    /// `buffer`; waits for the first. Returns how many: 0 if none will come
    /// any more, or `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// onecook::block_on(async {
    ///     let (sender, mut receiver) = mpsc::unbounded_channel();
    ///     for egg in 0..3 {
    ///         sender.send(egg).unwrap();
    ///     }
    ///     let mut eggs = Vec::new();
    ///     assert_eq!(receiver.recv_many(&mut eggs, 2).await, 2);
    ///     assert_eq!(eggs, [0, 1]);
    /// });
    /// ```
    pub fn recv_many<'a>(
        &'a mut self,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvMany<'a, T> {
        RecvMany::new(&mut self.end, buffer, limit)
    }

    /// Takes the next value if it is there, without waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none now,
    /// [`TryRecvError::Disconnected`] if none will come any more.
    ///
    /// ```
    /// use onecook::channel::mpsc::{self, error::TryRecvError};
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel::<u8>();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[doc(alias("get_nowait", "poll"))]
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end.try_recv()
    }

    /// Receives the next value; waits with this thread, which runs no runtime.
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// std::thread::spawn(move || sender.send("A"));
    /// assert_eq!(receiver.blocking_recv(), Some("A"));
    /// assert_eq!(receiver.blocking_recv(), None);
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        wait_for("mpsc::UnboundedReceiver::blocking_recv", self.recv())
    }

    /// As [`recv_many`](UnboundedReceiver::recv_many), waiting with this
    /// thread, which runs no runtime.
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// std::thread::spawn(move || sender.send("A"));
    /// let mut eggs = Vec::new();
    /// assert_eq!(receiver.blocking_recv_many(&mut eggs, 8), 1);
    /// assert_eq!(eggs, ["A"]);
    /// ```
    #[track_caller]
    pub fn blocking_recv_many(
        &mut self,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> usize {
        let receiving = self.recv_many(buffer, limit);
        wait_for("mpsc::UnboundedReceiver::blocking_recv_many", receiving)
    }

    /// Ready with the next value, or with `None` if none will come any more.
    /// The last waker counts.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # use onecook::channel::mpsc;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// let egg = poll_fn(|cx| receiver.poll_recv(cx)).await;
    /// assert_eq!(egg, Some("A"));
    /// # });
    /// ```
    #[inline]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        poll_recv(&mut self.end, cx)
    }

    /// As [`poll_recv`](UnboundedReceiver::poll_recv), for several values at
    /// once; see
    /// [`recv_many`](UnboundedReceiver::recv_many).
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # use onecook::channel::mpsc;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// let mut eggs = Vec::new();
    /// poll_fn(|cx| receiver.poll_recv_many(cx, &mut eggs, 8)).await;
    /// assert_eq!(eggs, ["A"]);
    /// # });
    /// ```
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        poll_recv_many(&mut self.end, cx, buffer, limit)
    }

    /// Refuses values from now on. Those sent before still arrive.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// receiver.close();
    /// assert!(sender.send("B").is_err());
    /// assert_eq!(receiver.blocking_recv(), Some("A"));
    /// assert_eq!(receiver.blocking_recv(), None);
    /// ```
    pub fn close(&mut self) {
        self.end.channel().close();
    }

    /// Whether nothing can be sent any more: it was closed, or all senders are
    /// gone. Values may still be here.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, mut receiver) = mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.end.is_closed()
    }

    /// Whether no value is here now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::unbounded_channel();
    /// assert!(receiver.is_empty());
    /// sender.send("A").unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are here now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::mpsc::unbounded_channel();
    /// sender.send("A").unwrap();
    /// sender.send("B").unwrap();
    /// assert_eq!(receiver.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.end.len()
    }

    /// How many senders there are.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, receiver) = mpsc::unbounded_channel::<u8>();
    /// assert_eq!(receiver.sender_strong_count(), 1);
    /// drop(sender);
    /// assert_eq!(receiver.sender_strong_count(), 0);
    /// ```
    #[must_use]
    pub fn sender_strong_count(&self) -> usize {
        self.end.channel().lock().senders()
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// use onecook::channel::mpsc;
    ///
    /// let (sender, receiver) = mpsc::unbounded_channel::<u8>();
    /// let _weak = sender.downgrade();
    /// assert_eq!(receiver.sender_weak_count(), 1);
    /// ```
    #[must_use]
    pub fn sender_weak_count(&self) -> usize {
        self.end.channel().lock().weak_senders()
    }
}

impl<T> Stream for UnboundedReceiver<T> {
    type Item = T;

    #[inline]
    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), None)
    }
}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_end(
            "UnboundedReceiver",
            self.end.channel(),
            Some(self.end.len()),
            f,
        )
    }
}
