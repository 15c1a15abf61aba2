//! A callback that fires once becomes a future.
//!
//! ```text
//!            first poll: `start` is called           resolved, or dropped
//!   Start ──────────────────────────────▶ Waiting ──────────────────────▶ Done
//!     └────── it resolved before `start` returned ──────────────────────▲
//! ```
//!
//! Next: `stream.rs`, a callback that fires again and again.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;

/// A future for what a callback will be called with: JavaScript's
/// `new Promise((resolve) => ..)`.
///
/// `start` gets a [`Resolver`] and hands it to whatever will fire: now, later,
/// or from another thread. It is called at the first poll, for futures are
/// lazy; JavaScript calls it at once. If it fires before `start` returns, the
/// future is ready in that same poll and never waits.
///
/// What can fail is resolved with a `Result`: there is no `reject`.
///
/// ```
/// use onecook::bridge::callback;
///
/// // Somebody else's library.
/// fn fry(egg: &'static str, done: impl FnOnce(String) + Send + 'static) {
///     std::thread::spawn(move || done(format!("{egg}, fried")));
/// }
///
/// onecook::block_on(async {
///     let egg = callback(|resolver| {
///         fry("A", move |egg| resolver.resolve(egg));
///     });
///     assert_eq!(egg.await.unwrap(), "A, fried");
/// });
/// ```
///
/// # Errors
///
/// [`Dropped`] if the resolver is dropped: then nothing will ever come.
///
/// # Cancel safety
///
/// What the callback brings afterwards is dropped;
/// [`Resolver::is_cancelled`] tells it so. `start` is not called if the future
/// was never polled.
#[doc(alias = "Promise")]
#[doc(alias = "new Promise")]
#[doc(alias = "withResolvers")]
#[doc(alias = "create_future")] // asyncio
pub fn callback<F, T>(start: F) -> Callback<F, T>
where
    F: FnOnce(Resolver<T>),
{
    Callback { state: CallbackState::Start { start } }
}

/// The future of [`callback()`].
#[must_use = "futures do nothing unless polled"]
pub struct Callback<F, T> {
    state: CallbackState<F, T>,
}

enum CallbackState<F, T> {
    /// `start` was not called yet.
    Start { start: F },
    /// The callback was handed over.
    Waiting { callback: Arc<Shared<T>> },
    /// It has fired, or never will.
    Done,
}

/// `start` is moved out, not polled: nothing in here is pinned.
impl<F, T> Unpin for Callback<F, T> {}

/// What the future and the resolver share.
struct Shared<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    answer: Answer<T>,
    waker: Option<Waker>,
    /// The future is gone.
    cancelled: bool,
}

enum Answer<T> {
    None,
    Resolved(T),
    Dropped,
}

impl<T> Shared<T> {
    fn new() -> Shared<T> {
        let state =
            State { answer: Answer::None, waker: None, cancelled: false };
        Shared { state: Mutex::new(state) }
    }

