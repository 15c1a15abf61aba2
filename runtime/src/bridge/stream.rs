//! A callback that fires again and again becomes a stream.
//!
//! A callback cannot wait: it is synchronous, and perhaps not on our thread.
//! So there are two policies and no third: keep everything ([`stream`]), or
//! keep so many and refuse the newest ([`stream_bounded`]); the callback gets
//! it back and decides.
//!
//! Next: `../io/mod.rs`, bytes from one end to another.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use onecook_reactor::budget;
use parking_lot::Mutex;

/// A stream of what a callback is called with, again and again.
///
/// `start` gets a [`Sender`], which may be cloned, and hands it to whatever
/// will fire; it is called at the first poll. The stream ends when every
/// sender is dropped and every value was taken.
///
/// Nothing is refused: what comes faster than it is taken is kept, without
/// limit. [`stream_bounded`] has one.
///
/// ```
/// use std::{future::poll_fn, pin::Pin, thread};
/// use futures_core::Stream;
///
/// onecook::block_on(async {
///     let mut clicks = onecook::bridge::stream(|sender| {
///         thread::spawn(move || {
///             for click in 0..3 {
///                 sender.send(click).unwrap();
///             }
///         });
///     });
///     let mut sum = 0;
///     while let Some(click) =
///         poll_fn(|cx| Pin::new(&mut clicks).poll_next(cx)).await
///     {
///         sum += click;
///     }
///     assert_eq!(sum, 3);
/// });
/// ```
///
/// # Cancel safety
///
/// Dropping a future that waits for the next value loses none. Dropping the
/// stream drops those that were not taken; senders are told.
#[doc(alias = "EventEmitter")]
#[doc(alias = "addEventListener")]
#[doc(alias = "Observable")]
pub fn stream<F, T>(start: F) -> Callbacks<F, T>
where
    F: FnOnce(Sender<T>),
{
    Callbacks { state: CallbacksState::Start { start, limit: usize::MAX } }
}

/// [`stream`] with room for `limit` values that were not taken yet. When it is
/// full the newest is refused: [`Sender::send`] hands it back, and what was
/// accepted stays.
///
/// ```
/// use onecook::bridge::{SendError, stream_bounded};
/// use std::{future::poll_fn, pin::Pin};
/// use futures_core::Stream;
///
/// let mut eggs = stream_bounded(1, |sender| {
///     assert_eq!(sender.send("A"), Ok(()));
///     assert_eq!(sender.send("B"), Err(SendError::Full("B")));
/// });
/// onecook::block_on(async {
///     let next = poll_fn(|cx| Pin::new(&mut eggs).poll_next(cx));
///     assert_eq!(next.await, Some("A"));
/// });
/// ```
///
/// # Panics
///
/// With a limit of 0: it could never send anything.
///
/// # Cancel safety
///
/// As [`stream`].
#[track_caller]
pub fn stream_bounded<F, T>(limit: usize, start: F) -> Callbacks<F, T>
where
    F: FnOnce(Sender<T>),
{
    assert!(
        limit > 0,
        "`stream_bounded(0)` has no room for any value: take at least 1"
    );
    Callbacks { state: CallbacksState::Start { start, limit } }
}

/// The stream of [`stream`] and [`stream_bounded`]. After its end, it ends
/// again and again.
#[must_use = "streams do nothing unless polled"]
pub struct Callbacks<F, T> {
    state: CallbacksState<F, T>,
}

enum CallbacksState<F, T> {
    /// `start` was not called yet.
    Start { start: F, limit: usize },
    /// The senders are out.
    Waiting { callbacks: Arc<Shared<T>> },
    /// Every sender is gone, and every value was taken.
    Done,
}

/// `start` is moved out, not polled: nothing in here is pinned.
impl<F, T> Unpin for Callbacks<F, T> {}

/// What the stream and the senders share.
struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    values: VecDeque<T>,
    limit: usize,
    senders: usize,
    waker: Option<Waker>,
    /// The stream is gone.
    closed: bool,
}

/// Smaller queues are not worth giving back.
const SMALL: usize = 64;

impl<T> State<T> {
    fn take(&mut self) -> Poll<Option<T>> {
        let Some(value) = self.values.pop_front() else {
            let is_end = self.senders == 0;
            return if is_end { Poll::Ready(None) } else { Poll::Pending };
        };
        if self.values.is_empty() && self.values.capacity() > SMALL {
            self.values = VecDeque::new(); // after a burst
        }
        Poll::Ready(Some(value))
    }
}

impl<T> Shared<T> {
    fn new(limit: usize) -> Shared<T> {
        let (values, waker) = (VecDeque::new(), None);
        let state = State { values, limit, senders: 1, waker, closed: false };
        Shared { state: Mutex::new(state) }
    }

