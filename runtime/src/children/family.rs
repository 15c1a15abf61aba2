//! A family: one parent's children, with their wakers and who was woken.
//!
//! Its weakness: the parent's waker is held twice, here for its own thread and
//! in the mailbox for others; that is two clones, and a lock, for a parent
//! that waits for the first time.
//!
//! Next: `families.rs`, where a child's waker finds its own.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::panic::Location;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use super::Turn;
use super::census::{Census, Person};
use super::child_waker::{ChildWaker, Letters};
use super::families;
use super::node::Node;
use super::queue::{Next, Queue};
use crate::task::{TaskName, TaskState};

/// One parent's children.
pub(super) struct Family {
    /// Its place among those of its thread.
    place: usize,
    kind: Cell<&'static str>,
    is_growing: Cell<bool>,
    state: RefCell<State>,
    /// Whether a wake of the parent is needless: it was woken, is in its poll
    /// right now, or had an answer and will ask again by itself.
    notified: Cell<bool>,
    /// What the waker points to by which the parent was polled last. It is
    /// compared, and never followed.
    polled_by: Cell<*const ()>,
    /// The parent's waker, since it waited.
    parent: RefCell<Option<Waker>>,
    /// Counts whatever makes a waker of the parent that was taken out stale.
    parent_epoch: Cell<u64>,
    /// Whether a waker of the parent was left, here and in the mailbox.
    left_waker: Cell<bool>,
    node_count: Cell<usize>,
    /// How many of the children of a fixed number are over.
    over: Cell<usize>,
    letters: Arc<Letters>,
}

#[derive(Default)]
struct State {
    nodes: Vec<Rc<Node>>,
    /// What the children of a scope are called; empty in other families.
    identities: Vec<Option<Identity>>,
    /// The first so many places are taken, except the vacant ones.
    taken: usize,
    vacant: Vec<usize>,
    /// Who was started or woken, each once, the living and the dead.
    queue: Queue,
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

impl Family {
    pub(super) fn new(place: usize) -> Rc<Family> {
        Rc::new(Family {
            place,
            kind: Cell::new(""),
            is_growing: Cell::new(false),
            state: RefCell::default(),
            notified: Cell::new(false),
            polled_by: Cell::new(ptr::null()),
            parent: RefCell::default(),
            parent_epoch: Cell::new(0),
            left_waker: Cell::new(false),
            node_count: Cell::new(0),
            over: Cell::new(0),
            letters: Arc::new(Letters::new()),
        })
    }

    /// What reports call the parent, and whether its children come and go.
    pub(super) fn describe(&self, kind: &'static str, is_growing: bool) {
        self.kind.set(kind);
        self.is_growing.set(is_growing);
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn node_count(&self) -> usize {
        self.node_count.get()
    }

    #[inline]
    pub(super) fn is_parent_of(&self, child: &ChildWaker) -> bool {
        child.is_of(&self.letters)
    }

    #[inline]
    pub(super) fn node(&self, place: usize) -> Rc<Node> {
        self.state.borrow().nodes[place].clone()
    }

    fn make_room(&self, state: &mut State, count: usize) {
        if state.nodes.len() < count {
            self.make_nodes(state, count);
        }
    }

    #[cold]
    fn make_nodes(&self, state: &mut State, count: usize) {
        families::note_new_nodes(count - state.nodes.len());
        for place in state.nodes.len()..count {
            state.nodes.push(self.new_node(place));
        }
        self.node_count.set(count);
    }

    fn new_node(&self, place: usize) -> Rc<Node> {
        let letters = self.letters.clone();
        Node::new(ChildWaker::new(self.place, place, letters))
    }
}

/// The children.
impl Family {
    /// So many children, each to be polled, in a circle from `first`.
    #[inline]
    pub(super) fn start(&self, count: usize, first: usize) {
        let state = &mut *self.state.borrow_mut();
        self.make_room(state, count);
        state.taken = count;
        state.queue.start(count, first);
    }

    /// One more, to be polled.
    #[inline]
    pub(super) fn add(&self) -> usize {
        let state = &mut *self.state.borrow_mut();
        let place = self.take_place(state);
        let node = &state.nodes[place];
        node.begin_queued();
        state.queue.push(place);
        place
    }

