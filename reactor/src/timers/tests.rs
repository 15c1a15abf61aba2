//! Timers against a model that is too simple to be wrong.

use std::task::Waker;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::{TimerKey, Timers};
use crate::clock::Instant;
use crate::context::Tag;

#[derive(Clone, Debug)]
enum Step {
    Insert { delay: u64 },
    InsertNever,
    Cancel { which: Index },
    Reset { which: Index, delay: u64 },
    Advance { nanos: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<Index>;
    let step = prop_oneof![
        8 => (0_u64..200).prop_map(|delay| Step::Insert { delay }),
        1 => Just(Step::InsertNever),
        6 => which().prop_map(|which| Step::Cancel { which }),
        3 => (which(), 0_u64..200)
            .prop_map(|(which, delay)| Step::Reset { which, delay }),
        2 => (0_u64..12).prop_map(|nanos| Step::Advance { nanos }),
    ];
    prop::collection::vec(step, 0..600)
}

/// The real timers beside a plain list of (deadline, number).
struct Both {
    now: Instant,
    timers: Timers,
    /// All keys there ever were, and their deadlines; many are dead.
    keys: Vec<(TimerKey, Instant)>,
    model: Vec<(Instant, u64)>,
}

impl Both {
    fn new() -> Both {
        Both {
            now: Instant::now(),
            timers: Timers::default(),
            keys: Vec::new(),
            model: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Insert { delay } => self.insert(self.after(*delay)),
            Step::InsertNever => self.insert(Instant::FAR_FUTURE),
            Step::Cancel { which } => self.cancel(*which),
            Step::Reset { which, delay } => {
                self.reset(*which, self.after(*delay));
            }
            Step::Advance { nanos } => self.advance(*nanos),
        }
    }

    fn after(&self, nanos: u64) -> Instant {
        self.now + Duration::from_nanos(nanos)
    }

    fn insert(&mut self, deadline: Instant) {
        let key = self.timers.insert(deadline, Tag(7), Waker::noop().clone());
        self.keys.push((key, deadline));
        self.model.push((deadline, key.number()));
    }

    fn cancel(&mut self, which: Index) {
        let Some(key) = self.choose(which) else { return };
        let before = self.model.len();
        self.model.retain(|(_, number)| *number != key.number());
        let was_there = self.model.len() < before;
        assert_eq!(self.timers.cancel(key).is_some(), was_there);
    }

    fn reset(&mut self, which: Index, deadline: Instant) {
        let Some(key) = self.choose(which) else { return };
        let moved = self.timers.reset(key, deadline);
        let number = key.number();
        let place = self.model.iter().position(|(_, it)| *it == number);
        assert_eq!(moved.is_some(), place.is_some());
        if let (Some(moved), Some(place)) = (moved, place) {
            self.model.remove(place);
            self.model.push((deadline, moved.number()));
            self.keys.push((moved, deadline));
        }
    }

    fn choose(&self, which: Index) -> Option<TimerKey> {
        (!self.keys.is_empty()).then(|| which.get(&self.keys).0)
    }

    /// Everything due comes out, in order, and nothing else does.
    fn advance(&mut self, nanos: u64) {
        self.now = self.after(nanos);
        self.model.sort_unstable();
        let due = self.model.partition_point(|(at, _)| *at <= self.now);
        for (_, number) in self.model.drain(..due) {
            let fired = self.timers.pop_due(self.now);
            assert_eq!(fired.map(|(number, _)| number), Some(number));
        }
        assert!(self.timers.pop_due(self.now).is_none(), "early");
        self.check_fired();
    }

    /// Who is due has fired for sure, and who has fired for sure is not set.
    fn check_fired(&mut self) {
        for (key, deadline) in &self.keys {
            let fired = self.timers.has_fired(*key, *deadline);
            assert_eq!(fired, *deadline <= self.now);
            assert!(!fired || self.timers.waker(*key).is_none());
        }
    }

    fn check(&mut self) {
        let next = self.model.iter().map(|(deadline, _)| *deadline).min();
        let next = next.filter(|next| *next != Instant::FAR_FUTURE);
        assert_eq!(self.timers.next_deadline(), next);
        assert_eq!(self.timers.len(), self.model.len());
        assert_eq!(self.timers.is_empty(), self.model.is_empty());
    }

    fn check_waiting(&self) {
        let mut waiting: Vec<_> =
            self.timers.waiting().map(|(_, deadline)| deadline).collect();
        let mut expected: Vec<_> =
            self.model.iter().map(|(deadline, _)| *deadline).collect();
        waiting.sort_unstable();
        expected.sort_unstable();
        assert_eq!(waiting, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn timers_do_what_a_sorted_list_would(steps in steps()) {
        let mut both = Both::new();
        for step in &steps {
            both.take(step);
            both.check();
        }
        both.check_waiting();
        both.advance(1_000);
        prop_assert!(both.timers.len() == both.model.len());
        prop_assert_eq!(both.timers.clear().len(), both.model.len());
    }
}

/// Ten thousand, half of them due at the same moment: a few in order, the
/// others not. Then the other half.
#[test]
fn a_crowd_that_is_due_at_once_fires_in_the_order_of_its_deadlines() {
    let mut both = Both::new();
    both.insert(Instant::FAR_FUTURE);
    for nanos in 0..100 {
        both.insert(both.after(nanos * 100));
    }
    let mut random = 1_u64;
    for _ in 0..10_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        both.insert(both.after((random >> 33) % 10_000));
    }
    both.advance(5_000);
    both.check();
    both.insert(both.after(1_000));
    both.advance(5_000);
    both.check();
    assert_eq!(both.timers.len(), 1);
}

#[test]
fn a_timer_moved_into_the_past_has_not_fired_before_the_next_look() {
    let mut timers = Timers::default();
    let now = Instant::now();
    let late = now + Duration::from_secs(60);
    let key = timers.insert(late, Tag::NONE, Waker::noop().clone());
    assert!(timers.pop_due(now).is_none());
    let moved = timers.reset(key, now).unwrap();
    assert!(!timers.has_fired(moved, now));
    assert!(timers.pop_due(now).is_some());
    assert!(timers.pop_due(now).is_none());
    assert!(timers.has_fired(moved, now));
}

#[test]
fn there_are_never_many_more_dead_entries_than_two_for_each_living() {
    let mut timers = Timers::default();
    let start = Instant::now();
    let keys: Vec<_> = (0..10_000)
        .map(|n| start + Duration::from_secs(n))
        .map(|at| timers.insert(at, Tag::NONE, Waker::noop().clone()))
        .collect();
    for key in keys {
        assert!(timers.cancel(key).is_some());
        let dead = timers.deadlines.len() - timers.len();
        assert!(dead <= super::SWEEP_AT_LEAST.max(2 * timers.len()));
    }
}

#[test]
fn a_timer_reset_again_and_again_leaves_no_trail() {
    let mut timers = Timers::default();
    let now = Instant::now();
    let mut key = timers.insert(now, Tag::NONE, Waker::noop().clone());
    for _ in 0..10_000 {
        key = timers.reset(key, now).unwrap();
        assert!(timers.deadlines.len() <= super::SWEEP_AT_LEAST + 2);
    }
}
