//! `Notify`, `Semaphore`, `Mutex`: in turn, and nothing lost.
//!
//! semantics 1, 2, 6, 23 (what is handed to one who is dropped moves on)

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use onecook::sync::{Mutex, Notify, Semaphore, TryAcquireError};
use onecook::{CancellationToken, JoinHandle, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, OnDrop, expect_pending, expect_ready, on_wake,
    poll_once, poll_with, wakes_or_drops, within,
};
use proptest::prelude::*;

fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

// Notify

#[test]
fn notify_one_before_anybody_waits_is_remembered_once() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    expect_ready(&mut notify.notified());
    expect_pending(&mut notify.notified());
}

#[test]
fn notify_one_tells_those_who_wait_in_their_order() {
    let notify = Notify::new();
    let mut waiting = [(); 3].map(|()| notify.notified());
    waiting.iter_mut().rev().for_each(expect_pending);
    for told in (0..3).rev() {
        notify.notify_one();
        expect_ready(&mut waiting[told]);
    }
}

#[test]
fn notify_waiters_tells_everybody_who_asked_before_and_nobody_after() {
    let notify = Notify::new();
    let mut polled = notify.notified();
    expect_pending(&mut polled);
    let mut asked = notify.notified();
    notify.notify_waiters();
    expect_ready(&mut polled);
    expect_ready(&mut asked);
    expect_pending(&mut notify.notified());
}

#[test]
fn a_notify_one_handed_to_one_who_is_dropped_moves_on() {
    let notify = Notify::new();
    let woken = CountingWaker::new();
    let (mut a, mut b) = (notify.notified(), notify.notified());
    expect_pending(&mut a);
    assert!(poll_with(&mut b, &woken.waker()).is_pending());
    notify.notify_one();
    assert_eq!(woken.wakes(), 0);
    drop(a);
    assert_eq!(woken.wakes(), 1);
    drop(b);
    expect_ready(&mut notify.notified());
}

#[test]
fn a_notify_waiters_does_not_move_on() {
    let notify = Notify::new();
    let mut a = notify.notified();
    expect_pending(&mut a);
    notify.notify_waiters();
    drop(a);
    expect_pending(&mut notify.notified());
}

#[test]
fn enable_takes_the_place_in_line_without_a_poll() {
    let notify = Notify::new();
    let (mut a, mut b) = (notify.notified(), notify.notified());
    assert!(!a.enable() && !b.enable());
    notify.notify_one();
    assert!(a.enable() && !b.enable());
    expect_ready(&mut a);
    assert!(a.enable());
    notify.notify_one();
    assert!(b.enable());
    drop(b); // enabled, told, and never polled
    expect_ready(&mut notify.notified());
}

#[test]
fn an_enabled_one_is_woken_once_it_was_polled() {
    let notify = Notify::new();
    let woken = CountingWaker::new();
    let mut told = notify.notified();
    told.enable();
    assert!(poll_with(&mut told, &woken.waker()).is_pending());
    notify.notify_one();
    assert_eq!((woken.wakes(), woken.holders()), (1, 0));
}

// Semaphore

#[test]
fn a_big_request_is_not_starved_by_small_ones() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.try_acquire().unwrap();
    let mut big = semaphore.acquire_many(2);
    expect_pending(&mut big);
    let mut small = semaphore.acquire();
    expect_pending(&mut small); // although one is free
    assert_eq!(semaphore.available_permits(), 1);
    let refused = semaphore.try_acquire().unwrap_err();
    assert_eq!(refused, TryAcquireError::NoPermits);
    drop(held);
    expect_pending(&mut small);
    drop(expect_ready(&mut big).unwrap());
    drop(expect_ready(&mut small).unwrap());
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn when_a_big_request_at_the_front_goes_those_behind_are_served() {
    let semaphore = Semaphore::new(1);
    let woken = CountingWaker::new();
    let mut big = semaphore.acquire_many(2);
    expect_pending(&mut big);
    let mut small = semaphore.acquire();
    assert!(poll_with(&mut small, &woken.waker()).is_pending());
    drop(big);
    assert_eq!(woken.wakes(), 1);
    assert!(expect_ready(&mut small).is_ok());
}

