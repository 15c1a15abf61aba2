//! Rates: what passes, and when.
//!
//! semantics 34, 35

use std::time::Duration;

use onecook::stream::{self, FusedStream, Stream, StreamExt};
use onecook::time::{Instant, sleep, sleep_until};
use onecook_tests::{Counters, block_on_virtual, expect_ready, poll_once};
use proptest::prelude::*;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Items that are there after these pauses, whether they are asked for or not.
fn arrivals(pauses: Vec<u64>) -> impl Stream<Item = ()> {
    let mut at = Instant::now();
    stream::iter(pauses).then(move |pause| {
        at = at.saturating_add(ms(pause));
        sleep_until(at)
    })
}

/// When each item is handed out, in milliseconds from the start. The consumer
/// takes its own time after each.
async fn times(stream: impl Stream, busy: &[u64]) -> Vec<u64> {
    let start = Instant::now();
    let mut stream = Box::pin(stream);
    let mut times = Vec::new();
    let mut busy = busy.iter().cycle();
    while stream.next().await.is_some() {
        times.push(start.elapsed().as_millis() as u64);
        if let Some(busy) = busy.next().filter(|busy| **busy > 0) {
            sleep(ms(*busy)).await;
        }
    }
    times
}

#[test]
fn a_burst_of_n_passes_at_once_then_n_in_every_period() {
    block_on_virtual(async {
        let limited = stream::iter(0..7).rate_limit(3, ms(10));
        assert_eq!(times(limited, &[]).await, [0, 0, 0, 10, 10, 10, 20]);
    });
}

#[test]
fn a_window_that_begins_between_two_periods_has_no_more() {
    block_on_virtual(async {
        // Three at 9, with a limit of 3 in 10: a counter that is reset at 10
        // would let three more pass then.
        let late = arrivals(vec![9, 0, 0, 0, 0, 0]).rate_limit(3, ms(10));
        assert_eq!(times(late, &[]).await, [9, 9, 9, 19, 19, 19]);
    });
}

#[test]
fn a_stream_slower_than_its_limit_is_not_held_up() {
    block_on_virtual(async {
        let slow = arrivals(vec![0, 5, 5, 5]).rate_limit(2, ms(10));
        assert_eq!(times(slow, &[]).await, [0, 5, 10, 15]);
    });
}

#[test]
fn after_a_pause_a_burst_passes_again() {
    block_on_virtual(async {
        let limited = stream::iter(0..4).rate_limit(2, ms(10));
        let times = times(limited, &[0, 50]).await;
        assert_eq!(times, [0, 0, 50, 50]);
    });
}

#[test]
fn while_the_limit_is_reached_one_item_more_is_asked_for() {
    block_on_virtual(async {
        let counters = Counters::new();
        let asked = counters.clone();
        let source = stream::poll_fn(move |_| {
            let _ = poll_once(&mut asked.probe(|_| std::task::Poll::Ready(())));
            std::task::Poll::Ready(Some(()))
        });
        let mut limited = source.rate_limit(1, ms(10));
        assert!(expect_ready(&mut limited.next()).is_some());
        for _ in 0..5 {
            assert!(poll_once(&mut limited.next()).is_pending());
        }
        assert_eq!(counters.polls(), 2);
    });
}

#[test]
fn the_end_comes_at_once_although_the_limit_is_reached() {
    block_on_virtual(async {
        let start = Instant::now();
        let limited = stream::iter(0..4).rate_limit(2, ms(10));
        assert_eq!(limited.count().await, 4);
        assert_eq!(start.elapsed(), ms(10));
        let apart = stream::iter(0..3).throttle(ms(10));
        assert_eq!(apart.count().await, 3);
        assert_eq!(start.elapsed(), ms(10 + 20));
    });
}

#[test]
fn an_end_that_comes_during_the_wait_is_not_held_back_either() {
    block_on_virtual(async {
        let start = Instant::now();
        let order = || {
            let late = stream::once(()).chain(stream::once(()).then(|()| {
                sleep(ms(4)) // and then it is no order after all
            }));
            late.enumerate().take_while(|(at, ())| *at == 0)
        };
        assert_eq!(order().rate_limit(1, ms(10)).count().await, 1);
        assert_eq!(start.elapsed(), ms(4));
        assert_eq!(order().throttle(ms(10)).count().await, 1);
        assert_eq!(start.elapsed(), ms(8));
    });
}

#[test]
fn after_the_end_a_limited_stream_stays_ended_and_says_so() {
    block_on_virtual(async {
        let mut limited = stream::iter(0..2).rate_limit(1, ms(10));
        assert_eq!(limited.size_hint(), (2, Some(2)));
        assert_eq!(limited.next().await, Some(0));
        assert!(poll_once(&mut limited.next()).is_pending());
        assert_eq!(limited.size_hint(), (1, Some(1)));
        assert!(!limited.is_terminated());
        assert_eq!(limited.next().await, Some(1));
        for _ in 0..2 {
            assert_eq!(expect_ready(&mut limited.next()), None);
        }
        assert!(limited.is_terminated());
    });
}

