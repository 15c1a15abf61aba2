//! The limit: the same work with no runtime.
//!
//! A queue of boxed futures, polled in turn with a waker that does nothing;
//! and for the network, loops of callbacks around mio. No runtime with tasks,
//! wakers and handles can be faster. It is a yardstick, not a peer.
//!
//! Next: `raw_network.rs`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::case::{Case, in_group};
use crate::raw_network;

/// Its name in the tables.
pub const NAME: &str = "limit";

type Boxed = Pin<Box<dyn Future<Output = u64>>>;

/// What can be done with no runtime at all.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("yield: 1 task", 1_000_000, |n| yields(1, n)),
        case("yield: 10 tasks", 1_000_000, |n| yields(10, n)),
        case("yield: 1,000 tasks", 1_000_000, |n| yields(1000, n)),
        case("yield: 1 task, no socket", 1_000_000, |n| yields(1, n)),
        case("yield: 1,000 tasks, no socket", 1_000_000, |n| yields(1000, n)),
        case("spawn and join, one by one", 200_000, one_by_one),
        case("spawn all, then join", 200_000, all_at_once),
    ];
    cases.extend(in_group("network", raw_network::cases()));
    cases
}

fn case(
    name: &'static str,
    operations: u64,
    work: fn(u64) -> Duration,
) -> Case {
    Case::new(name, operations, move |operations| {
        Box::new(move || work(operations))
    })
}

/// Pending at the first poll, ready at the second.
struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

fn run(mut queue: VecDeque<Boxed>) -> u64 {
    let mut cx = Context::from_waker(Waker::noop());
    let mut sum = 0;
    while let Some(mut future) = queue.pop_front() {
        match future.as_mut().poll(&mut cx) {
            Poll::Pending => queue.push_back(future),
            Poll::Ready(output) => sum += output,
        }
    }
    sum
}

fn yields(tasks: u64, operations: u64) -> Duration {
    let start = Instant::now();
    let mut queue = VecDeque::new();
    for _ in 0..tasks {
        queue.push_back(Box::pin(async move {
            for _ in 0..operations / tasks {
                YieldOnce(false).await;
            }
            0_u64
        }) as Boxed);
    }
    run(queue);
    start.elapsed()
}

fn one_by_one(operations: u64) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    let mut queue = VecDeque::new();
    for number in 0..operations {
        queue.push_back(Box::pin(async move { number }) as Boxed);
        sum += run(std::mem::take(&mut queue));
    }
    assert_eq!(sum, operations * (operations - 1) / 2);
    start.elapsed()
}

fn all_at_once(operations: u64) -> Duration {
    let start = Instant::now();
    let mut queue = VecDeque::new();
    for number in 0..operations {
        queue.push_back(Box::pin(async move { number }) as Boxed);
    }
    assert_eq!(run(queue), operations * (operations - 1) / 2);
    start.elapsed()
}
