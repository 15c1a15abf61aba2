//! Tasks that do nothing but go to the end of the queue.

use std::time::{Duration, Instant};

use super::round::case_without_a_socket;
use super::{case, rt};
use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("yield: 1 task", 1_000_000, |n| rt::spawn(yields(1, n))),
        case("yield: 10 tasks", 1_000_000, |n| rt::spawn(yields(10, n))),
        case("yield: 1,000 tasks", 1_000_000, |n| rt::spawn(yields(1000, n))),
        case_without_a_socket("yield: 1 task, no socket", 1_000_000, |n| {
            rt::spawn(yields(1, n))
        }),
        case_without_a_socket(
            "yield: 1,000 tasks, no socket",
            1_000_000,
            |n| rt::spawn(yields(1000, n)),
        ),
    ]
}

async fn yields(tasks: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let mut handles = Vec::new();
    for _ in 0..tasks {
        handles.push(rt::spawn(async move {
            for _ in 0..operations / tasks {
                rt::yield_now().await;
            }
        }));
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}
