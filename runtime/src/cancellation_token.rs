//! Asking for an end, from above.
//!
//! ```text
//!   parent ◀──strong── child ◀──strong── grandchild
//!          ──weak────▶       ──weak────▶
//! ```
//!
//! A child keeps its parent, so that an end asked for further up still
//! reaches it when nobody holds the parent any more. A parent knows its
//! children but does not keep them: the last clone of a child takes it off its
//! parent's list. Both ways are walked in a loop, so a chain of any depth is
//! cancelled, and dropped, on a small stack.
//!
//! Next: `task_set.rs`, many tasks, joined as they end.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;
use pin_project_lite::pin_project;
use slab::Slab;

use crate::wait_list::{Place, WaitList, Wakes, poll_called};

/// Asks tasks to end: those who hold it, or a child of it, can look, or wait
/// for it. Clones are one token.
///
/// It only asks. Who wants to be ended from outside, at its next await, is
/// run with [`run_until_cancelled`](CancellationToken::run_until_cancelled).
///
/// ```
/// use onecook::{CancellationToken, spawn};
///
/// onecook::block_on(async {
///     let kitchen = CancellationToken::new();
///     let cook = kitchen.child_token();
///     let frying = spawn(async move {
///         cook.run_until_cancelled(std::future::pending::<()>()).await
///     });
///     kitchen.cancel();
///     assert_eq!(frying.await.unwrap(), None);
/// });
/// ```
#[doc(alias = "AbortController")] // JavaScript
#[doc(alias = "AbortSignal")]
#[doc(alias = "context")] // Go
#[doc(alias = "StopToken")]
#[derive(Clone)]
pub struct CancellationToken {
    node: Arc<Node>,
}

/// What the clones of a token share.
struct Node {
    parent: Option<Parent>,
    state: Mutex<State>,
}

/// Where a node stands in its parent's list.
struct Parent {
    node: Arc<Node>,
    key: usize,
}

struct State {
    cancelled: bool,
    /// Empty once it is cancelled: they are cancelled too.
    children: Slab<Weak<Node>>,
    waiters: WaitList<()>,
}

impl Node {
    fn new(parent: Option<Parent>, cancelled: bool) -> Node {
        let (children, waiters) = (Slab::new(), WaitList::new());
        let state = State { cancelled, children, waiters };
        Node { parent, state: Mutex::new(state) }
    }

    fn child(self: &Arc<Node>) -> Arc<Node> {
        let mut state = self.state.lock();
        if state.cancelled {
            return Arc::new(Node::new(None, true));
        }
        let entry = state.children.vacant_entry();
        let parent = Parent { node: self.clone(), key: entry.key() };
        let child = Arc::new(Node::new(Some(parent), false));
        entry.insert(Arc::downgrade(&child));
        child
    }

    /// Cancels this one; its children are left to the caller.
    fn cancel(&self, wakes: &mut Wakes) -> Slab<Weak<Node>> {
        let mut state = self.state.lock();
        state.cancelled = true;
        state.waiters.call_all(wakes);
        mem::take(&mut state.children)
    }

    fn forget_child(&self, key: usize) {
        let mut state = self.state.lock();
        if state.cancelled {
            return; // the list was taken
        }
        let gone = state.children.remove(key);
        if state.children.is_empty() {
            state.children = Slab::new(); // gives the memory back
        }
        drop(state);
        drop(gone);
    }
}

/// Goes up in a loop: the parent may be gone with its last child, and its
/// parent with it.
impl Drop for Node {
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(Parent { node, key }) = parent {
            node.forget_child(key);
            let last = Arc::into_inner(node);
            parent = last.and_then(|mut node| node.parent.take());
        }
    }
}

impl CancellationToken {
    /// Not cancelled.
    ///
    /// ```
    /// assert!(!onecook::CancellationToken::new().is_cancelled());
    /// ```
    #[must_use]
    pub fn new() -> CancellationToken {
        CancellationToken { node: Arc::new(Node::new(None, false)) }
    }

    /// A token that is cancelled with this one, or alone; cancelling it does
    /// not cancel this one. One that is gone leaves nothing behind.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// let kitchen = CancellationToken::new();
    /// let (a, b) = (kitchen.child_token(), kitchen.child_token());
    /// a.cancel();
    /// assert!(!kitchen.is_cancelled() && !b.is_cancelled());
    /// kitchen.cancel();
    /// assert!(b.is_cancelled() && kitchen.child_token().is_cancelled());
    /// ```
    #[must_use]
    #[doc(alias = "WithCancel")] // Go
    pub fn child_token(&self) -> CancellationToken {
        CancellationToken { node: self.node.child() }
    }

