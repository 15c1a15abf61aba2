//! Channels that are not queues: one value, every value to everybody, the
//! latest value. (Queues are in `queues/lines.rs`.)

use std::time::{Duration, Instant};

use super::{case, rt};
use crate::case::Case;
use crate::children::YieldOnce;
use rt::{broadcast, mpsc, oneshot, watch};

/// Messages that a sender sends before it lets the others run.
const BURST: u64 = 32;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("oneshot: send, then receive", 500_000, |n| {
            rt::spawn(send_then_receive(n))
        }),
        case("oneshot: request and answer", 200_000, |n| {
            rt::spawn(request_and_answer(n))
        }),
        case("broadcast: 1 receiver", 500_000, |n| rt::spawn(broadcast(1, n))),
        case("broadcast: 10 receivers", 1_000_000, |n| {
            rt::spawn(broadcast(10, n))
        }),
        case("watch: 1 receiver", 200_000, |n| rt::spawn(watch(1, n))),
        case("watch: 10 receivers", 500_000, |n| rt::spawn(watch(10, n))),
    ]
}

/// A channel for each value, which is there when it is asked for.
async fn send_then_receive(operations: u64) -> Duration {
    let start = Instant::now();
    for number in 0..operations {
        let (sender, receiver) = oneshot::channel();
        sender.send(number).expect("there is a receiver");
        assert_eq!(receiver.await, Ok(number));
    }
    start.elapsed()
}

/// A task answers what another asks: each question brings the channel for
/// its answer, as actors do it.
async fn request_and_answer(operations: u64) -> Duration {
    let start = Instant::now();
    let (requests, mut inbox) = mpsc::channel(16);
    let cook = rt::spawn(async move {
        while let Some((number, answer)) = inbox.recv().await {
            let answer: oneshot::Sender<u64> = answer;
            answer.send(number + 1).expect("somebody waits for it");
        }
    });
    for number in 0..operations {
        let (answer, answered) = oneshot::channel();
        let request = (number, answer);
        assert!(requests.send(request).await.is_ok());
        assert_eq!(answered.await, Ok(number + 1));
    }
    drop(requests);
    cook.await.expect("it does not panic");
    start.elapsed()
}

/// An operation is a message that arrives at one receiver.
async fn broadcast(receivers: u64, operations: u64) -> Duration {
    let messages = operations / receivers;
    let (sender, _) = broadcast::channel(2 * BURST as usize);
    let mut handles = Vec::new();
    for _ in 0..receivers {
        let mut receiver = sender.subscribe();
        handles.push(rt::spawn(async move {
            for number in 0..messages {
                assert_eq!(receiver.recv().await, Ok(number));
            }
        }));
    }
    YieldOnce::new(0).await;
    let start = Instant::now();
    for number in 0..messages {
        sender.send(number).expect("there are receivers");
        if number % BURST == BURST - 1 {
            YieldOnce::new(0).await; // all receivers run in between
        }
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}

/// An operation is a value that one receiver sees.
async fn watch(receivers: u64, operations: u64) -> Duration {
    let values = operations / receivers;
    let (sender, receiver) = watch::channel(0);
    let mut handles = Vec::new();
    for _ in 0..receivers {
        let mut receiver = receiver.clone();
        handles.push(rt::spawn(async move {
            for value in 1..=values {
                receiver.changed().await.expect("there is a sender");
                assert_eq!(*receiver.borrow_and_update(), value);
            }
        }));
    }
    drop(receiver);
    YieldOnce::new(0).await;
    let start = Instant::now();
    for value in 1..=values {
        sender.send(value).expect("there are receivers");
        YieldOnce::new(0).await; // all receivers run in between
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}
