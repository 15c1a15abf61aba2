//! `CancellationToken`: down the tree, never up, and without a trace of who
//! is gone.
//!
//! semantics 1, 2, 32

use std::future::pending;
use std::sync::Arc;
use std::thread;

use onecook::{CancellationToken, block_on, spawn};
use onecook_tests::{
    Counters, CountingWaker, OnDrop, expect_pending, expect_ready, poll_once,
    poll_with, wakes_or_drops, within,
};

/// So deep that recursion overflows the stack of a test's thread.
const DEEP: usize = 100_000;

#[test]
fn cancelling_goes_down_the_tree_and_not_up() {
    let root = CancellationToken::new();
    let (a, b) = (root.child_token(), root.child_token());
    let below = a.child_token();
    a.cancel();
    assert!(a.is_cancelled() && below.is_cancelled());
    assert!(!root.is_cancelled() && !b.is_cancelled());
    root.cancel();
    assert!(root.is_cancelled() && b.is_cancelled());
}

#[test]
fn a_child_of_a_cancelled_token_is_born_cancelled() {
    let root = CancellationToken::new();
    root.cancel();
    let child = root.child_token();
    expect_ready(&mut child.cancelled());
    assert!(child.child_token().is_cancelled());
}

#[test]
fn a_child_is_cancelled_from_further_up_when_its_parent_is_gone() {
    let root = CancellationToken::new();
    let below = root.child_token().child_token();
    root.cancel();
    assert!(below.is_cancelled());
}

#[test]
fn dropping_tokens_cancels_nobody() {
    let root = CancellationToken::new();
    let child = root.child_token();
    drop(root.clone());
    drop(root);
    assert!(!child.is_cancelled());
}

#[test]
fn children_that_are_gone_leave_nothing_behind() {
    let root = CancellationToken::new();
    let keep = root.child_token();
    drop(root.child_token());
    let info = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            drop(root.child_token());
            drop(root.child_token().child_token());
        }
    });
    assert_eq!(info.bytes_current, 0);
    drop(keep);
    let root = CancellationToken::new();
    let info = allocation_counter::measure(|| {
        let many: Vec<_> = (0..1_000).map(|_| root.child_token()).collect();
        drop(many);
    });
    assert_eq!(info.bytes_current, 0);
    root.cancel();
}

#[test]
fn waiting_leaves_nothing_behind_either() {
    let token = CancellationToken::new();
    let woken = CountingWaker::new();
    let mut cancelled = token.cancelled();
    assert!(poll_with(&mut cancelled, &woken.waker()).is_pending());
    assert_eq!(woken.holders(), 1);
    drop(cancelled);
    assert_eq!(woken.holders(), 0);
    token.cancel();
    assert_eq!(woken.wakes(), 0);
}

#[test]
fn everybody_who_waits_is_woken_once_by_the_newest_waker() {
    let root = CancellationToken::new();
    let child = root.child_token();
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let mut above = root.cancelled();
    let mut below = child.cancelled_owned();
    assert!(poll_with(&mut above, &old.waker()).is_pending());
    assert!(poll_with(&mut above, &new.waker()).is_pending());
    assert!(poll_with(&mut below, &new.waker()).is_pending());
    root.cancel();
    root.cancel();
    assert_eq!((old.wakes(), new.wakes()), (0, 2));
    expect_ready(&mut above);
    expect_ready(&mut below);
}

#[test]
fn all_are_cancelled_before_the_first_is_woken_and_nothing_is_locked() {
    within(|| {
        let root = CancellationToken::new();
        let child = root.child_token();
        let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let look = {
            let (root, child, seen) =
                (root.clone(), child.clone(), seen.clone());
            move || {
                let new = root.child_token();
                let _ = poll_once(&mut child.cancelled());
                root.cancel();
                seen.lock().push((child.is_cancelled(), new.is_cancelled()));
            }
        };
        let waker = wakes_or_drops(look, || {});
        let mut above = root.cancelled();
        assert!(poll_with(&mut above, &waker).is_pending());
        root.cancel();
        assert_eq!(*seen.lock(), [(true, true)]);
    });
}

#[test]
fn a_waker_that_calls_back_when_it_is_dropped_finds_nothing_locked() {
    within(|| {
        let token = CancellationToken::new();
        let call_back = {
            let token = token.clone();
            move || drop(token.child_token())
        };
        let mut cancelled = token.cancelled();
        let first = wakes_or_drops(|| {}, call_back.clone());
        assert!(poll_with(&mut cancelled, &first).is_pending());
        drop(first);
        let second = wakes_or_drops(|| {}, call_back);
        assert!(poll_with(&mut cancelled, &second).is_pending());
        drop(second);
        drop(cancelled);
    });
}

