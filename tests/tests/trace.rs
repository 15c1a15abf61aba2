//! What is recorded of several programs satisfies every rule.
//!
//! design section 6
#![allow(clippy::map_identity)] // it makes a `()` of a `!`

use std::cell::RefCell;
use std::future::pending;
use std::io::{Read, Write};
use std::net::TcpListener as StdListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use onecook::channel::{broadcast, mpmc, oneshot, watch};
use onecook::net::{TcpListener, TcpStream};
use onecook::time::{interval, sleep, timeout};
use onecook::trace::{Event, Outcome, ReactorEvent, Record, Recorder, WokenBy};
use onecook::{
    AbortHandle, Builder, Runtime, block_on, spawn, spawn_blocking,
    spawn_named, yield_now,
};
use onecook_tests::trace_check::expect_sound;
use onecook_tests::{Gate, Reports, expect_pending, expect_ready};

/// Records `body`, from before its runtime is made until after it is dropped,
/// and checks every rule.
#[track_caller]
fn recorded(body: impl FnOnce()) -> Vec<Record> {
    let recorder = Recorder::start();
    body();
    let records = recorder.finish();
    expect_sound(&records);
    records
}

fn count(records: &[Record], is: impl Fn(&Event) -> bool) -> usize {
    records.iter().filter(|record| is(&record.event)).count()
}

