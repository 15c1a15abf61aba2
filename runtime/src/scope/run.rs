//! The scope's own future: it polls the body and the children.
//!
//! Next: `handle.rs`, how a child's output is had.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use onecook_reactor::budget;
use onecook_reactor::time::{Instant, Sleep, sleep_until};
use pin_project_lite::pin_project;

use super::core::{self, BODY, Core, Panic, Stage};
use super::{Cancelled, ScopeError, after};
use crate::children::Turn;

pin_project! {
    /// Future of [`scope()`](super::scope()).
    ///
    /// Dropping it drops every child, the youngest first, and then the body.
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopeFuture<'env, Fut: Future> {
        #[pin]
        run: Run<'env, Fut, Fut::Output, Cancelled>,
    }
}

pin_project! {
    /// Future of [`try_scope`](super::try_scope).
    ///
    /// Dropping it drops every child, the youngest first, and then the body.
    #[must_use = "futures do nothing unless polled"]
    pub struct TryScopeFuture<'env, Fut: Future, T, E> {
        #[pin]
        run: Run<'env, Fut, T, E>,
    }
}

pin_project! {
    /// The children stand before the body, because fields are dropped in this
    /// order.
    struct Run<'env, Fut: Future, T, E> {
        owner: Owner<'env, E>,
        #[pin]
        body: Option<Fut>,
        split: fn(Fut::Output) -> Result<T, E>,
        value: Option<T>,
        limit: Option<Limit<E>>,
    }
}

/// A deadline, and what error it comes to.
struct Limit<E> {
    sleep: Sleep,
    elapsed: bool,
    error: fn(Cancelled) -> E,
}

/// Who owns a scope owns its children.
struct Owner<'env, E> {
    core: Rc<Core<'env, E>>,
}

impl<E> Drop for Owner<'_, E> {
    fn drop(&mut self) {
        let dropped = self.core.drop_children();
        self.core.close();
        match dropped {
            Err(payload) if thread::panicking() => {
                core::report(payload);
            }
            Err(payload) => resume_unwind(payload),
            Ok(()) => {}
        }
    }
}

impl<'env, Fut: Future> ScopeFuture<'env, Fut> {
    pub(super) fn new(core: Rc<Core<'env, Cancelled>>, body: Fut) -> Self {
        ScopeFuture { run: Run::new(core, body, Ok) }
    }

    /// Gives the scope so much time from now, and no more: then everything
    /// below is dropped, and the scope returns [`Cancelled::Elapsed`], also if
    /// its body had its value and only children were left.
    ///
    /// Body and children are polled first: who is ready counts, however late.
    ///
    /// ```
    /// use onecook::{scope, scope::Cancelled};
    /// use std::time::Duration;
    /// # onecook::block_on(async {
    /// let forever = scope(async |s| {
    ///     s.spawn(onecook::future::pending::<()>()).await.unwrap();
    /// });
    /// let ended = forever.timeout(Duration::from_millis(5)).await;
    /// assert_eq!(ended, Err(Cancelled::Elapsed));
    /// # });
    /// ```
    #[doc(alias = "move_on_after")]
    #[doc(alias = "fail_after")]
    pub fn timeout(self, duration: Duration) -> Self {
        self.deadline(after(duration))
    }

    /// Gives the scope until `deadline`. See [`timeout`](Self::timeout).
    ///
    /// ```
    /// use onecook::{future, scope, scope::Cancelled, time::Instant};
    /// use std::time::Duration;
    /// # onecook::block_on(async {
    /// let soon = Instant::now() + Duration::from_millis(5);
    /// let forever = scope(async |_| future::pending::<()>().await);
    /// let ended = forever.deadline(soon).await;
    /// assert_eq!(ended, Err(Cancelled::Elapsed));
    /// # });
    /// ```
    #[doc(alias = "move_on_at")]
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.run.limit = Some(Limit::new(deadline, |cancelled| cancelled));
        self
    }
}

impl<'env, Fut, T, E> TryScopeFuture<'env, Fut, T, E>
where
    Fut: Future<Output = Result<T, E>>,
{
    pub(super) fn new(core: Rc<Core<'env, E>>, body: Fut) -> Self {
        TryScopeFuture { run: Run::new(core, body, |result| result) }
    }

    /// Gives the scope so much time from now. See [`ScopeFuture::timeout`];
    /// the error is made of [`Cancelled::Elapsed`].
    ///
    /// ```
    /// use std::{io, time::Duration};
    /// # onecook::block_on(async {
    /// let forever = onecook::try_scope(async |s| {
    ///     s.spawn(onecook::future::pending::<io::Result<()>>()).await.ok();
    ///     Ok(())
    /// });
    /// let ended = forever.timeout(Duration::from_millis(5)).await;
    /// assert_eq!(ended.unwrap_err().first.kind(), io::ErrorKind::TimedOut);
    /// # });
    /// ```
    pub fn timeout(self, duration: Duration) -> Self
    where
        E: From<Cancelled>,
    {
        self.deadline(after(duration))
    }

    /// Gives the scope until `deadline`. See [`ScopeFuture::timeout`].
    ///
    /// ```
    /// use onecook::{future, time::Instant, try_scope};
    /// use std::{io, time::Duration};
    /// # onecook::block_on(async {
    /// let soon = Instant::now() + Duration::from_millis(5);
    /// let forever =
    ///     try_scope(async |_| future::pending::<io::Result<()>>().await);
    /// let ended = forever.deadline(soon).await;
    /// assert_eq!(ended.unwrap_err().first.kind(), io::ErrorKind::TimedOut);
    /// # });
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self
    where
        E: From<Cancelled>,
    {
        self.run.limit = Some(Limit::new(deadline, E::from));
        self
    }
}

