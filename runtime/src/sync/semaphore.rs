//! So many at once, and no more.
//!
//! Permits that nobody holds lie in one heap. Whoever comes goes to the end of
//! the line if anybody stands there, also if the heap would do: so a request
//! for many is not starved by requests for few. It waits at the front until
//! the heap has grown enough.
//!
//! Next: `permit.rs`, what an acquire answers with.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;

use super::permit::{OwnedSemaphorePermit, Permit, SemaphorePermit};
use crate::wait_list::{Place, WaitList, Wakes, poll_called};

/// Permits that tasks acquire and give back, served in the order of asking.
///
/// ```
/// use std::rc::Rc;
/// use onecook::sync::Semaphore;
///
/// onecook::block_on(async {
///     let pans = Rc::new(Semaphore::new(2));
///     let eggs: Vec<_> = (0..4).map(|_| {
///         let pans = pans.clone();
///         onecook::spawn(async move {
///             let _pan = pans.acquire().await.unwrap();
///             onecook::yield_now().await; // fry it: two at once, no more
///         })
///     }).collect();
///     for egg in eggs {
///         egg.await.unwrap();
///     }
///     assert_eq!(pans.available_permits(), 2);
/// });
/// ```
#[doc(alias = "BoundedSemaphore")] // asyncio
#[derive(Debug)]
pub struct Semaphore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    permits: usize,
    closed: bool,
    waiters: WaitList<Request>,
}

/// What one waits for.
#[derive(Debug)]
struct Request {
    permits: usize,
    /// They are its own. A waiter that was called and has them not was told
    /// that the semaphore was closed.
    granted: bool,
}

impl State {
    fn take(&mut self, permits: usize) -> Result<(), TryAcquireError> {
        if self.closed {
            return Err(TryAcquireError::Closed);
        }
        if !self.waiters.is_empty() || self.permits < permits {
            return Err(TryAcquireError::NoPermits);
        }
        self.permits -= permits;
        Ok(())
    }

    /// Serves those at the front as far as the permits go.
    fn serve(&mut self, wakes: &mut Wakes) {
        while let Some(request) = self.waiters.front() {
            if request.permits > self.permits {
                return;
            }
            request.granted = true;
            self.permits -= request.permits;
            self.waiters.call(wakes);
        }
    }
}

impl Semaphore {
    /// The most permits that it may have.
    pub const MAX_PERMITS: usize = usize::MAX >> 3;

    /// A semaphore with so many permits.
    ///
    /// ```
    /// use onecook::sync::Semaphore;
    /// static PANS: Semaphore = Semaphore::new(2);
    /// assert_eq!(PANS.available_permits(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// With more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[must_use]
    #[doc(alias = "const_new")]
    pub const fn new(permits: usize) -> Semaphore {
        assert!(
            permits <= Semaphore::MAX_PERMITS,
            "a semaphore has at most `Semaphore::MAX_PERMITS` permits"
        );
        let waiters = WaitList::new();
        let state = State { permits, closed: false, waiters };
        Semaphore { state: Mutex::new(state) }
    }

    /// Permits that nobody holds. There may be some although somebody waits:
    /// whoever is at the front needs more than these.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(2);
    /// let pan = pans.try_acquire().unwrap();
    /// assert_eq!(pans.available_permits(), 1);
    /// # drop(pan);
    /// ```
    pub fn available_permits(&self) -> usize {
        self.state.lock().permits
    }

    /// Waits for one permit.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// # onecook::block_on(async {
    /// let pans = Semaphore::new(1);
    /// let pan = pans.acquire().await.unwrap();
    /// assert_eq!(pans.available_permits(), 0);
    /// drop(pan);
    /// assert_eq!(pans.available_permits(), 1);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore is, or meanwhile was, [closed](Semaphore::close).
    ///
    /// # Cancel safety
    ///
    /// It loses its place in the line. Permits that it was handed and did not
    /// come to take go to the next.
    #[doc(alias = "wait")]
    #[doc(alias = "down")]
    pub fn acquire(&self) -> Acquire<&Semaphore> {
        self.acquire_many(1)
    }

    /// Waits for `permits` permits, to be had all at once.
    ///
    /// Whoever comes later waits behind it, also for fewer. A request for more
    /// than there will ever be waits for ever, and so does everybody behind.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// # onecook::block_on(async {
    /// let rings = Semaphore::new(4);
    /// let big_pan = rings.acquire_many(3).await.unwrap();
    /// assert_eq!((big_pan.num_permits(), rings.available_permits()), (3, 1));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Semaphore::acquire).
    pub fn acquire_many(&self, permits: u32) -> Acquire<&Semaphore> {
        Acquire::new(self, permits)
    }

