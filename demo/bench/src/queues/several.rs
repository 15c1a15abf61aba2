//! Several receivers of one queue.

use std::time::{Duration, Instant};

use super::lines::round;
use super::{queue, rt};
use crate::case::Case;

/// What can be done with several receivers.
pub fn cases() -> Vec<Case> {
    vec![round::case("mpmc bounded: 4 to 4", 1_000_000, |n| {
        rt::spawn(several(4, n))
    })]
}

/// Senders and receivers, as many of each; there is room for 128.
async fn several(each: u64, operations: u64) -> Duration {
    let (sender, receiver) = queue::bounded(128);
    let start = Instant::now();
    let mut handles = Vec::new();
    for _ in 0..each {
        let (sender, receiver) = (sender.clone(), receiver.clone());
        drop(rt::spawn(async move {
            for number in 0..operations / each {
                sender.send(number).await.expect("there is a receiver");
            }
        }));
        handles.push(rt::spawn(async move {
            let mut count = 0;
            while queue::received(receiver.recv().await).is_some() {
                count += 1;
            }
            count
        }));
    }
    drop((sender, receiver));
    let mut count = 0;
    for handle in handles {
        count += handle.await.expect("it does not panic");
    }
    assert_eq!(count, operations);
    start.elapsed()
}
