//! Fair choices that replay.
//!
//! A race between two that are both ready needs a winner, and neither may be
//! favoured. So the runtime throws a coin; with the same seed it throws the
//! same, and a run can be played again. Outside any runtime the thread's own
//! generator serves, which begins with the same seed in every thread.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", 2014): a counter, and a good mix of its
//! bits. It is no secret what comes next.
//!
//! Next: `children/`, those between whom is chosen.

use std::cell::Cell;

use crate::executor;

/// The seed, unless the `Builder` is told another.
pub(crate) const SEED: u64 = 4; // eggs

thread_local! {
    static OUTSIDE: Generator = const { Generator::new(SEED) };
}

/// Numbers that look random, and are the same for the same seed.
#[derive(Debug)]
pub(crate) struct Generator {
    counter: Cell<u64>,
}

impl Generator {
    pub(crate) const fn new(seed: u64) -> Generator {
        Generator { counter: Cell::new(seed) }
    }

    fn next(&self) -> u64 {
        let counter = self.counter.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.counter.set(counter);
        let mixed = (counter ^ (counter >> 30)).wrapping_mul(MIX[0]);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(MIX[1]);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, each as likely as any other: the upper half of a
    /// product (Lemire, 2019) is off by less than `end` in 2^64.
    fn below(&self, end: usize) -> usize {
        let product = u128::from(self.next()) * end as u128;
        (product >> 64) as usize
    }
}

const MIX: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// A number below `end`, from the runtime that is entered on this thread.
pub(crate) fn below(end: usize) -> usize {
    match executor::current() {
        Some(executor) => executor.random.below(end),
        None => OUTSIDE.try_with(|it| it.below(end)).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::Generator;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_gives_others() {
        let draw = |seed| {
            let generator = Generator::new(seed);
            [(); 32].map(|()| generator.below(1000))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn every_number_below_the_end_is_as_likely_as_any_other() {
        for end in [1, 2, 3, 7, 12] {
            let generator = Generator::new(1);
            let mut counts = vec![0_u32; end];
            for _ in 0..10_000 * end {
                counts[generator.below(end)] += 1;
            }
            let even = |count: &u32| (9_600..10_400).contains(count);
            assert!(counts.iter().all(even), "{counts:?}");
        }
    }
}