    /// [`acquire`](Semaphore::acquire), for a permit that borrows nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Semaphore;
    /// # onecook::block_on(async {
    /// let pans = Arc::new(Semaphore::new(1));
    /// let pan = pans.clone().acquire_owned().await.unwrap();
    /// onecook::spawn(async move { drop(pan) }).await.unwrap();
    /// assert_eq!(pans.available_permits(), 1);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Semaphore::acquire).
    pub fn acquire_owned(self: Arc<Self>) -> Acquire<Arc<Semaphore>> {
        self.acquire_many_owned(1)
    }

    /// [`acquire_many`](Semaphore::acquire_many), borrowing nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Semaphore;
    /// # onecook::block_on(async {
    /// let pans = Arc::new(Semaphore::new(2));
    /// let both = pans.acquire_many_owned(2).await.unwrap();
    /// assert_eq!(both.semaphore().available_permits(), 0);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Semaphore::acquire).
    pub fn acquire_many_owned(
        self: Arc<Self>,
        permits: u32,
    ) -> Acquire<Arc<Semaphore>> {
        Acquire::new(self, permits)
    }

    /// Takes one permit if that needs no waiting.
    ///
    /// ```
    /// # use onecook::sync::{Semaphore, TryAcquireError};
    /// let pans = Semaphore::new(1);
    /// let pan = pans.try_acquire().unwrap();
    /// let refused = pans.try_acquire().unwrap_err();
    /// assert_eq!(refused, TryAcquireError::NoPermits);
    /// # drop(pan);
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none, or somebody waits; and if it is closed.
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `permits` permits if that needs no waiting.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(3);
    /// assert!(pans.try_acquire_many(4).is_err());
    /// assert!(pans.try_acquire_many(3).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Semaphore::try_acquire).
    pub fn try_acquire_many(
        &self,
        permits: u32,
    ) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let permits = permits as usize;
        self.state.lock().take(permits)?;
        Ok(Permit { semaphore: self, permits })
    }

    /// [`try_acquire`](Semaphore::try_acquire), borrowing nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Semaphore;
    /// let pans = Arc::new(Semaphore::new(1));
    /// let pan = pans.clone().try_acquire_owned().unwrap();
    /// std::thread::spawn(move || drop(pan)).join().unwrap();
    /// assert_eq!(pans.available_permits(), 1);
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Semaphore::try_acquire).
    pub fn try_acquire_owned(
        self: Arc<Self>,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// [`try_acquire_many`](Semaphore::try_acquire_many), borrowing nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use onecook::sync::Semaphore;
    /// let pans = Arc::new(Semaphore::new(2));
    /// assert!(pans.try_acquire_many_owned(2).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Semaphore::try_acquire).
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        permits: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let permits = permits as usize;
        self.state.lock().take(permits)?;
        Ok(Permit { semaphore: self, permits })
    }

    /// Adds permits, and serves those who wait for them.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(0);
    /// pans.add_permits(2); // two pans were bought
    /// assert_eq!(pans.available_permits(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If there would be more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[doc(alias = "release")]
    #[doc(alias = "up")]
    pub fn add_permits(&self, permits: usize) {
        // Looked at apart: the panic hook is user code, and the lock is free.
        let room = Semaphore::MAX_PERMITS.saturating_sub(permits);
        let fits = permits <= Semaphore::MAX_PERMITS
            && self.available_permits() <= room;
        assert!(
            fits,
            "`Semaphore::add_permits({permits})` would make more permits than \
             `Semaphore::MAX_PERMITS`"
        );
        self.give_back(permits);
    }

    /// Takes up to `permits` permits away for good, of those that nobody
    /// holds, and says how many.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// let pans = Semaphore::new(2);
    /// assert_eq!(pans.forget_permits(5), 2);
    /// assert_eq!(pans.available_permits(), 0);
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn forget_permits(&self, permits: usize) -> usize {
        let mut state = self.state.lock();
        let gone = permits.min(state.permits);
        state.permits -= gone;
        gone
    }

    /// Closes it: whoever waits, or asks later, gets an error. Permits that
    /// were handed out stay good.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// # onecook::block_on(async {
    /// let pans = Semaphore::new(1);
    /// pans.close();
    /// assert!(pans.acquire().await.is_err());
    /// # });
    /// ```
    pub fn close(&self) {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        state.closed = true;
        state.waiters.call_all(&mut wakes);
        drop(state);
        wakes.wake();
    }

    /// Whether it was closed.
    ///
    /// ```
    /// # use onecook::sync::Semaphore;
    /// assert!(!Semaphore::new(1).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    pub(super) fn give_back(&self, permits: usize) {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        state.permits += permits;
        state.serve(&mut wakes);
        drop(state);
        wakes.wake();
    }

    /// A waiter goes. What it was granted goes back, and if it stood at the
    /// front in the way of somebody who wants less, that one is served.
    fn leave(&self, place: Place) {
        let mut wakes = Wakes::new();
        let mut state = self.state.lock();
        let left = state.waiters.leave(place);
        if left.wanted.granted {
            state.permits += left.wanted.permits;
        }
        state.serve(&mut wakes);
        drop(state);
        wakes.wake(); // first: dropping a waker may panic
        drop(left.waker); // user code, no lock held
    }
}

