//! A family: one parent's children, with their wakers and who was woken.
//!
//! Families stand in a list of their thread, so that a child's waker finds its
//! own, and so that the diagnosis finds all: a child that is pending while
//! nobody holds its waker is as lost as a task would be.
//!
//! Next: `slots.rs`, where the children lie.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::task::Waker;

use slab::Slab;

use super::Size;
use super::child_waker::{ChildWaker, Mailbox};

/// Nodes kept for children to come, in families that rest.
const SPARE_NODES: usize = 16 * 1024;

/// Families that rest are sorted by how many nodes they have: 1, 2 or 3, 4 to
/// 7, and so on.
const SIZES: usize = 15;

thread_local! {
    static FAMILIES: Families = const { Families::new() };
}

/// The families of this thread.
struct Families {
    all: RefCell<Slab<Rc<Family>>>,
    resting: RefCell<[Vec<Rc<Family>>; SIZES]>,
    spare_nodes: Cell<usize>,
}

/// One parent's children.
pub(super) struct Family {
    kind: Cell<&'static str>,
    state: RefCell<State>,
    /// Whether a wake of the parent is needless: it was woken, is in its poll
    /// right now, or had an answer and will ask again by itself.
    notified: Cell<bool>,
    /// The parent's waker, as this thread needs it.
    parent: RefCell<Option<Waker>>,
    /// Counts whatever makes a waker of the parent that was taken out stale.
    parent_epoch: Cell<u64>,
    /// As other threads need it.
    mailbox: Arc<Mailbox>,
}

#[derive(Default)]
struct State {
    nodes: Vec<Node>,
    /// The first so many places are taken, except the vacant ones.
    taken: usize,
    vacant: Vec<usize>,
    woken: VecDeque<usize>,
    /// How many of the woken are still to be polled in this poll.
    left: usize,
}

/// A child's waker as its family holds it, twice: to look into it, and to poll
/// the child with. So a poll clones nothing.
struct Node {
    child: Arc<ChildWaker>,
    /// `None` while the child is polled.
    waker: Option<Waker>,
    alive: bool,
}

impl Node {
    fn new(place: usize, mailbox: &Arc<Mailbox>) -> Node {
        let child = Arc::new(ChildWaker::new(place, mailbox.clone()));
        let waker = Some(Waker::from(child.clone()));
        Node { child, waker, alive: false }
    }

    /// How many wakers of this child there are outside the family.
    fn wakers_outside(&self) -> usize {
        let own = 1 + usize::from(self.waker.is_some());
        Arc::strong_count(&self.child).saturating_sub(own)
    }

    /// Whether nobody else holds it, so that it can serve again.
    #[inline]
    fn is_free(&self) -> bool {
        let alone = self.wakers_outside() == 0;
        fence(Ordering::Acquire); // with the release of the last one dropped
        alone
    }

    /// The child is over. If somebody still holds a waker of it, the node is
    /// left to them, and the place gets a new one.
    #[inline]
    fn end(&mut self, mailbox: &Arc<Mailbox>) {
        self.alive = false;
        if !self.is_free() {
            self.child.retire();
            *self = Node::new(self.child.place(), mailbox);
        }
    }
}

/// Wakes a child if its family is of this thread. `false`: it is not.
#[inline]
pub(super) fn wake_own(child: &Arc<ChildWaker>) -> bool {
    let found = FAMILIES.try_with(|families| {
        let all = families.all.borrow();
        let family = all.get(child.mailbox().family)?;
        if !Arc::ptr_eq(&family.mailbox, child.mailbox()) {
            return None;
        }
        let first = child.set_queued() && family.push(child.place());
        Some(first.then(|| family.clone()))
    });
    let Ok(Some(found)) = found else { return false };
    if let Some(family) = found {
        family.wake_parent();
    }
    true
}

/// A family for a parent's children.
pub(super) fn lend(kind: &'static str, size: Size) -> Rc<Family> {
    let family = FAMILIES.with(|families| {
        let resting = families.take_resting(size);
        resting.unwrap_or_else(|| families.new_family())
    });
    family.kind.set(kind);
    family
}

/// The parent is gone, and so are its children.
pub(super) fn give_back(family: Rc<Family>) {
    family.end();
    let _ = FAMILIES.try_with(|families| families.rest(family));
}

