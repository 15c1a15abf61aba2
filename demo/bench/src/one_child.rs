//! Futures of one child, and a join of two, against what one would write in
//! their place. What they differ by are a few instructions, too little for a
//! clock: `instructions.sh` counts them.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use onecook::time;

use crate::case::Case;
use crate::children::{AtOnce, YieldOnce};
use crate::runtimes::onecook::rt;

/// What is written by hand: an `async` block.
pub const ASYNC_BLOCK: &str = "async block";

/// An hour: it is not reached.
const HOUR: Duration = Duration::from_secs(3600);

/// Ours.
#[must_use]
pub fn onecook() -> Vec<Case> {
    use onecook::future::{self, FutureExt};
    vec![
        case("map, ready", |n| AtOnce(n).map(add_one)),
        case("map, yields", |n| YieldOnce::new(n).map(add_one)),
        case("fuse, ready", |n| AtOnce(n).fuse()),
        case("fuse, yields", |n| YieldOnce::new(n).fuse()),
        case("timeout, ready", |n| AtOnce(n).timeout(HOUR)),
        case("timeout, yields", |n| YieldOnce::new(n).timeout(HOUR)),
        case("join of 2, ready", |n| future::join((AtOnce(n), AtOnce(n)))),
        case("join of 2, yields", |n| {
            future::join((YieldOnce::new(n), YieldOnce::new(n)))
        }),
    ]
}

/// The same without the library.
#[must_use]
#[allow(clippy::redundant_async_block)] // what one would write for `fuse`
pub fn async_block() -> Vec<Case> {
    vec![
        case("map, ready", |n| async move { add_one(AtOnce(n).await) }),
        case(
            "map, yields",
            |n| async move { add_one(YieldOnce::new(n).await) },
        ),
        case("fuse, ready", |n| async move { AtOnce(n).await }),
        case("fuse, yields", |n| async move { YieldOnce::new(n).await }),
        case("timeout, ready", |n| within_an_hour(AtOnce(n))),
        case("timeout, yields", |n| within_an_hour(YieldOnce::new(n))),
    ]
}

/// The same with futures-rs.
#[must_use]
pub fn futures_rs() -> Vec<Case> {
    use futures::FutureExt;
    vec![
        case("map, ready", |n| AtOnce(n).map(add_one)),
        case("map, yields", |n| YieldOnce::new(n).map(add_one)),
        case("fuse, ready", |n| AtOnce(n).fuse()),
        case("fuse, yields", |n| YieldOnce::new(n).fuse()),
        case("join of 2, ready", |n| async move {
            futures::join!(AtOnce(n), AtOnce(n))
        }),
        case("join of 2, yields", |n| async move {
            futures::join!(YieldOnce::new(n), YieldOnce::new(n))
        }),
    ]
}

fn add_one(number: u64) -> u64 {
    number + 1
}

async fn within_an_hour(child: impl Future<Output = u64>) -> Option<u64> {
    let (mut child, mut sleep) = (pin!(child), pin!(time::sleep(HOUR)));
    poll_fn(|cx| {
        if let Poll::Ready(output) = child.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        sleep.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// Makes and awaits one after the other, in a task.
fn case<F: Future + 'static>(
    name: &'static str,
    make: impl Fn(u64) -> F + Copy + 'static,
) -> Case {
    Case::new(name, 100_000, move |operations| {
        let mut runtime = rt::Runtime::new();
        Box::new(move || {
            runtime.block_on(async {
                let round = rt::spawn(one_by_one(make, operations));
                round.await.expect("it does not panic")
            })
        })
    })
}

async fn one_by_one<F: Future>(
    make: impl Fn(u64) -> F,
    operations: u64,
) -> Duration {
    let start = Instant::now();
    for number in 0..operations {
        black_box(make(black_box(number)).await);
    }
    start.elapsed()
}