#[test]
fn a_program_of_yields_and_joins_is_sound() {
    let records = recorded(|| {
        block_on(async {
            let tasks: Vec<_> = (0..20_u32)
                .map(|number| {
                    spawn(async move {
                        for _ in 0..number {
                            yield_now().await;
                        }
                        number
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    let spawned = count(&records, |it| matches!(it, Event::Spawn { .. }));
    let finished = count(&records, |it| {
        matches!(it, Event::Done { outcome: Outcome::Finished, .. })
    });
    assert_eq!((spawned, finished), (20, 20));
}

#[test]
fn a_program_of_timers_is_sound() {
    let records = recorded(|| {
        let runtime = Builder::new().virtual_time().build().unwrap();
        runtime.block_on(async {
            let second = Duration::from_secs(1);
            let tasks: Vec<_> =
                (0..10).map(|n| spawn(sleep(second * (10 - n)))).collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert!(timeout(second, pending::<()>()).await.is_err());
            assert!(timeout(second, yield_now()).await.is_ok());
            let mut ticks = interval(second);
            for _ in 0..5 {
                ticks.tick().await;
            }
            let mut moved = sleep(second);
            onecook_tests::expect_pending(&mut moved);
            moved.reset(moved.deadline() + second);
            moved.await;
            drop(spawn(sleep(second * 1000)));
            yield_now().await;
        });
    });
    let fired = |event: &Event| {
        matches!(event, Event::Reactor(ReactorEvent::TimerFire { .. }))
    };
    assert!(count(&records, fired) >= 16);
}

#[test]
fn a_program_of_real_timers_is_sound() {
    recorded(|| {
        block_on(async {
            let pauses = [3, 1, 2, 1, 3, 0];
            let tasks = pauses.map(|pause| {
                spawn(async move {
                    sleep(Duration::from_millis(pause)).await;
                    yield_now().await;
                    sleep(Duration::from_micros(pause * 100)).await;
                })
            });
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
}

#[test]
fn a_program_of_sockets_is_sound() {
    let records = recorded(|| {
        block_on(async {
            let address = "127.0.0.1:0".parse().unwrap();
            let listener = TcpListener::bind_to(address).unwrap();
            let address = listener.local_addr().unwrap();
            let server = spawn(async move {
                for _ in 0..3 {
                    let (stream, _) = listener.accept().await.unwrap();
                    drop(spawn(async move {
                        let mut buffer = [0; 4];
                        stream.read_exact(&mut buffer).await.unwrap();
                        stream.write_all(&buffer).await.unwrap();
                    }));
                }
            });
            for _ in 0..3 {
                let stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(b"egg?").await.unwrap();
                let mut buffer = [0; 4];
                stream.read_exact(&mut buffer).await.unwrap();
                assert_eq!(&buffer, b"egg?");
            }
            server.await.unwrap();
        });
    });
    let registered = count(&records, |event| {
        matches!(event, Event::Reactor(ReactorEvent::Register { .. }))
    });
    assert_eq!(registered, 7);
    let by_socket = count(&records, |event| {
        matches!(event, Event::Wake { by: WokenBy::Socket, .. })
    });
    assert!(by_socket > 0);
}

#[test]
fn a_socket_that_becomes_ready_is_told() {
    let records = recorded(|| {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let peer = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(b"egg").unwrap();
            let _ = peer.read(&mut [0]);
        });
        block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = [0; 3];
            stream.read_exact(&mut buffer).await.unwrap();
        });
        peer.join().unwrap();
    });
    let ready = count(&records, |event| {
        matches!(
            event,
            Event::Reactor(ReactorEvent::Ready { readiness, .. })
                if readiness.readable
        )
    });
    assert!(ready >= 1);
}

fn ends(event: &Event, wanted: Outcome) -> bool {
    matches!(event, Event::Done { outcome, .. } if *outcome == wanted)
}

#[test]
fn a_program_of_aborts_and_panics_is_sound() {
    let _reports = Reports::catch();
    let records = recorded(|| {
        block_on(async {
            let never_polled = spawn(pending::<()>());
            never_polled.abort();
            let idle = spawn(pending::<()>());
            let panics = spawn(async { panic!("burnt") });
            drop(spawn(async { panic!("burnt unseen") }));
            yield_now().await;
            idle.abort();
            idle.abort();
            assert!(never_polled.await.is_err());
            assert!(idle.await.is_err());
            assert!(panics.await.map(|()| ()).is_err());
            let own: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
            let inner = own.clone();
            let itself = spawn(async move {
                inner.borrow().as_ref().unwrap().abort();
            });
            *own.borrow_mut() = Some(itself.abort_handle());
            itself.await.unwrap();
        });
    });
    let outcomes = |wanted| count(&records, |event| ends(event, wanted));
    assert_eq!(outcomes(Outcome::Cancelled), 2);
    assert_eq!(outcomes(Outcome::Panicked), 2);
    assert_eq!(outcomes(Outcome::Finished), 1);
}

#[test]
fn a_main_future_that_panics_leaves_a_sound_trace() {
    recorded(|| {
        let runtime = Runtime::new().unwrap();
        drop(runtime.spawn(pending::<()>()));
        let caught = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                yield_now().await;
                panic!("burnt");
            });
        }));
        assert!(caught.is_err());
        runtime.block_on(yield_now());
    });
}

#[test]
fn a_program_of_many_runs_is_sound() {
    recorded(|| {
        let runtime = Runtime::new().unwrap();
        let gate = Gate::new();
        let task = runtime.spawn(gate.wait());
        for _ in 0..3 {
            runtime.block_on(async {
                yield_now().await;
                spawn(async {}).await.unwrap();
            });
        }
        gate.open(); // between two runs
        runtime.block_on(task).unwrap();
    });
}

#[test]
fn a_program_with_other_threads_is_sound() {
    let records = recorded(|| {
        block_on(async {
            for _ in 0..20 {
                let gate = Gate::new();
                let opener = gate.clone();
                let there = thread::spawn(move || opener.open());
                gate.wait().await;
                there.join().unwrap();
                spawn_blocking(|| ()).await.unwrap();
            }
            let handle = onecook::Handle::current();
            let remote = thread::spawn(move || handle.spawn(|| async {}));
            remote.join().unwrap().await.unwrap();
        });
    });
    let by_thread = count(&records, |event| {
        matches!(event, Event::Wake { by: WokenBy::Thread, .. })
    });
    assert!(by_thread > 0);
}

#[test]
fn a_busy_program_with_a_timer_is_sound() {
    let records = recorded(|| {
        block_on(async {
            let hog = spawn(async {
                loop {
                    yield_now().await;
                }
            });
            sleep(Duration::from_millis(3)).await;
            hog.abort();
            assert!(hog.await.is_err());
        });
    });
    let looks = count(&records, |event| {
        matches!(
            event,
            Event::Reactor(ReactorEvent::TurnBegin {
                timeout: Some(Duration::ZERO)
            })
        )
    });
    assert!(looks > 0);
}

#[test]
fn who_woke_whom_is_told() {
    let records = recorded(|| {
        block_on(async {
            let gate = Gate::new();
            let waiting = spawn_named("waiting", gate.wait());
            let opening = spawn_named("opening", async move {
                yield_now().await;
                gate.open();
            });
            waiting.await.unwrap();
            opening.await.unwrap();
        });
    });
    let names: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.event {
            Event::Spawn { task, name: Some(name), .. } => {
                Some((name.to_string(), *task))
            }
            _ => None,
        })
        .collect();
    let task = |name: &str| {
        names.iter().find(|(it, _)| it == name).map(|(_, task)| *task).unwrap()
    };
    let (waiting, opening) = (task("waiting"), task("opening"));
    let wakes = records.iter().filter_map(|record| match record.event {
        Event::Wake { task, by, coalesced: false } if task == waiting => {
            Some(by)
        }
        _ => None,
    });
    let wakes: Vec<_> = wakes.collect();
    let tag = onecook::trace::Tag(opening.number());
    assert_eq!(wakes, [WokenBy::Task(tag)]);
}

#[test]
fn the_parent_of_a_task_is_told() {
    let records = recorded(|| {
        block_on(async {
            let parent = spawn(async { spawn(async {}).await.unwrap() });
            parent.await.unwrap();
        });
    });
    let parents: Vec<_> = records
        .iter()
        .filter_map(|record| match record.event {
            Event::Spawn { task, parent, .. } => {
                Some((task.number(), parent.0))
            }
            _ => None,
        })
        .collect();
    assert_eq!(parents, [(1, 0), (2, 1)]);
}

#[test]
fn time_in_a_trace_is_the_runtimes_own() {
    let recorder = Rc::new(RefCell::new(None));
    let inner = recorder.clone();
    let runtime = Builder::new().virtual_time().build().unwrap();
    runtime.block_on(async move {
        *inner.borrow_mut() = Some(Recorder::start());
        sleep(Duration::from_secs(3600)).await;
    });
    let records = recorder.take().unwrap().finish();
    let hour = Duration::from_secs(3600).as_nanos();
    assert!(records.iter().any(|it| u128::from(it.nanos) == hour));
}

/// What channels tell while `body` runs, with the type of their values.
#[track_caller]
fn told(body: impl FnOnce()) -> Vec<String> {
    let words = |event| match event {
        Event::ChannelFull { values, capacity, .. } => {
            Some(format!("{values}: {capacity} wait"))
        }
        Event::ChannelClosed { values, by, .. } => {
            Some(format!("{values}: closed by {by:?}"))
        }
        _ => None,
    };
    let events = recorded(body).into_iter().map(|record| record.event);
    events.filter_map(words).collect()
}

#[test]
fn a_oneshot_tells_who_closed_it_unless_it_delivered() {
    let told = told(|| {
        drop(oneshot::channel::<u8>()); // its sender is dropped first
        let (sender, receiver) = oneshot::channel::<u16>();
        drop(receiver);
        drop(sender);
        let (_sender, mut receiver) = oneshot::channel::<u32>();
        receiver.close();
        receiver.close();
        drop(receiver);
        let (sender, mut receiver) = oneshot::channel::<u64>();
        sender.send(1).unwrap();
        assert_eq!(expect_ready(&mut receiver), Ok(1));
    });
    let by = ["u8: closed by Senders", "u16: closed by Receivers"];
    assert_eq!(told[..2], by);
    assert_eq!(told[2..], ["u32: closed by Receivers"]);
}

#[test]
fn a_broadcast_and_a_watch_tell_that_their_senders_are_gone() {
    let told = told(|| {
        let (sender, receiver) = broadcast::channel::<u8>(1);
        sender.send(1).unwrap();
        sender.send(2).unwrap(); // the receiver lags; nobody waits
        drop(receiver);
        drop(sender.subscribe());
        drop(sender.clone());
        drop(sender);
        let (sender, receiver) = watch::channel::<u16>(0);
        drop(receiver);
        drop(sender.subscribe());
        drop(sender.clone());
        drop(sender);
    });
    assert_eq!(told, ["u8: closed by Senders", "u16: closed by Senders"]);
}

#[test]
fn an_mpmc_channel_tells_each_sender_that_waits_and_who_closed_it() {
    let told = told(|| {
        let (sender, receiver) = mpmc::bounded::<u8>(1);
        sender.try_send(1).unwrap();
        assert!(sender.try_send(2).is_err());
        let mut send = sender.send(2);
        expect_pending(&mut send);
        expect_pending(&mut send);
        expect_pending(&mut sender.reserve());
        drop(send);
        assert!(receiver.close());
        assert!(!sender.close());
        drop((sender, receiver));
        let (sender, receiver) = mpmc::unbounded::<u16>();
        drop(sender.clone());
        drop(sender);
        drop(receiver);
        let (sender, receiver) = mpmc::unbounded::<u32>();
        drop(receiver);
        drop(sender);
    });
    let full = ["u8: 1 wait", "u8: 1 wait"];
    assert_eq!(told[..2], full);
    let closed = [
        "u8: closed by Receivers",
        "u16: closed by Senders",
        "u32: closed by Receivers",
    ];
    assert_eq!(told[2..], closed);
}
