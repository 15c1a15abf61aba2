//! Structured concurrency: children that end before their scope does.
//!
//! A task that is spawned goes its own way: whoever forgets its handle has
//! lost it. A scope is a place for children that has an end, and nothing
//! begun inside goes on behind it. So children may borrow whatever lives
//! longer than the scope.
//!
//! ```
//! use onecook::scope;
//!
//! async fn fry(egg: &str) -> String {
//!     onecook::yield_now().await;
//!     format!("{egg}, fried")
//! }
//!
//! onecook::block_on(async {
//!     let eggs = vec!["A".to_owned(), "B".to_owned()];
//!     let plates = scope(async |s| {
//!         let a = s.spawn(fry(&eggs[0])); // no clone, no `Rc`
//!         let b = s.spawn(fry(&eggs[1]));
//!         [a.await.unwrap(), b.await.unwrap()]
//!     });
//!     assert_eq!(plates.await.unwrap(), ["A, fried", "B, fried"]);
//!     drop(eggs); // nobody borrows them any more
//! });
//! ```
//!
//! # What a scope promises
//!
//! - **When it returns, everything below is over.** Its future ends when the
//!   body *and* every child have ended, those spawned by children too.
//! - **Cancellation goes down.** Dropping the scope's future, or
//!   [`cancel`](Scope::cancel), or a deadline, drops every child and the
//!   body, before it returns. The order is that of the locals of a block: the
//!   youngest first. So whoever was spawned is dropped before whoever spawned
//!   it, and the body comes last.
//! - **Errors go up.** In a [`try_scope`] the first error of a child, or of
//!   the body, cancels all the others and is what the scope returns, with
//!   those that came at the same time. A panic does the same in any scope.
//!
//! The model is the nursery of Python's trio.
//!
//! ```text
//!             body ended,        last child ended
//!   Open ──────────────────────────────────────────▶ Closed
//!     │                                                ▲
//!     └── error, panic, cancel, deadline ──▶ Ending ───┘
//!                                      (all are dropped)
//! ```
//!
//! # What children are
//!
//! Futures that the scope's own future polls, each with a waker of its own, so
//! that only those are polled that were woken. They are not tasks of the
//! executor, and run inside the task that awaits the scope, on its budget. But
//! they have numbers, names and spawn sites as tasks have, and the dump, the
//! trace and the debugger show them.
//!
//! Beside [`spawn`](crate::spawn) that means: a child of a scope may borrow,
//! and cannot be forgotten; a task may outlive whoever spawned it.
//!
//! # Writing the body
//!
//! `async |s| { .. }` is the short way; what children use of the surroundings
//! is borrowed. In `|s| async move { .. }` everything is moved into the body,
//! and what is moved into the body cannot be borrowed by a child, which may
//! outlive the body by a moment: give the body references.
//!
//! ```
//! # onecook::block_on(async {
//! let orders = vec![2, 3];
//! let orders = &orders; // the body gets the reference
//! let eggs = onecook::scope(|s| async move {
//!     let first = s.spawn(async move { orders[0] });
//!     let second = s.spawn(async move { orders[1] });
//!     first.await.unwrap() + second.await.unwrap()
//! });
//! assert_eq!(eggs.await.unwrap(), 5);
//! # });
//! ```
//!
//! Next: `core.rs`, what a scope and its handles share.

mod core;
mod child;
mod run;
mod handle;
mod error;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use onecook_reactor::time::Instant;

pub use error::{Cancelled, ScopeError};
pub use handle::ScopedHandle;
pub use run::{ScopeFuture, TryScopeFuture};

use self::core::Core;