    /// Cancels it and everything below, for good, from any thread.
    ///
    /// All are cancelled before the first waiter is woken. Nothing happens if
    /// it is cancelled already.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// let token = CancellationToken::new();
    /// std::thread::spawn({
    ///     let token = token.clone();
    ///     move || token.cancel()
    /// });
    /// onecook::block_on(token.cancelled());
    /// ```
    #[doc(alias = "abort")]
    pub fn cancel(&self) {
        let mut wakes = Wakes::new();
        let mut below = VecDeque::from([self.node.cancel(&mut wakes)]);
        while let Some(children) = below.pop_front() {
            for (_, child) in children {
                if let Some(child) = child.upgrade() {
                    below.push_back(child.cancel(&mut wakes));
                }
            }
        }
        wakes.wake();
    }

    /// Whether it was cancelled, or something above it.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// let token = CancellationToken::new();
    /// token.cancel();
    /// assert!(token.is_cancelled());
    /// ```
    #[must_use]
    #[doc(alias = "aborted")]
    pub fn is_cancelled(&self) -> bool {
        self.node.state.lock().cancelled
    }

    /// Waits until it is cancelled.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// # onecook::block_on(async {
    /// let token = CancellationToken::new();
    /// token.cancel();
    /// token.cancelled().await;
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a token stays cancelled.
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        Cancelled { token: self, state: CancelledState::Start }
    }

    /// [`cancelled`](CancellationToken::cancelled), borrowing nothing.
    ///
    /// ```
    /// # use onecook::{CancellationToken, spawn};
    /// # onecook::block_on(async {
    /// let token = CancellationToken::new();
    /// let waiting = spawn(token.clone().cancelled_owned());
    /// token.cancel();
    /// waiting.await.unwrap();
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a token stays cancelled.
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        Cancelled { token: self, state: CancelledState::Start }
    }

    /// Runs `future` until it ends, or this is cancelled: then `future` is
    /// dropped at once, and the output is `None`.
    ///
    /// What is cancelled from the start is not even polled. Later, a future
    /// that ends in the very poll that sees the cancellation has its output.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// # onecook::block_on(async {
    /// let token = CancellationToken::new();
    /// let egg = token.run_until_cancelled(async { "fried" }).await;
    /// assert_eq!(egg, Some("fried"));
    /// token.cancel();
    /// let egg = token.run_until_cancelled(async { "fried" }).await;
    /// assert_eq!(egg, None);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// `future` is dropped with it, so it is as cancel safe as that.
    pub fn run_until_cancelled<F>(
        &self,
        future: F,
    ) -> RunUntilCancelledFuture<'_, F>
    where
        F: Future,
    {
        let future = Some(future);
        RunUntilCancelled { future, cancelled: self.cancelled() }
    }

    /// [`run_until_cancelled`](CancellationToken::run_until_cancelled),
    /// borrowing nothing: for a task, or a field of a machine.
    ///
    /// ```
    /// # use onecook::{CancellationToken, future::pending, spawn};
    /// # onecook::block_on(async {
    /// let token = CancellationToken::new();
    /// let waits = token.clone().run_until_cancelled_owned(pending::<()>());
    /// let waits = spawn(waits);
    /// token.cancel();
    /// assert_eq!(waits.await.unwrap(), None);
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// `future` is dropped with it, so it is as cancel safe as that.
    pub fn run_until_cancelled_owned<F>(
        self,
        future: F,
    ) -> RunUntilCancelledFutureOwned<F>
    where
        F: Future,
    {
        let future = Some(future);
        RunUntilCancelled { future, cancelled: self.cancelled_owned() }
    }

    /// Cancels when the guard is dropped, unless it is disarmed before.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// let token = CancellationToken::new();
    /// drop(token.clone().drop_guard());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard { token: Some(self) }
    }
}

impl Default for CancellationToken {
    fn default() -> CancellationToken {
        CancellationToken::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_cancelled() { "cancelled" } else { "open" };
        write!(f, "CancellationToken({word})")
    }
}

/// The future of [`CancellationToken::cancelled`].
pub type WaitForCancellationFuture<'a> = Cancelled<&'a CancellationToken>;

/// The future of [`CancellationToken::cancelled_owned`].
pub type WaitForCancellationFutureOwned = Cancelled<CancellationToken>;

