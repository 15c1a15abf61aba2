//! Collections of futures, and streams that run some at the same time. An
//! operation is a future.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use super::{lib, rt};
use crate::case::Case;
use crate::children::{InTurn, YieldOnce};
use crate::relay::Relay;
use lib::{FuturesUnordered, Stream, StreamExt};

#[path = "../workloads/round.rs"]
mod round;

use round::case;

const MANY: u64 = 200_000;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("unordered: push 10, drain", MANY, |n| {
            rt::spawn(push_and_drain(10, n))
        }),
        case("unordered: push 1,000, drain", MANY, |n| {
            rt::spawn(push_and_drain(1000, n))
        }),
        case("unordered: 1,000 in turn", MANY, |n| rt::spawn(in_turn(1000, n))),
        case("unordered: 100 of 10,000", MANY, |n| {
            rt::spawn(in_flight(100, 10_000, n))
        }),
        case("buffer_unordered(64)", MANY, |n| {
            rt::spawn(buffer_unordered(64, n))
        }),
        case("buffered(64)", MANY, |n| rt::spawn(buffered(64, n))),
    ]
}

/// Takes so many out, or all that there are.
async fn take<F: Future<Output = u64>>(
    futures: &mut FuturesUnordered<F>,
    count: u64,
) -> u64 {
    let mut taken = 0;
    while taken < count && futures.next().await.is_some() {
        taken += 1;
    }
    taken
}

async fn push_and_drain(count: u64, operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / count {
        let mut futures = FuturesUnordered::new();
        for number in 0..count {
            futures.push(YieldOnce::new(number));
        }
        assert_eq!(take(&mut futures, u64::MAX).await, count);
    }
    start.elapsed()
}

/// Each future wakes the next: one at a time.
async fn in_turn(count: u64, operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / count {
        let relay = Relay::new(count as usize);
        let mut futures = FuturesUnordered::new();
        for number in 0..count {
            futures.push(InTurn::new(relay, number));
        }
        relay.give(0);
        assert_eq!(take(&mut futures, u64::MAX).await, count);
    }
    start.elapsed()
}

/// For each future that ends, another one is pushed.
async fn in_flight(most: u64, count: u64, operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / count {
        let mut futures = FuturesUnordered::new();
        for number in 0..count {
            if number >= most {
                assert_eq!(take(&mut futures, 1).await, 1);
            }
            futures.push(YieldOnce::new(number));
        }
        assert_eq!(take(&mut futures, u64::MAX).await, most);
    }
    start.elapsed()
}

async fn buffer_unordered(most: usize, operations: u64) -> Duration {
    let eggs = lib::iter(0..operations).map(YieldOnce::new);
    drain(eggs.buffer_unordered(most), operations).await
}

async fn buffered(most: usize, operations: u64) -> Duration {
    let eggs = lib::iter(0..operations).map(YieldOnce::new);
    drain(eggs.buffered(most), operations).await
}

async fn drain(eggs: impl Stream<Item = u64>, operations: u64) -> Duration {
    let start = Instant::now();
    let mut eggs = pin!(eggs);
    let mut count = 0;
    while eggs.next().await.is_some() {
        count += 1;
    }
    assert_eq!(count, operations);
    start.elapsed()
}
