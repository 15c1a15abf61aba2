//! Wake one who waits, or the next who will.
//!
//! ```text
//!            poll, enable             called              poll
//!   Start ──────────────▶ Waiting ──────────▶ Called ──────────▶ Done
//!     └─── a permit was there, or notify_waiters ──▲
//! ```
//!
//! Next: `semaphore.rs`, so many at once.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;

use crate::wait_list::{Place, WaitList, Wakes, poll_called};

/// Tells tasks that something has happened, without a value.
///
/// [`notify_one`](Notify::notify_one) is remembered once if nobody waits, so
/// the order of telling and waiting does not matter.
/// [`notify_waiters`](Notify::notify_waiters) is not remembered.
///
/// ```
/// use std::rc::Rc;
/// use onecook::sync::Notify;
///
/// onecook::block_on(async {
///     let breakfast = Rc::new(Notify::new());
///     let eater = onecook::spawn({
///         let breakfast = breakfast.clone();
///         async move { breakfast.notified().await }
///     });
///     breakfast.notify_one();
///     eater.await.unwrap();
/// });
/// ```
#[doc(alias = "Event")] // asyncio
#[doc(alias = "Condition")]
#[doc(alias = "condvar")]
#[derive(Debug)]
pub struct Notify {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// A `notify_one` that found nobody waiting.
    permit: bool,
    /// How often `notify_waiters` was called.
    rounds: u64,
    waiters: WaitList<CalledBy>,
}

/// Who called a waiter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CalledBy {
    Nobody,
    One,
    All,
}

impl State {
    /// What somebody who came in that round, and does not wait, finds.
    fn find(&mut self, round: u64) -> CalledBy {
        if self.rounds != round {
            return CalledBy::All;
        }
        if mem::take(&mut self.permit) {
            return CalledBy::One;
        }
        CalledBy::Nobody
    }

    fn call_one(&mut self, wakes: &mut Wakes) {
        match self.waiters.call(wakes) {
            Some(called) => *called = CalledBy::One,
            None => self.permit = true,
        }
    }

    fn call_all(&mut self, wakes: &mut Wakes) {
        self.rounds = self.rounds.wrapping_add(1);
        while let Some(called) = self.waiters.call(wakes) {
            *called = CalledBy::All;
        }
    }
}

impl Notify {
    /// Nobody waits, nothing has happened.
    ///
    /// ```
    /// use onecook::sync::Notify;
    /// static DONE: Notify = Notify::new();
    /// DONE.notify_one();
    /// onecook::block_on(DONE.notified());
    /// ```
    #[must_use]
    #[doc(alias = "const_new")]
    pub const fn new() -> Notify {
        let waiters = WaitList::new();
        let state = State { permit: false, rounds: 0, waiters };
        Notify { state: Mutex::new(state) }
    }

    /// Waits until it is told.
    ///
    /// It hears a [`notify_waiters`](Notify::notify_waiters) from now on, and
    /// takes its place in the line for `notify_one` at its first poll, or in
    /// [`enable`](Notified::enable).
    ///
    /// ```
    /// use onecook::sync::Notify;
    /// onecook::block_on(async {
    ///     let notify = Notify::new();
    ///     let first = notify.notified();
    ///     notify.notify_waiters(); // `first` exists, so it hears this
    ///     first.await;
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// It loses its place in the line. A `notify_one` that it was handed and
    /// did not come to see goes to the next in line, or is remembered.
    #[doc(alias = "wait")]
    pub fn notified(&self) -> Notified<'_> {
        let round = self.state.lock().rounds;
        Notified { notify: self, state: NotifiedState::Start { round } }
    }

    /// Tells the first in line; if nobody waits, the next who will. It is
    /// remembered once, however often it is called.
    ///
    /// ```
    /// use onecook::sync::Notify;
    /// let notify = Notify::new();
    /// notify.notify_one();
    /// onecook::block_on(notify.notified()); // does not wait
    /// ```
    #[doc(alias = "set")]
    #[doc(alias = "signal")]
    pub fn notify_one(&self) {
        let mut wakes = Wakes::new();
        self.state.lock().call_one(&mut wakes);
        wakes.wake();
    }

    /// Tells everybody who has called [`notified`](Notify::notified) already;
    /// nothing is remembered for those who come later.
    ///
    /// ```
    /// use onecook::sync::Notify;
    /// onecook::block_on(async {
    ///     let closing = Notify::new();
    ///     let (a, b) = (closing.notified(), closing.notified());
    ///     closing.notify_waiters();
    ///     a.await;
    ///     b.await;
    /// });
    /// ```
    #[doc(alias = "notify_all")]
    #[doc(alias = "broadcast")]
    pub fn notify_waiters(&self) {
        let mut wakes = Wakes::new();
        self.state.lock().call_all(&mut wakes);
        wakes.wake();
    }
}