/// Waits until a token is cancelled; `T` is how it holds the token.
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Cancelled<T: Borrow<CancellationToken>> {
    token: T,
    state: CancelledState,
}

#[derive(Debug)]
enum CancelledState {
    /// Has not looked yet.
    Start,
    /// In the token's list.
    Waiting { place: Place },
    /// It was cancelled, and a poll has said so.
    Done,
}

impl<T: Borrow<CancellationToken>> Cancelled<T> {
    fn poll_cancelled(&mut self, cx: &Context<'_>) -> Poll<()> {
        match &self.state {
            CancelledState::Start => ready!(self.poll_start(cx)),
            CancelledState::Waiting { place } => {
                let lock = &self.token.borrow().node.state;
                ready!(poll_called(lock, |it| &mut it.waiters, place, cx));
            }
            CancelledState::Done => {
                panic!("`Cancelled` polled after it was done")
            }
        }
        self.leave();
        Poll::Ready(())
    }

    fn poll_start(&mut self, cx: &Context<'_>) -> Poll<()> {
        let token = self.token.borrow();
        if token.is_cancelled() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone(); // user code, no lock held
        let mut state = token.node.state.lock();
        if state.cancelled {
            drop(state);
            return Poll::Ready(());
        }
        let place = state.waiters.join((), waker);
        drop(state);
        self.state = CancelledState::Waiting { place };
        Poll::Pending
    }

    fn leave(&mut self) {
        let state = mem::replace(&mut self.state, CancelledState::Done);
        if let CancelledState::Waiting { place } = state {
            let node = &self.token.borrow().node;
            let left = node.state.lock().waiters.leave(place);
            drop(left.waker); // user code, no lock held
        }
    }
}

impl<T> Future for Cancelled<T>
where
    T: Borrow<CancellationToken> + Unpin,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        ready!(this.poll_cancelled(cx));
        leave.spend();
        Poll::Ready(())
    }
}

impl<T: Borrow<CancellationToken>> Drop for Cancelled<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The future of [`CancellationToken::run_until_cancelled`].
pub type RunUntilCancelledFuture<'a, F> =
    RunUntilCancelled<&'a CancellationToken, F>;

/// The future of [`CancellationToken::run_until_cancelled_owned`].
pub type RunUntilCancelledFutureOwned<F> =
    RunUntilCancelled<CancellationToken, F>;

pin_project! {
    /// Runs a future until a token is cancelled; `T` is how it holds the
    /// token.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct RunUntilCancelled<T, F>
    where
        T: Borrow<CancellationToken>,
    {
        // `None` once it has ended, or was dropped.
        #[pin]
        future: Option<F>,
        cancelled: Cancelled<T>,
    }
}

impl<T, F> Future for RunUntilCancelled<T, F>
where
    T: Borrow<CancellationToken> + Unpin,
    F: Future,
{
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("`RunUntilCancelled` polled after it was done");
        };
        let begun = !matches!(this.cancelled.state, CancelledState::Start);
        if begun || !this.cancelled.token.borrow().is_cancelled() {
            if let Poll::Ready(output) = future.poll(cx) {
                this.future.set(None);
                this.cancelled.leave();
                return Poll::Ready(Some(output));
            }
            // Without leave: what uses up every budget can be cancelled too.
            ready!(this.cancelled.poll_cancelled(cx));
        } else {
            ready!(Pin::new(this.cancelled).poll(cx));
        }
        this.future.set(None);
        Poll::Ready(None)
    }
}

/// Cancels a token when it is dropped. See
/// [`drop_guard`](CancellationToken::drop_guard).
///
/// ```
/// # use onecook::CancellationToken;
/// let token = CancellationToken::new();
/// {
///     let _closes = token.clone().drop_guard();
///     assert!(!token.is_cancelled());
/// } // however this block is left
/// assert!(token.is_cancelled());
/// ```
#[must_use = "the token is cancelled as soon as this is dropped"]
#[derive(Debug)]
pub struct DropGuard {
    /// `None` once it is disarmed.
    token: Option<CancellationToken>,
}

impl DropGuard {
    /// Hands the token back: dropping the guard cancels nothing any more.
    ///
    /// ```
    /// # use onecook::CancellationToken;
    /// let guard = CancellationToken::new().drop_guard();
    /// let token = guard.disarm();
    /// assert!(!token.is_cancelled());
    /// ```
    #[must_use]
    pub fn disarm(mut self) -> CancellationToken {
        self.token.take().expect("it is there until it is disarmed")
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            token.cancel();
        }
    }
}
