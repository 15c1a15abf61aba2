//! Many futures as one: all of them, or the first. An operation is a child,
//! with its share of what it takes to make and end the whole.

use std::future::Future;
use std::time::{Duration, Instant};

use super::{lib, rt};
use crate::case::Case;
use crate::children::{AtOnce, InTurn, YieldOnce};
use crate::relay::Relay;

#[path = "../workloads/round.rs"]
mod round;

use round::case;

const MANY: u64 = 200_000;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = joins();
    cases.extend(ready());
    cases.extend(races());
    cases
}

fn joins() -> Vec<Case> {
    vec![
        case("join: 2", MANY, |n| rt::spawn(join_two(n))),
        case("join: 10", MANY, |n| rt::spawn(join(10, n, YieldOnce::new))),
        case("join: 100", MANY, |n| rt::spawn(join(100, n, YieldOnce::new))),
        case("join: 1,000", MANY, |n| rt::spawn(join(1000, n, YieldOnce::new))),
        case("join: 10 in turn", MANY, |n| rt::spawn(join_in_turn(10, n))),
        case("join: 100 in turn", MANY, |n| rt::spawn(join_in_turn(100, n))),
    ]
}

fn ready() -> Vec<Case> {
    vec![
        case("join: 10 ready", MANY, |n| rt::spawn(join(10, n, AtOnce))),
        case("join: 100 ready", MANY, |n| rt::spawn(join(100, n, AtOnce))),
        case("join: 1,000 ready", MANY, |n| rt::spawn(join(1000, n, AtOnce))),
    ]
}

fn races() -> Vec<Case> {
    vec![
        case("race: 2", MANY, |n| rt::spawn(race_two(n))),
        case("race: 10", MANY, |n| rt::spawn(race(10, n))),
        case("race: 100", MANY, |n| rt::spawn(race(100, n))),
    ]
}

/// So many children, again and again.
async fn join<F: Future<Output = u64>>(
    children: u64,
    operations: u64,
    child: fn(u64) -> F,
) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / children {
        let all = lib::join((0..children).map(child).collect()).await;
        assert_eq!(all.len() as u64, children);
    }
    start.elapsed()
}

/// Each child wakes the next: one at a time.
async fn join_in_turn(children: u64, operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / children {
        let relay = Relay::new(children as usize);
        let child = |number| InTurn::new(relay, number);
        let all = lib::join((0..children).map(child).collect());
        relay.give(0);
        assert_eq!(all.await.len() as u64, children);
    }
    start.elapsed()
}

async fn join_two(operations: u64) -> Duration {
    let start = Instant::now();
    for number in 0..operations / 2 {
        let (a, b) = (YieldOnce::new(number), YieldOnce::new(number + 1));
        assert_eq!(lib::join_two(a, b).await, (number, number + 1));
    }
    start.elapsed()
}

/// All children yield once; who is polled first after that wins.
async fn race(children: u64, operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / children {
        let all = (0..children).map(YieldOnce::new).collect();
        assert!(lib::race(all).await < children);
    }
    start.elapsed()
}

async fn race_two(operations: u64) -> Duration {
    let start = Instant::now();
    for number in 0..operations / 2 {
        let (a, b) = (YieldOnce::new(number), YieldOnce::new(number));
        assert_eq!(lib::race_two(a, b).await, number);
    }
    start.elapsed()
}