/// Runs `body` and the children that it spawns, and ends when all have ended.
///
/// Children may borrow what lives longer than the scope; see the [module's
/// documentation](self).
///
/// ```
/// # onecook::block_on(async {
/// let mut plates = onecook::scope(async |s| {
///     let eggs = ["A", "B"].map(|egg| s.spawn(async move { egg }));
///     let mut plates = Vec::new();
///     for egg in eggs {
///         plates.push(egg.await.unwrap());
///     }
///     plates
/// });
/// assert_eq!(plates.await.unwrap(), ["A", "B"]);
/// # });
/// ```
///
/// # Errors
///
/// [`Cancelled`] if the scope was cancelled before the body had its value, or
/// if its deadline passed.
///
/// # Panics
///
/// With the panic of the body or of a child, after all the others were
/// dropped. The panic's text, if it is text, names the child.
///
/// # Cancel safety
///
/// Dropping the future drops the body and every child, and with them what
/// they have not finished.
#[doc(alias = "nursery")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "coroutineScope")]
#[doc(alias = "thread::scope")]
pub fn scope<'env, F, Fut>(body: F) -> ScopeFuture<'env, Fut>
where
    F: FnOnce(Scope<'env>) -> Fut,
    Fut: Future,
{
    let core = Core::open();
    let body = body(Scope { core: core.clone() });
    ScopeFuture::new(core, body)
}

/// Runs `body` and the children that it spawns, until all have ended or one
/// has failed: then all the others are cancelled.
///
/// ```
/// # onecook::block_on(async {
/// let fried = onecook::try_scope(async |s| {
///     let _forgotten = s.spawn(std::future::pending::<Result<(), _>>());
///     let raw = s.spawn(async { "twelve".parse::<u32>() });
///     s.spawn(async { "12".parse::<u32>() }).await.unwrap();
///     raw.await.unwrap(); // never gets further than this
///     Ok(())
/// });
/// let error = fried.await.unwrap_err();
/// assert_eq!(error.first.to_string(), "invalid digit found in string");
/// assert!(error.others.is_empty());
/// # });
/// ```
///
/// # Errors
///
/// [`ScopeError`]: the first error in time, of a child or of the body, and
/// with it all that came before the cancel was complete: whoever was woken
/// before still has its turn, and may fail in it too.
///
/// # Panics
///
/// As [`scope`].
///
/// # Cancel safety
///
/// As [`scope`].
#[doc(alias = "nursery")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "errgroup")]
pub fn try_scope<'env, F, Fut, T, E>(body: F) -> TryScopeFuture<'env, Fut, T, E>
where
    F: FnOnce(TryScope<'env, E>) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let core = Core::open();
    let body = body(TryScope { core: core.clone() });
    TryScopeFuture::new(core, body)
}

/// The way to spawn children into a [`scope()`]. Clones lead to the same one.
///
/// ```
/// use onecook::scope::{Scope, scope};
///
/// // A function that spawns into its caller's scope says so.
/// fn fry_all<'env>(s: &Scope<'env>, eggs: &'env [&'env str]) {
///     for egg in eggs {
///         drop(s.spawn_named(*egg, onecook::yield_now()));
///     }
/// }
/// # onecook::block_on(async {
/// let eggs = ["A", "B"];
/// scope(async |s| fry_all(&s, &eggs)).await.unwrap();
/// # });
/// ```
pub struct Scope<'env> {
    core: Rc<Core<'env, Cancelled>>,
}

impl<'env> Scope<'env> {
    /// Spawns a child. It begins at the scope's next poll.
    ///
    /// Dropping the handle detaches the child within the scope: it goes on,
    /// and the scope waits for it all the same.
    ///
    /// While the scope is being cancelled, the future is dropped at once, and
    /// the handle answers "cancelled".
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let egg = onecook::scope(async |s| {
    ///     let inner = s.clone(); // children may spawn too
    ///     let child = s.spawn(async move {
    ///         inner.spawn(async { "fried" }).await.unwrap()
    ///     });
    ///     child.await.unwrap()
    /// });
    /// assert_eq!(egg.await.unwrap(), "fried");
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// If the scope is over; the future is dropped.
    #[doc(alias = "start_soon")]
    #[doc(alias = "create_task")]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> ScopedHandle<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        self.core.spawn(future, Ok, None, Location::caller())
    }

    /// Spawns a child with a name: dumps, reports and traces call it by that.
    /// See [`spawn`](Scope::spawn).
    ///
    /// ```
    /// # onecook::block_on(onecook::scope(async |s| {
    /// let egg = s.spawn_named("egg A", async { "fried" });
    /// assert!(onecook::dump().contains("'egg A'"));
    /// assert_eq!(egg.await.unwrap(), "fried");
    /// # })).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// If the scope is over; the future is dropped.
    #[track_caller]
    pub fn spawn_named<F>(
        &self,
        name: impl Into<String>,
        future: F,
    ) -> ScopedHandle<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        let name = Some(Rc::new(name.into()));
        self.core.spawn(future, Ok, name, Location::caller())
    }

    /// Ends the scope from inside: nobody below is polled any more, except
    /// for the poll that calls this; then all are dropped.
    ///
    /// If the body has its value by then, that is what the scope returns, so
    /// a body may cancel its children and go home. If not, the scope returns
    /// [`Cancelled`]. (In trio's words: the body is cancelled at its next
    /// checkpoint, and `cancelled_caught` tells.)
    ///
    /// Nothing happens if the scope is over.
    ///
    /// ```
    /// use onecook::scope::Cancelled;
    /// # onecook::block_on(async {
    /// let first = onecook::scope(async |s| {
    ///     drop(s.spawn(onecook::future::pending::<()>()));
    ///     s.cancel();
    ///     "the body has its value"
    /// });
    /// assert_eq!(first.await, Ok("the body has its value"));
    ///
    /// let waits = onecook::scope(async |s| {
    ///     s.cancel();
    ///     onecook::future::pending::<()>().await;
    /// });
    /// assert_eq!(waits.await, Err(Cancelled::ByCall));
    /// # });
    /// ```
    #[doc(alias = "cancel_scope")]
    #[doc(alias = "abort_all")]
    pub fn cancel(&self) {
        self.core.cancel(Cancelled::ByCall);
    }

    /// How many children have not ended.
    ///
    /// ```
    /// # onecook::block_on(onecook::scope(async |s| {
    /// assert_eq!(s.children(), 0);
    /// let egg = s.spawn(async {});
    /// assert_eq!(s.children(), 1);
    /// egg.await.unwrap();
    /// assert_eq!(s.children(), 0);
    /// # })).unwrap();
    /// ```
    #[must_use]
    pub fn children(&self) -> usize {
        self.core.living()
    }
}

