//! The models: what must hold in every interleaving.
//!
//! Each runs against the real protocol. The bodies are generic over it, so
//! that `broken.rs` can run them against a faulty one. They share by std's
//! `Arc`: loom's panics again when it is dropped by a model that failed.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::doubles::{Doorbell, List};
use crate::parking::{Notified, Parking};

/// The flag, as the models need it.
pub(crate) trait Flag: Send + Sync + 'static {
    fn new() -> Self;
    fn mark(&self) -> bool;
    fn clear(&self);
}

impl Flag for Notified {
    fn new() -> Notified {
        Notified::new()
    }

    fn mark(&self) -> bool {
        Notified::mark(self)
    }

    fn clear(&self) {
        Notified::clear(self);
    }
}

/// The inbox, as the models need it.
pub(crate) trait Inbox: Send + Sync + 'static {
    fn new(list: List<usize>, bell: Doorbell) -> Self;
    fn deliver(&self, entry: usize);
    fn take(&self) -> Option<usize>;
    fn prepare_to_sleep(&self) -> bool;
    fn wake_up(&self);
    fn close(&self);
}

type RealInbox = Parking<List<usize>, Doorbell>;

impl Inbox for RealInbox {
    fn new(list: List<usize>, bell: Doorbell) -> RealInbox {
        Parking::new(list, bell)
    }

    fn deliver(&self, entry: usize) {
        Parking::deliver(self, entry);
    }

    fn take(&self) -> Option<usize> {
        Parking::take(self)
    }

    fn prepare_to_sleep(&self) -> bool {
        Parking::prepare_to_sleep(self)
    }

    fn wake_up(&self) {
        Parking::wake_up(self);
    }

    fn close(&self) {
        Parking::close(self);
    }
}

/// A thread changes what a task waits for, and wakes it; the executor polls
/// until it has seen the change. A wake that is answered by "one is on its way
/// already" must be one that the poll to come will see.
///
/// The change is relaxed on purpose: only the flag orders it.
pub(crate) fn a_change_before_the_wake_is_seen<F: Flag>(threads: usize) {
    let flag = Arc::new(F::new());
    let changes = Arc::new(AtomicUsize::new(0));
    let delivered = Arc::new(AtomicUsize::new(0));
    let wakers: Vec<_> = (0..threads)
        .map(|_| {
            let (flag, changes) = (flag.clone(), changes.clone());
            let delivered = delivered.clone();
            thread::spawn(move || {
                changes.fetch_add(1, Ordering::Relaxed);
                if flag.mark() {
                    delivered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // The executor: takes a delivery if there is one, clears, polls.
    let mut received = 0;
    let mut seen = 0;
    if delivered.load(Ordering::Relaxed) > received {
        received += 1;
        flag.clear();
        seen = changes.load(Ordering::Relaxed);
    }
    for waker in wakers {
        waker.join().unwrap();
    }
    // Everybody has left. What was delivered will still be received; if
    // nothing was, no poll will follow, so the last one must have seen it all.
    if delivered.load(Ordering::Relaxed) == received {
        assert_eq!(seen, threads, "a wake was lost");
    }
}

/// Senders deliver, the owner takes and sleeps until it has everything: if a
/// doorbell is lost it sleeps for ever.
pub(crate) fn no_doorbell_is_lost<I: Inbox>(senders: usize) {
    let bell = Doorbell::new();
    let inbox = Arc::new(I::new(List::new(), bell.clone()));
    let threads: Vec<_> = (0..senders)
        .map(|number| {
            let inbox = inbox.clone();
            thread::spawn(move || inbox.deliver(number))
        })
        .collect();
    let mut taken = 0;
    while taken < senders {
        while inbox.take().is_some() {
            taken += 1;
        }
        if taken < senders && inbox.prepare_to_sleep() {
            bell.sleep();
            inbox.wake_up();
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(inbox.take(), None);
}

/// The owner closes, and takes what has come, while senders deliver: whatever
/// is sent is taken by somebody, nothing stays in the queue.
pub(crate) fn no_entry_is_kept_after_the_close<I: Inbox>(senders: usize) {
    let list = List::new();
    let inbox = Arc::new(I::new(list.share(), Doorbell::new()));
    let threads: Vec<_> = (0..senders)
        .map(|number| {
            let inbox = inbox.clone();
            thread::spawn(move || inbox.deliver(number))
        })
        .collect();
    inbox.close();
    while inbox.take().is_some() {}
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(crate::parking::Queue::is_empty(&list), "an entry is kept");
}

/// Both at once: two threads wake one task through the whole protocol, the
/// executor sleeps between. It ends only if it has seen both changes.
pub(crate) fn two_wakers_and_a_sleeper<F: Flag, I: Inbox>() {
    let bell = Doorbell::new();
    let inbox = Arc::new(I::new(List::new(), bell.clone()));
    let flag = Arc::new(F::new());
    let changes = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..2)
        .map(|number| {
            let (inbox, flag) = (inbox.clone(), flag.clone());
            let changes = changes.clone();
            thread::spawn(move || {
                changes.fetch_add(1, Ordering::Relaxed);
                if flag.mark() {
                    inbox.deliver(number);
                }
            })
        })
        .collect();
    let mut seen = 0;
    while seen < 2 {
        while inbox.take().is_some() {
            flag.clear();
            seen = changes.load(Ordering::Relaxed);
        }
        if seen < 2 && inbox.prepare_to_sleep() {
            bell.sleep();
            inbox.wake_up();
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_change_before_a_wake_is_seen_by_the_poll_after_it() {
    loom::model(|| a_change_before_the_wake_is_seen::<Notified>(1));
    loom::model(|| a_change_before_the_wake_is_seen::<Notified>(2));
}

#[test]
fn no_doorbell_is_lost_with_one_sender() {
    loom::model(|| no_doorbell_is_lost::<RealInbox>(1));
}

#[test]
fn no_doorbell_is_lost_with_two_senders() {
    bounded().check(|| no_doorbell_is_lost::<RealInbox>(2));
}

#[test]
fn no_entry_is_kept_after_the_close_of_its_owner() {
    loom::model(|| no_entry_is_kept_after_the_close::<RealInbox>(1));
    loom::model(|| no_entry_is_kept_after_the_close::<RealInbox>(2));
}

#[test]
fn two_threads_wake_one_sleeping_task_and_both_are_heard() {
    bounded().check(two_wakers_and_a_sleeper::<Notified, RealInbox>);
}

/// With three threads every interleaving is too many: at most three times a
/// thread is interrupted where it could have gone on.
fn bounded() -> loom::model::Builder {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model
}