impl Default for Notify {
    fn default() -> Notify {
        Notify::new()
    }
}

/// The future of [`Notify::notified`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Notified<'a> {
    notify: &'a Notify,
    state: NotifiedState,
}

#[derive(Debug)]
enum NotifiedState {
    /// Not in line yet; it came in that round of `notify_waiters`.
    Start { round: u64 },
    /// In line.
    Waiting { place: Place },
    /// Told, and no poll has said so yet.
    Called { by: CalledBy },
    /// A poll has said so.
    Done,
}

impl Notified<'_> {
    /// Takes its place in the line now, without a poll. True if it has been
    /// told already; then awaiting it does not wait.
    ///
    /// Look at what you wait for *after* it, and no `notify_one` in between
    /// goes to somebody else:
    ///
    /// ```
    /// use std::cell::Cell;
    /// use onecook::sync::Notify;
    ///
    /// async fn until_fried(fried: &Cell<bool>, changed: &Notify) {
    ///     loop {
    ///         let mut told = changed.notified();
    ///         told.enable();
    ///         if fried.get() {
    ///             return;
    ///         }
    ///         told.await;
    ///     }
    /// }
    /// # onecook::block_on(until_fried(&Cell::new(true), &Notify::new()));
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn enable(&mut self) -> bool {
        match self.state {
            NotifiedState::Start { round } => self.take_place(round),
            NotifiedState::Waiting { .. } => self.look(),
            NotifiedState::Called { .. } | NotifiedState::Done => true,
        }
    }

    fn take_place(&mut self, round: u64) -> bool {
        let mut state = self.notify.state.lock();
        let by = state.find(round);
        if by != CalledBy::Nobody {
            self.state = NotifiedState::Called { by };
            return true;
        }
        let nobody = Waker::noop().clone();
        let place = state.waiters.join(CalledBy::Nobody, nobody);
        self.state = NotifiedState::Waiting { place };
        false
    }

    fn look(&mut self) -> bool {
        let NotifiedState::Waiting { place } = &self.state else {
            return true;
        };
        let called = self.notify.state.lock().waiters.is_called(place);
        if called {
            let by = self.leave();
            self.state = NotifiedState::Called { by };
        }
        called
    }

    /// Gives up whatever it has, and says who called it.
    fn leave(&mut self) -> CalledBy {
        match mem::replace(&mut self.state, NotifiedState::Done) {
            NotifiedState::Waiting { place } => {
                let left = self.notify.state.lock().waiters.leave(place);
                left.wanted // its waker is dropped here, without the lock
            }
            NotifiedState::Called { by } => by,
            NotifiedState::Start { .. } | NotifiedState::Done => {
                CalledBy::Nobody
            }
        }
    }

    fn poll_told(&mut self, cx: &Context<'_>) -> Poll<()> {
        if let NotifiedState::Start { round } = self.state {
            self.take_place(round);
        }
        match &self.state {
            NotifiedState::Waiting { place } => {
                let lock = &self.notify.state;
                ready!(poll_called(lock, |it| &mut it.waiters, place, cx));
            }
            NotifiedState::Done => {
                panic!("`Notified` polled after it was done")
            }
            NotifiedState::Start { .. } | NotifiedState::Called { .. } => {}
        }
        self.leave();
        Poll::Ready(())
    }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        ready!(this.poll_told(cx));
        leave.spend();
        Poll::Ready(())
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        if self.leave() == CalledBy::One {
            self.notify.notify_one(); // it moves on
        }
    }
}