impl Families {
    const fn new() -> Families {
        Families {
            all: RefCell::new(Slab::new()),
            resting: RefCell::new([const { Vec::new() }; SIZES]),
            spare_nodes: Cell::new(0),
        }
    }

    fn new_family(&self) -> Rc<Family> {
        let mut all = self.all.borrow_mut();
        let entry = all.vacant_entry();
        let mailbox = Arc::new(Mailbox::new(entry.key()));
        let family = Rc::new(Family {
            kind: Cell::new(""),
            state: RefCell::default(),
            notified: Cell::new(false),
            parent: RefCell::default(),
            parent_epoch: Cell::new(0),
            mailbox,
        });
        entry.insert(family.clone());
        family
    }

    fn take_resting(&self, size: Size) -> Option<Rc<Family>> {
        let mut resting = self.resting.borrow_mut();
        let family = match size {
            Size::Fixed(count) => resting[size_class(count)].pop(),
            Size::Growing => resting.iter_mut().rev().find_map(Vec::pop),
        }?;
        let nodes = family.state.borrow().nodes.len();
        self.spare_nodes.set(self.spare_nodes.get() - nodes);
        Some(family)
    }

    fn rest(&self, family: Rc<Family>) {
        let nodes = family.state.borrow().nodes.len();
        if self.spare_nodes.get() + nodes > SPARE_NODES || nodes == 0 {
            self.all.borrow_mut().remove(family.mailbox.family);
            family.mailbox.close();
            return;
        }
        self.spare_nodes.set(self.spare_nodes.get() + nodes);
        self.resting.borrow_mut()[size_class(nodes)].push(family);
    }
}

fn size_class(nodes: usize) -> usize {
    (nodes.max(1).ilog2() as usize).min(SIZES - 1)
}

/// The children.
impl Family {
    pub(super) fn start(&self, count: usize, first: usize) {
        let state = &mut *self.state.borrow_mut();
        state.make_room(count, &self.mailbox);
        state.taken = count;
        for node in &mut state.nodes[..count] {
            node.alive = true;
            node.child.set_queued();
        }
        state.woken.extend(first..count);
        state.woken.extend(0..first);
    }

    /// One more, to be polled; the parent is woken.
    pub(super) fn add(&self) -> usize {
        let mut state = self.state.borrow_mut();
        let place = state.take_place(&self.mailbox);
        let node = &mut state.nodes[place];
        node.alive = true;
        node.child.set_queued();
        drop(state);
        if self.push(place) {
            self.wake_parent();
        }
        place
    }

    /// A child is over. If it stands in `woken`, its place is free only once
    /// that entry was met, or a newcomer would stand there twice.
    #[inline]
    pub(super) fn remove(&self, place: usize) {
        let state = &mut *self.state.borrow_mut();
        let node = &mut state.nodes[place];
        let was_queued = node.child.is_queued();
        node.end(&self.mailbox);
        if !was_queued {
            state.vacant.push(place);
        }
    }

    /// All children are over.
    fn end(&self) {
        self.state.borrow_mut().end(&self.mailbox);
        self.parent_epoch.set(self.parent_epoch.get() + 1);
        self.notified.set(false);
        let parent = self.parent.take();
        drop(parent); // user code, with nothing borrowed
        self.mailbox.collect(None);
    }
}

impl State {
    fn take_place(&mut self, mailbox: &Arc<Mailbox>) -> usize {
        if let Some(place) = self.vacant.pop() {
            return place;
        }
        self.taken += 1;
        self.make_room(self.taken, mailbox);
        self.taken - 1
    }

    fn make_room(&mut self, count: usize, mailbox: &Arc<Mailbox>) {
        for place in self.nodes.len()..count {
            self.nodes.push(Node::new(place, mailbox));
        }
    }

    fn end(&mut self, mailbox: &Arc<Mailbox>) {
        for node in &mut self.nodes[..self.taken] {
            if node.alive {
                node.end(mailbox);
            }
            node.child.clear_queued();
        }
        self.woken.clear();
        self.vacant.clear();
        (self.taken, self.left) = (0, 0);
    }

