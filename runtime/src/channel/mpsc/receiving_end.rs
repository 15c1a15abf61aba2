//! The receiver's end: it takes what was sent in batches.
//!
//! One lock takes everything that is there. Then values are handed out one by
//! one, without it, and each frees its slot only when it is handed out: what
//! lies in the batch still counts. *Weakness:* an addition to a number that
//! both ends share is left for each value of a bounded channel.
//!
//! Next: `bounded.rs`, the senders that may have to wait.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::{Poll, Waker, ready};

use parking_lot::Mutex;

use super::channel::{Channel, Phase, shrink};
use super::error::TryRecvError;
use crate::wait_list::Wakes;

/// The receiver.
pub(super) struct ReceivingEnd<T> {
    channel: Arc<Channel<T>>,
    /// Taken out of the channel, and not handed out yet. It is locked only to
    /// be counted: with `&mut`, there is nothing to lock. In a mutex, it may be
    /// shared when its values may be sent, as the channel may.
    batch: Mutex<VecDeque<T>>,
    /// A value was handed out since it last looked into the channel: then it
    /// will most likely find nothing there.
    received: bool,
}

// Values are moved, never pinned.
impl<T> Unpin for ReceivingEnd<T> {}

impl<T> ReceivingEnd<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> ReceivingEnd<T> {
        let batch = Mutex::new(VecDeque::new());
        ReceivingEnd { channel, batch, received: false }
    }

    #[inline]
    pub(super) fn channel(&self) -> &Channel<T> {
        &self.channel
    }

    /// How many values can be received without waiting.
    pub(super) fn len(&self) -> usize {
        self.batch.lock().len() + self.channel.lock().len()
    }

    /// Nobody can reserve or send any more.
    pub(super) fn is_closed(&self) -> bool {
        let state = self.channel.lock();
        state.senders() == 0 || state.phase() != Phase::Open
    }

    #[inline]
    pub(super) fn poll_recv(&mut self, newest: &Waker) -> Poll<Option<T>> {
        match self.pop() {
            Some(value) => Poll::Ready(Some(value)),
            None => self.poll_first(newest),
        }
    }

    /// The next value of the batch.
    #[inline]
    fn pop(&mut self) -> Option<T> {
        let batch = self.batch.get_mut();
        let value = batch.pop_front()?;
        shrink(batch);
        self.channel.free(1);
        Some(value)
    }

    /// The first value of a new batch. If it will most likely have to wait,
    /// it clones its waker before it takes the lock.
    fn poll_first(&mut self, newest: &Waker) -> Poll<Option<T>> {
        let wait = mem::take(&mut self.received);
        let mut spare = wait.then(|| newest.clone());
        let mut wakes = Wakes::new();
        let mut state = ready!(self.channel.poll_filled(newest, &mut spare));
        let batch = self.batch.get_mut();
        state.take_batch(batch);
        let value = batch.pop_front();
        if value.is_some() {
            self.channel.free_locked(&mut state, &mut wakes);
            self.received = true;
        }
        drop(state);
        wakes.wake();
        Poll::Ready(value)
    }

    pub(super) fn poll_recv_many(
        &mut self,
        newest: &Waker,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        if self.batch.get_mut().len() < limit {
            ready!(self.poll_more(newest));
        }
        let batch = self.batch.get_mut();
        let taken = limit.min(batch.len());
        buffer.extend(batch.drain(..taken));
        shrink(batch);
        self.channel.free(taken);
        Poll::Ready(taken)
    }

    /// Adds to the batch what is in the channel; waits if both are empty.
    fn poll_more(&mut self, newest: &Waker) -> Poll<()> {
        let mut spare = None;
        let batch = self.batch.get_mut();
        let mut state = if batch.is_empty() {
            ready!(self.channel.poll_filled(newest, &mut spare))
        } else {
            self.channel.lock()
        };
        state.take_batch(batch);
        Poll::Ready(())
    }

    #[inline]
    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.pop().map_or_else(|| self.try_first(), Ok)
    }

    fn try_first(&mut self) -> Result<T, TryRecvError> {
        let mut state = self.channel.lock();
        state.take_batch(self.batch.get_mut());
        let over = state.is_over();
        drop(state);
        let none =
            if over { TryRecvError::Disconnected } else { TryRecvError::Empty };
        self.pop().ok_or(none)
    }
}

impl<T> Drop for ReceivingEnd<T> {
    fn drop(&mut self) {
        self.channel.desert(mem::take(self.batch.get_mut()));
    }
}
