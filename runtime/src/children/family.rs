//! A family: one parent's children, with their wakers and who was woken.
//!
//! Families stand in a list of their thread, so that a child's waker finds its
//! own, and so that the diagnosis finds all: a child that is pending while
//! nobody holds its waker is as lost as a task would be.
//!
//! Next: `census.rs`, who is whose child.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::iter;
use std::mem;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::task::Waker;

use slab::Slab;

use super::Size;
use super::census::{Census, Person};
use super::child_waker::{ChildWaker, Mailbox};
use crate::task::{TaskName, TaskState};

/// Nodes kept for children to come, in families that rest.
const SPARE_NODES: usize = 16 * 1024;

/// Families that rest are sorted by how many nodes they have: 1, 2 or 3, 4 to
/// 7, and so on.
const SIZES: usize = 15;

/// The place of a family that has none.
const IN_NO_LIST: usize = usize::MAX;

thread_local! {
    static FAMILIES: Families = const { Families::new() };
}

/// The families of this thread.
struct Families {
    all: RefCell<Slab<Rc<Family>>>,
    resting: RefCell<[Vec<Rc<Family>>; SIZES]>,
    /// In all families, and in those that rest.
    nodes: Cell<usize>,
    spare_nodes: Cell<usize>,
}

/// One parent's children.
pub(super) struct Family {
    kind: Cell<&'static str>,
    is_growing: Cell<bool>,
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
    /// What the children of a scope are called; empty in other families.
    identities: Vec<Option<Identity>>,
    /// The first so many places are taken, except the vacant ones.
    taken: usize,
    vacant: Vec<usize>,
    /// Whether there is one added, who wants a vacant place.
    grows: bool,
    alive: usize,
    /// Who was started and had no turn yet. They come before the woken.
    fresh: Fresh,
    /// Who was woken, a queue of two lists: whoever is woken goes behind the
    /// last of `woken`, and the lists change their places when all of `batch`
    /// had their turn.
    woken: Vec<usize>,
    batch: Vec<usize>,
    had_turn: usize,
    /// How many of them are still to be polled in this poll.
    left: usize,
}

/// A circle of the first places, and how much of it is left.
#[derive(Clone, Copy, Default, Debug)]
struct Fresh {
    count: usize,
    next: usize,
    left: usize,
}

impl Fresh {
    #[inline]
    fn pop(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.next;
        self.next = if place + 1 == self.count { 0 } else { place + 1 };
        Some(place)
    }
}

/// A child's waker as its family holds it, twice: to look into it, and to poll
/// the child with. So a poll clones nothing.
struct Node {
    child: Arc<ChildWaker>,
    /// `None` while the child is polled.
    waker: Option<Waker>,
    alive: bool,
    /// It was reported as lost, once is enough.
    reported: bool,
    /// It has given what it was asked for, and is not asked for more yet:
    /// nobody need hold its waker.
    paused: bool,
}

/// What a child is called, and who awaits it. A child of a scope has this; one
/// of a combinator is called by its place.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) number: u64,
    pub(crate) name: TaskName,
    pub(crate) site: &'static Location<'static>,
    /// Whoever awaits its handle.
    pub(crate) joiner: Option<Waker>,
}

impl Node {
    fn new(place: usize, mailbox: &Arc<Mailbox>) -> Node {
        let child = Arc::new(ChildWaker::new(place, mailbox.clone()));
        let waker = Some(Waker::from(child.clone()));
        Node { child, waker, alive: false, reported: false, paused: false }
    }

    #[inline]
    fn begin_turn(&mut self) -> Option<Waker> {
        self.child.clear_queued();
        self.waker.take()
    }

    /// How many wakers of this child there are outside the family.
    #[inline]
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
        self.paused = false;
        if !self.is_free() {
            self.leave_to_others(mailbox);
        }
    }

    #[cold]
    fn leave_to_others(&mut self, mailbox: &Arc<Mailbox>) {
        self.child.retire();
        *self = Node::new(self.child.place(), mailbox);
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
    let family = FAMILIES.try_with(|families| {
        let resting = families.take_resting(size);
        resting.unwrap_or_else(|| families.new_family())
    });
    // The locals of this thread are gone, and the list with them. A family in
    // no list is woken by letters.
    let family = family.unwrap_or_else(|_| Family::new(IN_NO_LIST));
    family.kind.set(kind);
    family.is_growing.set(matches!(size, Size::Growing));
    family
}

