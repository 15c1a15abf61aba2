//! One at a time, also across an await.
//!
//! Where does the `&mut T` come from, without unsafe code? A guard of a lock
//! inside could give it; but then that lock would be held while the user's
//! code runs, across awaits, and a guard that is `!Send` would pin its task to
//! the thread. So the value *moves*: locking takes it out of its slot into the
//! guard, and dropping the guard puts it back. While it is out, no lock of
//! ours is held, the guard is `Send` if the value is, and `&mut T` is just a
//! borrow of the guard.
//!
//! What that costs: two moves of `T` per lock, so what is large goes in a
//! `Box`; `T` is `Sized`; its address changes from guard to guard; and a guard
//! given to `mem::forget` takes the value with it.
//!
//! Who waits is served in turn: unlocking hands over to the first in line, and
//! nobody can overtake it.
//!
//! Next: `mutex_guard.rs`, the value while it is out.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;
use parking_lot::Mutex as Lockbox;

use super::mutex_guard::{Guard, MutexGuard, OwnedMutexGuard};
use crate::blocked_thread::wait_for;
use crate::wait_list::{Place, WaitList, Wakes, poll_called};

/// A value that one task at a time may use, also across an await.
///
/// If no await happens while the value is in use, `std::cell::RefCell` inside
/// one thread, or `std::sync::Mutex` between threads, is the simpler choice.
///
/// A panic while the guard is held unlocks it and does not poison: the value
/// is as the panic left it.
///
/// ```
/// use std::rc::Rc;
/// use onecook::sync::Mutex;
///
/// onecook::block_on(async {
///     let sold = Rc::new(Mutex::new(0));
///     let tills: Vec<_> = (0..2).map(|_| {
///         let sold = sold.clone();
///         onecook::spawn(async move {
///             let mut sold = sold.lock().await;
///             let before = *sold;
///             onecook::yield_now().await; // nobody gets in between
///             *sold = before + 1;
///         })
///     }).collect();
///     for till in tills {
///         till.await.unwrap();
///     }
///     assert_eq!(*sold.lock().await, 2);
/// });
/// ```
#[doc(alias = "Lock")] // asyncio
pub struct Mutex<T> {
    state: Lockbox<State<T>>,
}

struct State<T> {
    /// `None` while it is in a guard.
    value: Option<T>,
    /// The value is in a guard, or stays in its slot for a waiter that was
    /// called and has not come yet. Whenever somebody waits it is so.
    locked: bool,
    waiters: WaitList<()>,
}

impl<T> State<T> {
    fn take(&mut self) -> Option<T> {
        if self.locked {
            return None;
        }
        self.locked = true;
        self.value.take()
    }

    /// Whoever had the turn is through: it goes to the first in line.
    fn pass_on(&mut self, wakes: &mut Wakes) {
        self.locked = self.waiters.call(wakes).is_some();
    }
}

impl<T> Mutex<T> {
    /// Unlocked, with that value.
    ///
    /// ```
    /// use onecook::sync::Mutex;
    /// static SOLD: Mutex<u32> = Mutex::new(0);
    /// *SOLD.try_lock().unwrap() += 1;
    /// ```
    #[doc(alias = "const_new")]
    pub const fn new(value: T) -> Mutex<T> {
        let waiters = WaitList::new();
        let state = State { value: Some(value), locked: false, waiters };
        Mutex { state: Lockbox::new(state) }
    }

    /// Waits for its turn and locks.
    ///
    /// ```
    /// # use onecook::sync::Mutex;
    /// # onecook::block_on(async {
    /// let pan = Mutex::new(vec!["A"]);
    /// pan.lock().await.push("B");
    /// assert_eq!(*pan.lock().await, ["A", "B"]);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// It loses its place in the line. A turn that it was handed and did not
    /// come to take goes to the next.
    #[doc(alias = "acquire")]
    pub fn lock(&self) -> Lock<&Mutex<T>, T> {
        Lock::new(self)
    }

