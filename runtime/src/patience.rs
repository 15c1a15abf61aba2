//! Patience: looking a while before falling asleep.
//!
//! To fall asleep and be woken by another thread takes two system calls and
//! some microseconds; often what is waited for comes sooner than that. So who
//! waits for another thread first looks for a while whether it came. Whoever
//! looked in vain does not look the next times: twice as many of them after
//! each failure, and none after a success.
//!
//! *Weakness:* while it looks it burns a processor that another thread might
//! want. With one processor it never does.
//!
//! Next: `blocked_thread.rs`, waiting with a thread instead of a task.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::OnceLock;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// How long it looks.
const LOOK: Duration = Duration::from_micros(5);

/// After so many failures in a row it does not become less patient.
const FAILURES: u32 = 7;

/// Whether it is worth while to look, as one thread has found out.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    failures: Cell<u32>,
    /// So many times it will not look.
    sleeps: Cell<u32>,
}

impl Patience {
    /// Looks until it happened, or no longer. Returns whether it happened.
    pub(crate) fn look(&self, happened: impl Fn() -> bool) -> bool {
        if !has_other_processors() {
            return false;
        }
        if let Some(left) = self.sleeps.get().checked_sub(1) {
            self.sleeps.set(left);
            return false;
        }
        let in_time = look(happened);
        self.learn(in_time);
        in_time
    }

    fn learn(&self, in_time: bool) {
        let failures =
            if in_time { 0 } else { FAILURES.min(self.failures.get() + 1) };
        self.failures.set(failures);
        self.sleeps.set((1 << failures) - 1);
    }
}

fn look(happened: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < LOOK {
        for _ in 0..8 {
            if happened() {
                return true;
            }
            spin_loop();
        }
    }
    false
}

/// Asked once, and never in a model of loom's: with one processor, nothing can
/// happen while it looks.
fn has_other_processors() -> bool {
    static OTHERS: OnceLock<bool> = OnceLock::new();
    let several = || available_parallelism().is_ok_and(|it| it.get() > 1);
    !cfg!(loom) && *OTHERS.get_or_init(several)
}

#[cfg(test)]
mod tests {
    use super::{FAILURES, Patience};
    use std::cell::Cell;

    /// How often it did not look before it looked again.
    fn sleeps(patience: &Patience) -> u32 {
        let looked = Cell::new(false);
        let mut sleeps = 0;
        loop {
            patience.look(|| {
                looked.set(true);
                false
            });
            if looked.get() {
                return sleeps;
            }
            sleeps += 1;
        }
    }

    #[test]
    fn who_looks_in_vain_looks_less_often_and_success_makes_patient_again() {
        if !super::has_other_processors() {
            return;
        }
        let patience = Patience::default();
        let seen: Vec<u32> = (0..4).map(|_| sleeps(&patience)).collect();
        assert_eq!(seen, [0, 1, 3, 7]);
        for _ in 0..FAILURES {
            sleeps(&patience);
        }
        assert_eq!(sleeps(&patience), (1 << FAILURES) - 1);
        while !patience.look(|| true) {}
        assert_eq!(sleeps(&patience), 0);
    }
}
