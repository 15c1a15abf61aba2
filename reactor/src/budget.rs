//! The budget: how long one poll may go on.
//!
//! A socket that always has bytes, or a channel that always has a value, is
//! always ready: a task that loops over it would never return `Pending`, and
//! nobody else would be polled. So each poll of a task gets [`BUDGET`] units.
//! Whatever completes an operation of ours takes one unit; when none is left,
//! the operation wakes its task and answers `Pending`, once for every poll.
//!
//! The idea, and the size, are tokio's ("Reducing tail latencies with
//! automatic cooperative task yielding", 2020).
//!
//! Next: `trace.rs`, what both floors tell an observer.

use std::task::{Context, Poll};

use crate::context;

/// How many operations one poll of a task may complete.
pub const BUDGET: u32 = 128;

/// Outside any task (another executor, a test) nothing is limited.
pub(crate) const UNLIMITED: u32 = u32::MAX;

/// What was left of the poll around this one.
#[derive(Clone, Copy)]
pub struct Saved(u32);

/// Grants a full budget to the poll that begins; returns what was left before.
pub fn reset() -> Saved {
    Saved(context::replace_budget(BUDGET))
}

/// Gives back what [`reset`] or [`lift`] put aside.
pub fn restore(saved: Saved) {
    context::replace_budget(saved.0);
}

/// Lifts the limit until [`restore`]: `timeout` looks at its timer so even
/// when the future inside has used the budget up.
pub fn lift() -> Saved {
    Saved(context::replace_budget(UNLIMITED))
}

/// Whether this poll should return soon: no unit is left.
///
/// A combinator that polls its children in a loop stops here, or it would go
/// round for ever over children that wake themselves (tokio #2542).
#[must_use]
#[inline]
pub fn is_exhausted() -> bool {
    context::budget_left() == 0
}

/// Asks for leave to go on: `Pending`, and the task is woken, when the budget
/// of this poll is used up.
///
/// It takes nothing yet: call [`Leave::spend`] once the operation completed,
/// so that an operation that turns out pending costs nothing.
#[inline]
pub fn poll_leave(cx: &mut Context<'_>) -> Poll<Leave> {
    if is_exhausted() {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(Leave(()))
}

/// Leave to complete one operation. See [`poll_leave`].
#[must_use = "an operation that completed spends its leave"]
pub struct Leave(());

impl Leave {
    /// Takes one unit: the operation completed.
    #[inline]
    pub fn spend(self) {
        let left = context::budget_left();
        if left != UNLIMITED {
            context::replace_budget(left.saturating_sub(1));
        }
    }
}
