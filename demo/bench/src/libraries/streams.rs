//! Streams merged. An operation is an item.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::{lib, rt};
use crate::case::Case;
use lib::Stream;

#[path = "../workloads/round.rs"]
mod round;

use round::case;

const MANY: u64 = 200_000;

/// Items of each stream.
const ITEMS: u64 = 100;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("merge: 2 streams", MANY, |n| rt::spawn(merge(2, n))),
        case("merge: 10 streams", MANY, |n| rt::spawn(merge(10, n))),
        case("merge: 100 streams", MANY, |n| rt::spawn(merge(100, n))),
    ]
}

async fn merge(streams: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let rounds = operations / (streams * ITEMS);
    for _ in 0..rounds {
        let streams = (0..streams).map(|_| Yielding::new()).collect();
        let items = lib::count_merged(streams).await;
        assert_eq!(items, operations / rounds);
    }
    start.elapsed()
}

/// Pending before each item, and then it wakes itself.
pub(crate) struct Yielding {
    left: u64,
    has_yielded: bool,
}

impl Yielding {
    fn new() -> Yielding {
        Yielding { left: ITEMS, has_yielded: false }
    }
}

impl Stream for Yielding {
    type Item = u64;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<u64>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.has_yielded = !self.has_yielded;
        if self.has_yielded {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.left -= 1;
        Poll::Ready(Some(self.left))
    }
}
