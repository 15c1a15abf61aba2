//! Tasks that need no outside: spawn, join, wake.

use std::time::{Duration, Instant};

use super::{case, rt};
use crate::case::Case;
use crate::relay::{Baton, Relay};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("spawn and join, one by one", 200_000, |n| {
            rt::spawn(spawn_and_join(n))
        }),
        case("spawn all, then join", 200_000, |n| {
            rt::spawn(spawn_then_join(n))
        }),
        case("ping-pong: 2 tasks", 1_000_000, |n| rt::spawn(relay(2, n))),
        case("chain of wakes: 1,000 tasks", 1_000_000, |n| {
            rt::spawn(relay(1000, n))
        }),
    ]
}

async fn spawn_and_join(operations: u64) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    for number in 0..operations {
        let egg = rt::spawn(async move { number });
        sum += egg.await.expect("it does not panic");
    }
    assert_eq!(sum, operations * (operations - 1) / 2);
    start.elapsed()
}

async fn spawn_then_join(operations: u64) -> Duration {
    let start = Instant::now();
    let mut handles = Vec::with_capacity(operations as usize);
    for number in 0..operations {
        handles.push(rt::spawn(async move { number }));
    }
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.expect("it does not panic");
    }
    assert_eq!(sum, operations * (operations - 1) / 2);
    start.elapsed()
}

/// Tasks in a ring: each waits for the baton and wakes the next.
async fn relay(tasks: u64, operations: u64) -> Duration {
    let relay = Relay::new(tasks as usize);
    let mut handles = Vec::new();
    for runner in 0..tasks as usize {
        handles.push(rt::spawn(async move {
            for _ in 0..operations / tasks {
                Baton { relay, runner }.await;
                relay.pass_on(runner);
            }
        }));
    }
    let start = Instant::now();
    relay.give(0);
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}
