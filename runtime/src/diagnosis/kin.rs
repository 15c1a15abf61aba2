//! Whose children those are: the families of this runtime's tasks.
//!
//! A family knows the waker of its parent, which is a task or a child of
//! another family. So the wakers tell the tree. Families whose parent is
//! neither are none of ours: another runtime's on this thread, or of a future
//! that is polled by hand.
//!
//! Next: `deadlock.rs`, when nobody is left to wake anybody.

use std::collections::HashMap;
use std::task::Waker;

use onecook_reactor::context::Tag;

use crate::children::{self, Census, Person};
use crate::executor::{Executor, id_of};
use crate::join_error::Who;
use crate::task::TaskId;

/// Whom a waker wakes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Task(TaskId),
    /// The family's and the child's places in `Kin::families`.
    Child(usize, usize),
}

/// The children of one runtime's tasks.
pub(super) struct Kin {
    pub(super) families: Vec<Census>,
    owners: HashMap<*const (), Owner>,
}

impl Kin {
    pub(super) fn of(executor: &Executor) -> Kin {
        let mut kin =
            Kin { families: children::census(), owners: HashMap::new() };
        kin.add_tasks(executor);
        let tasks = kin.owners.clone();
        kin.add_children();
        let families = 0..kin.families.len();
        let ours: Vec<_> = families.map(|it| kin.task_of(it)).collect();
        let mut ours = ours.into_iter();
        kin.families.retain(|_| ours.next().flatten().is_some());
        kin.owners = tasks;
        kin.add_children();
        kin
    }

    fn add_tasks(&mut self, executor: &Executor) {
        if let Some(main) = &*executor.main.borrow() {
            self.owners.insert(main.node.data(), Owner::Task(TaskId::MAIN));
        }
        for (index, task) in &*executor.tasks.borrow() {
            if let Some(node) = &task.node {
                let owner = Owner::Task(id_of((index, task)));
                self.owners.insert(node.data(), owner);
            }
        }
    }

    fn add_children(&mut self) {
        for (number, family) in self.families.iter().enumerate() {
            for (place, person) in family.people.iter().enumerate() {
                let owner = Owner::Child(number, place);
                self.owners.insert(person.address, owner);
            }
        }
    }

    /// Whom a waker wakes, by what it points to.
    pub(super) fn owner(&self, address: *const ()) -> Option<Owner> {
        self.owners.get(&address).copied()
    }

    pub(super) fn parent(&self, family: usize) -> Option<Owner> {
        self.owner(self.families[family].parent?)
    }

    pub(super) fn person(&self, family: usize, place: usize) -> &Person {
        &self.families[family].people[place]
    }

    /// The task inside whose poll that family is polled.
    pub(super) fn task_of(&self, mut family: usize) -> Option<TaskId> {
        for _ in 0..self.families.len() {
            match self.parent(family)? {
                Owner::Task(id) => return Some(id),
                Owner::Child(around, _) => family = around,
            }
        }
        None // somebody polled it with a waker of its own
    }

    /// What those call it who wait for something outside.
    pub(super) fn tag(&self, mut owner: Owner) -> Tag {
        for _ in 0..=self.families.len() {
            owner = match owner {
                Owner::Task(id) => return id.tag(),
                Owner::Child(family, place) => {
                    if let Some((number, ..)) = self.person(family, place).who {
                        return Tag(number);
                    }
                    let Some(parent) = self.parent(family) else { break };
                    parent
                }
            }
        }
        Tag::NONE
    }

    /// A child in words: itself, and whose it is, up to the task.
    pub(super) fn describe(
        &self,
        executor: &Executor,
        mut family: usize,
        place: usize,
    ) -> String {
        let mut text = self.call(family, place);
        for _ in 0..self.families.len() {
            let Some(parent) = self.parent(family) else { break };
            let around = match parent {
                Owner::Task(id) => call_task(executor, id),
                Owner::Child(family, place) => self.call(family, place),
            };
            text = format!("{text}, in {around}");
            let Owner::Child(around, _) = parent else { break };
            family = around;
        }
        text
    }

    fn call(&self, family: usize, place: usize) -> String {
        let (family, person) =
            (&self.families[family], self.person(family, place));
        match &person.who {
            Some((number, name, site)) => {
                Who::child(Some(*number), name, site).to_string()
            }
            None if family.kind == "scope" => "the body of a scope".to_owned(),
            None => format!("child {} of `{}`", person.place, family.kind),
        }
    }
}

fn call_task(executor: &Executor, id: TaskId) -> String {
    executor.who(id).map_or_else(|| id.to_string(), |who| who.to_string())
}

/// How many wakers of each task and child are held by those that we know: by
/// whoever is to be told of an end, and by families.
pub(super) fn known_holders(
    executor: &Executor,
    kin: &Kin,
) -> HashMap<*const (), usize> {
    let mut known: HashMap<*const (), usize> = HashMap::new();
    let mut add = |holder: Option<*const ()>| {
        if let Some(holder) = holder {
            *known.entry(holder).or_default() += 1;
        }
    };
    for (_, task) in &*executor.tasks.borrow() {
        add(task.joiner.as_ref().map(Waker::data));
    }
    for set in &*executor.task_sets.borrow() {
        add(set.upgrade().and_then(|set| set.waits()));
    }
    for family in &kin.families {
        family.held.into_iter().for_each(&mut add);
        for person in &family.people {
            add(person.joiner);
        }
    }
    known
}