    /// A place for one more.
    pub(super) fn reserve(&self, identity: Option<Identity>) -> usize {
        let state = &mut *self.state.borrow_mut();
        let place = self.take_place(state);
        state.nodes[place].begin();
        if identity.is_some() {
            let length = state.identities.len().max(place + 1);
            state.identities.resize_with(length, || None);
            state.identities[place] = identity;
        }
        place
    }

    #[inline]
    fn take_place(&self, state: &mut State) -> usize {
        if let Some(place) = state.vacant.pop() {
            return place;
        }
        state.taken += 1;
        self.make_room(state, state.taken);
        state.taken - 1
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

    pub(super) fn remove(&self, place: usize) {
        self.end_child(&self.node(place));
    }

    /// A child is over. Where they come and go, its place is free.
    #[inline]
    pub(super) fn end_child(&self, node: &Node) {
        if self.is_growing.get() {
            return self.end_and_free_place(node);
        }
        self.over.set(self.over.get() + 1);
        if !node.end() {
            self.replace_node(&mut self.state.borrow_mut(), node.place());
        }
    }

    /// If it is still to be met in the queue, its place is free only then, or
    /// a newcomer would stand there twice.
    #[inline(never)]
    fn end_and_free_place(&self, node: &Node) {
        let was_queued = node.child().is_queued();
        let is_free = node.end();
        let mut state = self.state.borrow_mut();
        if !was_queued {
            state.vacant.push(node.place());
        }
        if !is_free {
            self.replace_node(&mut state, node.place());
        }
        let has_identity = !state.identities.is_empty();
        drop(state);
        if has_identity {
            self.forget_identity(node.place());
        }
    }

    /// A node that is left to others leaves its place to a new one.
    #[cold]
    fn replace_node(&self, state: &mut State, place: usize) {
        state.nodes[place] = self.new_node(place);
    }

    #[cold]
    fn forget_identity(&self, place: usize) {
        let mut state = self.state.borrow_mut();
        let identity = state.identities.get_mut(place).and_then(Option::take);
        drop(state);
        drop(identity); // if it has a joiner still: user code
    }

    /// All children are over.
    #[inline]
    pub(super) fn end(&self) {
        let mut state = self.state.borrow_mut();
        self.end_all(&mut state);
        let has_identities = !state.identities.is_empty();
        drop(state);
        if has_identities {
            self.forget_identities();
        }
        self.notified.set(false);
        self.polled_by.set(ptr::null());
        if self.left_waker.get() || self.letters.has_letters() {
            self.forget_the_parent();
        }
    }

    #[inline]
    fn end_all(&self, state: &mut State) {
        if !self.all_are_over(state) {
            self.end_each(state);
        }
        self.over.set(0);
        state.vacant.clear();
        state.taken = 0;
    }

    /// And nobody stands in the queue.
    #[inline]
    fn all_are_over(&self, state: &State) -> bool {
        let growing = self.is_growing.get();
        let over = if growing { state.vacant.len() } else { self.over.get() };
        over == state.taken && state.queue.is_empty()
    }

    #[inline(never)]
    fn end_each(&self, state: &mut State) {
        for place in 0..state.taken {
            let node = &state.nodes[place];
            if node.end() {
                node.child().clear_queued();
            } else {
                self.replace_node(state, place);
            }
        }
        state.queue.clear();
    }

    #[cold]
    fn forget_identities(&self) {
        let identities = mem::take(&mut self.state.borrow_mut().identities);
        drop(identities); // user code, with nothing borrowed
    }

    #[cold]
    fn forget_the_parent(&self) {
        self.left_waker.set(false);
        self.parent_epoch.set(self.parent_epoch.get() + 1);
        let parent = self.parent.take();
        drop(parent); // user code, with nothing borrowed
        self.letters.collect(None);
    }

    /// It is in no list any more. Letters to it would keep it alive.
    pub(super) fn close(&self) {
        self.letters.close();
    }
}

impl State {
    fn identity(&self, place: usize) -> Option<&Identity> {
        self.identities.get(place)?.as_ref()
    }