impl Clone for Scope<'_> {
    fn clone(&self) -> Self {
        Scope { core: self.core.clone() }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({:?})", self.core)
    }
}

/// The way to spawn children into a [`try_scope`]. Clones lead to the same
/// one.
///
/// ```
/// use std::num::ParseIntError;
/// use onecook::scope::{TryScope, try_scope};
///
/// fn parse_all<'env>(
///     s: &TryScope<'env, ParseIntError>,
///     texts: &'env [&'env str],
/// ) {
///     for text in texts {
///         drop(s.spawn(async move { text.parse::<u32>() }));
///     }
/// }
/// # onecook::block_on(async {
/// let texts = ["1", "one", "2"];
/// let parsed = try_scope(async |s| {
///     parse_all(&s, &texts);
///     Ok(())
/// });
/// assert!(parsed.await.is_err());
/// # });
/// ```
pub struct TryScope<'env, E> {
    core: Rc<Core<'env, E>>,
}

impl<'env, E> TryScope<'env, E> {
    /// Spawns a child that may fail. If it does, all the others are cancelled,
    /// and its error is the scope's.
    ///
    /// The handle answers with what is in the `Ok`, so there is one place for
    /// the error, and that is the scope. See [`Scope::spawn`] for the rest.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let sum = onecook::try_scope(async |s| {
    ///     let one = s.spawn(async { "1".parse::<u32>() });
    ///     Ok(one.await.unwrap() + "2".parse::<u32>()?)
    /// });
    /// assert_eq!(sum.await.unwrap(), 3);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// If the scope is over; the future is dropped.
    #[doc(alias = "start_soon")]
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> ScopedHandle<T>
    where
        F: Future<Output = Result<T, E>> + 'env,
        T: 'env,
        E: 'env,
    {
        self.core.spawn(future, |result| result, None, Location::caller())
    }

    /// [`spawn`](TryScope::spawn) with a name.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let sum = onecook::try_scope(async |s| {
    ///     let one = s.spawn_named("one", async { "1".parse::<u32>() });
    ///     Ok(one.await.unwrap() + 2)
    /// });
    /// assert_eq!(sum.await.unwrap(), 3);
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// If the scope is over; the future is dropped.
    #[track_caller]
    pub fn spawn_named<F, T>(
        &self,
        name: impl Into<String>,
        future: F,
    ) -> ScopedHandle<T>
    where
        F: Future<Output = Result<T, E>> + 'env,
        T: 'env,
        E: 'env,
    {
        let name = Some(Rc::new(name.into()));
        self.core.spawn(future, |result| result, name, Location::caller())
    }

    /// Spawns a child that cannot fail: whatever it returns is a value, also
    /// if that is a `Result`.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let text = onecook::try_scope(async |s| {
    ///     let name = s.spawn_infallible(async { "egg" });
    ///     s.spawn(async { "1".parse::<u32>() }).await.unwrap();
    ///     Ok(name.await.unwrap())
    /// });
    /// assert_eq!(text.await.unwrap(), "egg");
    /// # });
    /// ```
    ///
    /// # Panics
    ///
    /// If the scope is over; the future is dropped.
    #[track_caller]
    pub fn spawn_infallible<F>(&self, future: F) -> ScopedHandle<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
        E: 'env,
    {
        self.core.spawn(future, Ok, None, Location::caller())
    }

    /// Ends the scope from inside, as [`Scope::cancel`] does. If neither the
    /// body's value nor an error is there, the scope's error is made of
    /// [`Cancelled::ByCall`]. To end it with another error, let a child or
    /// the body return that.
    ///
    /// ```
    /// use std::io;
    /// # onecook::block_on(async {
    /// let ended = onecook::try_scope(async |s| {
    ///     s.cancel();
    ///     onecook::future::pending::<io::Result<()>>().await
    /// });
    /// let error = ended.await.unwrap_err();
    /// assert_eq!(error.first.kind(), io::ErrorKind::Interrupted);
    /// # });
    /// ```
    pub fn cancel(&self)
    where
        E: From<Cancelled>,
    {
        self.core.cancel(Cancelled::ByCall.into());
    }

    /// How many children have not ended. See [`Scope::children`].
    ///
    /// ```
    /// # onecook::block_on(onecook::try_scope(async |s| {
    /// let egg = s.spawn(async { "1".parse::<u32>() });
    /// assert_eq!(s.children(), 1);
    /// egg.await.unwrap();
    /// assert_eq!(s.children(), 0);
    /// # Ok(())
    /// # })).unwrap();
    /// ```
    #[must_use]
    pub fn children(&self) -> usize {
        self.core.living()
    }
}

impl<E> Clone for TryScope<'_, E> {
    fn clone(&self) -> Self {
        TryScope { core: self.core.clone() }
    }
}

impl<E> fmt::Debug for TryScope<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TryScope({:?})", self.core)
    }
}

/// When the time of a scope is over.
fn after(duration: Duration) -> Instant {
    Instant::now().saturating_add(duration)
}
