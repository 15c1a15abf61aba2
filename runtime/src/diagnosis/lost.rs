//! Lost wakers: pending, while nobody could ever wake it.
//!
//! Next: `dump.rs`, everybody in a tree.

use std::mem;

use super::kin::Kin;
use super::{Report, ReportKind};
use crate::children;
use crate::executor::{Executor, id_of};
use crate::task::{Task, TaskId, TaskState};
use crate::waker::{MainNode, Node};

impl Executor {
    pub(super) fn report_lost_wakers(&self) {
        let main = self.main_is_lost().then(|| TaskId::MAIN.to_string());
        let tasks = self.lost().into_iter().filter_map(|id| self.who(id));
        let tasks: Vec<_> = tasks.map(|who| who.to_string()).collect();
        let children = self.lost_children();
        for who in main.into_iter().chain(tasks).chain(children) {
            let text = format!(
                "{who} is pending, but nobody holds its waker, so it will \
                 never run again. A future that returns `Pending` must keep \
                 `cx.waker().clone()` with whoever is to wake it. (To wait \
                 for ever on purpose, use `onecook::future::pending`.)"
            );
            Report::new(ReportKind::LostWaker, text).send();
        }
    }

    /// Children that are pending while nobody holds their waker; each is told
    /// once.
    fn lost_children(&self) -> Vec<String> {
        if !children::any_is_lost() {
            return Vec::new();
        }
        let kin = Kin::of(self);
        let mut lost = Vec::new();
        for (number, family) in kin.families.iter().enumerate() {
            for (place, person) in family.people.iter().enumerate() {
                if person.is_lost && !person.reported {
                    children::set_reported(family.family, person.place);
                    lost.push(kin.describe(self, number, place));
                }
            }
        }
        lost
    }

    /// Most often nobody is, and this is asked before every sleep.
    pub(super) fn anybody_is_lost(&self) -> bool {
        let main = self.main.borrow();
        main.as_ref().is_some_and(is_main_lost)
            || self.tasks.borrow().iter().any(|(_, task)| is_lost(task))
            || (children::census_work() > 0 && children::any_is_lost())
    }

    fn main_is_lost(&self) -> bool {
        let mut main = self.main.borrow_mut();
        main.as_mut().is_some_and(|main| {
            is_main_lost(main) && !mem::replace(&mut main.reported, true)
        })
    }

    /// Tasks that are pending while nobody holds their waker; each is told
    /// once.
    fn lost(&self) -> Vec<TaskId> {
        let mut tasks = self.tasks.borrow_mut();
        let lost = tasks.iter_mut().filter_map(|(index, task)| {
            let first = is_lost(task) && !task.flags.reported;
            task.flags.reported |= first;
            first.then(|| id_of((index, task)))
        });
        lost.collect()
    }
}

fn is_main_lost(main: &MainNode) -> bool {
    is_node_lost(&main.node) && main.state() == TaskState::Idle
}

fn is_lost(task: &Task) -> bool {
    task.node.as_ref().is_some_and(is_node_lost)
        && task.state() == TaskState::Idle
}

/// The order matters: see [`Node::is_notified`].
fn is_node_lost(node: &Node) -> bool {
    node.wakers_outside() == 0 && !node.is_notified()
}
