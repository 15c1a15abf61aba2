//! The context of this thread: which reactor is entered, who is polled, who
//! wakes.
//!
//! A future is polled with nothing but a `std::task::Context`, so whatever
//! else it needs to know lives in thread-locals: the reactor that it registers
//! its socket or timer with, and the [`Tag`] of the task it belongs to.
//!
//! Every access is a `try_with`: a waker may be used while the thread's locals
//! are being destroyed, and then there simply is no context.
//!
//! Next: `budget.rs`, how long one poll may go on.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use crate::budget;
use crate::reactor::Reactor;

/// A number by which the floor above names whoever is polled.
///
/// To the reactor it is opaque: it notes the tag beside each waiter, so that a
/// dump can say which task waits for which socket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

impl Tag {
    /// Nobody: code that runs outside any poll.
    pub const NONE: Tag = Tag(u64::MAX);
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Tag::NONE => f.write_str("Tag(none)"),
            Tag(number) => write!(f, "Tag({number})"),
        }
    }
}

/// Who is waking: what a wake that happens now would be blamed on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WokenBy {
    /// A task, from inside its own poll or from a value it dropped.
    Task(Tag),
    /// The reactor: a socket became ready.
    Socket,
    /// The reactor: a timer fired.
    Timer,
    /// Another thread, through the inbox.
    Thread,
    /// This thread, outside any poll and any turn.
    Outside,
}

/// What is true of the poll that runs now. Side by side, because every poll
/// writes them.
struct PollContext {
    polled: Cell<Tag>,
    budget: Cell<u32>,
}

thread_local! {
    static POLL: PollContext = const {
        PollContext {
            polled: Cell::new(Tag::NONE),
            budget: Cell::new(budget::UNLIMITED),
        }
    };
    static WAKING: Cell<WokenBy> = const { Cell::new(WokenBy::Outside) };
    static ENTERED: RefCell<Option<Rc<Reactor>>> = const { RefCell::new(None) };
    static LIVING: RefCell<Vec<Weak<Reactor>>> =
        const { RefCell::new(Vec::new()) };
}

/// A reactor of this thread, by number.
///
/// Sockets and timers hold this instead of an `Rc<Reactor>`: it prints as one
/// short word in a debugger, and it keeps no reactor alive. It cannot leave
/// its thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReactorId {
    number: u64,
    not_send: PhantomData<*const ()>,
}

impl ReactorId {
    pub(crate) fn new(number: u64) -> ReactorId {
        ReactorId { number, not_send: PhantomData }
    }

    /// The reactor of that number, or `None` once it is gone.
    #[must_use]
    #[inline]
    pub fn reactor(self) -> Option<Rc<Reactor>> {
        let entered = ENTERED.try_with(|entered| {
            let entered = entered.borrow();
            entered.as_ref().filter(|entered| entered.id() == self).cloned()
        });
        entered.ok().flatten().or_else(|| self.another_of_this_thread())
    }

    #[cold]
    fn another_of_this_thread(self) -> Option<Rc<Reactor>> {
        LIVING.try_with(|living| self.find(&living.borrow())).ok()?
    }

    fn find(self, living: &[Weak<Reactor>]) -> Option<Rc<Reactor>> {
        living.iter().filter_map(Weak::upgrade).find(|it| it.id() == self)
    }
}

impl fmt::Debug for ReactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReactorId({})", self.number)
    }
}

/// Makes a reactor findable by its [`ReactorId`].
pub(crate) fn add_living(reactor: &Rc<Reactor>) {
    let _ = LIVING.try_with(|living| {
        let mut living = living.borrow_mut();
        living.retain(|other| other.strong_count() > 0);
        living.push(Rc::downgrade(reactor));
    });
}

/// The reactor entered last on this thread, if any.
#[must_use]
pub fn current() -> Option<Rc<Reactor>> {
    ENTERED.try_with(|entered| entered.borrow().clone()).ok()?
}

/// The reactor entered on this thread.
///
/// # Panics
///
/// When none is entered: sockets and timers need one.
#[track_caller]
pub(crate) fn expect_current(what: &str) -> Rc<Reactor> {
    current().unwrap_or_else(|| {
        panic!(
            "{what} needs a running runtime: create it inside \
             `onecook::block_on(..)` or inside a task"
        )
    })
}