impl<Fut: Future> Future for ScopeFuture<'_, Fut> {
    type Output = Result<Fut::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let run = self.project().run;
        run.poll(cx, "ScopeFuture").map_err(|error| error.first)
    }
}

impl<Fut, T, E> Future for TryScopeFuture<'_, Fut, T, E>
where
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<T, ScopeError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().run.poll(cx, "TryScopeFuture")
    }
}

impl<E> Limit<E> {
    fn new(deadline: Instant, error: fn(Cancelled) -> E) -> Limit<E> {
        Limit { sleep: sleep_until(deadline), elapsed: false, error }
    }

    /// Looks at the clock, also when those below have used the budget up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<E> {
        let lifted = budget::is_exhausted().then(budget::lift);
        let polled = Pin::new(&mut self.sleep).poll(cx);
        if let Some(saved) = lifted {
            budget::restore(saved);
        }
        self.elapsed = polled.is_ready();
        polled.map(|()| (self.error)(Cancelled::Elapsed))
    }
}

impl<'env, Fut: Future, T, E> Run<'env, Fut, T, E> {
    fn new(
        core: Rc<Core<'env, E>>,
        body: Fut,
        split: fn(Fut::Output) -> Result<T, E>,
    ) -> Self {
        let (owner, body) = (Owner { core }, Some(body));
        Run { owner, body, split, value: None, limit: None }
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        name: &str,
    ) -> Poll<Result<T, ScopeError<E>>> {
        let core = self.owner.core.clone();
        let is_over = core.stage() == Stage::Closed;
        assert!(!is_over, "`{name}` polled after it was done");
        let polled = core.begin_poll(cx);
        if let Err(payload) = self.as_mut().poll_round(cx) {
            self.end_by_panic(payload);
        }
        if core.stage() == Stage::Open {
            let over = self.body.is_none() && core.living() == 0;
            let waits = !over && self.as_mut().poll_limit(cx).is_pending();
            // The timer drops a waker, and that may have cancelled the scope.
            if waits && core.stage() == Stage::Open {
                return Poll::Pending;
            }
        }
        if let Err(payload) = self.as_mut().drop_everything() {
            resume_unwind(payload);
        }
        drop(polled);
        Poll::Ready(self.take_result())
    }

    /// Whoever was woken has a turn, until the scope is cancelled.
    fn poll_round(
        mut self: Pin<&mut Self>,
        cx: &Context<'_>,
    ) -> Result<(), Panic> {
        let core = self.owner.core.clone();
        while !core.is_stopped() {
            let Some(turn) = core.children().next_turn(cx) else { break };
            match turn.place() {
                BODY if self.body.is_some() => self.as_mut().poll_body(turn)?,
                _ => core.poll_child(turn)?,
            }
        }
        Ok(())
    }

    /// The body's turn. When it has ended, nothing is left of it.
    fn poll_body(self: Pin<&mut Self>, turn: Turn) -> Result<(), Panic> {
        let mut this = self.project();
        let core = &this.owner.core;
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Ok(());
        };
        let mut cx = turn.context();
        let poll = catch_unwind(AssertUnwindSafe(|| body.poll(&mut cx)));
        drop(turn);
        let Poll::Ready(output) = poll? else { return Ok(()) };
        core.children().remove(BODY);
        catch_unwind(AssertUnwindSafe(|| this.body.set(None)))?;
        match (this.split)(output) {
            Ok(value) => *this.value = Some(value),
            Err(error) => core.fail(error),
        }
        Ok(())
    }

    fn poll_limit(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let Some(limit) = this.limit else { return Poll::Pending };
        let error = ready!(limit.poll(cx));
        this.owner.core.cancel(error);
        Poll::Ready(())
    }

    /// The children, then the body.
    fn drop_everything(self: Pin<&mut Self>) -> Result<(), Panic> {
        let mut this = self.project();
        let core = &this.owner.core;
        let children = core.drop_children();
        let body = catch_unwind(AssertUnwindSafe(|| this.body.set(None)));
        core.close();
        match (children, body) {
            (Err(first), Err(second)) => {
                core::report(second);
                Err(first)
            }
            (children, body) => children.and(body),
        }
    }

    fn end_by_panic(self: Pin<&mut Self>, first: Panic) -> ! {
        if let Err(second) = self.drop_everything() {
            core::report(second);
        }
        resume_unwind(first)
    }

    /// An error counts more than a value; so does a deadline. A value counts
    /// more than a cancel.
    fn take_result(self: Pin<&mut Self>) -> Result<T, ScopeError<E>> {
        let this = self.project();
        let (errors, stopped) = this.owner.core.take_errors();
        let mut errors = errors.into_iter();
        if let Some(first) = errors.next() {
            return Err(ScopeError { first, others: errors.collect() });
        }
        let elapsed = this.limit.as_ref().is_some_and(|it| it.elapsed);
        match (this.value.take(), stopped) {
            (None, Some(first)) => Err(ScopeError { first, others: vec![] }),
            (Some(_), Some(first)) if elapsed => {
                Err(ScopeError { first, others: vec![] })
            }
            (Some(value), _) => Ok(value),
            (None, None) => unreachable!("a scope ends for a reason"),
        }
    }
}

impl<Fut: Future> fmt::Debug for ScopeFuture<'_, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeFuture({:?})", self.run.owner.core)
    }
}

impl<Fut: Future, T, E> fmt::Debug for TryScopeFuture<'_, Fut, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TryScopeFuture({:?})", self.run.owner.core)
    }
}
