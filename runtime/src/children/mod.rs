//! The futures that one future polls, each with a waker of its own.
//!
//! A future with many children must not poll them all whenever one of them is
//! woken: a thousand children that end one by one would cost half a million
//! polls. So each child gets a waker that remembers *which* child it woke, and
//! the parent polls those, in the order in which they were woken.
//!
//! ```text
//!   a child's wake()  own thread:    flag, push to `woken`, wake the parent
//!                     other thread:  flag, letter to the family, parent
//!                                                                  │
//!   parent's poll:    begin_poll ──▶ next ──▶ turn ──▶ poll ──┐    │
//!                         ▲           ▲                       │    │
//!                         │           └───────────────────────┘    │
//!                         └────────────────────────────────────────┘
//! ```
//!
//! This is the executor in small: `join`, `race`, `merge`, the collections
//! and the scopes are each an executor of their children.
//!
//! The wakers' nodes are recycled, together with what belongs to them, so that
//! in steady state a combinator takes nothing from the allocator for them.
//! Nothing is borrowed, and no lock is held, while a child is polled or a
//! waker of somebody else is woken, cloned or dropped.
//!
//! Next: `child_waker.rs`, what a child's `wake()` does.

mod census;
mod child_waker;
mod family;
mod slots;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Waker};

use onecook_reactor::budget;

pub(crate) use census::{Census, Person};
use family::Family;
pub(crate) use family::{
    Identity, any_is_lost, census, census_work, set_reported,
};
pub(crate) use slots::Slots;

/// The children of one future. They are known by their places: 0, 1, 2 ...
///
/// It belongs to one thread, and so does whatever holds it.
pub(crate) struct Children {
    /// Lent at the first poll, or when the first child is added.
    family: OnceCell<Rc<Family>>,
    kind: &'static str,
}

/// How many children there will be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// So many, and no more.
    Fixed(usize),
    /// They come and go.
    Growing,
}

/// Making.
impl Children {
    /// No children yet. `kind` is what reports call their parent, such as
    /// "join".
    pub(crate) const fn new(kind: &'static str) -> Children {
        Children { family: OnceCell::new(), kind }
    }

    /// `count` children, all to be polled, in a circle that begins at `first`.
    /// Does nothing if there are some already.
    #[inline]
    pub(crate) fn start(&mut self, count: usize, first: usize) {
        if self.family.get().is_none() && count > 0 {
            self.lend(Size::Fixed(count)).start(count, first);
        }
    }

    /// One more child, to be polled. Its place may have been another's, who
    /// is gone. If its parent waits for a wake, it is woken.
    pub(crate) fn add(&self) -> usize {
        let place = self.reserve(None);
        self.wake(place);
        place
    }

    /// A place for one more child, which is polled only after a
    /// [`wake`](Children::wake).
    pub(crate) fn reserve(&self, identity: Option<Identity>) -> usize {
        let family = match self.family.get() {
            Some(family) => family,
            None => self.lend(Size::Growing),
        };
        family.reserve(identity)
    }

    /// Has a child polled. Its parent is woken: user code.
    pub(crate) fn wake(&self, place: usize) {
        if let Some(family) = self.family.get() {
            family.wake(place);
        }
    }

    /// Has the parent polled, if it waits for a wake: user code.
    pub(crate) fn wake_parent(&self) {
        if let Some(family) = self.family.get() {
            family.wake_parent_once();
        }
    }

    #[cold]
    fn lend(&self, size: Size) -> &Rc<Family> {
        self.family.get_or_init(|| family::lend(self.kind, size))
    }

    /// The child is over: its wakers lead nowhere from here on, and its place
    /// is free for another.
    #[inline]
    pub(crate) fn remove(&self, place: usize) {
        if let Some(family) = self.family.get() {
            family.remove(place);
        }
    }

    /// All children are over, and the parent's waker is let go.
    pub(crate) fn end(&self) {
        if let Some(family) = self.family.get() {
            family.end();
        }
    }

    /// Who is to be woken when that child ends; returns who was to be. The
    /// caller wakes or drops it: user code.
    #[must_use = "a waker is woken, or dropped, with nothing borrowed"]
    pub(crate) fn replace_joiner(
        &self,
        place: usize,
        joiner: Option<Waker>,
    ) -> Option<Waker> {
        self.family.get()?.replace_joiner(place, joiner)
    }

    /// Whether that waker is to be woken when that child ends.
    pub(crate) fn joiner_is(&self, place: usize, waker: &Waker) -> bool {
        let family = self.family.get();
        family.is_some_and(|family| family.joiner_is(place, waker))
    }
}

