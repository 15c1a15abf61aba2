//! The futures of a sender.
//!
//! Next: `permit.rs`, what a reservation gives.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook_reactor::budget;
use onecook_reactor::time::{Sleep, sleep};

use super::bounded::Sender;
use super::channel::Channel;
use super::claim::Claim;
use super::ends::SendingEnd;
use super::error::{SendError, SendTimeoutError};
use super::permit::{OwnedPermit, Permit, PermitIterator};
use crate::wait_list::Place;

/// Future of [`Sender::send`].
#[must_use = "futures do nothing unless polled"]
pub struct Send<'a, T> {
    end: &'a SendingEnd<T>,
    /// Taken when it is sent, or goes back.
    value: Option<T>,
    claim: Claim,
}

impl<'a, T> Send<'a, T> {
    #[inline]
    pub(super) fn new(end: &'a SendingEnd<T>, value: T) -> Send<'a, T> {
        Send { end, value: Some(value), claim: Claim::new(1) }
    }
}

// The value is moved, never pinned.
impl<T> Unpin for Send<'_, T> {}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.claim.is_done(), "`Send` polled after it was done");
        let leave = ready!(budget::poll_leave(cx));
        let (channel, mut spare) = (this.end.channel(), None);
        let granted = ready!(this.claim.poll(channel, cx.waker(), &mut spare));
        let value = this.value.take();
        leave.spend();
        match (granted, value) {
            (Ok(state), Some(value)) => Channel::push_reserved(state, value),
            (_, Some(value)) => return Poll::Ready(Err(SendError(value))),
            (_, None) => unreachable!("the value waits as long as the claim"),
        }
        Poll::Ready(Ok(()))
    }
}

impl<T> Drop for Send<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.claim.is_done() {
            self.claim.cancel(self.end.channel());
        }
    }
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Send({:?})", self.claim)
    }
}

/// Future of [`Sender::send_timeout`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct SendTimeout<'a, T> {
    send: Send<'a, T>,
    sleep: Sleep,
}

impl<'a, T> SendTimeout<'a, T> {
    pub(super) fn new(
        send: Send<'a, T>,
        timeout: Duration,
    ) -> SendTimeout<'a, T> {
        SendTimeout { send, sleep: sleep(timeout) }
    }

    /// Looks at the clock also when the budget is used up.
    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let lifted = budget::is_exhausted().then(budget::lift);
        let polled = Pin::new(&mut self.sleep).poll(cx);
        if let Some(saved) = lifted {
            budget::restore(saved);
        }
        polled
    }
}

impl<T> Future for SendTimeout<'_, T> {
    type Output = Result<(), SendTimeoutError<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let done = this.send.claim.is_done();
        assert!(!done, "`SendTimeout` polled after it was done");
        if let Poll::Ready(sent) = Pin::new(&mut this.send).poll(cx) {
            let closed = |it: SendError<T>| SendTimeoutError::Closed(it.0);
            return Poll::Ready(sent.map_err(closed));
        }
        ready!(this.poll_limit(cx));
        this.send.claim.cancel(this.send.end.channel());
        let value = this.send.value.take();
        let value = value.expect("the value waits as long as the claim");
        Poll::Ready(Err(SendTimeoutError::Timeout(value)))
    }
}

/// Future of [`Sender::reserve`].
#[must_use = "futures do nothing unless polled"]
pub struct Reserve<'a, T> {
    end: &'a SendingEnd<T>,
    claim: Claim,
}

impl<'a, T> Reserve<'a, T> {
    pub(super) fn new(end: &'a SendingEnd<T>) -> Reserve<'a, T> {
        Reserve { end, claim: Claim::new(1) }
    }
}

/// Ready when the claim has its slots.
fn poll_claim<T>(
    claim: &mut Claim,
    end: &SendingEnd<T>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), SendError<()>>> {
    let leave = ready!(budget::poll_leave(cx));
    let mut spare = None;
    let granted = claim.poll(end.channel(), cx.waker(), &mut spare);
    let granted = ready!(granted).map(drop); // unlocks
    leave.spend();
    Poll::Ready(granted.map_err(|_| SendError(())))
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Permit<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.claim.is_done(), "`Reserve` polled after it was done");
        let granted = ready!(poll_claim(&mut this.claim, this.end, cx));
        Poll::Ready(granted.map(|()| Permit::new(this.end)))
    }
}