/// How much work a [`census`] is.
pub(crate) fn census_work() -> usize {
    FAMILIES.with(|families| {
        let nodes = families.nodes.get() - families.spare_nodes.get();
        families.all.borrow().len() + nodes
    })
}

/// Whether any child of this thread is pending while nobody holds its waker,
/// and was not reported: a quick look, before a [`census`].
pub(crate) fn any_is_lost() -> bool {
    FAMILIES.with(|families| {
        let all = families.all.borrow();
        all.iter().any(|(_, family)| family.state.borrow().any_is_lost())
    })
}

/// All children of this thread, for the diagnosis.
pub(crate) fn census() -> Vec<Census> {
    FAMILIES.with(|families| {
        let all = families.all.borrow();
        all.iter().filter_map(|(_, family)| family.count()).collect()
    })
}

/// A child was reported as lost.
pub(crate) fn set_reported(family: usize, place: usize) {
    FAMILIES.with(|families| {
        if let Some(family) = families.all.borrow().get(family) {
            family.state.borrow_mut().nodes[place].reported = true;
        }
    });
}

/// The parent is gone, and so are its children.
pub(super) fn give_back(family: Rc<Family>) {
    family.end();
    let mut leaving = Some(family);
    let rests = FAMILIES
        .try_with(|families| leaving.take().map(|it| families.rest(it)));
    if let (Err(_), Some(family)) = (rests, leaving) {
        family.mailbox.close();
    }
}

impl Families {
    const fn new() -> Families {
        Families {
            all: RefCell::new(Slab::new()),
            resting: RefCell::new([const { Vec::new() }; SIZES]),
            nodes: Cell::new(0),
            spare_nodes: Cell::new(0),
        }
    }

    fn new_family(&self) -> Rc<Family> {
        let mut all = self.all.borrow_mut();
        let entry = all.vacant_entry();
        let family = Family::new(entry.key());
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
            let removed = self.all.borrow_mut().remove(family.mailbox.family);
            self.nodes.set(self.nodes.get() - nodes);
            family.mailbox.close();
            drop(removed);
            return;
        }
        self.spare_nodes.set(self.spare_nodes.get() + nodes);
        self.resting.borrow_mut()[size_class(nodes)].push(family);
    }
}

#[cold]
fn note_new_nodes(count: usize) {
    let _ = FAMILIES
        .try_with(|families| families.nodes.set(families.nodes.get() + count));
}

fn size_class(nodes: usize) -> usize {
    (nodes.max(1).ilog2() as usize).min(SIZES - 1)
}

impl Family {
    fn new(place: usize) -> Rc<Family> {
        Rc::new(Family {
            kind: Cell::new(""),
            is_growing: Cell::new(false),
            state: RefCell::default(),
            notified: Cell::new(false),
            parent: RefCell::default(),
            parent_epoch: Cell::new(0),
            mailbox: Arc::new(Mailbox::new(place)),
        })
    }
}

/// The children.
impl Family {
    /// They need not stand in `woken` for their first turn: that is a circle.
    pub(super) fn start(&self, count: usize, first: usize) {
        let state = &mut *self.state.borrow_mut();
        state.make_room(count, &self.mailbox);
        (state.taken, state.alive) = (count, count);
        for node in &mut state.nodes[..count] {
            (node.alive, node.reported) = (true, false);
            node.child.set_queued();
        }
        state.fresh = Fresh { count, next: first, left: count };
    }

    /// A place for one more.
    pub(super) fn reserve(&self, identity: Option<Identity>) -> usize {
        let state = &mut *self.state.borrow_mut();
        state.grow();
        let place = state.take_place(&self.mailbox);
        state.alive += 1;
        state.nodes[place].alive = true;
        state.nodes[place].reported = false;
        if identity.is_some() {
            let length = state.identities.len().max(place + 1);
            state.identities.resize_with(length, || None);
            state.identities[place] = identity;
        }
        place
    }

    /// Has a child polled, and wakes the parent.
    pub(super) fn wake(&self, place: usize) {
        let state = self.state.borrow();
        let node = &state.nodes[place];
        let queue = node.alive && node.child.set_queued();
        drop(state);
        if queue && self.push(place) {
            self.wake_parent();
        }
    }

    pub(super) fn joiner_is(&self, place: usize, waker: &Waker) -> bool {
        let state = self.state.borrow();
        let joiner = state.identity(place).and_then(|it| it.joiner.as_ref());
        joiner.is_some_and(|joiner| joiner.will_wake(waker))
    }

