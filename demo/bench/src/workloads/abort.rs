//! Tasks that are aborted while they wait.

use std::time::{Duration, Instant};

use super::{case, rt};
use crate::asleep;
use crate::case::Case;
use crate::relay::Parked;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("abort and join", 100_000, |n| rt::spawn(abort(n))),
        case("a million sleeping tasks", 1_000_000, |n| rt::spawn(sleepers(n))),
    ]
}

async fn abort(operations: u64) -> Duration {
    let mut handles = Vec::with_capacity(operations as usize);
    for _ in 0..operations {
        handles.push(rt::spawn(Parked::default()));
    }
    rt::yield_now().await;
    let start = Instant::now();
    rt::abort_and_join(handles).await;
    start.elapsed()
}

/// A task for each timer; then all are aborted, and joined.
async fn sleepers(operations: u64) -> Duration {
    asleep::expect(operations);
    let start = Instant::now();
    let mut handles = Vec::with_capacity(operations as usize);
    for number in 0..operations {
        handles.push(rt::spawn(async move {
            asleep::one_more();
            rt::sleep(MINUTE + Duration::from_micros(number)).await;
        }));
    }
    asleep::all().await;
    rt::abort_and_join(handles).await;
    start.elapsed()
}