impl<T> Drop for Reserve<'_, T> {
    fn drop(&mut self) {
        self.claim.cancel(self.end.channel());
    }
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reserve({:?})", self.claim)
    }
}

/// Future of [`Sender::reserve_many`].
#[must_use = "futures do nothing unless polled"]
pub struct ReserveMany<'a, T> {
    end: &'a SendingEnd<T>,
    slots: usize,
    claim: Claim,
}

impl<'a, T> ReserveMany<'a, T> {
    pub(super) fn new(
        end: &'a SendingEnd<T>,
        slots: usize,
    ) -> ReserveMany<'a, T> {
        ReserveMany { end, slots, claim: Claim::new(slots) }
    }
}

impl<'a, T> Future for ReserveMany<'a, T> {
    type Output = Result<PermitIterator<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let done = this.claim.is_done();
        assert!(!done, "`ReserveMany` polled after it was done");
        if this.slots > this.end.channel().capacity() {
            this.claim.cancel(this.end.channel());
            return Poll::Ready(Err(SendError(())));
        }
        let granted = ready!(poll_claim(&mut this.claim, this.end, cx));
        let permits = |()| PermitIterator::new(this.end, this.slots);
        Poll::Ready(granted.map(permits))
    }
}

impl<T> Drop for ReserveMany<'_, T> {
    fn drop(&mut self) {
        self.claim.cancel(self.end.channel());
    }
}

impl<T> fmt::Debug for ReserveMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReserveMany({:?})", self.claim)
    }
}

/// Future of [`Sender::reserve_owned`].
#[must_use = "futures do nothing unless polled"]
pub struct ReserveOwned<T> {
    /// Taken when the permit gets it.
    sender: Option<Sender<T>>,
    claim: Claim,
}

impl<T> ReserveOwned<T> {
    pub(super) fn new(sender: Sender<T>) -> ReserveOwned<T> {
        ReserveOwned { sender: Some(sender), claim: Claim::new(1) }
    }
}

impl<T> Future for ReserveOwned<T> {
    type Output = Result<OwnedPermit<T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let sender = this.sender.as_ref();
        let sender = sender.expect("`ReserveOwned` polled after it was done");
        let granted = ready!(poll_claim(&mut this.claim, &sender.end, cx));
        let sender = this.sender.take();
        let sender = sender.expect("the sender waits with the claim");
        Poll::Ready(granted.map(|()| OwnedPermit::new(sender)))
    }
}

impl<T> Drop for ReserveOwned<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            self.claim.cancel(sender.end.channel());
        }
    }
}

impl<T> fmt::Debug for ReserveOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReserveOwned({:?})", self.claim)
    }
}

/// Future of [`Sender::closed`] and
/// [`UnboundedSender::closed`](super::UnboundedSender::closed).
#[must_use = "futures do nothing unless polled"]
pub struct Closed<'a, T> {
    end: &'a SendingEnd<T>,
    place: Option<Place>,
    done: bool,
}

impl<'a, T> Closed<'a, T> {
    pub(super) fn new(end: &'a SendingEnd<T>) -> Closed<'a, T> {
        Closed { end, place: None, done: false }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        assert!(!this.done, "`Closed` polled after it was done");
        let leave = ready!(budget::poll_leave(cx));
        let channel = this.end.channel();
        ready!(channel.poll_closed(&mut this.place, cx.waker()));
        leave.spend();
        this.done = true;
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.end.channel().leave_closing(place);
        }
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.done { "Done" } else { "WaitingForTheClose" };
        write!(f, "Closed({state})")
    }
}