    /// [`lock`](Mutex::lock), for a guard that borrows nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Mutex;
    /// # onecook::block_on(async {
    /// let pan = Arc::new(Mutex::new(vec!["A"]));
    /// let mut eggs = pan.clone().lock_owned().await;
    /// onecook::spawn(async move { eggs.clear() }).await.unwrap();
    /// assert!(pan.lock().await.is_empty());
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Mutex::lock).
    pub fn lock_owned(self: Arc<Self>) -> Lock<Arc<Mutex<T>>, T> {
        Lock::new(self)
    }

    /// Locks if that needs no waiting.
    ///
    /// ```
    /// # use onecook::sync::Mutex;
    /// let pan = Mutex::new("A");
    /// let egg = pan.try_lock().unwrap();
    /// assert!(pan.try_lock().is_err());
    /// # drop(egg);
    /// ```
    ///
    /// # Errors
    ///
    /// If it is locked.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        let value = self.state.lock().take();
        value.map(|it| Guard::new(self, it)).ok_or(TryLockError(()))
    }

    /// [`try_lock`](Mutex::try_lock), for a guard that borrows nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Mutex;
    /// let pan = Arc::new(Mutex::new("A"));
    /// let egg = pan.clone().try_lock_owned().unwrap();
    /// assert!(pan.try_lock().is_err());
    /// # drop(egg);
    /// ```
    ///
    /// # Errors
    ///
    /// If it is locked.
    pub fn try_lock_owned(
        self: Arc<Self>,
    ) -> Result<OwnedMutexGuard<T>, TryLockError> {
        let value = self.state.lock().take();
        value.map(|it| Guard::new(self, it)).ok_or(TryLockError(()))
    }

    /// Locks, holding this thread meanwhile: for code that cannot await.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Mutex;
    /// let sold = Arc::new(Mutex::new(0));
    /// let till = std::thread::spawn({
    ///     let sold = sold.clone();
    ///     move || *sold.blocking_lock() += 1
    /// });
    /// till.join().unwrap();
    /// assert_eq!(*sold.blocking_lock(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime: it would hold up every task of it.
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        wait_for("Mutex::blocking_lock", self.lock())
    }

    /// [`blocking_lock`](Mutex::blocking_lock), for a guard that borrows
    /// nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Mutex;
    /// let sold = Arc::new(Mutex::new(0));
    /// *sold.clone().blocking_lock_owned() += 1;
    /// assert_eq!(*sold.blocking_lock(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`blocking_lock`](Mutex::blocking_lock).
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        wait_for("Mutex::blocking_lock_owned", self.lock_owned())
    }

    /// The value: whoever has the mutex for itself need not lock it.
    ///
    /// ```
    /// # use onecook::sync::Mutex;
    /// let mut pan = Mutex::new(vec!["A"]);
    /// pan.get_mut().push("B");
    /// assert_eq!(pan.into_inner(), ["A", "B"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If a guard was given to `mem::forget`: the value went with it.
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut T {
        self.state.get_mut().value.as_mut().expect(FORGOTTEN)
    }

    /// Unwraps the value.
    ///
    /// ```
    /// # use onecook::sync::Mutex;
    /// assert_eq!(Mutex::new("A").into_inner(), "A");
    /// ```
    ///
    /// # Panics
    ///
    /// If a guard was given to `mem::forget`: the value went with it.
    #[track_caller]
    pub fn into_inner(self) -> T {
        self.state.into_inner().value.expect(FORGOTTEN)
    }

    /// The guard is through with the value.
    pub(super) fn put_back(&self, value: T) {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        state.value = Some(value); // there is none that this would drop
        state.pass_on(&mut wakes);
        drop(state);
        wakes.wake();
    }

    /// A waiter goes; if it was called, the turn goes to the next.
    fn leave(&self, place: Place) {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        let left = state.waiters.leave(place);
        if left.called {
            state.pass_on(&mut wakes);
        }
        drop(state);
        wakes.wake(); // first: dropping a waker may panic
        drop(left.waker); // user code, no lock held
    }
}

const FORGOTTEN: &str = "a guard of this mutex was given to `mem::forget`, \
                         and the value went with it";

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

/// Without the value: printing it is user code, and nothing is locked for it.
impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        let (locked, waiting) = (state.locked, state.waiters.len());
        drop(state);
        f.debug_struct("Mutex")
            .field("locked", &locked)
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}