#[test]
fn a_chain_of_any_depth_is_cancelled_and_dropped_on_a_small_stack() {
    for order in 0..3 {
        let small = thread::Builder::new().stack_size(64 * 1024);
        let body = move || {
            let root = CancellationToken::new();
            let mut chain = vec![root.clone()];
            for _ in 0..DEEP {
                let below = chain.last().unwrap().child_token();
                chain.push(below);
            }
            let last = chain.pop().unwrap();
            match order {
                0 => drop(chain),                            // from the top
                1 => chain.into_iter().rev().for_each(drop), // from below
                _ => {
                    drop(chain);
                    root.cancel();
                    assert!(last.is_cancelled());
                }
            }
            drop(root);
            drop(last); // the last one takes all that are above with it
        };
        small.spawn(body).unwrap().join().unwrap();
    }
}

#[test]
fn run_until_cancelled_drops_the_future_before_it_returns() {
    let (counters, token) = (Counters::new(), CancellationToken::new());
    let future = counters.probe(|_| std::task::Poll::<()>::Pending);
    let mut run = Box::pin(token.run_until_cancelled(future));
    expect_pending(&mut run);
    assert_eq!((counters.polls(), counters.drops()), (1, 0));
    token.cancel();
    assert_eq!(expect_ready(&mut run), None);
    assert_eq!(counters.drops(), 1);
}

#[test]
fn what_is_cancelled_from_the_start_is_not_polled() {
    let (counters, token) = (Counters::new(), CancellationToken::new());
    token.cancel();
    let future = counters.probe(|_| std::task::Poll::Ready(1));
    let mut run = Box::pin(token.run_until_cancelled(future));
    assert_eq!(expect_ready(&mut run), None);
    assert_eq!((counters.polls(), counters.drops()), (0, 1));
}

#[test]
fn an_end_in_the_poll_that_sees_the_cancellation_counts() {
    let token = CancellationToken::new();
    let mut polls = 0;
    let future = std::future::poll_fn(|_| {
        polls += 1;
        match polls {
            1 => std::task::Poll::Pending,
            _ => std::task::Poll::Ready("fried"),
        }
    });
    let mut run = Box::pin(token.run_until_cancelled(future));
    expect_pending(&mut run);
    token.cancel();
    assert_eq!(expect_ready(&mut run), Some("fried"));
}

#[test]
fn run_until_cancelled_owned_does_the_same_and_borrows_nothing() {
    let (counters, token) = (Counters::new(), CancellationToken::new());
    let run = |token: &CancellationToken| {
        let probe = counters.probe(|_| std::task::Poll::<()>::Pending);
        Box::pin(token.child_token().run_until_cancelled_owned(probe))
    };
    let mut begun = run(&token); // holds the only clone of its token
    expect_pending(&mut begun);
    token.cancel();
    assert_eq!(expect_ready(&mut begun), None);
    assert_eq!((counters.polls(), counters.drops()), (2, 1));
    assert_eq!(expect_ready(&mut run(&token)), None);
    assert_eq!((counters.polls(), counters.drops()), (2, 2));
}

#[test]
fn a_future_that_cancels_its_own_token_when_dropped_does_no_harm() {
    within(|| {
        let token = CancellationToken::new();
        let again = token.clone();
        let on_drop = OnDrop::new(move || again.cancel());
        let mut run = Box::pin(token.run_until_cancelled(async move {
            let _on_drop = on_drop;
            pending::<()>().await;
        }));
        expect_pending(&mut run);
        token.cancel();
        assert_eq!(expect_ready(&mut run), None);
    });
}

#[test]
fn a_drop_guard_cancels_unless_it_is_disarmed() {
    let token = CancellationToken::new();
    drop(token.clone().drop_guard().disarm());
    assert!(!token.is_cancelled());
    drop(token.clone().drop_guard());
    assert!(token.is_cancelled());
}

#[test]
fn any_thread_may_cancel_while_children_come_and_go() {
    within(|| {
        for _ in 0..100 {
            let root = CancellationToken::new();
            let threads: Vec<_> = (0..3)
                .map(|thread| {
                    let root = root.clone();
                    thread::spawn(move || {
                        for _ in 0..50 {
                            drop(root.child_token().child_token());
                        }
                        if thread == 0 {
                            root.cancel();
                        }
                        let child = root.child_token();
                        block_on(child.cancelled());
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
        }
    });
}

#[test]
fn tasks_are_told() {
    block_on(async {
        let token = CancellationToken::new();
        let child = token.child_token();
        let task =
            spawn(
                async move { child.run_until_cancelled(pending::<()>()).await },
            );
        onecook::yield_now().await;
        token.cancel();
        assert_eq!(task.await.unwrap(), None);
    });
}