#[test]
fn a_period_too_long_to_be_added_lets_n_pass_and_no_more() {
    block_on_virtual(async {
        let mut limited = stream::repeat(1).rate_limit(2, Duration::MAX);
        assert!(limited.next().await.is_some());
        assert!(limited.next().await.is_some());
        let third = limited.next();
        let limit = Duration::from_secs(1_000_000);
        assert!(onecook::time::timeout(limit, third).await.is_err());
    });
}

#[test]
#[should_panic(expected = "`rate_limit` of 0 items would never let one pass")]
fn a_rate_limit_of_0_items_panics_at_once() {
    let _ = stream::empty::<()>().rate_limit(0, ms(1));
}

#[test]
#[should_panic(expected = "`rate_limit` needs a period longer than zero")]
fn a_rate_limit_per_zero_time_panics_at_once() {
    let _ = stream::empty::<()>().rate_limit(1, Duration::ZERO);
}

#[test]
fn throttle_keeps_two_items_apart_and_the_first_passes_at_once() {
    block_on_virtual(async {
        let apart = stream::iter(0..3).throttle(ms(10));
        assert_eq!(times(apart, &[]).await, [0, 10, 20]);
        let slow = arrivals(vec![3, 15, 4, 0]).throttle(ms(10));
        assert_eq!(times(slow, &[]).await, [3, 18, 28, 38]);
    });
}

#[test]
fn throttle_counts_from_when_the_item_was_handed_out() {
    block_on_virtual(async {
        let busy = stream::iter(0..3).throttle(ms(10));
        assert_eq!(times(busy, &[25]).await, [0, 25, 50]);
    });
}

#[test]
fn a_throttle_of_zero_holds_nothing_up() {
    block_on_virtual(async {
        let free = stream::iter(0..3).throttle(Duration::ZERO);
        assert_eq!(times(free, &[]).await, [0, 0, 0]);
    });
}

#[test]
fn a_cancelled_next_neither_loses_an_item_nor_restarts_the_time() {
    block_on_virtual(async {
        let start = Instant::now();
        let mut limited = stream::iter(0..2).rate_limit(1, ms(10));
        assert_eq!(limited.next().await, Some(0));
        for _ in 0..3 {
            let next = limited.next();
            assert!(onecook::time::timeout(ms(3), next).await.is_err());
        }
        assert_eq!(limited.next().await, Some(1));
        assert_eq!(start.elapsed(), ms(10));
    });
}

proptest! {
    #[test]
    fn no_window_has_more_than_n_and_no_item_waits_without_need(
        n in 1_usize..6,
        per in 1_u64..40,
        pauses in prop::collection::vec(
            prop_oneof![3 => Just(0_u64), 2 => 0_u64..10, 1 => 10_u64..90],
            0..60,
        ),
        busy in prop::collection::vec(
            prop_oneof![4 => Just(0_u64), 1 => 0_u64..50],
            1..8,
        ),
    ) {
        let passed = block_on_virtual(async {
            let limited = arrivals(pauses.clone()).rate_limit(n, ms(per));
            times(limited, &busy).await
        });
        prop_assert_eq!(passed.len(), pauses.len());
        for start in &passed {
            // A window that begins anywhere has no more than one that begins
            // at its first item.
            let window = *start..start + per;
            let inside = passed.iter().filter(|at| window.contains(at));
            prop_assert!(inside.count() <= n, "{:?}", passed);
        }
        // The least delay that keeps the limit: an item passes once it is
        // there, there is room for it, and the consumer is back.
        let mut expected: Vec<u64> = Vec::new();
        let (mut there, mut free) = (0, 0);
        for (at, pause) in pauses.iter().enumerate() {
            there += pause;
            let room = at.checked_sub(n).map_or(0, |at| expected[at] + per);
            expected.push(there.max(free).max(room));
            free = expected[at] + busy[at % busy.len()];
        }
        prop_assert_eq!(passed, expected);
    }

    #[test]
    fn throttled_items_are_never_closer_than_its_duration(
        apart in 0_u64..20,
        pauses in prop::collection::vec(0_u64..40, 0..40),
    ) {
        let passed = block_on_virtual(async {
            times(arrivals(pauses.clone()).throttle(ms(apart)), &[]).await
        });
        prop_assert_eq!(passed.len(), pauses.len());
        for two in passed.windows(2) {
            prop_assert!(two[1] - two[0] >= apart, "{:?}", passed);
        }
    }
}