/// The future of [`Mutex::lock`] and [`Mutex::lock_owned`]; `M` is how it
/// holds the mutex.
#[must_use = "futures do nothing unless polled"]
pub struct Lock<M: Deref<Target = Mutex<T>>, T> {
    state: LockState<M>,
    value: PhantomData<fn() -> T>,
}

#[derive(Debug)]
enum LockState<M> {
    /// Has not asked yet.
    Start { mutex: M },
    /// In line.
    Waiting { mutex: M, place: Place },
    /// The guard was handed out.
    Done,
}

impl<M: Deref<Target = Mutex<T>>, T> Lock<M, T> {
    fn new(mutex: M) -> Lock<M, T> {
        Lock { state: LockState::Start { mutex }, value: PhantomData }
    }

    fn poll_guard(&mut self, cx: &Context<'_>) -> Poll<Guard<M, T>> {
        match &self.state {
            LockState::Start { mutex } => {
                let value = mutex.state.lock().take();
                match value {
                    Some(value) => Poll::Ready(self.finish_start(value)),
                    None => self.poll_start(cx),
                }
            }
            LockState::Waiting { mutex, place } => {
                let lock = &mutex.state;
                ready!(poll_called(lock, |it| &mut it.waiters, place, cx));
                Poll::Ready(self.finish_waiting())
            }
            LockState::Done => panic!("`Lock` polled after it was done"),
        }
    }

    /// It was locked a moment ago: looks again, now with a waker to leave.
    fn poll_start(&mut self, cx: &Context<'_>) -> Poll<Guard<M, T>> {
        let waker = cx.waker().clone(); // user code, no lock held
        let state = mem::replace(&mut self.state, LockState::Done);
        let LockState::Start { mutex } = state else { unreachable!() };
        let mut state = mutex.state.lock();
        if let Some(value) = state.take() {
            drop(state);
            return Poll::Ready(Guard::new(mutex, value));
        }
        let place = state.waiters.join((), waker);
        drop(state);
        self.state = LockState::Waiting { mutex, place };
        Poll::Pending
    }

    fn finish_start(&mut self, value: T) -> Guard<M, T> {
        let state = mem::replace(&mut self.state, LockState::Done);
        let LockState::Start { mutex } = state else { unreachable!() };
        Guard::new(mutex, value)
    }

    fn finish_waiting(&mut self) -> Guard<M, T> {
        let state = mem::replace(&mut self.state, LockState::Done);
        let LockState::Waiting { mutex, place } = state else { unreachable!() };
        let mut state = mutex.state.lock();
        let left = state.waiters.leave(place);
        let value = state.value.take();
        drop(state);
        drop(left);
        Guard::new(mutex, value.expect("it waits for whoever was called"))
    }
}

impl<M, T> Future for Lock<M, T>
where
    M: Deref<Target = Mutex<T>> + Unpin,
{
    type Output = Guard<M, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let guard = ready!(this.poll_guard(cx));
        leave.spend();
        Poll::Ready(guard)
    }
}

impl<M: Deref<Target = Mutex<T>>, T> Drop for Lock<M, T> {
    fn drop(&mut self) {
        let state = mem::replace(&mut self.state, LockState::Done);
        if let LockState::Waiting { mutex, place } = state {
            mutex.leave(place);
        }
    }
}

impl<M: Deref<Target = Mutex<T>>, T> fmt::Debug for Lock<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.state {
            LockState::Start { .. } => "Start",
            LockState::Waiting { .. } => "Waiting",
            LockState::Done => "Done",
        };
        write!(f, "Lock({word})")
    }
}

/// The mutex is locked, or somebody's turn has come already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TryLockError(());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mutex is locked: await `lock` to wait for it")
    }
}

impl Error for TryLockError {}

#[cfg(test)]
mod tests {
    use super::Mutex;
    use std::task::{Context, Waker};

    #[test]
    fn an_unlock_between_the_two_looks_is_seen() {
        let mutex = Mutex::new("A");
        let mut lock = mutex.lock();
        // The first look found it locked; it is unlocked meanwhile.
        let cx = Context::from_waker(Waker::noop());
        assert!(lock.poll_start(&cx).is_ready());
        assert!(mutex.try_lock().is_ok());
    }
}