/// The future of [`Semaphore::acquire`] and its kin; `S` is how it holds the
/// semaphore.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Acquire<S: Deref<Target = Semaphore>> {
    permits: usize,
    state: AcquireState<S>,
}

#[derive(Debug)]
enum AcquireState<S> {
    /// Has not asked yet.
    Start { semaphore: S },
    /// In line.
    Waiting { semaphore: S, place: Place },
    /// The permit was handed out, or the error.
    Done,
}

impl<S: Deref<Target = Semaphore>> Acquire<S> {
    fn new(semaphore: S, permits: u32) -> Acquire<S> {
        let permits = permits as usize;
        Acquire { permits, state: AcquireState::Start { semaphore } }
    }

    fn poll_permit(&mut self, cx: &Context<'_>) -> Poll<Acquired<S>> {
        match &self.state {
            AcquireState::Start { semaphore } => {
                let taken = semaphore.state.lock().take(self.permits);
                if taken == Err(TryAcquireError::NoPermits) {
                    return self.poll_start(cx);
                }
                Poll::Ready(self.finish_start(taken))
            }
            AcquireState::Waiting { semaphore, place } => {
                let lock = &semaphore.state;
                ready!(poll_called(lock, |it| &mut it.waiters, place, cx));
                Poll::Ready(self.finish_waiting())
            }
            AcquireState::Done => {
                panic!("`Acquire` polled after it was done")
            }
        }
    }

    /// There was nothing to take a moment ago: looks again, now with a waker
    /// to leave.
    fn poll_start(&mut self, cx: &Context<'_>) -> Poll<Acquired<S>> {
        let waker = cx.waker().clone(); // user code, no lock held
        let state = mem::replace(&mut self.state, AcquireState::Done);
        let AcquireState::Start { semaphore } = state else { unreachable!() };
        let mut state = semaphore.state.lock();
        let taken = state.take(self.permits);
        if taken != Err(TryAcquireError::NoPermits) {
            drop(state);
            self.state = AcquireState::Start { semaphore };
            return Poll::Ready(self.finish_start(taken));
        }
        let request = Request { permits: self.permits, granted: false };
        let place = state.waiters.join(request, waker);
        drop(state);
        self.state = AcquireState::Waiting { semaphore, place };
        Poll::Pending
    }

    fn finish_start(
        &mut self,
        taken: Result<(), TryAcquireError>,
    ) -> Acquired<S> {
        let state = mem::replace(&mut self.state, AcquireState::Done);
        let AcquireState::Start { semaphore } = state else { unreachable!() };
        taken.map_err(|_| AcquireError(()))?;
        Ok(Permit { semaphore, permits: self.permits })
    }

    fn finish_waiting(&mut self) -> Acquired<S> {
        let state = mem::replace(&mut self.state, AcquireState::Done);
        let AcquireState::Waiting { semaphore, place } = state else {
            unreachable!()
        };
        let left = semaphore.state.lock().waiters.leave(place);
        if !left.wanted.granted {
            return Err(AcquireError(()));
        }
        Ok(Permit { semaphore, permits: self.permits })
    }
}

type Acquired<S> = Result<Permit<S>, AcquireError>;

impl<S> Future for Acquire<S>
where
    S: Deref<Target = Semaphore> + Unpin,
{
    type Output = Acquired<S>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let permit = ready!(this.poll_permit(cx));
        leave.spend();
        Poll::Ready(permit)
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Acquire<S> {
    fn drop(&mut self) {
        let state = mem::replace(&mut self.state, AcquireState::Done);
        if let AcquireState::Waiting { semaphore, place } = state {
            semaphore.leave(place);
        }
    }
}

/// The semaphore was closed: there will be no more permits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AcquireError(());

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore was closed")
    }
}

impl Error for AcquireError {}

/// Why no permit was to be had at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryAcquireError {
    /// The semaphore was closed: there will be no more permits.
    Closed,
    /// There are too few now, or others wait for them already.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryAcquireError::Closed => AcquireError(()).fmt(f),
            TryAcquireError::NoPermits => f.write_str(
                "too few permits are free: await `acquire` to wait for them",
            ),
        }
    }
}

impl Error for TryAcquireError {}

#[cfg(test)]
mod tests {
    use super::Semaphore;
    use std::task::{Context, Waker};

    #[test]
    fn a_permit_that_comes_between_the_two_looks_is_seen() {
        let semaphore = Semaphore::new(0);
        let mut acquire = semaphore.acquire();
        // The first look found nothing; then, while the waker is cloned:
        semaphore.add_permits(1);
        let cx = Context::from_waker(Waker::noop());
        assert!(acquire.poll_start(&cx).is_ready());
        assert_eq!(semaphore.available_permits(), 1);
    }
}