    pub(super) fn replace_joiner(
        &self,
        place: usize,
        joiner: Option<Waker>,
    ) -> Option<Waker> {
        let mut state = self.state.borrow_mut();
        match state.identities.get_mut(place) {
            Some(Some(it)) => mem::replace(&mut it.joiner, joiner),
            _ => joiner, // it is over
        }
    }

    #[inline]
    pub(super) fn remove(&self, place: usize) {
        let mut state = self.state.borrow_mut();
        let identity = state.remove(place, &self.mailbox);
        drop(state);
        drop(identity); // if it has a joiner still: user code
    }

    /// All children are over.
    pub(super) fn end(&self) {
        let mut state = self.state.borrow_mut();
        state.end(&self.mailbox);
        let identities = mem::take(&mut state.identities);
        drop(state);
        drop(identities); // user code, with nothing borrowed
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
        if self.nodes.len() < count {
            note_new_nodes(count - self.nodes.len());
        }
        for place in self.nodes.len()..count {
            self.nodes.push(Node::new(place, mailbox));
        }
    }

    /// One is added for the first time: from here on it matters which places
    /// are vacant.
    fn grow(&mut self) {
        if self.grows {
            return;
        }
        self.grows = true;
        let alive = |node: &Node| node.alive;
        let mut taken: Vec<bool> =
            self.nodes[..self.taken].iter().map(alive).collect();
        let mut fresh = self.fresh;
        let queued = self.batch[self.had_turn..].iter().chain(&self.woken);
        let fresh = iter::from_fn(|| fresh.pop());
        for place in queued.copied().chain(fresh) {
            taken[place] = true;
        }
        self.vacant = (0..self.taken).filter(|it| !taken[*it]).collect();
    }

    /// A child is over. If it is still to be met among the fresh or the woken,
    /// its place is free only then, or a newcomer would stand there twice.
    #[inline]
    fn remove(
        &mut self,
        place: usize,
        mailbox: &Arc<Mailbox>,
    ) -> Option<Identity> {
        let node = &mut self.nodes[place];
        let was_queued = node.child.is_queued();
        node.end(mailbox);
        self.alive -= 1;
        if self.grows && !was_queued {
            self.vacant.push(place);
        }
        self.identities.get_mut(place)?.take()
    }

    fn identity(&self, place: usize) -> Option<&Identity> {
        self.identities.get(place)?.as_ref()
    }

    fn end(&mut self, mailbox: &Arc<Mailbox>) {
        let all_met = self.fresh.left == 0 && !self.is_any_left();
        if self.alive > 0 || !all_met {
            self.end_each(mailbox);
        }
        self.woken.clear();
        self.batch.clear();
        self.vacant.clear();
        self.fresh = Fresh::default();
        self.grows = false;
        (self.taken, self.alive) = (0, 0);
        (self.had_turn, self.left) = (0, 0);
    }

    fn end_each(&mut self, mailbox: &Arc<Mailbox>) {
        for node in &mut self.nodes[..self.taken] {
            if node.alive {
                node.end(mailbox);
            }
            node.child.clear_queued();
        }
    }

    /// A poll begins: whoever was woken has a turn in it. If some were left
    /// over from the last, they come first.
    #[inline]
    fn begin_poll(&mut self) {
        self.left = self.batch.len() - self.had_turn + self.woken.len();
    }

    #[inline]
    fn has_next(&self) -> bool {
        self.fresh.left > 0 || self.left > 0
    }

    /// Whether some of the woken are still to be met, the living or the dead.
    #[inline]
    fn is_any_left(&self) -> bool {
        self.had_turn < self.batch.len() || !self.woken.is_empty()
    }

    #[inline]
    fn is_anybody_woken(&self) -> bool {
        let left = self.batch[self.had_turn..].iter().chain(&self.woken);
        self.is_any_left() && left.into_iter().any(|it| self.nodes[*it].alive)
    }

    /// The next of those who were started or woken before this poll.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            let place = match self.fresh.pop() {
                Some(place) => place,
                None => self.next_of_batch()?,
            };
            if self.nodes[place].alive {
                return Some(place);
            }
            self.nodes[place].child.clear_queued();
            if self.grows {
                self.vacant.push(place);
            }
        }
    }

    #[inline]
    fn next_of_batch(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        if self.had_turn == self.batch.len() {
            self.batch.clear();
            mem::swap(&mut self.batch, &mut self.woken);
            self.had_turn = 0;
        }
        let place = *self.batch.get(self.had_turn)?;
        self.had_turn += 1;
        Some(place)
    }
}

