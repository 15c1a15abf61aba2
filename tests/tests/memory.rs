//! What a task costs in memory, and what is given back.
//!
//! semantics 12; design section 4 ("a spawn in steady state calls the
//! allocator once")
#![allow(clippy::large_stack_arrays)] // that is what is tested

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use onecook::net::UdpSocket;
use onecook::{JoinHandle, Runtime, block_on, metrics, spawn, yield_now};
use onecook_tests::{WakerSlot, child, within};

const MEGABYTE: usize = 1_000_000;

/// A future of one megabyte.
struct Megabyte {
    bytes: [u8; MEGABYTE],
}

impl Future for Megabyte {
    type Output = u8;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
        Poll::Ready(black_box(&self.bytes)[MEGABYTE / 2])
    }
}

#[test]
fn a_megabyte_of_future_is_spawned_from_a_stack_of_four() {
    let name = "a_megabyte_of_future_is_spawned_from_a_stack_of_four";
    let child = child::run(name, || {
        let small = thread::Builder::new().stack_size(4 << 20);
        let spawning = small.spawn(|| {
            block_on(async {
                let task = spawn(Megabyte { bytes: [7; MEGABYTE] });
                assert_eq!(task.await.unwrap(), 7);
            });
        });
        spawning.unwrap().join().unwrap();
    });
    assert!(child.success(), "{}", child.stderr);
}

#[test]
fn a_megabyte_of_future_is_spawned_before_the_run_from_a_stack_of_four() {
    let name =
        "a_megabyte_of_future_is_spawned_before_the_run_from_a_stack_of_four";
    let child = child::run(name, || {
        let small = thread::Builder::new().stack_size(4 << 20);
        let spawning = small.spawn(|| {
            let runtime = Runtime::new().unwrap();
            let task = runtime.spawn(Megabyte { bytes: [7; MEGABYTE] });
            assert_eq!(runtime.block_on(task).unwrap(), 7);
        });
        spawning.unwrap().join().unwrap();
    });
    assert!(child.success(), "{}", child.stderr);
}

fn spawn_a_large_async_block() -> JoinHandle<u8> {
    spawn(async {
        let bytes = [7; MEGABYTE];
        pending::<()>().await;
        black_box(&bytes)[0]
    })
}

#[test]
fn a_megabyte_of_async_block_is_spawned_and_aborted_on_a_stack_of_four() {
    let name =
        "a_megabyte_of_async_block_is_spawned_and_aborted_on_a_stack_of_four";
    let child = child::run(name, || {
        let small = thread::Builder::new().stack_size(4 << 20);
        let spawning = small.spawn(|| {
            block_on(async {
                let task = spawn_a_large_async_block();
                yield_now().await;
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
            });
        });
        spawning.unwrap().join().unwrap();
    });
    assert!(child.success(), "{}", child.stderr);
}

/// Runs `body` inside a runtime that is warm, and measures only it.
fn measured<F: Future<Output = ()>>(body: F) -> AllocationInfo {
    let info = Rc::new(RefCell::new(None));
    let inner = info.clone();
    block_on(async move {
        // Slab, queue and spare nodes grow to what is needed.
        for _ in 0..3 {
            let tasks: Vec<_> = (0..64).map(|_| spawn(yield_now())).collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        let mut body = Box::pin(body);
        let mut total = AllocationInfo::default();
        poll_fn(|cx| {
            // Only what happens inside this poll.
            let mut poll = Poll::Pending;
            let part = measure(|| poll = body.as_mut().poll(cx));
            total = sum(&total, &part);
            poll
        })
        .await;
        *inner.borrow_mut() = Some(total);
    });
    info.take().expect("the body ran to its end")
}

fn sum(a: &AllocationInfo, b: &AllocationInfo) -> AllocationInfo {
    AllocationInfo {
        count_total: a.count_total + b.count_total,
        count_current: a.count_current + b.count_current,
        count_max: a.count_max.max(b.count_max),
        bytes_total: a.bytes_total + b.bytes_total,
        bytes_current: a.bytes_current + b.bytes_current,
        bytes_max: a.bytes_max.max(b.bytes_max),
    }
}

#[test]
fn a_spawn_in_steady_state_calls_the_allocator_once() {
    let info = measured(async {
        for _ in 0..10 {
            drop(spawn(ready(())));
        }
    });
    assert_eq!(info.count_total, 10);
}

#[test]
fn a_whole_task_in_steady_state_calls_the_allocator_once() {
    // Spawn, first poll, wake, second poll, output, join: all of it, in one
    // thread, so the measure sees the executor's part too.
    let info = measure_whole_run(1000);
    let base = measure_whole_run(0);
    let more = info.count_total - base.count_total;
    assert_eq!(more, 1000);
    assert_eq!(info.count_current, base.count_current);
}

/// The thread-locals of this thread come to life.
fn warm_up() {
    for _ in 0..8 {
        block_on(async { spawn(yield_now()).await.unwrap() });
    }
}

fn measure_whole_run(tasks: u32) -> AllocationInfo {
    warm_up();
    measure(|| {
        block_on(async {
            for _ in 0..10 {
                spawn(yield_now()).await.unwrap();
            }
            for _ in 0..tasks {
                spawn(yield_now()).await.unwrap();
            }
        });
    })
}

#[test]
fn polls_wakes_and_yields_do_not_call_the_allocator() {
    warm_up();
    let run = |yields: u32| {
        measure(|| {
            block_on(async {
                let task = spawn(async move {
                    for _ in 0..yields {
                        yield_now().await;
                    }
                });
                task.await.unwrap();
            });
        })
    };
    let (few, many) = (run(10), run(10_000));
    assert_eq!(few.count_total, many.count_total);
}

#[test]
fn a_wake_by_a_clone_does_not_call_the_allocator() {
    let info = measured(async {
        let slot = WakerSlot::new();
        poll_fn(|cx| {
            slot.store(cx);
            Poll::Ready(())
        })
        .await;
        let setup = measure(|| {
            for _ in 0..100 {
                slot.waker().wake();
            }
        });
        assert_eq!(setup.count_total, 0);
    });
    assert!(info.count_total < 5);
}

#[test]
fn a_datagram_to_an_address_does_not_call_the_allocator() {
    let info = measured(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (to, mut buffer) = (socket.local_addr().unwrap(), [0; 8]);
        let setup = measure(|| {
            for _ in 0..10 {
                let sent = pin!(socket.send_to(b"egg", to));
                let mut cx = Context::from_waker(Waker::noop());
                assert!(matches!(sent.poll(&mut cx), Poll::Ready(Ok(3))));
                assert_eq!(socket.try_recv(&mut buffer).unwrap(), 3);
            }
        });
        assert_eq!(setup.count_total, 0);
    });
    assert!(info.count_total < 10, "{info:?}");
}

