//! The future that waits for a value.
//!
//! Next: `error.rs`, why there is none.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::error::RecvError;
use super::receiver::Receiver;
use super::state::Who;
use crate::wait_list::{Place, Wakes};

/// Future of [`Receiver::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    receiver: &'a Receiver<T>,
    state: Receiving,
}

#[derive(Debug)]
enum Receiving {
    WaitingForValue(Option<Place>),
    Done,
}

impl<'a, T> Recv<'a, T> {
    #[inline]
    pub(super) fn new(receiver: &'a Receiver<T>) -> Recv<'a, T> {
        Recv { receiver, state: Receiving::WaitingForValue(None) }
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Receiving::WaitingForValue(place) = &mut this.state else {
            panic!("`Recv` polled after it was done");
        };
        let leave = ready!(budget::poll_leave(cx));
        let value = ready!(this.receiver.poll_value(place, Who::Recv, cx));
        leave.spend();
        this.state = Receiving::Done;
        Poll::Ready(value)
    }
}

impl<T> Receiver<T> {
    /// Polls for a value, with a place in line.
    #[inline]
    pub(super) fn poll_value(
        &self,
        place: &mut Option<Place>,
        who: Who,
        cx: &Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        let mut spare = None;
        loop {
            let mut wakes = Wakes::new();
            let mut state = self.channel().state.lock();
            if let Some(value) = state.poll_value(place, &mut wakes) {
                drop(state);
                wakes.wake();
                return Poll::Ready(value);
            }
            if state.receiving.wait(place, who, cx.waker(), &mut spare) {
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
            if who == Who::Recv && place.is_none() {
                self.leave_as_stream(); // it waits in the stream's stead
            }
        }
    }
}

impl<T> Drop for Recv<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let Receiving::WaitingForValue(place) = &mut self.state else { return };
        let Some(place) = place.take() else { return };
        let mut wakes = Wakes::new();
        let mut state = self.receiver.channel().state.lock();
        let waker = state.leave_receiving(place, &mut wakes);
        drop(state);
        wakes.wake();
        drop(waker); // user code, without the lock
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recv").field(&self.state).finish()
    }
}
