//! How many files this process may have open: a connection is one.
//!
//! Back to `lib.rs` for the map.

use std::io;

/// Standard streams, epoll, the doorbell, signals.
const OTHERS: u64 = 32;

/// The limit after it was raised as far as it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// As many files may be open.
    pub soft: u64,
}

impl Limit {
    /// Raises the soft limit to the hard one, which takes no privilege.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, which it has no reason to.
    pub fn raise() -> io::Result<Limit> {
        let soft = rlimit::increase_nofile_limit(u64::MAX)?;
        Ok(Limit { soft })
    }

    /// How many connections fit, at `files` each.
    #[must_use]
    pub fn connections(self, files: u64) -> u64 {
        (self.soft.saturating_sub(OTHERS) / files).max(1)
    }

    /// What to do when `wanted` connections at `files` each do not fit.
    #[must_use]
    pub fn advice(self, wanted: u64, files: u64) -> String {
        let needed = wanted.saturating_mul(files) + OTHERS;
        format!(
            "the limit of open files is {}; for {wanted} at once, raise it to \
             {needed}: `ulimit -n {needed}` (as root, or in limits.conf)",
            self.soft
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_leaves_room_for_other_files() {
        assert_eq!(Limit { soft: 1_032 }.connections(1), 1_000);
        assert_eq!(Limit { soft: 1_032 }.connections(2), 500);
        assert_eq!(Limit { soft: 3 }.connections(1), 1);
    }

    #[test]
    fn the_advice_says_how_high_it_must_be() {
        let advice = Limit { soft: 1_024 }.advice(10_000, 2);
        assert!(advice.contains("ulimit -n 20032"), "{advice}");
    }
}
