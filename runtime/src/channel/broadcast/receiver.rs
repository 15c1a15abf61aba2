//! The end that receives. It is also a stream.
//!
//! Next: `error.rs`, why there is no value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use onecook_reactor::budget;

use super::error::{Lagged, RecvError, TryRecvError};
use super::ring::{Found, Value};
use super::shared::{Shared, State};
use crate::blocked_thread;
use crate::wait_list::{Place, Wakes};

/// The end that receives: it sees every value that was sent since it came.
///
/// It is a [`Stream`] of `Result<T, Lagged>`, which ends when the last sender
/// is gone and everything was seen.
///
/// ```
/// use onecook::channel::broadcast::{self, error::RecvError};
///
/// onecook::block_on(async {
///     let (sender, mut slow) = broadcast::channel(2);
///     for egg in 0..5 {
///         sender.send(egg).unwrap();
///     }
///     assert_eq!(slow.recv().await, Err(RecvError::Lagged(3)));
///     assert_eq!(slow.recv().await, Ok(3));
///     assert_eq!(slow.recv().await, Ok(4));
/// });
/// ```
#[must_use = "values are kept for it until it sees them"]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The number of the value that it sees next.
    next: u64,
    place: Option<Place>,
}

/// No part of it is ever pinned.
impl<T> Unpin for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn subscribe(shared: Arc<Shared<T>>) -> Receiver<T> {
        let next = {
            let mut state = shared.state.lock();
            state.receivers += 1;
            state.ring.end()
        };
        Receiver { shared, next, place: None }
    }

    /// Another receiver of this channel. It sees what is sent from now on,
    /// not what this one has yet to see.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, first) = broadcast::channel(4);
    /// sender.send("too early").unwrap();
    /// let mut second = first.resubscribe();
    /// sender.send("egg").unwrap();
    /// assert_eq!(second.try_recv(), Ok("egg"));
    /// ```
    pub fn resubscribe(&self) -> Receiver<T> {
        Receiver::subscribe(self.shared.clone())
    }

    /// How many values it has yet to see; missed ones do not count.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("A").unwrap();
    /// sender.send("B").unwrap();
    /// assert_eq!(receiver.len(), 2);
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// assert_eq!(receiver.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.state.lock().ring.unseen(self.next)
    }

    /// Whether it has seen everything.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, receiver) = broadcast::channel(4);
    /// assert!(receiver.is_empty());
    /// sender.send("egg").unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the last sender is gone. There may be values left to see.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("egg").unwrap();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.state.lock().senders == 0
    }

    /// How many senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, receiver) = broadcast::channel::<u8>(4);
    /// let other = sender.clone();
    /// assert_eq!(receiver.sender_strong_count(), 2);
    /// drop(other);
    /// assert_eq!(receiver.sender_strong_count(), 1);
    /// ```
    pub fn sender_strong_count(&self) -> usize {
        self.shared.state.lock().senders
    }

    /// How many weak senders there are.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, receiver) = broadcast::channel::<u8>(4);
    /// let _weak = sender.downgrade();
    /// assert_eq!(receiver.sender_weak_count(), 1);
    /// assert_eq!(receiver.sender_strong_count(), 1);
    /// ```
    pub fn sender_weak_count(&self) -> usize {
        self.shared.state.lock().weak_senders
    }

    /// Whether both receive from one channel.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (_sender, receiver) = broadcast::channel::<u8>(4);
    /// let (_sender, stranger) = broadcast::channel(4);
    /// assert!(receiver.same_channel(&receiver.resubscribe()));
    /// assert!(!receiver.same_channel(&stranger));
    /// ```
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// What there is to see, without waiting.
    #[inline]
    fn see(
        next: &mut u64,
        state: &mut State<T>,
    ) -> Result<Value<T>, TryRecvError> {
        match state.ring.see(*next) {
            Found::Value(value) => {
                *next += 1;
                Ok(value)
            }
            Found::Missed(missed) => {
                *next += missed;
                Err(TryRecvError::Lagged(missed))
            }
            Found::Nothing if state.senders == 0 => Err(TryRecvError::Closed),
            Found::Nothing => Err(TryRecvError::Empty),
        }
    }

    /// Gives its place in the line up.
    #[inline]
    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            let left = self.shared.state.lock().receiving.leave(place);
            drop(left); // its waker: user code, without the lock
        }
    }
}

