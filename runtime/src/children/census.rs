//! The census: who is whose child, for the diagnosis.
//!
//! It is taken before the runtime sleeps, and for a dump; a look at it, unlike
//! one at a family, borrows nothing.
//!
//! Next: `slots.rs`, where the children lie.

use std::panic::Location;

use crate::task::{TaskName, TaskState};

/// One family.
#[derive(Debug)]
pub(crate) struct Census {
    /// Its number on this thread.
    pub(crate) family: usize,
    /// What its parent is called: `join`, or `scope`.
    pub(crate) kind: &'static str,
    /// Whether children come and go.
    pub(crate) is_growing: bool,
    /// What the waker points to by which the parent was polled last: a task,
    /// or a child of another family. `None` before the first poll.
    pub(crate) parent: Option<*const ()>,
    /// What those wakers of the parent point to that the family holds, for
    /// this thread and for others.
    pub(crate) held: [Option<*const ()>; 2],
    /// How many places there are.
    pub(crate) taken: usize,
    /// The children that are not over.
    pub(crate) people: Vec<Person>,
}

/// One child.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) place: usize,
    /// What its wakers point to.
    pub(crate) address: *const (),
    pub(crate) state: TaskState,
    /// How many wakers of it there are outside the family.
    pub(crate) wakers_outside: usize,
    /// Pending, and nobody holds its waker.
    pub(crate) is_lost: bool,
    /// And that was reported.
    pub(crate) reported: bool,
    /// What the waker of whoever awaits it points to.
    pub(crate) joiner: Option<*const ()>,
    /// A child of a scope: number, name and where it was spawned.
    pub(crate) who: Option<(u64, TaskName, &'static Location<'static>)>,
}
