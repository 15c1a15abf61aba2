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

thread_local! {
    static POLLED: Cell<Tag> = const { Cell::new(Tag::NONE) };
    static WAKING: Cell<WokenBy> = const { Cell::new(WokenBy::Outside) };
    static ENTERED: RefCell<Option<Rc<Reactor>>> = const { RefCell::new(None) };
    static LIVING: RefCell<Vec<Weak<Reactor>>> = const { RefCell::new(Vec::new()) };
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
    pub fn reactor(self) -> Option<Rc<Reactor>> {
        current().filter(|entered| entered.id() == self).or_else(|| {
            LIVING.try_with(|living| self.find(&living.borrow())).ok()?
        })
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
pub fn polled() -> Tag {
    POLLED.try_with(Cell::get).unwrap_or(Tag::NONE)
}

/// Whom a wake that happens now comes from.
#[must_use]
pub fn woken_by() -> WokenBy {
    match polled() {
        Tag::NONE => WAKING.try_with(Cell::get).unwrap_or(WokenBy::Outside),
        tag => WokenBy::Task(tag),
    }
}

/// One poll, from begin to end: names who is polled, grants a fresh budget,
/// and restores what was before when dropped (runtimes may nest).
#[must_use = "the poll is over as soon as this guard is dropped"]
pub struct Polling {
    previous: Tag,
    budget: budget::Saved,
}

/// Says that `tag` is polled until the guard is dropped.
pub fn polling(tag: Tag) -> Polling {
    let previous = POLLED.try_with(|polled| polled.replace(tag));
    Polling { previous: previous.unwrap_or(Tag::NONE), budget: budget::reset() }
}

impl Drop for Polling {
    fn drop(&mut self) {
        let _ = POLLED.try_with(|polled| polled.set(self.previous));
        budget::restore(self.budget);
    }
}

/// Blames the wakes of the guard's lifetime on `who`, restored when dropped.
#[must_use = "the blame is lifted as soon as this guard is dropped"]
pub struct Waking {
    previous: WokenBy,
    polled: Tag,
}

/// Says that wakes come from `who` until the guard is dropped.
pub fn waking(who: WokenBy) -> Waking {
    let previous = WAKING.try_with(|waking| waking.replace(who));
    let polled = POLLED.try_with(|polled| polled.replace(Tag::NONE));
    Waking {
        previous: previous.unwrap_or(WokenBy::Outside),
        polled: polled.unwrap_or(Tag::NONE),
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        let _ = WAKING.try_with(|waking| waking.set(self.previous));
        let _ = POLLED.try_with(|polled| polled.set(self.polled));
    }
}