    /// The next of those who were woken before this poll.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.left > 0 {
            self.left -= 1;
            let place = self.woken.pop_front()?;
            if self.nodes[place].alive {
                return Some(place);
            }
            self.nodes[place].child.clear_queued();
            self.vacant.push(place);
        }
        None
    }
}

/// Waking.
impl Family {
    /// Puts a child into `woken`. Whether the parent is to be woken now.
    #[inline]
    fn push(&self, place: usize) -> bool {
        self.state.borrow_mut().woken.push_back(place);
        !self.notified.replace(true)
    }

    /// Wakes the parent by a waker that is out of its place meanwhile: it may
    /// be anybody's, and do what it likes.
    fn wake_parent(&self) {
        let epoch = self.parent_epoch.get();
        let Some(parent) = self.parent.take() else { return };
        parent.wake_by_ref();
        if self.parent_epoch.get() == epoch {
            let displaced = self.parent.replace(Some(parent));
            drop(displaced);
        }
    }

    /// A letter from another thread: that child was woken.
    fn receive(&self, child: &Arc<ChildWaker>) {
        let mut state = self.state.borrow_mut();
        let node = state.nodes.get(child.place());
        if !node.is_some_and(|it| it.alive && Arc::ptr_eq(&it.child, child)) {
            return;
        }
        child.clear_notified();
        if child.set_queued() {
            state.woken.push_back(child.place());
        }
    }
}

/// The parent's poll.
impl Family {
    #[inline]
    pub(super) fn begin_poll(&self, newest: &Waker) {
        self.hush();
        let knows = self.knows(newest);
        if !knows || self.mailbox.has_letters() {
            self.collect(newest, knows);
        }
        let state = &mut *self.state.borrow_mut();
        state.left = state.woken.len();
    }

    fn knows(&self, newest: &Waker) -> bool {
        let parent = self.parent.borrow();
        parent.as_ref().is_some_and(|parent| parent.will_wake(newest))
    }

    /// Leaves the newest waker, here and for other threads, and reads what
    /// these sent.
    fn collect(&self, newest: &Waker, knows: bool) {
        if !knows {
            self.parent_epoch.set(self.parent_epoch.get() + 1);
            let newest = newest.clone();
            let before = self.parent.replace(Some(newest));
            drop(before); // user code, with nothing borrowed
        }
        for child in self.mailbox.collect(Some(newest.clone())) {
            self.receive(&child);
        }
    }

    #[inline]
    pub(super) fn has_next(&self) -> bool {
        self.state.borrow().left > 0
    }

    #[inline]
    pub(super) fn next(&self) -> Option<usize> {
        self.state.borrow_mut().next()
    }

    /// Whoever is woken from here on need not wake the parent.
    #[inline]
    pub(super) fn hush(&self) {
        self.notified.set(true);
    }

    /// The parent has seen all, and will wait: from here on it wants to be
    /// woken. `false`: there are some already, who were woken meanwhile.
    #[inline]
    pub(super) fn rest(&self) -> bool {
        let nobody = self.state.borrow().woken.is_empty();
        self.notified.set(!nobody);
        nobody
    }

    /// A child shall have another turn, in the parent's next poll.
    #[inline]
    pub(super) fn again(&self, place: usize) {
        let state = &mut *self.state.borrow_mut();
        let node = &state.nodes[place];
        if node.alive && node.child.set_queued() {
            state.woken.push_back(place);
        }
    }

    #[inline]
    pub(super) fn begin_turn(&self, place: usize) -> Option<Waker> {
        let node = &mut self.state.borrow_mut().nodes[place];
        node.child.clear_queued();
        node.waker.take()
    }

    /// Takes the waker back, unless the place is another's by now.
    #[inline]
    pub(super) fn end_turn(&self, place: usize, waker: Option<Waker>) {
        let mut state = self.state.borrow_mut();
        let slot = &mut state.nodes[place].waker;
        let stale =
            if slot.is_none() { mem::replace(slot, waker) } else { waker };
        drop(state);
        drop(stale);
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        let alive = state.nodes.iter().filter(|node| node.alive).count();
        f.debug_struct("Children")
            .field("of", &self.kind.get())
            .field("alive", &alive)
            .field("woken", &state.woken)
            .finish()
    }
}