/// Restores the reactor that was entered before. Made by [`Reactor::enter`].
#[must_use = "the reactor is left as soon as this guard is dropped"]
pub struct Entered {
    previous: Option<Rc<Reactor>>,
}

pub(crate) fn enter(reactor: Rc<Reactor>) -> Entered {
    Entered { previous: replace_entered(Some(reactor)) }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = replace_entered(self.previous.take());
        drop(left); // the borrow of the thread-local is over by now
    }
}

fn replace_entered(next: Option<Rc<Reactor>>) -> Option<Rc<Reactor>> {
    ENTERED.try_with(|entered| entered.replace(next)).ok()?
}

/// Who is polled now, [`Tag::NONE`] outside any poll.
#[must_use]
#[inline]
pub fn polled() -> Tag {
    POLL.try_with(|poll| poll.polled.get()).unwrap_or(Tag::NONE)
}

/// A poll of `tag` begins, with a fresh budget. The executor's own loop says
/// so; it is never inside another poll, so [`end_poll`] restores nothing.
#[inline]
pub fn begin_poll(tag: Tag) {
    let _ = POLL.try_with(|poll| {
        poll.polled.set(tag);
        poll.budget.set(budget::BUDGET);
    });
}

/// The poll is over: nobody is polled.
#[inline]
pub fn end_poll() {
    let _ = POLL.try_with(|poll| {
        poll.polled.set(Tag::NONE);
        poll.budget.set(budget::UNLIMITED);
    });
}

/// Changes what is left of the budget; returns what was.
#[inline]
pub(crate) fn replace_budget(left: u32) -> u32 {
    let replaced = POLL.try_with(|poll| poll.budget.replace(left));
    replaced.unwrap_or(budget::UNLIMITED)
}

/// What is left of the budget.
#[inline]
pub(crate) fn budget_left() -> u32 {
    let left = POLL.try_with(|poll| poll.budget.get());
    left.unwrap_or(budget::UNLIMITED)
}

#[inline]
fn replace_polled(tag: Tag) -> Tag {
    let replaced = POLL.try_with(|poll| poll.polled.replace(tag));
    replaced.unwrap_or(Tag::NONE)
}

/// Whom a wake that happens now comes from.
#[must_use]
pub fn woken_by() -> WokenBy {
    match polled() {
        Tag::NONE => WAKING.try_with(Cell::get).unwrap_or(WokenBy::Outside),
        tag => WokenBy::Task(tag),
    }
}

/// User code that runs on behalf of a task, though not in a poll of it: its
/// `Drop`. It may happen inside another poll, so what was before is restored.
#[must_use = "it is over as soon as this guard is dropped"]
pub struct Polling {
    previous: Tag,
    budget: budget::Saved,
}

/// Says that code runs on behalf of `tag` until the guard is dropped.
pub fn polling(tag: Tag) -> Polling {
    Polling { previous: replace_polled(tag), budget: budget::reset() }
}

impl Drop for Polling {
    fn drop(&mut self) {
        replace_polled(self.previous);
        budget::restore(self.budget);
    }
}

/// A poll inside a poll: a scope polls its child. The budget stays that of the
/// task, and so does whatever is left of it.
#[must_use = "it is over as soon as this guard is dropped"]
pub struct PollingChild {
    previous: Tag,
}

/// Says that `tag` is polled until the guard is dropped, on the budget of
/// whoever is polled now.
#[inline]
pub fn polling_child(tag: Tag) -> PollingChild {
    PollingChild { previous: replace_polled(tag) }
}

impl Drop for PollingChild {
    #[inline]
    fn drop(&mut self) {
        replace_polled(self.previous);
    }
}

/// Blames the wakes of the guard's lifetime on `who`, restored when dropped.
#[must_use = "the blame is lifted as soon as this guard is dropped"]
pub struct Waking {
    previous: WokenBy,
}

/// Says that wakes come from `who` until the guard is dropped. To be called
/// where nobody is polled: a task that is would be blamed instead.
#[inline]
pub fn waking(who: WokenBy) -> Waking {
    let previous = WAKING.try_with(|waking| waking.replace(who));
    Waking { previous: previous.unwrap_or(WokenBy::Outside) }
}

impl Drop for Waking {
    fn drop(&mut self) {
        let _ = WAKING.try_with(|waking| waking.set(self.previous));
    }
}
