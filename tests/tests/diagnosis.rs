//! What the runtime says when something is wrong, and when it keeps silent.
//!
//! semantics 39, 40, 41; design promise 10

use std::fs::File;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::net::TcpListener;
use onecook::time::sleep;
use onecook::{
    Builder, Runtime, block_on, dump, spawn, spawn_blocking, spawn_named,
    yield_now,
};
use onecook_tests::{Gate, Reports, WakerSlot, child, within};

/// Pending, and nobody is told.
fn lost() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Pending)
}

/// The text with which `body` panics.
fn panic_text(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

fn silent_runtime() -> Runtime {
    Builder::new().deadlock_delay(None).build().unwrap()
}

fn quick_runtime() -> Runtime {
    let delay = Some(Duration::from_millis(20));
    Builder::new().deadlock_delay(delay).build().unwrap()
}

// --- 39: deadlock

#[test]
fn a_certain_deadlock_panics_with_the_list_of_tasks() {
    let _reports = Reports::catch();
    let text = panic_text(|| {
        block_on(async {
            let egg = spawn_named("egg A", lost());
            egg.await.unwrap();
        });
    });
    let line = line!() - 4;
    assert!(text.starts_with("deadlock: no task is ready"), "{text}");
    assert!(text.contains("the main future: idle, waits for task 1"), "{text}");
    assert!(text.contains("task 1 'egg A': idle, 1 poll, "), "{text}");
    assert!(text.contains(&format!("diagnosis.rs:{line}:")), "{text}");
    assert!(text.contains("STUCK: nobody holds its waker"), "{text}");
}

#[test]
fn two_tasks_that_wait_for_each_other_are_a_certain_deadlock() {
    use onecook::JoinHandle;
    use std::cell::RefCell;
    use std::rc::Rc;
    type Slot = Rc<RefCell<Option<JoinHandle<()>>>>;
    let _reports = Reports::catch();
    let text = panic_text(|| {
        block_on(async {
            let to_b: Slot = Rc::default();
            let held = to_b.clone();
            let a = spawn_named("A", async move {
                let b = held.borrow_mut().take().unwrap();
                b.await.unwrap();
            });
            let b = spawn_named("B", async move { a.await.unwrap() });
            *to_b.borrow_mut() = Some(b);
            lost().await;
        });
    });
    assert!(text.contains("'A': idle, 1 poll, "), "{text}");
    assert!(text.contains("waits for task 2 to end"), "{text}");
    assert!(text.contains("waits for task 1 to end"), "{text}");
}

#[test]
fn after_a_certain_deadlock_the_runtime_can_be_used_and_dropped() {
    let _reports = Reports::catch();
    let runtime = silent_runtime();
    panic_text(|| runtime.block_on(lost()));
    assert_eq!(
        runtime.block_on(async { spawn(async { 7 }).await }).unwrap(),
        7
    );
}

#[test]
fn a_gate_whose_opener_is_gone_is_a_certain_deadlock_only_without_holders() {
    // The gate itself holds the waker: someone could still open it, as far as
    // the runtime can know. So it is a suspicion, told once.
    let gate = Gate::new();
    let opener = gate.clone();
    let reports = Reports::catch_with(move |_| opener.open());
    within({
        let gate = gate.clone();
        move || quick_runtime().block_on(gate.wait())
    });
    let text = reports.expect_one(ReportKind::Deadlock);
    assert!(text.contains("everything has been idle for 20ms"), "{text}");
    assert!(text.contains("`Builder::deadlock_delay`"), "{text}");
    assert!(
        text.contains("the main future: idle, waits for whoever"),
        "{text}"
    );
    assert!(gate.is_open());
}

#[test]
fn a_handle_in_other_hands_makes_a_deadlock_a_suspicion() {
    // Nobody holds a waker that would end this: without the handle, which the
    // hook holds, it would be certain. The hook ends it by an abort.
    let runtime = quick_runtime();
    let egg = runtime.spawn(lost());
    let abort = egg.abort_handle();
    let reports = Reports::catch_with(move |report| {
        if report.kind() == ReportKind::Deadlock {
            abort.abort();
        }
    });
    assert!(runtime.block_on(egg).unwrap_err().is_cancelled());
    assert_eq!(reports.of(ReportKind::Deadlock).len(), 1);
    assert_eq!(reports.of(ReportKind::LostWaker).len(), 1);
}

#[test]
fn a_suspicion_can_be_switched_off() {
    let reports = Reports::catch();
    within(|| {
        let gate = Gate::new();
        let opener = gate.clone();
        let there = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            opener.open();
        });
        silent_runtime().block_on(gate.wait());
        there.join().unwrap();
    });
    reports.expect_none();
}

