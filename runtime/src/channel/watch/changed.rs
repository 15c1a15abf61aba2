//! How a receiver waits for a value that it has not seen.
//!
//! Next: `error.rs`, what can go wrong.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;

use super::error::RecvError;
use super::receiver::Receiver;
use super::value::Ref;
use crate::wait_list::Place;

/// Polls for a value that the receiver has not seen. Its place in the line is
/// whoever waits' own; when this is ready it has none.
fn poll_unseen<T>(
    receiver: &mut Receiver<T>,
    place: &mut Option<Place>,
    cx: &mut Context<'_>,
) -> Poll<Result<Ref<T>, RecvError>> {
    let leave = ready!(budget::poll_leave(cx));
    let mut spare = None;
    loop {
        let mut state = receiver.shared.state.lock();
        let called = place.take_if(|it| state.watching.is_called(it));
        let called = called.map(|place| state.watching.leave(place));
        if receiver.is_behind(&state) || state.senders == 0 {
            let left = place.take().map(|it| state.watching.leave(it));
            let news = receiver.is_behind(&state);
            receiver.seen = Some(state.version);
            let share = state.value.share();
            drop(state);
            drop((called, left)); // user code, without the lock
            leave.spend();
            let look = Ref::new(share, news);
            return Poll::Ready(if news { Ok(look) } else { Err(CLOSED) });
        }
        if state.watching.wait(place, (), cx.waker(), &mut spare) {
            return Poll::Pending;
        }
        drop(state);
        spare = Some(cx.waker().clone());
    }
}

const CLOSED: RecvError = RecvError(());

fn leave_line<T>(receiver: &Receiver<T>, place: &mut Option<Place>) {
    let Some(place) = place.take() else { return };
    let left = receiver.shared.state.lock().watching.leave(place);
    drop(left); // its waker: user code, without the lock
}

/// Future of [`Receiver::changed`].
#[must_use = "futures do nothing unless polled"]
pub struct Changed<'a, T> {
    receiver: &'a mut Receiver<T>,
    state: Watching,
}

#[derive(Debug)]
enum Watching {
    /// Not polled yet: the value of now may be the one that is wanted.
    Start,
    WaitingForValue(Option<Place>),
    Done,
}

impl<'a, T> Changed<'a, T> {
    pub(super) fn new(receiver: &'a mut Receiver<T>) -> Changed<'a, T> {
        Changed { receiver, state: Watching::WaitingForValue(None) }
    }
}

impl<T> Future for Changed<'_, T> {
    type Output = Result<(), RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Watching::WaitingForValue(place) = &mut this.state else {
            panic!("`Changed` polled after it was done");
        };
        let look = ready!(poll_unseen(this.receiver, place, cx));
        this.state = Watching::Done;
        Poll::Ready(look.map(drop))
    }
}

impl<T> Drop for Changed<'_, T> {
    fn drop(&mut self) {
        if let Watching::WaitingForValue(place) = &mut self.state {
            leave_line(self.receiver, place);
        }
    }
}

impl<T> fmt::Debug for Changed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Changed").field(&self.state).finish()
    }
}

/// Future of [`Receiver::wait_for`].
#[must_use = "futures do nothing unless polled"]
pub struct WaitFor<'a, T, P> {
    receiver: &'a mut Receiver<T>,
    wanted: P,
    state: Watching,
}

/// The predicate is called, not pinned.
impl<T, P> Unpin for WaitFor<'_, T, P> {}

impl<'a, T, P> WaitFor<'a, T, P> {
    pub(super) fn new(receiver: &'a mut Receiver<T>, wanted: P) -> Self {
        WaitFor { receiver, wanted, state: Watching::Start }
    }
}

impl<T, P> Future for WaitFor<'_, T, P>
where
    P: FnMut(&T) -> bool,
{
    type Output = Result<Ref<T>, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Watching::Start = this.state {
            this.receiver.mark_changed();
            this.state = Watching::WaitingForValue(None);
        }
        let Watching::WaitingForValue(place) = &mut this.state else {
            panic!("`WaitFor` polled after it was done");
        };
        loop {
            let look = ready!(poll_unseen(this.receiver, place, cx));
            if look.as_ref().is_ok_and(|value| !(this.wanted)(value)) {
                continue;
            }
            this.state = Watching::Done;
            return Poll::Ready(look);
        }
    }
}

impl<T, P> Drop for WaitFor<'_, T, P> {
    fn drop(&mut self) {
        if let Watching::WaitingForValue(place) = &mut self.state {
            leave_line(self.receiver, place);
        }
    }
}

impl<T, P> fmt::Debug for WaitFor<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WaitFor").field(&self.state).finish()
    }
}

/// The values as a stream. Made by [`Receiver::into_stream`].
#[must_use = "streams do nothing unless polled"]
pub struct Changes<T> {
    receiver: Receiver<T>,
    place: Option<Place>,
}

impl<T> Changes<T> {
    pub(super) fn new(receiver: Receiver<T>) -> Changes<T> {
        Changes { receiver, place: None }
    }
}

impl<T> Stream for Changes<T> {
    type Item = Ref<T>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Ref<T>>> {
        let this = self.get_mut();
        let look = poll_unseen(&mut this.receiver, &mut this.place, cx);
        look.map(Result::ok)
    }
}

impl<T> Drop for Changes<T> {
    fn drop(&mut self) {
        leave_line(&self.receiver, &mut self.place);
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Changes").field(&self.receiver).finish()
    }
}