#[test]
fn permits_handed_to_one_who_is_dropped_go_to_the_next() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let (mut a, mut b) = (semaphore.acquire(), semaphore.acquire());
    expect_pending(&mut a);
    expect_pending(&mut b);
    drop(held);
    assert_eq!(semaphore.available_permits(), 0); // it is handed over
    drop(a);
    drop(expect_ready(&mut b).unwrap());
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn closing_ends_those_who_wait_and_spares_what_was_handed_out() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.try_acquire_many(2).unwrap();
    let (mut granted, mut waiting) = (semaphore.acquire(), semaphore.acquire());
    let mut first = semaphore.acquire();
    expect_pending(&mut first);
    expect_pending(&mut granted);
    drop(held);
    let two = semaphore.try_acquire().unwrap_err();
    assert_eq!(two, TryAcquireError::NoPermits);
    expect_pending(&mut waiting);
    semaphore.close();
    assert!(semaphore.is_closed());
    assert!(expect_ready(&mut first).is_ok());
    assert!(expect_ready(&mut granted).is_ok());
    let error = expect_ready(&mut waiting).unwrap_err();
    assert_eq!(error.to_string(), "the semaphore was closed");
    assert!(expect_ready(&mut semaphore.acquire()).is_err());
    let closed = semaphore.try_acquire().unwrap_err();
    assert_eq!(closed, TryAcquireError::Closed);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn too_many_permits_are_refused_and_change_nothing() {
    let semaphore = Semaphore::new(1);
    let text = panic_text(|| semaphore.add_permits(Semaphore::MAX_PERMITS));
    assert!(text.contains("`Semaphore::MAX_PERMITS`"), "{text}");
    let text = panic_text(|| semaphore.add_permits(usize::MAX));
    assert!(text.contains("`Semaphore::MAX_PERMITS`"), "{text}");
    assert_eq!(semaphore.available_permits(), 1);
    panic_text(|| drop(Semaphore::new(usize::MAX)));
}

#[test]
fn permits_of_two_semaphores_are_not_merged() {
    let (a, b) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit = a.try_acquire().unwrap();
    let other = b.try_acquire().unwrap();
    let text = panic_text(|| permit.merge(other));
    assert!(text.contains("permits of two semaphores"), "{text}");
    drop(permit);
    assert_eq!((a.available_permits(), b.available_permits()), (1, 1));
}

// Mutex

#[test]
fn a_mutex_is_locked_in_the_order_of_asking() {
    let mutex = Mutex::new(Vec::new());
    let mut held = mutex.try_lock().unwrap();
    held.push(0);
    let (mut a, mut b) = (mutex.lock(), mutex.lock());
    expect_pending(&mut b);
    expect_pending(&mut a);
    drop(held);
    assert!(mutex.try_lock().is_err(), "it is b's turn");
    expect_pending(&mut a);
    expect_ready(&mut b).push(1);
    expect_ready(&mut a).push(2);
    drop((a, b));
    assert_eq!(mutex.into_inner(), [0, 1, 2]);
}

#[test]
fn a_turn_handed_to_one_who_is_dropped_goes_to_the_next() {
    let mutex = Mutex::new("A");
    let held = mutex.try_lock().unwrap();
    let (mut a, mut b) = (mutex.lock(), mutex.lock());
    expect_pending(&mut a);
    expect_pending(&mut b);
    drop(held);
    drop(a);
    drop(expect_ready(&mut b));
    assert_eq!(*mutex.try_lock().unwrap(), "A");
}

