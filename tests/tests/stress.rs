//! No wake is lost: threads change something, then wake; the poll must see it.
//!
//! `ONECOOK_WAKES=100000000 cargo test -p onecook-tests --release --test
//! stress` makes as many wakes as that; by default about a million.
//!
//! semantics 3, 4; design section 4
#![allow(clippy::items_after_statements)] // close to where they are used

use std::env;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use onecook::{Builder, Handle, JoinHandle, block_on, spawn, yield_now};
use onecook_tests::WakerSlot;

const THREADS: u64 = 3;
const TASKS: usize = 4;

fn wakes() -> u64 {
    let asked = env::var("ONECOOK_WAKES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(1_000_000)
}

/// Ends when it has seen every change. A change is made with a relaxed store:
/// nothing but the wake brings it here.
struct Sees {
    changes: Arc<Vec<AtomicU64>>,
    until: u64,
    slot: WakerSlot,
    waker_is_left: bool,
    polls: Arc<AtomicU64>,
}

impl Future for Sees {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.polls.fetch_add(1, Ordering::Relaxed);
        if !std::mem::replace(&mut this.waker_is_left, true) {
            this.slot.store(cx);
        }
        let seen = this.changes.iter().map(|it| it.load(Ordering::Relaxed));
        if seen.sum::<u64>() == this.until {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

struct Target {
    task: JoinHandle<()>,
    changes: Arc<Vec<AtomicU64>>,
    slot: WakerSlot,
}

fn target(each: u64, polls: &Arc<AtomicU64>) -> Target {
    let changes: Vec<_> = (0..THREADS).map(|_| AtomicU64::new(0)).collect();
    let changes = Arc::new(changes);
    let slot = WakerSlot::new();
    let task = spawn(Sees {
        changes: changes.clone(),
        until: each * THREADS,
        slot: slot.clone(),
        waker_is_left: false,
        polls: polls.clone(),
    });
    Target { task, changes, slot }
}

/// Changes, then wakes, over and over.
fn shower(mine: usize, each: u64, targets: &[(Arc<Vec<AtomicU64>>, Waker)]) {
    for round in 1..=each {
        for (changes, waker) in targets {
            changes[mine].store(round, Ordering::Relaxed);
            waker.wake_by_ref();
        }
    }
}

#[test]
fn no_wake_of_another_thread_is_lost() {
    let each = wakes() / (THREADS * TASKS as u64);
    // A lost wake sleeps for ever: the suspicion becomes a failure instead.
    let runtime = Builder::new().deadlock_delay(None).build().unwrap();
    let polls = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        let targets: Vec<_> =
            (0..TASKS).map(|_| target(each, &polls)).collect();
        yield_now().await;
        let shared: Vec<_> = targets
            .iter()
            .map(|it| (it.changes.clone(), it.slot.waker()))
            .collect();
        let shared = Arc::new(shared);
        let threads: Vec<_> = (0..THREADS)
            .map(|mine| {
                let shared = shared.clone();
                let mine = usize::try_from(mine).unwrap();
                thread::spawn(move || shower(mine, each, &shared))
            })
            .collect();
        drop(shared);
        for it in targets {
            drop(it.slot);
            it.task.await.unwrap();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let made = each * THREADS * TASKS as u64;
    let polls = polls.load(Ordering::Relaxed);
    println!("{made} wakes made {polls} polls");
    assert!(polls <= made + 2 * TASKS as u64);
    assert_eq!(runtime.metrics().empty_turns, 0);
}

#[test]
fn a_ping_pong_between_two_runtimes_never_stalls() {
    // Each wake finds the other asleep or about to be: the narrow moment.
    const ROUNDS: u64 = 20_000;
    let count = Arc::new(AtomicU64::new(0));
    let slots = [WakerSlot::new(), WakerSlot::new()];
    let players: Vec<_> = (0..2_u64)
        .map(|me| {
            let count = count.clone();
            let own = slots[usize::try_from(me).unwrap()].clone();
            let other = slots[usize::try_from(1 - me).unwrap()].clone();
            thread::spawn(move || {
                let player = Player { me, count, own, other };
                let builder = Builder::new().deadlock_delay(None);
                let runtime = builder.build().unwrap();
                let _open = runtime.handle(); // others may still wake it
                runtime.block_on(player);
            })
        })
        .collect();
    for player in players {
        player.join().unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), ROUNDS);

    struct Player {
        me: u64,
        count: Arc<AtomicU64>,
        own: WakerSlot,
        other: WakerSlot,
    }

    impl Future for Player {
        type Output = ();

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.own.store(cx);
            loop {
                let count = self.count.load(Ordering::SeqCst);
                if count == ROUNDS {
                    self.other.wake();
                    return Poll::Ready(());
                }
                if count % 2 != self.me {
                    return Poll::Pending;
                }
                self.count.store(count + 1, Ordering::SeqCst);
                self.other.wake();
            }
        }
    }
}

#[test]
fn spawns_aborts_and_wakes_from_other_threads_mix() {
    const ROUNDS: usize = 2_000;
    block_on(async {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let handle = Handle::current();
                thread::spawn(move || mix(&handle, ROUNDS))
            })
            .collect();
        let joined = onecook::spawn_blocking(move || {
            let ended = threads.into_iter().map(|it| it.join().unwrap());
            ended.sum::<usize>()
        });
        assert_eq!(joined.await.unwrap(), 2 * ROUNDS);
    });
}

fn mix(handle: &Handle, rounds: usize) -> usize {
    let ended = (0..rounds).map(|round| {
        let slot = WakerSlot::new();
        let inner = slot.clone();
        let mut polled = false;
        let remote = handle.spawn(move || {
            std::future::poll_fn(move |cx| {
                inner.store(cx);
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                Poll::Pending
            })
        });
        if round % 3 == 0 {
            remote.abort();
        } else {
            slot.wait_for().wake();
        }
        match remote.join() {
            Ok(()) => 1,
            Err(error) => usize::from(error.is_cancelled()),
        }
    });
    ended.sum()
}