    fn send(&self, value: T) -> Result<(), SendError<T>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(SendError::Closed(value));
        }
        if state.values.len() >= state.limit {
            return Err(SendError::Full(value));
        }
        state.values.push_back(value);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    fn sender_gone(&self) {
        let mut state = self.state.lock();
        state.senders -= 1;
        let waker = match state.senders {
            0 => state.waker.take(),
            _ => None,
        };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        let mut state = self.state.lock();
        if let Poll::Ready(value) = state.take() {
            return Poll::Ready(value);
        }
        if state.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        drop(state);
        let newest = cx.waker().clone(); // user code, no lock held
        let mut state = self.state.lock();
        if let Poll::Ready(value) = state.take() {
            drop(state);
            return Poll::Ready(value);
        }
        let before = state.waker.replace(newest);
        drop(state);
        drop(before); // user code, no lock held
        Poll::Pending
    }

    fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let values = mem::take(&mut state.values);
        let waker = state.waker.take();
        drop(state);
        drop((values, waker)); // user code, no lock held
    }
}

impl<F: FnOnce(Sender<T>), T> Callbacks<F, T> {
    fn poll_start(&mut self) {
        let state = mem::replace(&mut self.state, CallbacksState::Done);
        let CallbacksState::Start { start, limit } = state else {
            unreachable!()
        };
        let callbacks = Arc::new(Shared::new(limit));
        start(Sender { callbacks: callbacks.clone() }); // a panic: done
        self.state = CallbacksState::Waiting { callbacks };
    }

    fn poll_value(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        if let CallbacksState::Start { .. } = self.state {
            self.poll_start();
        }
        let CallbacksState::Waiting { callbacks } = &self.state else {
            return Poll::Ready(None);
        };
        let value = ready!(callbacks.poll_next(cx));
        if value.is_none() {
            self.state = CallbacksState::Done;
        }
        Poll::Ready(value)
    }
}

impl<F: FnOnce(Sender<T>), T> Stream for Callbacks<F, T> {
    type Item = T;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<T>> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let value = ready!(this.poll_value(cx));
        leave.spend();
        Poll::Ready(value)
    }
}

impl<F, T> Drop for Callbacks<F, T> {
    fn drop(&mut self) {
        if let CallbacksState::Waiting { callbacks } = &self.state {
            callbacks.close();
        }
    }
}

impl<F, T> fmt::Debug for Callbacks<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.state {
            CallbacksState::Start { .. } => "Start",
            CallbacksState::Waiting { .. } => "Waiting",
            CallbacksState::Done => "Done",
        };
        write!(f, "Callbacks({word})")
    }
}

/// Sends values to a stream of [`Callbacks`], from any thread if `T` is
/// `Send`. Dropping the last clone ends the stream.
pub struct Sender<T> {
    callbacks: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends `value`, without ever waiting. From a callback that cannot use
    /// the answer: `let _ = sender.send(value);`
    ///
    /// ```
    /// # use onecook::bridge::stream;
    /// let eggs = stream(|sender| sender.send("A").unwrap());
    /// # drop(eggs);
    /// ```
    ///
    /// # Errors
    ///
    /// If the stream is gone, or [bounded](stream_bounded) and full; the value
    /// comes back.
    #[doc(alias = "try_send")]
    #[doc(alias = "emit")]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.callbacks.send(value)
    }

    /// Whether the stream is gone: nobody will take a value any more.
    ///
    /// ```
    /// # use onecook::bridge::stream;
    /// let eggs = stream(|sender| {
    ///     if !sender.is_closed() {
    ///         sender.send("A").unwrap();
    ///     }
    /// });
    /// # drop(eggs);
    /// ```
    #[doc(alias = "is_cancelled")]
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.callbacks.state.lock().closed
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.callbacks.state.lock().senders += 1;
        Sender { callbacks: self.callbacks.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.callbacks.sender_gone();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.callbacks.state.lock();
        let (len, closed) = (state.values.len(), state.closed);
        drop(state);
        let mut words = f.debug_struct("Sender");
        words.field("len", &len).field("closed", &closed).finish()
    }
}

/// A value that was not sent comes back.
///
/// ```
/// # use onecook::bridge::{SendError, stream_bounded};
/// # use onecook::stream::StreamExt;
/// let mut eggs = stream_bounded(1, |sender| {
///     assert!(sender.send("A").is_ok());
///     match sender.send("B") {
///         Err(SendError::Full(egg)) => println!("{egg} was one too many"),
///         Err(SendError::Closed(_)) => println!("nobody listens"),
///         Ok(()) => {}
///     }
/// });
/// assert_eq!(onecook::block_on(eggs.next()), Some("A"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// As many values as the stream has room for were not taken yet.
    Full(T),
    /// The stream is gone.
    Closed(T),
}

impl<T> SendError<T> {
    /// The value.
    ///
    /// ```
    /// # use onecook::bridge::SendError;
    /// assert_eq!(SendError::Full("A").into_inner(), "A");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            SendError::Full(value) | SendError::Closed(value) => value,
        }
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::Full(_) => f.write_str("Full(..)"),
            SendError::Closed(_) => f.write_str("Closed(..)"),
        }
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::Full(_) => f.write_str("the stream is full"),
            SendError::Closed(_) => f.write_str("the stream is gone"),
        }
    }
}

impl<T> Error for SendError<T> {}
