//! What is done with a queue. Compiled once for each: `queue` and `rt` are
//! others each time.
//!
//! An operation is a message that arrives.

use std::thread;
use std::time::{Duration, Instant};

use super::{queue, rt};
use crate::case::Case;
use crate::children::YieldOnce;

#[path = "../workloads/round.rs"]
pub(super) mod round;

use round::case;

/// Messages that an unbounded sender sends before it lets the others run.
const BURST: u64 = 1000;

/// What can be done with one receiver. `kind` stands before the names.
pub fn cases(kind: &str) -> Vec<Case> {
    let name = |what: &str| -> &'static str {
        format!("{kind} {what}").leak() // it lives as long as the program
    };
    vec![
        case(name("bounded: ping-pong"), 500_000, |n| {
            rt::spawn(bounded_ping_pong(n))
        }),
        case(name("bounded: burst"), 1_000_000, |n| {
            rt::spawn(bounded_burst(1, n))
        }),
        case(name("bounded: 10 senders"), 1_000_000, |n| {
            rt::spawn(bounded_burst(10, n))
        }),
        case(name("bounded: from a thread"), 500_000, |n| {
            rt::spawn(bounded_from_a_thread(n))
        }),
        case(name("unbounded: ping-pong"), 500_000, |n| {
            rt::spawn(unbounded_ping_pong(n))
        }),
        case(name("unbounded: burst"), 1_000_000, |n| {
            rt::spawn(unbounded_burst(n))
        }),
        case(name("unbounded: from a thread"), 500_000, |n| {
            rt::spawn(unbounded_from_a_thread(n))
        }),
    ]
}

/// Two tasks send each other a message in turn; there is room for one.
async fn bounded_ping_pong(operations: u64) -> Duration {
    let (ping, mut pinged) = queue::bounded(1);
    let (pong, mut ponged) = queue::bounded(1);
    let ponged = &mut ponged;
    let start = Instant::now();
    let other = rt::spawn(async move {
        let pinged = &mut pinged;
        while let Some(number) = queue::received(pinged.recv().await) {
            pong.send(number).await.expect("there is a receiver");
        }
    });
    for number in 0..operations / 2 {
        ping.send(number).await.expect("there is a receiver");
        assert_eq!(queue::received(ponged.recv().await), Some(number));
    }
    drop(ping);
    other.await.expect("it does not panic");
    start.elapsed()
}

/// The same, with all the room there is.
async fn unbounded_ping_pong(operations: u64) -> Duration {
    let (ping, mut pinged) = queue::unbounded();
    let (pong, mut ponged) = queue::unbounded();
    let ponged = &mut ponged;
    let start = Instant::now();
    let other = rt::spawn(async move {
        let pinged = &mut pinged;
        while let Some(number) = queue::received(pinged.recv().await) {
            queue::send_now(&pong, number);
        }
    });
    for number in 0..operations / 2 {
        queue::send_now(&ping, number);
        assert_eq!(queue::received(ponged.recv().await), Some(number));
    }
    drop(ping);
    other.await.expect("it does not panic");
    start.elapsed()
}

/// Senders send as fast as they can, a receiver takes it; there is room for
/// 128.
async fn bounded_burst(senders: u64, operations: u64) -> Duration {
    let (sender, receiver) = queue::bounded(128);
    let start = Instant::now();
    for _ in 0..senders {
        let sender = sender.clone();
        drop(rt::spawn(async move {
            for number in 0..operations / senders {
                sender.send(number).await.expect("there is a receiver");
            }
        }));
    }
    drop(sender);
    assert_eq!(count(receiver).await, operations);
    start.elapsed()
}

async fn count(mut receiver: queue::Receiver<u64>) -> u64 {
    let receiver = &mut receiver;
    let mut count = 0;
    while queue::received(receiver.recv().await).is_some() {
        count += 1;
    }
    count
}

async fn count_unbounded(mut receiver: queue::UnboundedReceiver<u64>) -> u64 {
    let receiver = &mut receiver;
    let mut count = 0;
    while queue::received(receiver.recv().await).is_some() {
        count += 1;
    }
    count
}

/// A sender sends 1,000 messages, then goes to the end of the queue.
async fn unbounded_burst(operations: u64) -> Duration {
    let (sender, receiver) = queue::unbounded();
    let start = Instant::now();
    drop(rt::spawn(async move {
        for number in 0..operations {
            queue::send_now(&sender, number);
            if number % BURST == BURST - 1 {
                YieldOnce::new(0).await;
            }
        }
    }));
    assert_eq!(count_unbounded(receiver).await, operations);
    start.elapsed()
}

/// A thread sends as fast as it can.
async fn bounded_from_a_thread(operations: u64) -> Duration {
    let (sender, receiver) = queue::bounded(128);
    let start = Instant::now();
    let thread = thread::spawn(move || {
        for number in 0..operations {
            queue::send_blocking(&sender, number);
        }
    });
    assert_eq!(count(receiver).await, operations);
    let took = start.elapsed();
    thread.join().expect("it does not panic");
    took
}

/// The same, with all the room there is.
async fn unbounded_from_a_thread(operations: u64) -> Duration {
    let (sender, receiver) = queue::unbounded();
    let start = Instant::now();
    let thread = thread::spawn(move || {
        for number in 0..operations {
            queue::send_now(&sender, number);
        }
    });
    assert_eq!(count_unbounded(receiver).await, operations);
    let took = start.elapsed();
    thread.join().expect("it does not panic");
    took
}