    #[inline]
    fn is_anybody_woken(&self) -> bool {
        let Some(front) = self.queue.front() else { return false };
        self.nodes[front].is_alive() || self.is_anybody_woken_after_it()
    }

    #[cold]
    fn is_anybody_woken_after_it(&self) -> bool {
        let mut woken = self.queue.iter();
        woken.any(|place| self.nodes[*place].is_alive())
    }

    /// The next of those who were started or woken before this poll.
    #[inline]
    fn next(&mut self) -> Option<Turn> {
        let (place, is_new) = match self.queue.next()? {
            Next::New(place) => (place, true),
            Next::Woken(place) => (place, false),
        };
        let node = &self.nodes[place];
        if is_new {
            node.begin();
        } else if !node.is_alive() {
            return self.next_after(place);
        }
        Some(Turn { place, node: node.clone() })
    }

    /// Those who were over while they stood in the queue leave their places.
    /// After somebody who was woken comes no newcomer.
    #[cold]
    fn next_after(&mut self, mut dead: usize) -> Option<Turn> {
        loop {
            self.nodes[dead].child().clear_queued();
            self.vacant.push(dead);
            let Next::Woken(place) = self.queue.next()? else { return None };
            let node = &self.nodes[place];
            if node.is_alive() {
                return Some(Turn { place, node: node.clone() });
            }
            dead = place;
        }
    }
}

/// Waking.
impl Family {
    /// Puts a child into the queue. Whether the parent is to be woken now.
    #[inline]
    pub(super) fn queue(&self, child: &ChildWaker) -> bool {
        if !child.set_queued() {
            return false;
        }
        self.state.borrow_mut().queue.push(child.place());
        !self.notified.replace(true)
    }

    /// Has a child polled, and wakes the parent.
    pub(super) fn wake(&self, place: usize) {
        let node = self.node(place);
        if node.is_alive() && self.queue(node.child()) {
            self.wake_parent();
        }
    }

    #[inline]
    pub(super) fn wake_parent_once(&self) {
        if !self.notified.replace(true) {
            self.wake_parent();
        }
    }

    /// Wakes the parent by a waker that is out of its place meanwhile: it may
    /// be anybody's, and do what it likes.
    pub(super) fn wake_parent(&self) {
        let epoch = self.parent_epoch.get();
        let Some(waker) = self.parent.take() else { return };
        let mut call = Call { family: self, waker: Some(waker), epoch };
        if let Some(waker) = &call.waker {
            waker.wake_by_ref();
        }
        call.put_back();
    }

    /// A letter from another thread: that child was woken.
    fn receive(&self, child: &Arc<ChildWaker>) {
        let mut state = self.state.borrow_mut();
        let node = state.nodes.get(child.place());
        if !node
            .is_some_and(|it| it.is_alive() && Arc::ptr_eq(it.child(), child))
        {
            return;
        }
        child.clear_notified();
        if child.set_queued() {
            state.queue.push(child.place());
        }
    }
}

/// The parent is being woken.
struct Call<'a> {
    family: &'a Family,
    waker: Option<Waker>,
    epoch: u64,
}

impl Call<'_> {
    /// Unless the family has another one by now, or needs none. Whether it
    /// does.
    fn put_back(&mut self) -> bool {
        let needed = self.family.parent_epoch.get() == self.epoch;
        if let Some(waker) = self.waker.take().filter(|_| needed) {
            self.family.parent.replace(Some(waker));
        }
        needed
    }
}

/// Reached with a waker only if that panicked: then whoever is woken next
/// tries it again.
impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.waker.is_some() && self.put_back() {
            self.family.notified.set(false);
        }
    }
}

/// The parent's poll.
impl Family {
    #[inline]
    pub(super) fn begin_poll(&self, newest: &Waker) {
        self.hush();
        self.polled_by.set(newest.data());
        if self.letters.has_letters() {
            self.collect(newest);
        }
        self.state.borrow_mut().queue.begin_poll();
    }

    /// Leaves the newest waker, here and for other threads, and reads what
    /// these sent.
    #[cold]
    fn collect(&self, newest: &Waker) {
        self.left_waker.set(true);
        if !self.knows(newest) {
            self.parent_epoch.set(self.parent_epoch.get() + 1);
            let newest = newest.clone();
            let before = self.parent.replace(Some(newest));
            drop(before); // user code, with nothing borrowed
        }
        for child in self.letters.collect(Some(newest.clone())) {
            self.receive(&child);
        }
    }