/// Waking.
impl Family {
    /// Puts a child into `woken`. Whether the parent is to be woken now.
    #[inline]
    fn push(&self, place: usize) -> bool {
        self.state.borrow_mut().woken.push(place);
        !self.notified.replace(true)
    }

    pub(super) fn wake_parent_once(&self) {
        if !self.notified.replace(true) {
            self.wake_parent();
        }
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
            state.woken.push(child.place());
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
        self.state.borrow_mut().begin_poll();
    }

    #[inline]
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
        self.state.borrow().has_next()
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
        let nobody = !self.state.borrow().is_anybody_woken();
        self.notified.set(!nobody);
        nobody
    }

    /// A child shall have another turn, in the parent's next poll.
    #[inline]
    pub(super) fn again(&self, place: usize) {
        let state = &mut *self.state.borrow_mut();
        let node = &mut state.nodes[place];
        node.paused = false;
        if node.alive && node.child.set_queued() {
            state.woken.push(place);
        }
    }

    /// A child has given what it was asked for: it is not lost, though it
    /// asked nobody to wake it.
    #[inline]
    pub(super) fn pause(&self, place: usize) {
        self.state.borrow_mut().nodes[place].paused = true;
    }

    #[inline]
    pub(super) fn begin_turn(&self, place: usize) -> Option<Waker> {
        self.state.borrow_mut().nodes[place].begin_turn()
    }

    /// `next` and `begin_turn` in one.
    #[inline]
    pub(super) fn next_turn(&self) -> Option<(usize, Option<Waker>)> {
        let state = &mut *self.state.borrow_mut();
        let place = state.next()?;
        Some((place, state.nodes[place].begin_turn()))
    }

    /// `end_turn` and `remove` in one.
    #[inline]
    pub(super) fn end_last_turn(&self, place: usize, waker: Option<Waker>) {
        let mut state = self.state.borrow_mut();
        state.nodes[place].waker = waker;
        let identity = state.remove(place, &self.mailbox);
        drop(state);
        drop(identity); // if it has a joiner still: user code
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

/// For the diagnosis.
impl Family {
    /// `None` if it has no children now.
    fn count(&self) -> Option<Census> {
        let state = self.state.borrow();
        if state.taken == 0 {
            return None;
        }
        let parent = self.parent.borrow();
        let people = 0..state.taken;
        Some(Census {
            family: self.mailbox.family,
            kind: self.kind.get(),
            is_growing: self.is_growing.get(),
            parent: parent.as_ref().map(Waker::data),
            parent_elsewhere: self.mailbox.parent(),
            taken: state.taken,
            people: people.filter_map(|it| state.person(it)).collect(),
        })
    }
}

impl State {
    fn any_is_lost(&self) -> bool {
        let mut nodes = self.nodes[..self.taken].iter();
        nodes.any(|node| node.is_lost() && !node.reported)
    }

    fn person(&self, place: usize) -> Option<Person> {
        let node = self.nodes.get(place).filter(|node| node.alive)?;
        let identity = self.identity(place);
        Some(Person {
            place,
            address: Arc::as_ptr(&node.child).cast(),
            state: node.state(),
            wakers_outside: node.wakers_outside(),
            is_lost: node.is_lost(),
            reported: node.reported,
            joiner: identity.and_then(|it| it.joiner.as_ref()).map(Waker::data),
            who: identity.map(|it| {
                let name = it.name.clone();
                (it.number, name, it.site)
            }),
        })
    }
}

impl Node {
    fn state(&self) -> TaskState {
        match &self.waker {
            None => TaskState::Running,
            Some(_) if self.child.is_queued() => TaskState::Scheduled,
            Some(_) => TaskState::Idle,
        }
    }

    /// A letter of another thread holds a waker until it is received.
    fn is_lost(&self) -> bool {
        self.alive
            && !self.paused
            && self.state() == TaskState::Idle
            && self.wakers_outside() == 0
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("Children")
            .field("of", &self.kind.get())
            .field("alive", &state.alive)
            .field("fresh", &state.fresh.left)
            .field("batch", &&state.batch[state.had_turn..])
            .field("woken", &state.woken)
            .finish_non_exhaustive()
    }
}
