//! Wakes that come from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{case, rt};
use crate::case::Case;
use crate::signal::Signal;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("thread wakes task, and back", 20_000, |n| {
            rt::spawn(there_and_back(n))
        }),
        case("thread wakes 64 busy tasks", 500_000, |n| {
            rt::spawn(shower(64, n))
        }),
    ]
}

/// A thread wakes the task, the task unparks the thread, one at a time: each
/// is asleep when the other calls.
async fn there_and_back(operations: u64) -> Duration {
    let signal = Arc::new(Signal::default());
    let answered = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let caller = {
        let (signal, answered) = (signal.clone(), answered.clone());
        thread::spawn(move || {
            for _ in 0..operations {
                signal.set();
                while !answered.swap(false, Ordering::AcqRel) {
                    thread::park();
                }
            }
        })
    };
    for _ in 0..operations {
        signal.wait().await;
        answered.store(true, Ordering::Release);
        caller.thread().unpark();
    }
    let took = start.elapsed();
    caller.join().expect("it does not panic");
    took
}

/// A thread wakes many tasks in turn, as fast as it can.
async fn shower(tasks: u64, operations: u64) -> Duration {
    let over = Arc::new(AtomicBool::new(false));
    let mut signals = Vec::new();
    let mut handles = Vec::new();
    for _ in 0..tasks {
        let (signal, over) = (Arc::new(Signal::default()), over.clone());
        signals.push(signal.clone());
        handles.push(rt::spawn(async move {
            while !over.load(Ordering::Acquire) {
                signal.wait().await;
            }
        }));
    }
    rt::yield_now().await;
    let start = Instant::now();
    let caller = thread::spawn(move || {
        let turns = signals.iter().cycle().take(operations as usize);
        for signal in turns {
            signal.set();
        }
        over.store(true, Ordering::Release);
        for signal in &signals {
            signal.set();
        }
    });
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    let took = start.elapsed();
    caller.join().expect("it does not panic");
    took
}