#[test]
fn a_timer_a_socket_and_a_blocking_call_are_no_deadlock() {
    let reports = Reports::catch();
    within(|| {
        let pause = Duration::from_millis(60);
        quick_runtime().block_on(sleep(pause));
        quick_runtime().block_on(async move {
            spawn_blocking(move || thread::sleep(pause)).await.unwrap();
        });
        quick_runtime().block_on(async move {
            let address = "127.0.0.1:0".parse().unwrap();
            let listener = TcpListener::bind_to(address).unwrap();
            let address = listener.local_addr().unwrap();
            let there = thread::spawn(move || {
                thread::sleep(pause);
                drop(std::net::TcpStream::connect(address).unwrap());
            });
            listener.accept().await.unwrap();
            there.join().unwrap();
        });
    });
    reports.expect_none();
}

#[test]
fn the_deadlock_report_goes_to_stderr_and_the_runtime_waits_on() {
    let name = "the_deadlock_report_goes_to_stderr_and_the_runtime_waits_on";
    let child = child::run(name, || {
        let gate = Gate::new();
        let opener = gate.clone();
        let there = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            opener.open();
        });
        quick_runtime().block_on(async {
            spawn_named("egg A", gate.wait()).await.unwrap();
        });
        there.join().unwrap();
    });
    assert!(child.success(), "{}", child.stderr);
    let report = "onecook: everything has been idle for 20ms";
    assert_eq!(child.stderr.matches(report).count(), 1, "{}", child.stderr);
    assert!(child.stderr.contains("task 1 'egg A': idle"), "{}", child.stderr);
}

#[test]
fn without_descriptors_a_runtime_says_what_is_missing_and_what_to_do() {
    let name =
        "without_descriptors_a_runtime_says_what_is_missing_and_what_to_do";
    let child = child::run_with_files(40, name, || {
        let mut files: Vec<_> =
            std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        let error = Runtime::new().unwrap_err();
        eprintln!("none left: {error}");
        files.pop(); // enough for half a runtime
        let text = panic_text(|| block_on(async {}));
        eprintln!("one left: {text}");
        drop(files);
        block_on(async {});
    });
    assert!(child.success(), "{}", child.stderr);
    let says = |line: &str| assert!(child.stderr.contains(line), "{child:?}");
    says("none left: Too many open files");
    says("one left: no runtime can be made: Too many open files");
    says("two file descriptors; raise the limit with `ulimit -n`");
}

// --- 40: lost wakers

#[test]
fn a_lost_waker_is_reported_with_name_and_spawn_site() {
    let reports = Reports::catch();
    block_on(async {
        let _egg = spawn_named("egg A", lost());
        sleep(Duration::from_millis(5)).await;
    });
    let line = line!() - 3;
    let text = reports.expect_one(ReportKind::LostWaker);
    assert!(text.starts_with("task 1 'egg A' (spawned at "), "{text}");
    assert!(text.contains(&format!("diagnosis.rs:{line}:")), "{text}");
    assert!(text.contains("is pending, but nobody holds its waker"), "{text}");
    assert!(text.contains("must keep `cx.waker().clone()`"), "{text}");
    assert!(text.contains("`onecook::future::pending`"), "{text}");
}