/// The bytes that a runtime with so many pending tasks holds.
fn bytes_of_pending(tasks: usize) -> usize {
    let mut kept = None;
    let info = measure(|| {
        let runtime = Runtime::new().unwrap();
        for _ in 0..tasks {
            drop(runtime.spawn(onecook::future::pending::<()>()));
        }
        // All are polled, and the ready queue's burst is over.
        runtime.block_on(onecook::time::sleep(Duration::from_millis(1)));
        assert_eq!(runtime.metrics().tasks, tasks);
        kept = Some(runtime);
    });
    drop(kept);
    usize::try_from(info.bytes_current).unwrap()
}

#[test]
fn a_pending_task_costs_at_most_152_bytes_beside_its_future_at_any_number() {
    const FEW: usize = 1 << 12;
    let few = bytes_of_pending(FEW);
    let future = size_of::<onecook::future::Pending<()>>();
    // A slab that doubled would just have done so at the second.
    for tasks in [1 << 17, (1 << 17) + 3, 150_000, 170_001] {
        let more = bytes_of_pending(tasks) - few;
        let each = more / (tasks - FEW) - future;
        assert!(each <= 152, "{each} bytes for each of {tasks}");
    }
}

#[test]
fn a_task_that_is_aborted_calls_the_allocator_once_until_its_handle_asks() {
    let abort = |tasks: u64| {
        warm_up();
        measure(|| {
            block_on(async {
                let mut handles = Vec::with_capacity(2000);
                for turn in [1000, tasks] {
                    // The second time there are nodes, and room in the slab.
                    handles.clear();
                    handles.extend((0..turn).map(|_| spawn(pending::<()>())));
                    yield_now().await;
                    handles.iter().for_each(JoinHandle::abort);
                    yield_now().await;
                }
                assert!(handles.iter().all(JoinHandle::is_finished));
            });
        })
    };
    let more = abort(1000).count_total - abort(0).count_total;
    assert_eq!(more, 1000);
}

#[test]
fn a_million_results_are_not_kept_when_nobody_can_ask_for_them() {
    const TASKS: u32 = 1_000_000;
    const AT_A_TIME: u32 = 1000;
    let info = measure(|| {
        block_on(async {
            for _ in 0..TASKS / AT_A_TIME {
                for _ in 0..AT_A_TIME {
                    // 64 bytes each: kept, they would be 64 MB.
                    drop(spawn(ready([7_u64; 8])));
                }
                yield_now().await;
            }
            assert_eq!(metrics().tasks, 0);
            assert_eq!(metrics().spawned, u64::from(TASKS));
        });
    });
    assert!(info.bytes_max < 4 << 20, "{} bytes", info.bytes_max);
}

#[test]
fn results_are_let_go_as_soon_as_their_handles_are() {
    block_on(async {
        let tasks: Vec<_> = (0..100).map(|_| spawn(ready([7; 64]))).collect();
        yield_now().await;
        assert_eq!(metrics().tasks, 100);
        drop(tasks);
        assert_eq!(metrics().tasks, 0);
    });
}

#[test]
fn a_dropped_runtime_gives_everything_back() {
    let run = || {
        block_on(async {
            for _ in 0..100 {
                drop(spawn(pending::<()>()));
            }
            let tasks: Vec<_> = (0..100).map(|_| spawn(yield_now())).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    };
    warm_up();
    let info = measure(run);
    assert_eq!((info.count_current, info.bytes_current), (0, 0));
}

#[test]
fn a_dropped_runtime_gives_back_what_it_cannot_reach_any_more() {
    // Wakers and handles that outlive it keep their node, and no more.
    let slot = WakerSlot::new();
    let inner = slot.clone();
    warm_up();
    let info = measure(|| {
        block_on(async {
            let task = spawn(poll_fn(move |cx| {
                inner.store(cx);
                Poll::<()>::Pending
            }));
            yield_now().await;
            drop(task);
        });
        drop(slot.take());
    });
    assert_eq!(info.count_current, 0);
}

#[test]
fn a_burst_of_ready_tasks_gives_its_queue_back() {
    within(|| {
        warm_up();
        let info = measure(|| {
            block_on(async {
                for _ in 0..100_000 {
                    drop(spawn(ready(())));
                }
                yield_now().await;
                // One sleep, and the queue shrinks.
                onecook::time::sleep(Duration::from_millis(1)).await;
            });
        });
        assert_eq!(info.count_current, 0);
    });
}
