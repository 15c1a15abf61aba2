//! The order of the queue, and that nobody starves.
//!
//! semantics 4, 5; design promises 4, 7
#![allow(clippy::async_yields_async)] // a handle out of a task

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io::Write;
use std::net::TcpListener as StdListener;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use onecook::net::TcpStream;
use onecook::time::{Instant, sleep};
use onecook::{Runtime, block_on, metrics, spawn, yield_now};
use onecook_tests::{Counters, Gate, WakerSlot, within};

type Names = Rc<RefCell<Vec<u32>>>;

#[test]
fn tasks_run_in_the_order_of_their_spawns() {
    let order: Names = Rc::default();
    block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|name| {
                let order = order.clone();
                spawn(async move { order.borrow_mut().push(name) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.borrow(), (0..100).collect::<Vec<_>>());
}

#[test]
fn tasks_run_in_the_order_of_their_wakes() {
    let order: Names = Rc::default();
    block_on(async {
        let gates: Vec<_> = (0..10).map(|_| Gate::new()).collect();
        let tasks: Vec<_> = (0..10)
            .map(|name| {
                let (order, gate) = (order.clone(), gates[name].clone());
                spawn(async move {
                    gate.wait().await;
                    order.borrow_mut().push(u32::try_from(name).unwrap());
                })
            })
            .collect();
        yield_now().await;
        for name in [3, 1, 4, 5, 9, 2, 6, 8, 7, 0] {
            gates[name].open();
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.borrow(), [3, 1, 4, 5, 9, 2, 6, 8, 7, 0]);
}

#[test]
fn wakes_from_one_other_thread_keep_their_order() {
    let order: Names = Rc::default();
    let slots: Vec<_> = (0..20).map(|_| WakerSlot::new()).collect();
    block_on(async {
        let gate = Gate::new();
        let tasks: Vec<_> = (0..20)
            .map(|name| {
                let (order, slot) = (order.clone(), slots[name].clone());
                let gate = gate.clone();
                spawn(poll_fn(move |cx| {
                    slot.store(cx);
                    if !gate.is_open() {
                        return Poll::Pending;
                    }
                    order.borrow_mut().push(u32::try_from(name).unwrap());
                    Poll::Ready(())
                }))
            })
            .collect();
        yield_now().await;
        gate.open();
        let waking = thread::spawn(move || {
            slots.iter().rev().for_each(WakerSlot::wake);
        });
        waking.join().unwrap();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.borrow(), (0..20).rev().collect::<Vec<_>>());
}

#[test]
fn tasks_that_yield_take_turns() {
    let order: Names = Rc::default();
    block_on(async {
        let tasks: Vec<_> = (0..3)
            .map(|name| {
                let order = order.clone();
                spawn(async move {
                    for _ in 0..3 {
                        order.borrow_mut().push(name);
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.borrow(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

/// Wakes itself at each poll, for ever.
fn hog() -> impl Future<Output = ()> {
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn tasks_that_wake_themselves_do_not_starve_the_others() {
    within(|| {
        block_on(async {
            let hogs: Vec<_> = (0..3).map(|_| spawn(hog())).collect();
            let modest = spawn(async {
                for _ in 0..1000 {
                    yield_now().await;
                }
            });
            modest.await.unwrap();
            drop(hogs);
        });
    });
}

#[test]
fn timers_fire_beside_tasks_that_wake_themselves() {
    within(|| {
        block_on(async {
            let _hogs: Vec<_> = (0..3).map(|_| spawn(hog())).collect();
            sleep(Duration::from_millis(20)).await;
        });
    });
}

#[test]
fn sockets_are_seen_beside_tasks_that_wake_themselves() {
    within(|| {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(b"egg").unwrap();
        });
        block_on(async {
            let _hogs: Vec<_> = (0..3).map(|_| spawn(hog())).collect();
            let stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = [0; 3];
            stream.read_exact(&mut buffer).await.unwrap();
            assert_eq!(&buffer, b"egg");
        });
        server.join().unwrap();
    });
}

#[test]
fn a_loop_of_yields_lets_io_in() {
    // The main future yields for ever until a timer's task says stop.
    within(|| {
        block_on(async {
            let stop = Rc::new(Cell::new(false));
            let inner = stop.clone();
            let timer = spawn(async move {
                sleep(Duration::from_millis(5)).await;
                inner.set(true);
            });
            while !stop.get() {
                yield_now().await;
            }
            timer.await.unwrap();
        });
    });
}

#[test]
fn the_reactor_is_looked_at_every_61_polls() {
    block_on(async {
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                spawn(async {
                    for _ in 0..1000 {
                        yield_now().await;
                    }
                })
            })
            .collect();
        let before = metrics();
        for task in tasks {
            task.await.unwrap();
        }
        let after = metrics();
        let polls = after.polls - before.polls;
        let looks = after.looks - before.looks;
        assert!(polls >= 10_000);
        assert!(looks.abs_diff(polls / 61) <= 2, "{looks} in {polls}");
    });
}

#[test]
fn wakes_that_never_stop_coming_from_other_threads_starve_nobody() {
    // The inbox is never empty for long: tasks are polled all the same, and
    // timers fire.
    within(|| {
        let stop = Arc::new(AtomicBool::new(false));
        let wakes = Arc::new(AtomicU64::new(0));
        let runtime = Runtime::new().unwrap();
        let mut threads = Vec::new();
        for _ in 0..2 {
            let slots: Vec<_> = (0..4).map(|_| WakerSlot::new()).collect();
            for slot in slots.clone() {
                drop(runtime.spawn(poll_fn(move |cx| {
                    slot.store(cx);
                    Poll::<()>::Pending
                })));
            }
            let (stop, wakes) = (stop.clone(), wakes.clone());
            threads.push(thread::spawn(move || {
                let wakers: Vec<_> =
                    slots.iter().map(WakerSlot::wait_for).collect();
                while !stop.load(Ordering::Relaxed) {
                    for waker in &wakers {
                        waker.wake_by_ref();
                    }
                    wakes.fetch_add(4, Ordering::Relaxed);
                }
            }));
        }
        let began = Instant::now();
        runtime.block_on(async {
            for _ in 0..1000 {
                yield_now().await;
            }
            sleep(Duration::from_millis(20)).await;
        });
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(began.elapsed() >= Duration::from_millis(20));
        assert!(wakes.load(Ordering::Relaxed) > 0);
    });
}

/// Asks a thread that answers at once, and waits for the answer.
async fn ask(asked: &AtomicBool, answered: &AtomicBool, slot: &WakerSlot) {
    let mut has_asked = false;
    poll_fn(|cx| {
        if !has_asked {
            has_asked = true;
            slot.store(cx);
            asked.store(true, Ordering::Release);
        }
        if answered.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

#[test]
fn timers_are_seen_while_another_thread_answers_at_once() {
    // So quickly that the runtime need not fall asleep in between.
    within(|| {
        let (asked, answered) =
            (AtomicBool::new(false), AtomicBool::new(false));
        let (stop, slot) = (AtomicBool::new(false), WakerSlot::new());
        thread::scope(|threads| {
            threads.spawn(|| {
                let waker = slot.wait_for();
                while !stop.load(Ordering::Relaxed) {
                    if asked.swap(false, Ordering::AcqRel) {
                        answered.store(true, Ordering::Release);
                        waker.wake_by_ref();
                    }
                }
            });
            let late = block_on(async {
                let deadline = Instant::now() + Duration::from_millis(5);
                let alarm = spawn(sleep(Duration::from_millis(5)));
                let mut late = 0;
                while !alarm.is_finished() {
                    ask(&asked, &answered, &slot).await;
                    late += u32::from(Instant::now() > deadline);
                }
                late
            });
            stop.store(true, Ordering::Relaxed);
            assert!(late <= 2 * 61, "{late} answers later");
        });
    });
}

#[test]
fn a_hundred_thousand_ready_tasks_run_and_their_memory_is_given_back() {
    let counters = Counters::new();
    block_on(async {
        for _ in 0..100_000 {
            drop(spawn(counters.probe(|_| Poll::Ready(()))));
        }
        yield_now().await;
        assert_eq!(metrics().tasks, 0);
    });
    assert_eq!((counters.polls(), counters.drops()), (100_000, 100_000));
}

#[test]
fn a_task_spawned_by_a_task_runs_after_those_already_in_line() {
    let order: Names = Rc::default();
    block_on(async {
        let (first, third) = (order.clone(), order.clone());
        let a = spawn(async move {
            first.borrow_mut().push(1);
            spawn(async move { third.borrow_mut().push(3) })
        });
        let second = order.clone();
        let b = spawn(async move { second.borrow_mut().push(2) });
        a.await.unwrap().await.unwrap();
        b.await.unwrap();
    });
    assert_eq!(*order.borrow(), [1, 2, 3]);
}

#[test]
fn what_is_spawned_before_block_on_runs_in_it() {
    let runtime = Runtime::new().unwrap();
    let mut task = runtime.spawn(async { 7 });
    assert!(!task.is_finished());
    let egg = runtime.block_on(poll_fn(|cx| Pin::new(&mut task).poll(cx)));
    assert_eq!(egg.unwrap(), 7);
}

/// A hundred tasks wait for a socket each; then all are written to at once.
/// Returns the looks at the kernel while the hundred are polled.
async fn looks_while_a_hundred_sockets_are_served() -> u64 {
    let pairs = (0..100).map(|_| onecook::net::UnixStream::pair().unwrap());
    let (ours, theirs): (Vec<_>, Vec<_>) = pairs.unzip();
    let readers: Vec<_> = theirs
        .into_iter()
        .map(|stream| {
            spawn(async move { stream.read(&mut [0; 8]).await.unwrap() })
        })
        .collect();
    sleep(Duration::from_millis(1)).await;
    let before = metrics().looks;
    for stream in &ours {
        stream.try_write(b"egg").unwrap();
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 3);
    }
    metrics().looks - before
}

#[test]
fn the_kernel_is_not_asked_again_before_those_it_named_were_polled() {
    let runtime = Runtime::new().unwrap();
    let looks = runtime.block_on(looks_while_a_hundred_sockets_are_served());
    assert_eq!(looks, 0);
}