#[test]
fn a_lost_waker_is_reported_once() {
    let reports = Reports::catch();
    block_on(async {
        let _egg = spawn(lost());
        for _ in 0..10 {
            sleep(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(reports.of(ReportKind::LostWaker).len(), 1);
}

#[test]
fn a_waker_that_was_dropped_later_is_noticed_too() {
    let reports = Reports::catch();
    block_on(async {
        let slot = WakerSlot::new();
        let inner = slot.clone();
        let _egg = spawn(poll_fn(move |cx| {
            inner.store(cx);
            Poll::<()>::Pending
        }));
        sleep(Duration::from_millis(1)).await;
        reports.expect_none();
        drop(slot.take());
        sleep(Duration::from_millis(1)).await;
        sleep(Duration::from_millis(1)).await;
    });
    assert_eq!(reports.of(ReportKind::LostWaker).len(), 1);
}

#[test]
fn waiting_for_ever_on_purpose_is_not_reported() {
    let reports = Reports::catch();
    block_on(async {
        let _egg = spawn(onecook::future::pending::<()>());
        sleep(Duration::from_millis(2)).await;
        sleep(Duration::from_millis(2)).await;
    });
    reports.expect_none();
}

#[test]
fn a_wake_that_comes_from_another_thread_is_not_lost() {
    // The other thread takes the waker along, wakes and drops it: at some
    // moments nobody holds it, but the wake is on its way.
    let reports = Reports::catch();
    within(|| {
        let runtime = silent_runtime();
        runtime.block_on(async {
            for _ in 0..300 {
                let slot = WakerSlot::new();
                let inner = slot.clone();
                let mut first = true;
                let task = spawn(poll_fn(move |cx| {
                    if !std::mem::take(&mut first) {
                        return Poll::Ready(());
                    }
                    inner.store(cx);
                    Poll::Pending
                }));
                let there = thread::spawn(move || slot.wait_for().wake());
                task.await.unwrap();
                there.join().unwrap();
            }
        });
    });
    reports.expect_none();
}

#[test]
fn ten_thousand_healthy_tasks_give_no_false_report() {
    let reports = Reports::catch();
    within(|| {
        quick_runtime().block_on(async {
            let gate = Gate::new();
            let mut tasks = Vec::new();
            for number in 0..2500_u64 {
                let pause = Duration::from_micros(500 + number * 10);
                tasks.push(spawn(sleep(pause)));
                tasks.push(spawn(gate.wait()));
                tasks.push(spawn(async {
                    spawn(yield_now()).await.unwrap();
                    sleep(Duration::from_millis(3)).await;
                }));
                tasks.push(spawn(async move {
                    for _ in 0..number % 5 {
                        yield_now().await;
                    }
                }));
            }
            sleep(Duration::from_millis(10)).await;
            gate.open();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    reports.expect_none();
}

// --- 41: slow polls

#[test]
fn a_slow_poll_is_reported_with_name_site_and_time() {
    let reports = Reports::catch();
    let limit = Duration::from_millis(20);
    let runtime = Builder::new().slow_poll_limit(limit).build().unwrap();
    runtime.block_on(async {
        let egg = spawn_named("egg A", async {
            thread::sleep(Duration::from_millis(80));
        });
        egg.await.unwrap();
    });
    let line = line!() - 5;
    let texts = reports.of(ReportKind::SlowPoll);
    assert_eq!(reports.texts(), texts);
    let took: Vec<_> =
        texts.iter().filter(|it| it.contains("' (spawned at ")).collect();
    let last = texts.last().unwrap();
    assert!(last.contains("one poll of task 1 'egg A'"), "{texts:#?}");
    assert!(last.contains(&format!("diagnosis.rs:{line}:")), "{texts:#?}");
    assert!(last.contains(" took "), "{texts:#?}");
    assert!(last.contains("the limit is 20ms"), "{texts:#?}");
    assert!(last.contains("`spawn_blocking`"), "{texts:#?}");
    assert_eq!(took.len(), texts.len());
}

#[test]
fn a_poll_that_still_runs_is_reported_by_the_watchdog() {
    // It ends only once it was reported: a poll that never ends is seen.
    let reports = Reports::catch();
    let limit = Duration::from_millis(20);
    let runtime = Builder::new().slow_poll_limit(limit).build().unwrap();
    runtime.block_on(async {
        let text = reports.wait_for(ReportKind::SlowPoll);
        assert!(text.contains("one poll of the main future"), "{text}");
        assert!(text.contains("still runs after"), "{text}");
    });
}

#[test]
fn a_std_mutex_locked_twice_is_named() {
    let name = "a_std_mutex_locked_twice_is_named";
    let child = child::run(name, || {
        // The watchdog's report ends this process: the poll never would.
        onecook::diagnosis::set_hook(|report| {
            eprintln!("{report}");
            std::process::exit(0);
        });
        let limit = Duration::from_millis(20);
        let runtime = Builder::new().slow_poll_limit(limit).build().unwrap();
        runtime.block_on(async {
            let stuck = spawn_named("egg A", async {
                let pan = std::sync::Mutex::new(());
                let _first = pan.lock();
                let _second = pan.lock();
            });
            stuck.await.unwrap();
        });
    });
    assert!(child.success(), "{}", child.stderr);
    assert!(child.stderr.contains("task 1 'egg A'"), "{}", child.stderr);
    assert!(child.stderr.contains("still runs after"), "{}", child.stderr);
}

#[test]
fn quick_polls_are_not_reported() {
    let reports = Reports::catch();
    let limit = Duration::from_secs(20);
    let runtime = Builder::new().slow_poll_limit(limit).build().unwrap();
    runtime.block_on(async {
        for _ in 0..1000 {
            yield_now().await;
        }
        sleep(Duration::from_millis(30)).await; // waiting is no poll
    });
    drop(runtime);
    reports.expect_none();
}

#[test]
fn without_a_limit_nothing_is_reported() {
    let reports = Reports::catch();
    block_on(async { thread::sleep(Duration::from_millis(30)) });
    reports.expect_none();
}

// --- the dump

#[test]
fn the_dump_is_a_tree_of_names_sites_states_and_waits() {
    let _reports = Reports::catch();
    let text = block_on(async {
        let parent = spawn_named("parent", async {
            let child = spawn_named("child", sleep(Duration::from_secs(60)));
            child.await.unwrap();
        });
        let gate = Gate::new();
        let _waiting = spawn_named("at the gate", gate.wait());
        let _lost = spawn_named("lost", lost());
        let done = spawn_named("done", async {});
        yield_now().await;
        yield_now().await;
        assert!(done.is_finished());
        let _new = spawn_named("new", async {});
        drop(parent);
        dump()
    });
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        ("the main future: running", ""),
        ("├─ task 1 'parent': idle, 1 poll, spawned at ", "to end"),
        ("│  └─ task 5 'child': idle, 1 poll, spawned at ", "a timer due in "),
        ("├─ task 2 'at the gate': idle, 1 poll, ", "whoever holds its waker"),
        ("├─ task 3 'lost': idle, 1 poll, ", "STUCK: nobody holds its waker"),
        ("├─ task 4 'done': done, 1 poll, ", ""),
        ("└─ task 6 'new': scheduled, 0 polls, ", ""),
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, (begin, within)) in lines.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}\nnot {begin}\n{text}");
        assert!(line.contains(within), "{line}\nwithout {within}");
    }
    assert!(lines[1].contains("waits for task 5 to end"), "{text}");
}

#[test]
fn the_dump_names_the_socket_that_a_task_waits_for() {
    let text = block_on(async {
        let address = "127.0.0.1:0".parse().unwrap();
        let listener = TcpListener::bind_to(address).unwrap();
        let _accepting = spawn(async move {
            let _ = listener.accept().await;
        });
        yield_now().await;
        dump()
    });
    assert!(text.contains("waits for a TCP connection"), "{text}");
    assert!(text.contains("(fd "), "{text}");
}

#[test]
fn the_dump_of_an_empty_runtime_says_so() {
    assert_eq!(Runtime::new().unwrap().dump(), "no tasks\n");
}

#[test]
fn a_task_whose_parent_is_gone_stands_at_the_root() {
    let text = block_on(async {
        let parent = spawn(async {
            drop(spawn_named("orphan", onecook::future::pending::<()>()));
        });
        parent.await.unwrap();
        yield_now().await;
        dump()
    });
    assert!(text.contains("\ntask 2 'orphan': idle, 1 poll, "), "{text}");
}

fn chain(links: u32) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        if links > 0 {
            drop(onecook::spawn(chain(links - 1)));
        }
        onecook::future::pending::<()>().await;
    })
}

#[test]
fn a_chain_of_ten_thousand_tasks_can_be_dumped() {
    let runtime = onecook::Runtime::new().unwrap();
    runtime.block_on(async {
        drop(onecook::spawn(chain(9_999)));
        while onecook::metrics().spawned < 10_000 {
            onecook::yield_now().await;
        }
    });
    assert_eq!(runtime.dump().lines().count(), 10_000);
}
