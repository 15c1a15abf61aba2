//! Timers: most are set and never fire.

use std::future::{Future, poll_fn};
use std::hint;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{case, rt};
use crate::asleep;
use crate::case::Case;

const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("timer: set and cancel", 200_000, |n| {
            rt::spawn(set_and_cancel(0, n))
        }),
        case("timer: same, beside 100,000", 200_000, |n| {
            rt::spawn(set_and_cancel(100_000, n))
        }),
        case("timers firing: 100,000", 100_000, |n| rt::spawn(fire(n))),
    ]
}

/// Polls a future once: a sleep sets its timer.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// A timeout that is not reached: set, then dropped. `others` are set before
/// and stay.
async fn set_and_cancel(others: u64, operations: u64) -> Duration {
    let mut beside = Vec::new();
    for number in 0..others {
        let after = MINUTE + Duration::from_millis(number);
        let mut sleep = Box::pin(rt::sleep(after));
        poll_once(sleep.as_mut()).await;
        beside.push(sleep);
    }
    let start = Instant::now();
    for number in 0..operations {
        let after = MINUTE + Duration::from_micros(number);
        poll_once(pin!(rt::sleep(after))).await;
    }
    start.elapsed()
}

/// A task for each timer, deadlines in random order within ten milliseconds.
/// The clock starts when all are due: what is left is to fire and to wake.
async fn fire(operations: u64) -> Duration {
    asleep::expect(operations);
    let set_up = Duration::from_millis(50) + us(3 * operations);
    let begin = rt::Instant::now() + set_up;
    let mut random = 1_u64;
    let mut handles = Vec::with_capacity(operations as usize);
    for _ in 0..operations {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let deadline = begin + us((random >> 33) % 10_000);
        handles.push(rt::spawn(async move {
            asleep::one_more();
            rt::sleep_until(deadline).await;
        }));
    }
    asleep::all().await;
    assert!(rt::Instant::now() < begin, "the machine is too slow for this");
    while rt::Instant::now() < begin + us(11_000) {
        hint::spin_loop();
    }
    let start = Instant::now();
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}

fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}