/// Polling.
impl Children {
    /// The parent is polled: it will be woken by that waker.
    #[inline]
    pub(crate) fn begin_poll(&self, cx: &Context<'_>) {
        if let Some(family) = self.family.get() {
            family.begin_poll(cx.waker());
        }
    }

    /// Who is to be polled next. Each of those who were woken before this poll
    /// began comes once; who is woken meanwhile, comes in the next poll.
    ///
    /// When the budget of the poll is used up, the rest come in the next poll
    /// too: they would all answer `Pending`.
    ///
    /// A parent that answers `Pending` has seen `None`: only from then on is it
    /// woken. One that answers `Ready` asks again by itself, or is over, and
    /// until its next poll no child wakes it.
    #[inline]
    pub(crate) fn next(&self, cx: &Context<'_>) -> Option<usize> {
        let family = self.family_with_leave(cx)?;
        family.next().or_else(|| rest(family, cx))
    }

    /// [`next`](Children::next), and their [`turn`](Children::turn).
    #[inline]
    pub(crate) fn next_turn(&self, cx: &Context<'_>) -> Option<Turn<'_>> {
        let family = self.family_with_leave(cx)?;
        let next = family.next_turn().or_else(|| rest(family, cx));
        let (place, waker) = next?;
        Some(Turn { family, place, waker })
    }

    /// The family, unless the budget is used up.
    #[inline]
    fn family_with_leave(&self, cx: &Context<'_>) -> Option<&Family> {
        let family = self.family.get()?;
        if budget::is_exhausted() {
            return no_leave(family, cx);
        }
        Some(family)
    }

    /// No child need wake the parent until it is polled the next time: it is
    /// in its poll already, or about to be dropped.
    #[inline]
    pub(crate) fn hush(&self) {
        if let Some(family) = self.family.get() {
            family.hush();
        }
    }

    /// A child shall have another turn, in the parent's next poll.
    #[inline]
    pub(crate) fn again(&self, place: usize) {
        if let Some(family) = self.family.get() {
            family.again(place);
        }
    }

    /// A child has given what it was asked for, and will have no turn before
    /// [`again`](Children::again), unless it is woken.
    #[inline]
    pub(crate) fn pause(&self, place: usize) {
        if let Some(family) = self.family.get() {
            family.pause(place);
        }
    }

    /// A child's turn: from here on a wake asks for one more.
    #[inline]
    pub(crate) fn turn(&self, place: usize) -> Turn<'_> {
        let family = self.family.get().expect("who has a turn is a child");
        Turn { waker: family.begin_turn(place), family, place }
    }
}

/// The budget is used up: whoever is left comes in the next poll.
#[cold]
fn no_leave<T>(family: &Family, cx: &Context<'_>) -> Option<T> {
    if !family.has_next() {
        return rest(family, cx);
    }
    cx.waker().wake_by_ref();
    None
}

/// There is nobody more: the parent is going to wait, or, if somebody was woken
/// meanwhile, to be polled once more.
#[inline]
fn rest<T>(family: &Family, cx: &Context<'_>) -> Option<T> {
    if !family.rest() {
        cx.waker().wake_by_ref();
    }
    None
}

impl Drop for Children {
    #[inline]
    fn drop(&mut self) {
        if let Some(family) = self.family.take() {
            family::give_back(family);
        }
    }
}

impl fmt::Debug for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family.get() {
            Some(family) => family.fmt(f),
            None => write!(f, "Children({}, not polled)", self.kind),
        }
    }
}

/// A child's waker while the child is polled.
///
/// The family has it back when this is dropped, also by a panic.
#[must_use = "a turn is for polling the child"]
pub(crate) struct Turn<'a> {
    family: &'a Family,
    place: usize,
    waker: Option<Waker>,
}

impl Turn<'_> {
    /// What to poll the child with.
    #[inline]
    pub(crate) fn context(&self) -> Context<'_> {
        let waker = self.waker.as_ref().unwrap_or(Waker::noop());
        Context::from_waker(waker)
    }

    /// Whose turn it is.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    /// It was the last: the child is over, as by
    /// [`remove`](Children::remove).
    #[inline]
    pub(crate) fn was_last(mut self) {
        let waker = self.waker.take();
        self.family.end_last_turn(self.place, waker);
    }
}

impl Drop for Turn<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.waker.is_some() {
            self.family.end_turn(self.place, self.waker.take());
        }
    }
}
