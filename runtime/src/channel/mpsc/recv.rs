//! The futures of a receiver.
//!
//! Next: `send.rs`, the futures of a sender.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::receiving_end::ReceivingEnd;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RecvState {
    Start,
    WaitingForValue,
    Done,
}

/// Future of [`Receiver::recv`](super::Receiver::recv).
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    end: &'a mut ReceivingEnd<T>,
    state: RecvState,
}

impl<'a, T> Recv<'a, T> {
    #[inline]
    pub(super) fn new(end: &'a mut ReceivingEnd<T>) -> Recv<'a, T> {
        Recv { end, state: RecvState::Start }
    }
}

/// What the futures here and the streams have in common.
#[inline]
pub(super) fn poll_recv<T>(
    end: &mut ReceivingEnd<T>,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    let leave = ready!(budget::poll_leave(cx));
    let value = ready!(end.poll_recv(cx.waker()));
    leave.spend();
    Poll::Ready(value)
}

pub(super) fn poll_recv_many<T>(
    end: &mut ReceivingEnd<T>,
    cx: &mut Context<'_>,
    buffer: &mut Vec<T>,
    limit: usize,
) -> Poll<usize> {
    if limit == 0 {
        return Poll::Ready(0);
    }
    let leave = ready!(budget::poll_leave(cx));
    let taken = ready!(end.poll_recv_many(cx.waker(), buffer, limit));
    leave.spend();
    Poll::Ready(taken)
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        let done = this.state == RecvState::Done;
        assert!(!done, "`Recv` polled after it was done");
        this.state = RecvState::WaitingForValue;
        let value = ready!(poll_recv(this.end, cx));
        this.state = RecvState::Done;
        Poll::Ready(value)
    }
}

impl<T> Drop for Recv<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.state == RecvState::WaitingForValue {
            self.end.channel().forget_receiver();
        }
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recv({:?})", self.state)
    }
}

/// Future of [`Receiver::recv_many`](super::Receiver::recv_many).
#[must_use = "futures do nothing unless polled"]
pub struct RecvMany<'a, T> {
    end: &'a mut ReceivingEnd<T>,
    buffer: &'a mut Vec<T>,
    limit: usize,
    state: RecvState,
}

impl<'a, T> RecvMany<'a, T> {
    pub(super) fn new(
        end: &'a mut ReceivingEnd<T>,
        buffer: &'a mut Vec<T>,
        limit: usize,
    ) -> RecvMany<'a, T> {
        RecvMany { end, buffer, limit, state: RecvState::Start }
    }
}

impl<T> Future for RecvMany<'_, T> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = self.get_mut();
        let done = this.state == RecvState::Done;
        assert!(!done, "`RecvMany` polled after it was done");
        this.state = RecvState::WaitingForValue;
        let RecvMany { end, buffer, limit, .. } = this;
        let taken = ready!(poll_recv_many(end, cx, buffer, *limit));
        this.state = RecvState::Done;
        Poll::Ready(taken)
    }
}

impl<T> Drop for RecvMany<'_, T> {
    fn drop(&mut self) {
        if self.state == RecvState::WaitingForValue {
            self.end.channel().forget_receiver();
        }
    }
}

impl<T> fmt::Debug for RecvMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecvMany({:?})", self.state)
    }
}
