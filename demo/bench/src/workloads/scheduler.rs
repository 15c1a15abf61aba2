//! Tasks that need no outside: spawn, join, wake.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::{case, rt};
use crate::case::Case;
use crate::relay::{Baton, Relay};

/// Branches of the tree from its root to a leaf.
const DEPTH: u32 = 12;

/// Tasks in a tree.
const TREE: u64 = (2 << DEPTH) - 1;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("spawn and join, one by one", 200_000, |n| {
            rt::spawn(spawn_and_join(n))
        }),
        case("spawn all, then join", 200_000, |n| {
            rt::spawn(spawn_then_join(n))
        }),
        case("ping-pong: 2 tasks", 1_000_000, |n| rt::spawn(relay(2, n))),
        case("chain of wakes: 1,000 tasks", 1_000_000, |n| {
            rt::spawn(relay(1000, n))
        }),
        case("join tree, 12 deep", 20 * TREE, |n| rt::spawn(trees(n))),
    ]
}

async fn spawn_and_join(operations: u64) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    for number in 0..operations {
        let egg = rt::spawn(async move { number });
        sum += egg.await.expect("it does not panic");
    }
    assert_eq!(sum, operations * (operations - 1) / 2);
    start.elapsed()
}

async fn spawn_then_join(operations: u64) -> Duration {
    let start = Instant::now();
    let mut handles = Vec::with_capacity(operations as usize);
    for number in 0..operations {
        handles.push(rt::spawn(async move { number }));
    }
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.expect("it does not panic");
    }
    assert_eq!(sum, operations * (operations - 1) / 2);
    start.elapsed()
}

/// Tasks in a ring: each waits for the baton and wakes the next.
async fn relay(tasks: u64, operations: u64) -> Duration {
    let relay = Relay::new(tasks as usize);
    let mut handles = Vec::new();
    for runner in 0..tasks as usize {
        handles.push(rt::spawn(async move {
            for _ in 0..operations / tasks {
                Baton { relay, runner }.await;
                relay.pass_on(runner);
            }
        }));
    }
    let start = Instant::now();
    relay.give(0);
    for handle in handles {
        handle.await.expect("it does not panic");
    }
    start.elapsed()
}

/// A task that spawns two, which spawn two each; everybody joins its own.
async fn trees(operations: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..operations / TREE {
        let tree = rt::spawn(Tree::new(DEPTH));
        let leaves = tree.await.expect("it does not panic");
        assert_eq!(leaves, 1 << DEPTH);
    }
    start.elapsed()
}

/// Written by hand, since an `async fn` cannot spawn itself where tasks have to
/// be `Send`.
struct Tree {
    depth: u32,
    branches: Option<[Branch; 2]>,
}

enum Branch {
    Growing(rt::JoinHandle<u64>),
    Done(u64),
}

impl Tree {
    fn new(depth: u32) -> Tree {
        Tree { depth, branches: None }
    }
}

impl Future for Tree {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let depth = self.depth;
        if depth == 0 {
            return Poll::Ready(1);
        }
        let grow = || Branch::Growing(rt::spawn(Tree::new(depth - 1)));
        let branches = self.branches.get_or_insert_with(|| [grow(), grow()]);
        let mut leaves = 0;
        for branch in branches {
            leaves += ready!(branch.poll(cx));
        }
        Poll::Ready(leaves)
    }
}

impl Branch {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<u64> {
        if let Branch::Growing(handle) = self {
            let joined = ready!(Pin::new(handle).poll(cx));
            *self = Branch::Done(joined.expect("it does not panic"));
        }
        let Branch::Done(leaves) = self else { unreachable!("it is done") };
        Poll::Ready(*leaves)
    }
}