impl<T: Clone> Receiver<T> {
    /// Receives the next value; waits while there is none.
    ///
    /// # Errors
    ///
    /// - [`RecvError::Lagged`]: it was too slow, and missed so many values.
    ///   The next call goes on with the oldest one there is.
    /// - [`RecvError::Closed`]: the last sender is gone, and everything seen.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("egg").unwrap();
    /// assert_eq!(receiver.recv().await, Ok("egg"));
    /// # });
    /// ```
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv { receiver: self, done: false }
    }

    /// Receives the next value if there is one.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it has seen everything; the others as for
    /// [`recv`](Receiver::recv).
    ///
    /// ```
    /// # use onecook::channel::broadcast::{self, error::TryRecvError};
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send("egg").unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("egg"));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let value = {
            let mut state = self.shared.state.lock();
            Self::see(&mut self.next, &mut state)
        };
        value.map(Value::for_one)
    }

    /// Receives the next value on a thread that may block.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Receiver::recv).
    ///
    /// # Panics
    ///
    /// On a runtime's own thread.
    ///
    /// ```
    /// # use onecook::channel::broadcast;
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// let thread = std::thread::spawn(move || receiver.blocking_recv());
    /// sender.send("egg").unwrap();
    /// assert_eq!(thread.join().unwrap(), Ok("egg"));
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        let what = "broadcast::Receiver::blocking_recv";
        blocked_thread::wait_for(what, self.recv())
    }

    /// Polls for the next value, as [`recv`](Receiver::recv) does.
    ///
    /// The receiver keeps one waker, the newest, until it is polled again or
    /// dropped.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Receiver::recv).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// # use onecook::channel::broadcast;
    /// # onecook::block_on(async {
    /// let (sender, mut receiver) = broadcast::channel(4);
    /// sender.send("egg").unwrap();
    /// let egg = poll_fn(|cx| receiver.poll_recv(cx)).await;
    /// assert_eq!(egg, Ok("egg"));
    /// # });
    /// ```
    #[inline]
    pub fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        let leave = ready!(budget::poll_leave(cx));
        let value = ready!(self.poll_value(cx));
        leave.spend();
        Poll::Ready(value.map(Value::for_one))
    }

    #[inline]
    fn poll_value(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Result<Value<T>, RecvError>> {
        let mut spare = None;
        loop {
            let mut state = self.shared.state.lock();
            let value = match Self::see(&mut self.next, &mut state) {
                Ok(value) => Ok(value),
                Err(TryRecvError::Lagged(n)) => Err(RecvError::Lagged(n)),
                Err(TryRecvError::Closed) => Err(RecvError::Closed),
                Err(TryRecvError::Empty) => {
                    let (place, newest) = (&mut self.place, cx.waker());
                    Self::leave_if_called(place, &mut state);
                    if state.receiving.wait(place, (), newest, &mut spare) {
                        return Poll::Pending;
                    }
                    drop(state);
                    spare = Some(cx.waker().clone());
                    continue;
                }
            };
            let place = self.place.take();
            let left = place.map(|place| state.receiving.leave(place));
            drop(state);
            drop(left); // user code, without the lock
            return Poll::Ready(value);
        }
    }

    /// `try_recv` may have taken what it was called for.
    fn leave_if_called(place: &mut Option<Place>, state: &mut State<T>) {
        let called = place.take_if(|place| state.receiving.is_called(place));
        if let Some(place) = called {
            state.receiving.leave(place);
        }
    }
}

impl<T: Clone> Stream for Receiver<T> {
    type Item = Result<T, Lagged>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.poll_recv(cx)) {
            Ok(value) => Some(Ok(value)),
            Err(RecvError::Lagged(missed)) => Some(Err(Lagged(missed))),
            Err(RecvError::Closed) => None,
        })
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let place = self.place.take();
        let mut state = self.shared.state.lock();
        let left = place.map(|place| state.receiving.leave(place));
        let gone = state.ring.forget(self.next);
        state.receivers -= 1;
        if state.receivers == 0 {
            state.closing.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
        drop((left, gone)); // user code, without the lock
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe("Receiver", f)
    }
}

/// Future of [`Receiver::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T> {
    /// It keeps the place in the line.
    receiver: &'a mut Receiver<T>,
    done: bool,
}

impl<T: Clone> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.done, "`Recv` polled after it was done");
        let value = ready!(this.receiver.poll_recv(cx));
        this.done = true;
        Poll::Ready(value)
    }
}

impl<T> Drop for Recv<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.receiver.leave();
    }
}

impl<T> fmt::Debug for Recv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.done { "Done" } else { "WaitingForValue" };
        write!(f, "Recv({state})")
    }
}
