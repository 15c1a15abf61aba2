//! Deadlock, for certain: nobody is left to wake anybody.
//!
//! Next: `lost.rs`, when nobody is left to wake one.

use super::kin::{Kin, known_holders};
use crate::executor::Executor;

impl Executor {
    /// Every waker is our own or waits for another's end, and no other thread
    /// can send any. If the reactor is silent as well, that is a deadlock.
    pub(super) fn nobody_inside_can_wake(&self) -> bool {
        self.nobody_outside_has_a_door()
            && self.inbox.is_empty()
            && self.every_waker_is_ours()
    }

    fn every_waker_is_ours(&self) -> bool {
        let kin = Kin::of(self);
        let known = known_holders(self, &kin);
        let known = |address| known.get(&address).copied().unwrap_or(0);
        let main = self.main.borrow();
        let tasks = self.tasks.borrow();
        let nodes = tasks.iter().filter_map(|(_, task)| task.node.as_ref());
        let main = main.iter().map(|main| &main.node);
        let tasks = main.chain(nodes).all(|node| {
            node.wakers_outside() == known(node.data()) && !node.is_notified()
        });
        let mut people = kin.families.iter().flat_map(|it| &it.people);
        tasks && people.all(|it| it.wakers_outside == known(it.address))
    }
}