    /// Leaves the answer, and wakes. Nobody answers twice, so nothing of the
    /// user's is dropped while the lock is held.
    fn answer(&self, answer: Answer<T>) {
        let mut state = self.state.lock();
        if state.cancelled {
            drop(state);
            return drop(answer);
        }
        state.answer = answer;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Result<T, Dropped>> {
        let mut state = self.state.lock();
        if let Some(answer) = state.take() {
            return Poll::Ready(answer);
        }
        if state.waker.as_ref().is_some_and(|it| it.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        drop(state);
        let newest = cx.waker().clone(); // user code, no lock held
        let mut state = self.state.lock();
        if let Some(answer) = state.take() {
            drop(state);
            return Poll::Ready(answer);
        }
        let before = state.waker.replace(newest);
        drop(state);
        drop(before); // user code, no lock held
        Poll::Pending
    }

    fn cancel(&self) {
        let mut state = self.state.lock();
        state.cancelled = true;
        let answer = mem::replace(&mut state.answer, Answer::None);
        let waker = state.waker.take();
        drop(state);
        drop((answer, waker)); // user code, no lock held
    }
}

impl<T> State<T> {
    fn take(&mut self) -> Option<Result<T, Dropped>> {
        match mem::replace(&mut self.answer, Answer::None) {
            Answer::Resolved(value) => Some(Ok(value)),
            Answer::Dropped => Some(Err(Dropped(()))),
            Answer::None => None,
        }
    }
}

impl<F: FnOnce(Resolver<T>), T> Callback<F, T> {
    fn poll_start(&mut self) {
        let state = mem::replace(&mut self.state, CallbackState::Done);
        let CallbackState::Start { start } = state else { unreachable!() };
        let callback = Arc::new(Shared::new());
        let resolver = Resolver { callback: Some(callback.clone()) };
        start(resolver); // if it panics, this is done
        self.state = CallbackState::Waiting { callback };
    }

    fn poll_answer(&mut self, cx: &Context<'_>) -> Poll<Result<T, Dropped>> {
        if let CallbackState::Start { .. } = self.state {
            self.poll_start();
        }
        let CallbackState::Waiting { callback } = &self.state else {
            panic!("`Callback` polled after it was done");
        };
        let answer = ready!(callback.poll(cx));
        self.state = CallbackState::Done;
        Poll::Ready(answer)
    }
}

impl<F: FnOnce(Resolver<T>), T> Future for Callback<F, T> {
    type Output = Result<T, Dropped>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let answer = ready!(this.poll_answer(cx));
        leave.spend();
        Poll::Ready(answer)
    }
}

impl<F, T> Drop for Callback<F, T> {
    fn drop(&mut self) {
        if let CallbackState::Waiting { callback } = &self.state {
            callback.cancel();
        }
    }
}

impl<F, T> fmt::Debug for Callback<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.state {
            CallbackState::Start { .. } => "Start",
            CallbackState::Waiting { .. } => "Waiting",
            CallbackState::Done => "Done",
        };
        write!(f, "Callback({word})")
    }
}

/// The power to end a [`Callback`], once, from any thread if `T` is `Send`.
/// Dropping it ends the future with [`Dropped`].
///
/// ```
/// # use onecook::bridge::{Dropped, callback};
/// // It may be kept, and sent to another thread.
/// let egg = callback(|resolver| {
///     std::thread::spawn(move || resolver.resolve("A"));
/// });
/// assert_eq!(onecook::block_on(egg), Ok("A"));
/// ```
#[must_use = "dropping the resolver ends the future with an error"]
pub struct Resolver<T> {
    /// `None` once it has answered.
    callback: Option<Arc<Shared<T>>>,
}

impl<T> Resolver<T> {
    /// Ends the future with `value`. If nobody waits any more, `value` is
    /// dropped.
    ///
    /// ```
    /// # use onecook::bridge::callback;
    /// let now = callback(|resolver| resolver.resolve("A"));
    /// assert_eq!(onecook::block_on(now), Ok("A"));
    /// ```
    pub fn resolve(mut self, value: T) {
        if let Some(callback) = self.callback.take() {
            callback.answer(Answer::Resolved(value));
        }
    }

    /// Whether nobody waits any more: the future was dropped.
    ///
    /// ```
    /// # use onecook::bridge::callback;
    /// let egg = callback(|resolver| {
    ///     assert!(!resolver.is_cancelled());
    ///     resolver.resolve("A");
    /// });
    /// # onecook::block_on(egg).unwrap();
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let callback = self.callback.as_ref();
        callback.is_none_or(|it| it.state.lock().cancelled)
    }
}

impl<T> Drop for Resolver<T> {
    fn drop(&mut self) {
        if let Some(callback) = self.callback.take() {
            callback.answer(Answer::Dropped);
        }
    }
}

impl<T> fmt::Debug for Resolver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_cancelled() { "cancelled" } else { "awaited" };
        write!(f, "Resolver({word})")
    }
}

/// The resolver was dropped: the callback will never fire.
///
/// ```
/// # use onecook::bridge::{Resolver, callback};
/// let egg = callback(|resolver: Resolver<&str>| drop(resolver));
/// let error = onecook::block_on(egg).unwrap_err();
/// assert!(error.to_string().starts_with("the resolver was dropped"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dropped(());

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the resolver was dropped without a value: whoever is to answer \
             has to keep it until then",
        )
    }
}

impl Error for Dropped {}
