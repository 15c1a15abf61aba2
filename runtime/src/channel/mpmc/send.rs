//! Futures that wait for a slot: `Send` brings its value, `Reserve` does not.
//!
//! Next: `receiver.rs`, the other end.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;

use super::channel::Channel;
use super::error::SendError;
use super::sender::Sender;
use super::state::Given;
use crate::channel::tell;
use crate::wait_list::{Place, Wakes};

/// Future of [`Sender::send`].
#[must_use = "futures do nothing unless polled"]
pub struct Send<'a, T> {
    channel: &'a Channel<T>,
    state: Sending<T>,
}

enum Sending<T> {
    WaitingForSlot { value: T, place: Option<Place> },
    Done,
}

/// No part of it is ever pinned.
impl<T> Unpin for Send<'_, T> {}

impl<'a, T> Send<'a, T> {
    #[inline]
    pub(super) fn new(sender: &'a Sender<T>, value: T) -> Send<'a, T> {
        let state = Sending::WaitingForSlot { value, place: None };
        Send { channel: &sender.channel, state }
    }

    /// Waits for a slot, and fills it under the same lock.
    #[inline]
    fn poll_slot(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        let mut spare = None;
        loop {
            let Sending::WaitingForSlot { place, .. } = &mut self.state else {
                panic!("`Send` polled after it was done");
            };
            let mut state = self.channel.state.lock();
            if let Some(slot) = state.poll_slot(place) {
                let value = self.state.finish();
                if slot.is_err() {
                    return Poll::Ready(Err(SendError(value)));
                }
                let mut wakes = Wakes::new();
                let back = state.push(value, &mut wakes);
                drop(state);
                wakes.wake();
                let sent = back.map_or(Ok(()), |back| Err(SendError(back)));
                return Poll::Ready(sent);
            }
            let (newest, given) = (cx.waker(), Given::Nothing);
            let first = place.is_none();
            let capacity = state.capacity();
            let waits = state.sending.wait(place, given, newest, &mut spare);
            drop(state);
            if waits {
                if first {
                    tell::full::<T>(capacity);
                }
                return Poll::Pending;
            }
            spare = Some(cx.waker().clone());
        }
    }
}

impl<T> Sending<T> {
    #[inline]
    fn finish(&mut self) -> T {
        match mem::replace(self, Sending::Done) {
            Sending::WaitingForSlot { value, .. } => value,
            Sending::Done => panic!("`Send` polled after it was done"),
        }
    }
}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let sent = ready!(this.poll_slot(cx));
        leave.spend();
        Poll::Ready(sent)
    }
}

impl<T> Drop for Send<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Sending::WaitingForSlot { place, .. } = &mut self.state {
            leave(self.channel, place);
        }
    }
}

/// Gives a place in the line for slots up. What it was given goes on.
fn leave<T>(channel: &Channel<T>, place: &mut Option<Place>) {
    let Some(place) = place.take() else { return };
    let mut wakes = Wakes::new();
    let waker = channel.state.lock().leave_sending(place, &mut wakes);
    wakes.wake();
    drop(waker); // user code, without the lock
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            Sending::WaitingForSlot { .. } => "WaitingForSlot",
            Sending::Done => "Done",
        };
        write!(f, "Send({state})")
    }
}

/// Future of [`Sender::reserve`].
#[must_use = "futures do nothing unless polled"]
pub struct Reserve<'a, T> {
    sender: &'a Sender<T>,
    state: Reserving,
}

#[derive(Debug)]
enum Reserving {
    WaitingForSlot(Option<Place>),
    Done,
}

impl<'a, T> Reserve<'a, T> {
    pub(super) fn new(sender: &'a Sender<T>) -> Reserve<'a, T> {
        Reserve { sender, state: Reserving::WaitingForSlot(None) }
    }

    fn poll_slot(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        let mut spare = None;
        loop {
            let Reserving::WaitingForSlot(place) = &mut self.state else {
                panic!("`Reserve` polled after it was done");
            };
            let mut state = self.sender.channel.state.lock();
            if let Some(slot) = state.poll_slot(place) {
                self.state = Reserving::Done;
                return Poll::Ready(slot.map_err(|_| SendError(())));
            }
            let (newest, given) = (cx.waker(), Given::Nothing);
            let first = place.is_none();
            let capacity = state.capacity();
            let waits = state.sending.wait(place, given, newest, &mut spare);
            drop(state);
            if waits {
                if first {
                    tell::full::<T>(capacity);
                }
                return Poll::Pending;
            }
            spare = Some(cx.waker().clone());
        }
    }
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Permit<'a, T>, SendError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let slot = ready!(this.poll_slot(cx));
        leave.spend();
        Poll::Ready(slot.map(|()| Permit::new(this.sender)))
    }
}

impl<T> Drop for Reserve<'_, T> {
    fn drop(&mut self) {
        if let Reserving::WaitingForSlot(place) = &mut self.state {
            leave(&self.sender.channel, place);
        }
    }
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reserve").field(&self.state).finish()
    }
}

/// A reserved slot. Dropped unsent, it goes to the next sender in line.
///
/// ```
/// use onecook::channel::mpmc;
///
/// onecook::block_on(async {
///     let (sender, receiver) = mpmc::bounded(1);
///     let permit = sender.reserve().await.unwrap();
///     sender.close(); // what is reserved may still be sent
///     permit.send("egg");
///     assert_eq!(receiver.recv().await, Ok("egg"));
/// });
/// ```
#[must_use = "dropped unsent, the slot goes to the next"]
pub struct Permit<'a, T> {
    /// `None` once it was used.
    sender: Option<&'a Sender<T>>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(sender: &'a Sender<T>) -> Permit<'a, T> {
        Permit { sender: Some(sender) }
    }

    /// Sends a value, at once. It is dropped if all receivers are gone.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// let permit = sender.try_reserve().unwrap();
    /// permit.send("egg");
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn send(mut self, value: T) {
        let Some(sender) = self.sender.take() else { return };
        let mut wakes = Wakes::new();
        let back = sender.channel.state.lock().push(value, &mut wakes);
        wakes.wake();
        drop(back); // user code, without the lock
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        let Some(sender) = self.sender else { return };
        let mut wakes = Wakes::new();
        sender.channel.state.lock().give_back_slot(&mut wakes);
        wakes.wake();
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