#[test]
fn one_who_is_dropped_before_its_turn_leaves_the_lock_alone() {
    let mutex = Mutex::new("A");
    let held = mutex.try_lock().unwrap();
    let mut waiting = mutex.lock();
    expect_pending(&mut waiting);
    drop(waiting);
    assert!(mutex.try_lock().is_err());
    drop(held);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_panic_while_the_guard_is_held_does_not_poison() {
    let mutex = Mutex::new(1);
    panic_text(|| {
        let mut guard = mutex.try_lock().unwrap();
        *guard = 2;
        panic!("the pan fell down");
    });
    assert_eq!(*mutex.try_lock().unwrap(), 2);
}

#[test]
fn a_guard_held_across_an_await_keeps_the_others_out() {
    let mutex = Arc::new(Mutex::new(0));
    block_on(async {
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let mutex = mutex.clone();
                spawn(async move {
                    for _ in 0..10 {
                        let mut guard = mutex.clone().lock_owned().await;
                        let before = *guard;
                        yield_now().await;
                        *guard = before + 1;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*mutex.blocking_lock(), 100);
}

#[test]
fn blocking_lock_on_a_runtimes_own_thread_says_what_to_do() {
    block_on(async {
        let mutex = Mutex::new(1);
        let text = panic_text(|| drop(mutex.blocking_lock()));
        assert!(text.contains("`Mutex::blocking_lock` was called"), "{text}");
        assert!(text.contains("spawn_blocking"), "{text}");
        assert_eq!(*mutex.try_lock().unwrap(), 1);
    });
}

#[test]
fn a_forgotten_guard_takes_the_value_with_it() {
    let mut mutex = Mutex::new(1);
    std::mem::forget(mutex.try_lock().unwrap());
    assert!(mutex.try_lock().is_err());
    let text = panic_text(|| *mutex.get_mut() = 2);
    assert!(text.contains("`mem::forget`"), "{text}");
}

// All of them

#[test]
fn a_finished_future_says_its_name_when_polled_again() {
    let (notify, semaphore) = (Notify::new(), Semaphore::new(1));
    let mutex = Mutex::new(());
    notify.notify_one();
    let mut told = notify.notified();
    expect_ready(&mut told);
    let text = panic_text(|| expect_ready(&mut told));
    assert_eq!(text, "`Notified` polled after it was done");
    let mut acquire = semaphore.acquire();
    drop(expect_ready(&mut acquire));
    let text = panic_text(|| drop(poll_once(&mut acquire)));
    assert_eq!(text, "`Acquire` polled after it was done");
    let mut lock = mutex.lock();
    drop(expect_ready(&mut lock));
    let text = panic_text(|| drop(poll_once(&mut lock)));
    assert_eq!(text, "`Lock` polled after it was done");
}

/// The futures of all three, made to wait; and how to call them.
fn each(test: impl Fn(&mut (dyn Future<Output = ()> + Unpin), &dyn Fn())) {
    let notify = Notify::new();
    test(&mut notify.notified(), &|| notify.notify_one());
    let semaphore = Semaphore::new(0);
    let mut acquire = semaphore.acquire();
    let mut acquire = std::future::poll_fn(move |cx| {
        Pin::new(&mut acquire).poll(cx).map(drop)
    });
    test(&mut acquire, &|| semaphore.add_permits(1));
    let mutex = Mutex::new(());
    let held = std::cell::Cell::new(Some(mutex.try_lock().unwrap()));
    let mut lock = mutex.lock();
    let mut lock =
        std::future::poll_fn(move |cx| Pin::new(&mut lock).poll(cx).map(drop));
    test(&mut lock, &|| drop(held.take()));
}

#[test]
fn the_newest_waker_is_woken_and_the_one_before_is_dropped() {
    each(|mut future, call| {
        let (old, new) = (CountingWaker::new(), CountingWaker::new());
        assert!(poll_with(&mut future, &old.waker()).is_pending());
        assert!(poll_with(&mut future, &new.waker()).is_pending());
        assert!(poll_with(&mut future, &new.waker()).is_pending());
        assert_eq!((old.holders(), new.holders()), (0, 1));
        call();
        assert_eq!((old.wakes(), new.wakes()), (0, 1));
        assert!(poll_once(&mut future).is_ready());
    });
}

#[test]
fn wakers_that_call_back_find_everything_unlocked() {
    within(|| {
        let notify = Arc::new(Notify::new());
        let call_back = {
            let notify = notify.clone();
            move || {
                notify.notify_one();
                let _ = poll_once(&mut notify.notified());
            }
        };
        let waker = wakes_or_drops(call_back.clone(), call_back);
        let (mut a, mut b) = (notify.notified(), notify.notified());
        assert!(poll_with(&mut a, &waker).is_pending());
        assert!(poll_with(&mut b, &waker).is_pending());
        drop(waker);
        drop(a);
        notify.notify_waiters();
        drop(b);
    });
    within(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let call_back = {
            let semaphore = semaphore.clone();
            move || {
                semaphore.add_permits(1);
                drop(semaphore.try_acquire());
            }
        };
        for polls in 1..3 {
            let waker = wakes_or_drops(call_back.clone(), call_back.clone());
            let mut acquire = semaphore.acquire_many(1_000);
            for _ in 0..polls {
                assert!(poll_with(&mut acquire, &waker).is_pending());
            }
            drop(waker); // the semaphore has the last one
            if polls == 1 {
                expect_pending(&mut acquire); // replaced, dropped
            }
        }
        let mut acquire = semaphore.acquire_many(1_000);
        assert!(poll_with(&mut acquire, &on_wake(call_back)).is_pending());
        semaphore.close();
    });
    within(|| {
        let mutex = Arc::new(Mutex::new(()));
        let call_back = {
            let mutex = mutex.clone();
            move || drop(mutex.try_lock())
        };
        let waker = wakes_or_drops(call_back.clone(), call_back);
        let held = mutex.try_lock().unwrap();
        let (mut a, mut b) = (mutex.lock(), mutex.lock());
        assert!(poll_with(&mut a, &waker).is_pending());
        assert!(poll_with(&mut b, &waker).is_pending());
        drop(waker);
        drop(held);
        drop(b);
        drop(a);
    });
}

/// `call` on one thread while the future that waits for it is first polled on
/// another, again and again.
fn race<S, F>(
    shared: impl Fn() -> S + Send + 'static,
    call: impl Fn(&S) + Send + 'static,
    wait: impl Fn(Arc<S>) -> F + Send + 'static,
) where
    S: Send + Sync + 'static,
    F: Future,
{
    const LONG_ENOUGH: Duration = Duration::from_secs(1);
    within(move || {
        let (to_caller, rounds) = mpsc::channel::<(Arc<S>, Arc<AtomicBool>)>();
        let caller = thread::spawn(move || {
            for (shared, polled) in rounds {
                while !polled.load(Ordering::Acquire) {
                    thread::yield_now();
                }
                call(&shared);
            }
        });
        let began = Instant::now();
        while began.elapsed() < LONG_ENOUGH {
            let (shared, polled) = (Arc::new(shared()), Arc::default());
            let mut future = pin!(wait(shared.clone()));
            to_caller.send((shared, Arc::clone(&polled))).unwrap();
            let woken = CountingWaker::new();
            let waker = woken.waker();
            let mut cx = Context::from_waker(&waker);
            polled.store(true, Ordering::Release);
            while future.as_mut().poll(&mut cx).is_pending() {
                while woken.wakes() == 0 {
                    thread::yield_now();
                }
            }
        }
        drop(to_caller);
        caller.join().unwrap();
    });
}

#[test]
fn what_comes_while_one_joins_the_line_is_not_lost() {
    race(
        || Semaphore::new(0),
        |semaphore| semaphore.add_permits(1),
        Semaphore::acquire_owned,
    );
    race(Notify::new, Notify::notify_one, |notify| async move {
        notify.notified().await;
    });
    race(CancellationToken::new, CancellationToken::cancel, |token| {
        CancellationToken::clone(&token).cancelled_owned()
    });
}

#[test]
fn a_value_that_calls_back_when_it_is_dropped_finds_the_mutex_unlocked() {
    within(|| {
        type Value = Option<OnDrop<Box<dyn FnOnce() + Send>>>;
        let mutex = Arc::new(Mutex::<Value>::new(None));
        let call_back = OnDrop::new(Box::new({
            let mutex = mutex.clone();
            move || drop(mutex.try_lock())
        }) as Box<dyn FnOnce() + Send>);
        *mutex.try_lock().unwrap() = Some(call_back);
        let value = mutex.try_lock().unwrap().take();
        drop(value);
        let held = mutex.try_lock().unwrap();
        let mut lock = mutex.lock();
        expect_pending(&mut lock);
        drop(held);
        *expect_ready(&mut lock) = None;
    });
}

#[test]
fn a_mutex_drops_its_value_once_locked_or_not() {
    let counters = Counters::new();
    drop(Mutex::new(counters.token()));
    assert_eq!(counters.drops(), 1);
    let mutex = Arc::new(Mutex::new(counters.token()));
    let guard = mutex.clone().try_lock_owned().unwrap();
    drop(mutex);
    assert_eq!(counters.drops(), 1);
    drop(guard);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn loops_over_what_is_always_ready_let_the_others_in() {
    within(|| {
        block_on(async {
            let (semaphore, mutex) = (Semaphore::new(1), Mutex::new(0));
            let other = Notify::new();
            let greedy = [
                spawn(async move {
                    loop {
                        drop(semaphore.acquire().await);
                    }
                }),
                spawn(async move {
                    loop {
                        drop(mutex.lock().await);
                    }
                }),
                spawn(async move {
                    loop {
                        other.notify_one();
                        other.notified().await;
                    }
                }),
            ];
            for _ in 0..10 {
                yield_now().await;
            }
            greedy.iter().for_each(JoinHandle::abort);
        });
    });
}

#[test]
fn all_three_work_between_threads() {
    within(|| {
        const ROUNDS: usize = 2_000;
        let semaphore = Arc::new(Semaphore::new(2));
        let mutex = Arc::new(Mutex::new(0));
        let notify = Arc::new(Notify::new());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (semaphore, mutex, notify) =
                    (semaphore.clone(), mutex.clone(), notify.clone());
                thread::spawn(move || {
                    block_on(async move {
                        for _ in 0..ROUNDS {
                            let permit = semaphore.acquire().await.unwrap();
                            *mutex.lock().await += 1;
                            drop(permit);
                        }
                    });
                    notify.notify_one();
                })
            })
            .collect();
        block_on(async {
            while *mutex.lock().await < 4 * ROUNDS {
                notify.notified().await;
            }
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(semaphore.available_permits(), 2);
        assert_eq!(*mutex.try_lock().unwrap(), 4 * ROUNDS);
    });
}

#[test]
fn guards_permits_and_futures_travel_if_the_value_does() {
    fn send<T: Send>(_: &T) {}
    fn sync<T: Sync>(_: &T) {}
    let (notify, semaphore) = (Notify::new(), Semaphore::new(1));
    let mutex = Mutex::new(std::cell::Cell::new(1)); // Send, not Sync
    sync(&mutex);
    let lock = mutex.lock();
    send(&lock);
    send(&mutex.try_lock().unwrap());
    send(&notify.notified());
    send(&semaphore.acquire());
    sync(&semaphore.try_acquire().unwrap());
}

// Property tests

/// One step of a random script; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    /// A new future asks for so many.
    Ask(u32),
    /// It is polled.
    Poll(usize),
    /// It is dropped after however many polls it had.
    Cancel(usize),
    /// What it was given goes back.
    Release(usize),
    /// So many more (`Semaphore`), `notify_one` (`Notify`).
    Add(usize),
    /// Some are taken away (`Semaphore`), `notify_waiters` (`Notify`).
    Other(usize),
}

fn script() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..4_u32).prop_map(Step::Ask),
        6 => (0..16_usize).prop_map(Step::Poll),
        2 => (0..16_usize).prop_map(Step::Cancel),
        3 => (0..16_usize).prop_map(Step::Release),
        1 => (0..3_usize).prop_map(Step::Add),
        1 => (0..3_usize).prop_map(Step::Other),
    ];
    prop::collection::vec(step, 1..60)
}

fn pick<T>(items: &[T], index: usize) -> Option<usize> {
    (!items.is_empty()).then(|| index % items.len())
}

/// What a semaphore must do, in the simplest words.
#[derive(Default)]
struct SemaphoreModel {
    free: usize,
    total: usize,
    /// Number and wish of each who stands in line.
    line: Vec<(usize, usize)>,
    /// Those who were called and have not come.
    called: Vec<(usize, usize)>,
}

impl SemaphoreModel {
    fn serve(&mut self) {
        while self.line.first().is_some_and(|(_, it)| *it <= self.free) {
            let first = self.line.remove(0);
            self.free -= first.1;
            self.called.push(first);
        }
    }

    /// Whether the poll of `who` is ready.
    fn poll(&mut self, who: usize, wish: usize) -> bool {
        if let Some(at) = self.called.iter().position(|it| it.0 == who) {
            self.called.remove(at);
            return true;
        }
        if self.line.iter().any(|it| it.0 == who) {
            return false;
        }
        if self.line.is_empty() && wish <= self.free {
            self.free -= wish;
            return true;
        }
        self.line.push((who, wish));
        false
    }

    fn cancel(&mut self, who: usize) {
        if let Some(at) = self.called.iter().position(|it| it.0 == who) {
            self.free += self.called.remove(at).1;
        }
        self.line.retain(|it| it.0 != who);
        self.serve();
    }
}

proptest! {
    #[test]
    fn semaphores_do_what_the_model_does(steps in script(), start in 0..5_usize)
    {
        let semaphore = Semaphore::new(start);
        let mut model =
            SemaphoreModel { free: start, total: start, ..Default::default() };
        let (mut asking, mut held) = (Vec::new(), Vec::new());
        for (who, step) in steps.into_iter().enumerate() {
            match step {
                Step::Ask(wish) => {
                    let waker = CountingWaker::new();
                    let acquire = semaphore.acquire_many(wish);
                    asking.push((who, wish as usize, acquire, waker));
                }
                Step::Poll(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    let (who, wish, acquire, waker) = &mut asking[at];
                    let ready = model.poll(*who, *wish);
                    let poll = poll_with(acquire, &waker.waker());
                    prop_assert_eq!(poll.is_ready(), ready);
                    if let Poll::Ready(permit) = poll {
                        held.push(permit.unwrap());
                        drop(asking.remove(at));
                    }
                }
                Step::Cancel(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    let gone = asking.remove(at);
                    model.cancel(gone.0);
                    drop(gone);
                }
                Step::Release(at) => {
                    let Some(at) = pick(&held, at) else { continue };
                    let permit = held.remove(at);
                    model.free += permit.num_permits();
                    model.serve();
                    drop(permit);
                }
                Step::Add(permits) => {
                    semaphore.add_permits(permits);
                    model.free += permits;
                    model.total += permits;
                    model.serve();
                }
                Step::Other(permits) => {
                    let gone = semaphore.forget_permits(permits);
                    prop_assert_eq!(gone, permits.min(model.free));
                    model.free -= gone;
                    model.total -= gone;
                }
            }
            prop_assert_eq!(semaphore.available_permits(), model.free);
            for (who, _, _, waker) in &asking {
                let called = model.called.iter().any(|it| it.0 == *who);
                prop_assert_eq!(waker.wakes(), usize::from(called));
            }
        }
        drop((asking, held));
        prop_assert_eq!(semaphore.available_permits(), model.total);
    }

    #[test]
    fn a_mutex_has_one_owner_at_a_time_in_the_order_of_asking(
        steps in script(),
    ) {
        let mutex = Mutex::new(0);
        let mut model =
            SemaphoreModel { free: 1, total: 1, ..Default::default() };
        let (mut asking, mut held) = (Vec::new(), Vec::new());
        let mut uses = 0;
        for (who, step) in steps.into_iter().enumerate() {
            match step {
                Step::Ask(_) => asking.push((who, mutex.lock())),
                Step::Poll(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    let ready = model.poll(asking[at].0, 1);
                    let poll = poll_once(&mut asking[at].1);
                    prop_assert_eq!(poll.is_ready(), ready);
                    if let Poll::Ready(mut guard) = poll {
                        prop_assert_eq!(*guard, uses);
                        *guard += 1;
                        uses += 1;
                        held.push(guard);
                        drop(asking.remove(at));
                    }
                }
                Step::Cancel(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    model.cancel(asking.remove(at).0);
                }
                Step::Release(_) if held.is_empty() => {}
                Step::Release(_) => {
                    held.clear();
                    model.free += 1;
                    model.serve();
                }
                Step::Add(_) | Step::Other(_) => {
                    let free = model.free == 1;
                    prop_assert_eq!(mutex.try_lock().is_ok(), free);
                }
            }
            prop_assert!(held.len() <= 1);
        }
        drop((asking, held));
        prop_assert_eq!(mutex.into_inner(), uses);
    }

    #[test]
    fn no_notify_one_is_lost_while_somebody_waits(steps in script()) {
        let notify = Notify::new();
        let (mut asking, mut permit) = (Vec::new(), false);
        // Number, and who called it: 0 nobody, 1 notify_one, 2 the other.
        let mut line: Vec<(usize, u8)> = Vec::new();
        let tell = |line: &mut Vec<(usize, u8)>, permit: &mut bool| {
            match line.iter_mut().find(|it| it.1 == 0) {
                Some(first) => first.1 = 1,
                None => *permit = true,
            }
        };
        let mut rounds = 0;
        for (who, step) in steps.into_iter().enumerate() {
            match step {
                Step::Ask(_) => asking.push((who, rounds, notify.notified())),
                Step::Poll(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    let (who, round, told) = &mut asking[at];
                    let place = line.iter().position(|it| it.0 == *who);
                    let ready = match place {
                        Some(place) if line[place].1 > 0 => {
                            line.remove(place);
                            true
                        }
                        Some(_) => false,
                        None if *round != rounds => true,
                        None if permit => std::mem::take(&mut permit),
                        None => {
                            line.push((*who, 0));
                            false
                        }
                    };
                    prop_assert_eq!(poll_once(told).is_ready(), ready);
                    if ready {
                        drop(asking.remove(at));
                    }
                }
                Step::Cancel(at) => {
                    let Some(at) = pick(&asking, at) else { continue };
                    let (who, _, told) = asking.remove(at);
                    drop(told);
                    let place = line.iter().position(|it| it.0 == who);
                    let by = place.map_or(0, |place| line.remove(place).1);
                    if by == 1 {
                        tell(&mut line, &mut permit);
                    }
                }
                Step::Release(_) | Step::Add(_) => {
                    notify.notify_one();
                    tell(&mut line, &mut permit);
                }
                Step::Other(_) => {
                    notify.notify_waiters();
                    rounds += 1;
                    let waiting = line.iter_mut().filter(|it| it.1 == 0);
                    waiting.for_each(|it| it.1 = 2);
                }
            }
        }
        // Those who are left, in order, hear what is left.
        let handed = line.iter().filter(|it| it.1 == 1).count();
        drop(asking);
        let remembered = poll_once(&mut notify.notified()).is_ready();
        prop_assert_eq!(remembered, permit || handed > 0);
    }
}

#[test]
fn a_lock_dropped_after_k_polls_leaves_a_mutex_that_can_be_locked() {
    for polls in 0..4 {
        let mutex = Mutex::new(1);
        let held = pin!(mutex.try_lock().unwrap());
        let mut lock = mutex.lock();
        for _ in 0..polls {
            assert!(poll_with(&mut lock, Waker::noop()).is_pending());
        }
        drop(lock);
        assert_eq!(**held, 1);
        assert!(mutex.try_lock().is_err());
    }
}
