//! The futures that one future polls, each with a waker of its own.
//!
//! A future with many children must not poll them all whenever one of them is
//! woken: a thousand children that end one by one would cost half a million
//! polls. So each child gets a waker that remembers *which* child it woke, and
//! the parent polls those, in the order in which they were woken.
//!
//! ```text
//!   a child's wake()  own thread:    flag, into the queue, wake the parent
//!                     other thread:  flag, letter to the family, parent
//!                                                                  │
//!   parent's poll:    begin_poll ──▶ next_turn ──▶ poll ──┐        │
//!                         ▲              ▲                │        │
//!                         │              └────────────────┤        │
//!                         │                   nobody left ▼        │
//!                         └────────────────────────── rest ◀───────┘
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
mod families;
mod family;
mod mailbox;
mod node;
mod queue;
mod slots;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Waker};

use onecook_reactor::budget;

pub(crate) use census::{Census, Person};
pub(crate) use families::{any_is_lost, census, census_work, set_reported};
use family::Family;
pub(crate) use family::Identity;
use node::Node;
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
            let family = families::lend(self.kind, Size::Fixed(count));
            family.start(count, first);
            self.family = OnceCell::from(family);
        }
    }

    /// One more child, to be polled. Its place may have been another's, who
    /// is gone. Its parent may wait for a wake:
    /// [`wake_parent`](Children::wake_parent), once the child is there.
    #[inline]
    pub(crate) fn add(&self) -> usize {
        self.growing().add()
    }

    /// A place for one more child, which is polled only after a
    /// [`wake`](Children::wake).
    pub(crate) fn reserve(&self, identity: Option<Identity>) -> usize {
        self.growing().reserve(identity)
    }

    #[inline]
    fn growing(&self) -> &Rc<Family> {
        match self.family.get() {
            Some(family) => family,
            None => self.lend_growing(),
        }
    }

    /// Has a child polled. Its parent is woken: user code.
    pub(crate) fn wake(&self, place: usize) {
        if let Some(family) = self.family.get() {
            family.wake(place);
        }
    }

    /// Has the parent polled, if it waits for a wake: user code.
    #[inline]
    pub(crate) fn wake_parent(&self) {
        if let Some(family) = self.family.get() {
            family.wake_parent_once();
        }
    }

    #[cold]
    fn lend_growing(&self) -> &Rc<Family> {
        let lend = || families::lend(self.kind, Size::Growing);
        self.family.get_or_init(lend)
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

    /// Whose turn it is. Each of those who were woken before this poll began
    /// comes once; who is woken meanwhile, comes in the next poll.
    ///
    /// When the budget of the poll is used up, the rest come in the next poll
    /// too: they would all answer `Pending`.
    ///
    /// A parent that answers `Pending` has seen `None`: only from then on is it
    /// woken. One that answers `Ready` asks again by itself, or is over, and
    /// until its next poll no child wakes it.
    #[allow(clippy::inline_always)] // else the turn goes through memory
    #[inline(always)]
    pub(crate) fn next_turn(&self, cx: &Context<'_>) -> Option<Turn> {
        let family = self.family_with_leave(cx)?;
        let turn = family.next_turn();
        if turn.is_none() {
            rest(family, cx);
        }
        turn
    }

    /// Whether a child that kept its turn may go on. `false`: the budget is
    /// used up, and the parent is woken.
    #[inline]
    pub(crate) fn has_leave(cx: &Context<'_>) -> bool {
        let has_leave = !budget::is_exhausted();
        if !has_leave {
            cx.waker().wake_by_ref();
        }
        has_leave
    }

    /// It was a child's last turn: the child is over, as by
    /// [`remove`](Children::remove).
    #[inline]
    pub(crate) fn end_last(&self, turn: &Turn) {
        if let Some(family) = self.family.get() {
            family.end_child(&turn.node);
        }
    }

    /// It was not a child's last turn: it shall have another one, as by
    /// [`again`](Children::again).
    #[inline]
    pub(crate) fn again_after(&self, turn: &Turn) {
        if let Some(family) = self.family.get() {
            family.again(&turn.node);
        }
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

    /// The parent is going to wait: from here on it is woken.
    #[inline]
    pub(crate) fn rest(&self, cx: &Context<'_>) {
        if let Some(family) = self.family.get() {
            rest(family, cx);
        }
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
            family.again(&family.node(place));
        }
    }
}

/// The budget is used up: whoever is left comes in the next poll.
#[cold]
fn no_leave<T>(family: &Family, cx: &Context<'_>) -> Option<T> {
    if family.has_next() {
        cx.waker().wake_by_ref();
    } else {
        rest(family, cx);
    }
    None
}

/// There is nobody more: the parent is going to wait, or, if somebody was woken
/// meanwhile, to be polled once more. Kept out of the way to the next turn.
#[inline(never)]
fn rest(family: &Family, cx: &Context<'_>) {
    if !family.rest(cx.waker()) {
        cx.waker().wake_by_ref();
    }
}

impl Drop for Children {
    #[inline]
    fn drop(&mut self) {
        if let Some(family) = self.family.take() {
            families::give_back(family);
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

/// A child's turn: from here on a wake asks for one more. As long as it is
/// kept, nobody takes the child for one that waits.
#[must_use = "a turn is for polling the child"]
pub(crate) struct Turn {
    // Not asked of the node: the future is looked up by it, and a processor
    // that knows it at once need not wait for the node.
    place: usize,
    node: Rc<Node>,
}

impl Turn {
    /// What to poll the child with.
    #[inline]
    pub(crate) fn context(&self) -> Context<'_> {
        Context::from_waker(self.node.waker())
    }

    /// Whose turn it is.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        self.place
    }
}