    #[inline]
    pub(super) fn has_next(&self) -> bool {
        self.state.borrow().queue.has_next()
    }

    /// Whoever is woken from here on need not wake the parent.
    #[inline]
    pub(super) fn hush(&self) {
        self.notified.set(true);
    }

    /// The parent has seen all, and will wait: from here on it wants to be
    /// woken. `false`: there are some already, who were woken meanwhile.
    pub(super) fn rest(&self, parent: &Waker) -> bool {
        if self.state.borrow().is_anybody_woken() {
            return false;
        }
        if !self.knows(parent) || self.letters.has_letters() {
            self.polled_by.set(parent.data());
            self.collect(parent);
            // By a letter; or by the waker, whose code that was.
            if self.state.borrow().is_anybody_woken() {
                return false;
            }
        }
        self.notified.set(false);
        true
    }

    /// Whether that waker lies here. Then it lies in the mailbox too, or a
    /// letter took it, and wakes it.
    #[inline]
    fn knows(&self, newest: &Waker) -> bool {
        let parent = self.parent.borrow();
        parent.as_ref().is_some_and(|parent| parent.will_wake(newest))
    }

    /// A child shall have another turn, in the parent's next poll.
    #[inline]
    pub(super) fn again(&self, node: &Node) {
        if node.is_alive() && node.child().set_queued() {
            self.state.borrow_mut().queue.push(node.place());
        }
    }

    /// Whose turn it is. It begins: from here on a wake asks for one more.
    #[allow(clippy::inline_always)] // else the turn goes through memory
    #[inline(always)]
    pub(super) fn next_turn(&self) -> Option<Turn> {
        let turn = self.state.borrow_mut().next()?;
        turn.node.child().clear_queued();
        Some(turn)
    }
}

/// For the diagnosis.
impl Family {
    pub(super) fn any_is_lost(&self) -> bool {
        let state = self.state.borrow();
        let mut nodes = state.nodes[..state.taken].iter();
        nodes.any(|node| node.is_lost() && !node.was_reported())
    }

    pub(super) fn set_reported(&self, place: usize) {
        self.state.borrow().nodes[place].set_reported();
    }

    /// `None` if it has no children now.
    pub(super) fn count(&self) -> Option<Census> {
        let state = self.state.borrow();
        if state.taken == 0 {
            return None;
        }
        let (parent, polled_by) = (self.parent.borrow(), self.polled_by.get());
        let people = 0..state.taken;
        Some(Census {
            family: self.place,
            kind: self.kind.get(),
            is_growing: self.is_growing.get(),
            parent: (!polled_by.is_null()).then_some(polled_by),
            held: [parent.as_ref().map(Waker::data), self.letters.parent()],
            taken: state.taken,
            people: people.filter_map(|it| state.person(it)).collect(),
        })
    }
}

impl State {
    /// `None` if nobody is there.
    fn state_of(&self, place: usize) -> Option<TaskState> {
        if self.queue.is_new(place) {
            return Some(TaskState::Scheduled);
        }
        let node = &self.nodes[place];
        node.is_alive().then(|| node.state())
    }

    fn alive(&self) -> usize {
        (0..self.taken).filter_map(|it| self.state_of(it)).count()
    }

    fn person(&self, place: usize) -> Option<Person> {
        let state = self.state_of(place)?;
        let node = &self.nodes[place];
        let identity = self.identity(place);
        Some(Person {
            place,
            address: Arc::as_ptr(node.child()).cast(),
            state,
            wakers_outside: node.wakers_outside(),
            is_lost: node.is_lost(),
            reported: node.was_reported(),
            joiner: identity.and_then(|it| it.joiner.as_ref()).map(Waker::data),
            who: identity.map(|it| {
                let name = it.name.clone();
                (it.number, name, it.site)
            }),
        })
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("Children")
            .field("of", &self.kind.get())
            .field("alive", &state.alive())
            .field("woken", &state.queue)
            .finish_non_exhaustive()
    }
}
