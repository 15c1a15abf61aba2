//! The families of a thread: who is lent, and who rests.
//!
//! A child's waker finds its family here, and the diagnosis finds all: a child
//! that is pending while nobody holds its waker is as lost as a task would be.
//!
//! Its weakness: a family that nobody needs keeps its nodes, 16,384 of them
//! per thread.
//!
//! Next: `census.rs`, who is whose child.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use slab::Slab;

use super::Size;
use super::census::Census;
use super::child_waker::ChildWaker;
use super::family::Family;

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

/// Wakes a child if its family is of this thread. `false`: it is not.
#[inline]
pub(super) fn wake_own(child: &Arc<ChildWaker>) -> bool {
    let found = FAMILIES.try_with(|families| {
        let all = families.all.borrow();
        let family = all.get(child.family())?;
        if !family.is_parent_of(child) {
            return None;
        }
        Some(family.queue(child).then(|| family.clone()))
    });
    match found {
        Ok(Some(None)) => true,
        Ok(Some(Some(family))) => wake_parent(family),
        _ => false,
    }
}

/// Kept out of the way of those who come after the first.
#[inline(never)]
fn wake_parent(family: Rc<Family>) -> bool {
    family.wake_parent();
    drop(family);
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
    family.describe(kind, matches!(size, Size::Growing));
    family
}

/// The parent is gone, and so are its children.
pub(super) fn give_back(family: Rc<Family>) {
    family.end();
    let mut leaving = Some(family);
    let rests = FAMILIES
        .try_with(|families| leaving.take().map(|it| families.rest(it)));
    if let (Err(_), Some(family)) = (rests, leaving) {
        family.close();
    }
}

/// A family has so many new nodes.
#[cold]
pub(super) fn note_new_nodes(count: usize) {
    let _ = FAMILIES
        .try_with(|families| families.nodes.set(families.nodes.get() + count));
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
        let nodes = family.node_count();
        self.spare_nodes.set(self.spare_nodes.get() - nodes);
        Some(family)
    }

    fn rest(&self, family: Rc<Family>) {
        let nodes = family.node_count();
        if self.spare_nodes.get() + nodes > SPARE_NODES || nodes == 0 {
            let removed = self.all.borrow_mut().remove(family.place());
            self.nodes.set(self.nodes.get() - nodes);
            family.close();
            drop(removed);
            return;
        }
        self.spare_nodes.set(self.spare_nodes.get() + nodes);
        self.resting.borrow_mut()[size_class(nodes)].push(family);
    }
}

fn size_class(nodes: usize) -> usize {
    (nodes.max(1).ilog2() as usize).min(SIZES - 1)
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
        all.iter().any(|(_, family)| family.any_is_lost())
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
            family.set_reported(place);
        }
    });
}
