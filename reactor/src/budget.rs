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

use std::cell::Cell;
use std::task::{Context, Poll};

/// How many operations one poll of a task may complete.
pub const BUDGET: u32 = 128;

/// Outside any task (another executor, a test) nothing is limited.
const UNLIMITED: u32 = u32::MAX;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(UNLIMITED) };
}

/// What was left of the poll around this one.
#[derive(Clone, Copy)]
pub struct Saved(u32);

/// Grants a full budget to the poll that begins; returns what was left before.
pub fn reset() -> Saved {
    Saved(LEFT.try_with(|left| left.replace(BUDGET)).unwrap_or(UNLIMITED))
}

/// Gives back what [`reset`] or [`lift`] put aside.
pub fn restore(saved: Saved) {
    let _ = LEFT.try_with(|left| left.set(saved.0));
}

/// Lifts the limit until [`restore`]: `timeout` looks at its timer so even
/// when the future inside has used the budget up.
pub fn lift() -> Saved {
    Saved(LEFT.try_with(|left| left.replace(UNLIMITED)).unwrap_or(UNLIMITED))
}

/// Whether this poll should return soon: no unit is left.
///
/// A combinator that polls its children in a loop stops here, or it would go
/// round for ever over children that wake themselves (tokio #2542).
#[must_use]
pub fn is_exhausted() -> bool {
    LEFT.try_with(Cell::get).unwrap_or(UNLIMITED) == 0
}

/// Asks for leave to go on: `Pending`, and the task is woken, when the budget
/// of this poll is used up.
///
/// It takes nothing yet: call [`Leave::spend`] once the operation completed,
/// so that an operation that turns out pending costs nothing.
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
    pub fn spend(self) {
        let _ = LEFT.try_with(|left| {
            if left.get() != UNLIMITED {
                left.set(left.get().saturating_sub(1));
            }
        });
    }
}
