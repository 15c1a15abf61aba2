//! Many tasks of one owner. What a library calls that, its adapter says.

use std::time::{Duration, Instant};

use super::{case, rt};
use crate::case::Case;
use crate::children::YieldOnce;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("scope: 10 children", 200_000, |n| rt::spawn(scopes(10, n))),
        case("scope: 1,000 children", 200_000, |n| rt::spawn(scopes(1000, n))),
        case("task set: 10 tasks", 200_000, |n| rt::spawn(sets(10, n))),
        case("task set: 1,000 tasks", 200_000, |n| rt::spawn(sets(1000, n))),
        case("task set: 100 in flight", 200_000, |n| {
            rt::spawn(in_flight(100, n))
        }),
    ]
}

/// A scope whose children yield once, again and again.
async fn scopes(children: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..operations / children {
        sum += rt::sum_in_a_scope(children, YieldOnce::new).await;
    }
    assert_eq!(sum, sum_of(children) * (operations / children));
    start.elapsed()
}

/// A set of tasks that yield once; all are spawned, then joined.
async fn sets(tasks: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..operations / tasks {
        let mut set = rt::TaskSet::new();
        for number in 0..tasks {
            rt::spawn_on(&mut set, YieldOnce::new(number));
        }
        while let Some(number) = set.join_next().await {
            sum += number.expect("it does not panic");
        }
    }
    assert_eq!(sum, sum_of(tasks) * (operations / tasks));
    start.elapsed()
}

/// For each task that ends, another one is spawned.
async fn in_flight(tasks: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let mut set = rt::TaskSet::new();
    let mut sum = 0;
    for number in 0..operations {
        if number >= tasks {
            let ended = set.join_next().await.expect("some are in flight");
            sum += ended.expect("it does not panic");
        }
        rt::spawn_on(&mut set, YieldOnce::new(number));
    }
    while let Some(number) = set.join_next().await {
        sum += number.expect("it does not panic");
    }
    assert_eq!(sum, sum_of(operations));
    start.elapsed()
}

fn sum_of(count: u64) -> u64 {
    count * (count - 1) / 2
}
