//! The door for other threads.
//!
//! semantics 1, 9, 11; design section 5 (`Handle`)

use std::cell::Cell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use onecook::trace::{Event, Recorder};
use onecook::{Handle, Runtime, block_on, spawn, spawn_blocking, yield_now};
use onecook_tests::{Gate, Log, OnDrop, poll_once, within};

fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn a_future_made_on_the_runtimes_thread_need_not_be_send() {
    within(|| {
        block_on(async {
            let handle = Handle::current();
            let own = thread::current().id();
            let there = thread::spawn(move || {
                handle.block_on(move || async move {
                    let not_send = Rc::new(Cell::new(7));
                    yield_now().await;
                    assert_eq!(thread::current().id(), own);
                    not_send.get()
                })
            });
            let answer = spawn_blocking(move || there.join().unwrap());
            assert_eq!(answer.await.unwrap().unwrap(), 7);
        });
    });
}

#[test]
fn a_remote_handle_may_be_awaited_on_another_runtime() {
    within(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        let done = Gate::new();
        let stop = done.clone();
        let server = thread::spawn(move || {
            block_on(async {
                sender.send(Handle::current()).unwrap();
                stop.wait().await;
            });
        });
        let handle = receiver.recv().unwrap();
        let egg = block_on(async { handle.spawn(|| async { "fried" }).await });
        assert_eq!(egg.unwrap(), "fried");
        done.open();
        server.join().unwrap();
    });
}

#[test]
fn blocking_on_the_own_thread_panics_and_says_what_to_do() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    let text = panic_text(|| {
        let _ = handle.block_on(|| async {});
    });
    assert!(
        text.contains("`Handle::block_on` was called on the runtime's own"),
        "{text}"
    );
    assert!(text.contains("`spawn_blocking`"), "{text}");
    runtime.block_on(async {
        let remote = Handle::current().spawn(|| async {});
        let text = panic_text(|| {
            let _ = remote.join();
        });
        assert!(text.contains("`RemoteJoinHandle::join`"), "{text}");
        assert!(text.contains("`.await` the handle instead"), "{text}");
    });
}

#[test]
fn there_is_no_current_handle_outside_a_runtime() {
    assert!(Handle::try_current().is_none());
    let text = panic_text(|| drop(Handle::current()));
    assert!(text.contains("there is no runtime on this thread"), "{text}");
    assert!(text.contains("`Runtime::handle`"), "{text}");
}

#[test]
fn a_remote_handle_polled_after_its_end_panics_with_its_name() {
    let runtime = Runtime::new().unwrap();
    let mut remote = runtime.handle().spawn(|| async {});
    runtime.block_on(async {
        for _ in 0..3 {
            yield_now().await;
        }
    });
    assert!(poll_once(&mut remote).is_ready());
    let text = panic_text(|| drop(poll_once(&mut remote)));
    assert_eq!(text, "`RemoteJoinHandle` polled after it was done");
}

#[test]
fn a_detached_remote_task_goes_on() {
    within(|| {
        let done = Gate::new();
        let inner = done.clone();
        let runtime = Runtime::new().unwrap();
        let handle = runtime.handle();
        thread::spawn(move || {
            drop(handle.spawn(move || async move {
                yield_now().await;
                inner.open();
            }));
        });
        runtime.block_on(done.wait());
    });
}

#[test]
fn the_output_of_a_detached_remote_task_is_dropped_on_the_runtimes_thread() {
    let log = Log::new();
    let runtime = Runtime::new().unwrap();
    let own = thread::current().id();
    let inner = log.clone();
    let output = OnDrop::new(move || {
        assert_eq!(thread::current().id(), own);
        inner.add("dropped");
    });
    drop(runtime.handle().spawn(move || async move { output }));
    runtime.block_on(async {
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(log.lines(), ["dropped"]);
    });
}

#[test]
fn an_abort_while_the_task_is_being_spawned_is_not_lost() {
    // The abort comes from another thread, right in the middle of the spawn.
    within(|| {
        let runtime = Runtime::new().unwrap();
        let remote = runtime.handle().spawn(pending::<()>);
        let remote = std::sync::Arc::new(remote);
        let aborting = remote.clone();
        let recorder = Recorder::start_with(move |record| {
            if matches!(record.event, Event::Spawn { .. }) {
                let aborting = aborting.clone();
                let there = thread::spawn(move || aborting.abort());
                there.join().unwrap();
            }
        });
        runtime.block_on(async {
            for _ in 0..5 {
                yield_now().await;
            }
        });
        drop(recorder);
        assert!(remote.is_finished(), "the abort was lost");
    });
}

#[test]
fn spawns_from_many_threads_all_run() {
    within(|| {
        let runtime = Runtime::new().unwrap();
        let threads: Vec<_> = (0..4_u64)
            .map(|thread| {
                let handle = runtime.handle();
                thread::spawn(move || {
                    let remotes: Vec<_> = (0..250)
                        .map(|n| {
                            handle.spawn(move || async move {
                                yield_now().await;
                                thread * 1000 + n
                            })
                        })
                        .collect();
                    let outputs = remotes.into_iter().map(|it| it.join());
                    outputs.map(Result::unwrap).sum::<u64>()
                })
            })
            .collect();
        let sum = runtime.block_on(async {
            let sums = spawn_blocking(move || {
                let sums = threads.into_iter().map(|it| it.join().unwrap());
                sums.sum::<u64>()
            });
            sums.await.unwrap()
        });
        assert_eq!(sum, (1000 + 2000 + 3000) * 250 + 4 * 31125);
    });
}

#[test]
fn a_handle_on_its_own_thread_spawns_too() {
    block_on(async {
        let remote = Handle::current()
            .spawn(|| async { spawn(async { 7 }).await.unwrap() });
        assert_eq!(remote.await.unwrap(), 7);
    });
}
