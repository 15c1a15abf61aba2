//! Streams adapted: no waiting, nothing but the calls. An operation is an
//! item.

use std::time::{Duration, Instant};

use super::{lib, rt};
use crate::case::Case;

#[path = "../workloads/round.rs"]
mod round;

use round::case;

const MANY: u64 = 1_000_000;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("map, filter, fold", MANY, |n| rt::spawn(sum(n))),
        case("chunks(8)", MANY, |n| rt::spawn(chunks(n))),
    ]
}

async fn sum(operations: u64) -> Duration {
    let start = Instant::now();
    let sum = lib::sum_of_even_doubles(operations).await;
    assert_eq!(sum, operations * (operations - 1));
    start.elapsed()
}

async fn chunks(operations: u64) -> Duration {
    let start = Instant::now();
    assert_eq!(lib::count_chunks(operations).await, operations / 8);
    start.elapsed()
}
