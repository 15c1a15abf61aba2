//! How many bytes, and how many calls of the allocator.

use std::future::Future;
use std::time::Duration;

use super::rt;
use crate::case::{Memory, MemoryCase};
use crate::counting;
use crate::echo_client::{MESSAGE, buffer_for};
use crate::growth::Clients;
use crate::relay::Parked;

pub(super) fn cases() -> Vec<MemoryCase> {
    vec![
        MemoryCase { name: "pending task, 2^20 in all", run: pending_2_20 },
        MemoryCase { name: "pending task, a few more", run: pending_few_more },
        MemoryCase { name: "pending task, 1,000,000", run: pending_million },
        MemoryCase { name: "sleeping task, 1,000,000", run: sleeping_million },
        MemoryCase { name: "spawn and join, steady", run: steady_spawn },
        MemoryCase { name: "spawn 100 and join, steady", run: steady_burst },
    ]
}

/// With the task of the idle socket: a table that doubles is just full.
fn pending_2_20() -> Memory {
    pending((1 << 20) - 1)
}

/// A table that doubles has just done so: the worst case.
fn pending_few_more() -> Memory {
    pending((1 << 20) + 3)
}

fn pending_million() -> Memory {
    pending(1_000_000)
}

fn pending(count: usize) -> Memory {
    settled(count, size_of::<Parked>(), async move {
        for _ in 0..count {
            rt::detach(rt::spawn(Parked::default()));
        }
    })
}

/// So many pending tasks, or connections that wait for a message.
pub(super) fn grow(kind: &str, count: usize) -> Memory {
    match kind {
        "task" => pending(count),
        "connection" => connections(count),
        _ => panic!("there is no growth of `{kind}`"),
    }
}

/// A task for each. The clients' ends are in a process of their own.
fn connections(count: usize) -> Memory {
    let mut clients = None;
    settled(count, 0, async {
        let listener = rt::listen().await;
        let server = listener.local_addr().expect("an address");
        clients = Some(Clients::start(server, count));
        for _ in 0..count {
            let (stream, _) = listener.accept().await.expect("a client");
            let echo = rt::echo_back(stream, buffer_for(MESSAGE));
            rt::detach(rt::spawn(echo));
        }
    })
}

fn sleeping_million() -> Memory {
    let count = 1_000_000;
    settled(count, 0, async move {
        for number in 0..count as u64 {
            rt::detach(rt::spawn(async move {
                let minute = Duration::from_secs(60);
                rt::sleep(minute + Duration::from_micros(number)).await;
            }));
        }
    })
}

/// Runs `spawner` in the main future, lets everybody be polled and the
/// runtime go to sleep once; counts what is still there.
fn settled(
    count: usize,
    future: usize,
    spawner: impl Future<Output = ()>,
) -> Memory {
    let mut runtime = rt::Runtime::new();
    runtime.block_on(rt::register_an_idle_socket());
    let before = counting::begin();
    runtime.block_on(spawner);
    for _ in 0..3 {
        runtime.block_on(async {
            rt::sleep(Duration::from_millis(10)).await;
        });
    }
    let bytes = counting::bytes() - before.bytes;
    let calls = counting::calls() - before.calls;
    let peak = counting::peak() - before.bytes;
    Memory { count, future, bytes, peak, calls }
}

fn steady_spawn() -> Memory {
    let count = 10_000;
    steady(count, || async move {
        for number in 0..count {
            let egg = rt::spawn(async move { number });
            assert_eq!(egg.await.expect("it does not panic"), number);
        }
    })
}

fn steady_burst() -> Memory {
    let count = 10_000;
    steady(count, || async move {
        let mut handles = Vec::with_capacity(100);
        for _ in 0..count / 100 {
            handles.extend(
                (0..100).map(|number| rt::spawn(async move { number })),
            );
            for handle in handles.drain(..) {
                handle.await.expect("it does not panic");
            }
        }
    })
}

/// Runs `work` twice, and counts the second time.
fn steady<F: Future<Output = ()>>(
    count: usize,
    work: impl Fn() -> F,
) -> Memory {
    let mut runtime = rt::Runtime::new();
    runtime.block_on(rt::register_an_idle_socket());
    runtime.block_on(work());
    let before = counting::begin();
    runtime.block_on(work());
    let bytes = counting::bytes().saturating_sub(before.bytes);
    let calls = counting::calls() - before.calls;
    let peak = counting::peak() - before.bytes;
    Memory { count, future: 0, bytes, peak, calls }
}
