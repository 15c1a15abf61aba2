//! The limit: the same work with no runtime.
//!
//! A queue of boxed futures, polled in turn with a waker that does nothing;
//! and for the echo a loop of callbacks around mio. No runtime with tasks,
//! wakers and handles can be faster. It is a yardstick, not a peer.
//!
//! Next: `raw_echo.rs`.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::{echo_client, raw_echo};

/// Its name in the tables.
pub const NAME: &str = "limit";

type Boxed = Pin<Box<dyn Future<Output = u64>>>;

/// What can be done with no runtime at all.
#[must_use]
pub fn cases() -> Vec<Case> {
    vec![
        case("yield: 1 task", 1_000_000, |n| yields(1, n)),
        case("yield: 10 tasks", 1_000_000, |n| yields(10, n)),
        case("yield: 1,000 tasks", 1_000_000, |n| yields(1000, n)),
        case("spawn and join, one by one", 200_000, one_by_one),
        case("spawn all, then join", 200_000, all_at_once),
        case("TCP echo, 64 B, 1 connection", 20_000, |n| echo(1, n)),
        case("TCP echo, 64 B, 100 connections", 100_000, |n| echo(100, n)),
    ]
}

/// Prints its address, then echoes over so many connections.
///
/// # Panics
///
/// If a connection breaks.
pub fn serve_echo(connections: usize) {
    let mut server = raw_echo::Server::bind().expect("a port");
    println!("{}", server.local_addr().expect("an address"));
    server.serve(connections).expect("no error");
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

fn echo(connections: usize, round_trips: u64) -> Duration {
    let mut server = raw_echo::Server::bind().expect("a port");
    let address = server.local_addr().expect("an address");
    let client = thread::spawn(move || {
        echo_client::run(address, connections, round_trips)
    });
    server.serve(connections).expect("no error");
    client.join().expect("the client does not panic")
}
