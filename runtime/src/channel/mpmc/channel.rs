//! An `mpmc` channel: the lock, and what both ends do with it.
//!
//! Nothing of the user's happens under the lock: wakers are cloned before it,
//! woken and dropped after it, and so are values. Whoever has to wait looks
//! twice: finds nothing, clones its waker without the lock, looks again, and
//! only then stands in line. What came in between is found by the second look.
//!
//! Next: `sender.rs`, one end.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;

use super::state::State;
use crate::channel::tell;
use crate::trace::ChannelEnd;
use crate::wait_list::{Place, Wakes};

/// What both ends share.
pub(super) struct Channel<T> {
    pub(super) state: Mutex<State<T>>,
}

impl<T> Channel<T> {
    pub(super) fn new(capacity: usize) -> Arc<Channel<T>> {
        Arc::new(Channel { state: Mutex::new(State::new(capacity)) })
    }

    pub(super) fn close(&self, by: ChannelEnd) -> bool {
        let mut wakes = Wakes::new();
        let closed = self.state.lock().close(&mut wakes);
        wakes.wake();
        if closed {
            tell::closed::<T>(by);
        }
        closed
    }

    fn poll_closed(
        &self,
        place: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<()> {
        let mut spare = None;
        loop {
            let mut state = self.state.lock();
            if state.is_closed() {
                let left = place.take().map(|here| state.closing.leave(here));
                drop(state);
                drop(left);
                return Poll::Ready(());
            }
            if state.closing.wait(place, (), cx.waker(), &mut spare) {
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    pub(super) fn describe(
        &self,
        name: &str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let (len, closed) = {
            let state = self.state.lock();
            (state.len(), state.is_closed())
        };
        let mut words = f.debug_struct(name);
        words.field("len", &len).field("closed", &closed).finish()
    }
}

/// Waits until the channel is closed. Future of
/// [`Sender::closed`](super::Sender::closed) and
/// [`Receiver::closed`](super::Receiver::closed).
#[must_use = "futures do nothing unless polled"]
pub struct Closed<'a, T> {
    channel: &'a Channel<T>,
    state: Closing,
}

#[derive(Debug)]
enum Closing {
    WaitingForClose(Option<Place>),
    Done,
}

impl<'a, T> Closed<'a, T> {
    pub(super) fn new(channel: &'a Channel<T>) -> Closed<'a, T> {
        Closed { channel, state: Closing::WaitingForClose(None) }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Closing::WaitingForClose(place) = &mut this.state else {
            panic!("`Closed` polled after it was done");
        };
        let leave = ready!(budget::poll_leave(cx));
        ready!(this.channel.poll_closed(place, cx));
        leave.spend();
        this.state = Closing::Done;
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        let Closing::WaitingForClose(place) = &mut self.state else { return };
        let Some(place) = place.take() else { return };
        let left = self.channel.state.lock().closing.leave(place);
        drop(left); // its waker: user code, without the lock
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Closed").field(&self.state).finish()
    }
}
