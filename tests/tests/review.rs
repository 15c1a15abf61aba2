//! What a reviewer asked of the core: the loop under hostile wakes, reports
//! that cannot be printed or would be late, user code at the edges.
//!
//! semantics 1, 11, 16, 39, 40; design promises 5, 7, 8, 9

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use onecook::diagnosis::ReportKind;
use onecook::net::UnixStream;
use onecook::time::sleep;
use onecook::trace::{Event, ReactorEvent, Recorder, WokenBy};
use onecook::{Builder, Runtime, block_on, spawn, spawn_named, yield_now};
use onecook_reactor::trace::set_sink;
use onecook_tests::{Log, OnDrop, Reports, poll_with, within};

const AN_HOUR: Duration = Duration::from_secs(3600);

/// Another thread that wakes `waker` once for each order, and says when it
/// has.
fn foreign_waker(waker: Waker) -> impl Fn() {
    let (order, orders) = mpsc::channel::<()>();
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        while orders.recv().is_ok() {
            waker.wake_by_ref();
            done.send(()).unwrap();
        }
    });
    move || {
        order.send(()).unwrap();
        is_done.recv().unwrap();
    }
}

#[test]
fn wakes_that_come_as_fast_as_they_are_read_starve_nobody() {
    within(|| {
        let wake_again = Rc::new(Cell::new(None::<Box<dyn Fn()>>));
        let sink = wake_again.clone();
        // Whenever a wake from elsewhere was read, the next has come.
        let _recorder = Recorder::start_with(move |record| {
            if let Event::Wake { by: WokenBy::Thread, .. } = record.event {
                let wake = sink.take();
                if let Some(wake) = &wake {
                    wake();
                }
                sink.set(wake);
            }
        });
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            if polls == 1 {
                let wake = foreign_waker(cx.waker().clone());
                wake();
                wake_again.set(Some(Box::new(wake)));
            }
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        }));
        wake_again.take();
    });
}

#[test]
fn a_report_that_cannot_be_printed_harms_nobody() {
    const NAME: &str = "a_report_that_cannot_be_printed_harms_nobody";
    const VARIABLE: &str = "ONECOOK_TEST_NO_STDERR";
    if std::env::var_os(VARIABLE).is_some() {
        let mut line = String::new(); // stderr is closed by now
        std::io::stdin().read_line(&mut line).unwrap();
        block_on(async {
            drop(spawn(async { panic!("nobody hears this") }));
            yield_now().await;
            yield_now().await;
        });
        std::process::exit(42);
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    child.stdin.take().unwrap().write_all(b"closed\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(42));
}

/// Pending for ever, and holds no waker.
fn lost() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Pending)
}

#[test]
fn a_waker_lost_while_few_are_polled_is_reported() {
    let reports = Reports::catch();
    block_on(async {
        for _ in 0..5 {
            drop(spawn(sleep(AN_HOUR)));
        }
        drop(spawn(async {
            sleep(Duration::from_millis(1)).await;
            lost().await;
        }));
        sleep(Duration::from_millis(200)).await;
    });
    let text = reports.expect_one(ReportKind::LostWaker);
    assert!(text.starts_with("task 6 "), "{text}");
}

#[test]
fn a_certain_deadlock_among_a_few_tasks_needs_no_delay() {
    within(|| {
        let _reports = Reports::catch();
        let runtime = Builder::new().deadlock_delay(None).build().unwrap();
        let run = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                for _ in 0..5 {
                    drop(spawn(lost()));
                }
                drop(spawn(async {
                    sleep(Duration::from_millis(1)).await;
                    lost().await;
                }));
                lost().await;
            });
        }));
        let panic = run.unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.starts_with("deadlock: "), "{text}");
    });
}

#[test]
fn a_main_future_that_lost_its_waker_is_reported() {
    within(|| {
        let reports = Reports::catch();
        let run = catch_unwind(|| {
            block_on(async {
                drop(spawn(sleep(Duration::from_millis(20))));
                lost().await;
            });
        });
        assert!(run.is_err(), "in the end it is a deadlock");
        let text = reports.expect_one(ReportKind::LostWaker);
        assert!(text.starts_with("the main future is pending"), "{text}");
    });
}

#[test]
fn virtual_time_that_a_socket_holds_up_is_reported_with_the_socket() {
    within(|| {
        let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
        let far = Mutex::new(far);
        let reports = Reports::catch_with(move |_| {
            far.lock().unwrap().write_all(b"x").unwrap();
        });
        let runtime = Builder::new()
            .virtual_time()
            .deadlock_delay(Some(Duration::from_millis(10)))
            .build()
            .unwrap();
        runtime.block_on(async {
            let near = UnixStream::from_std(near).unwrap();
            let nap = spawn(sleep(AN_HOUR));
            near.read(&mut [0; 1]).await.unwrap();
            nap.await.unwrap();
        });
        let text = reports.expect_one(ReportKind::Deadlock);
        assert!(text.contains("virtual time stands still"), "{text}");
        assert!(text.contains("Unix stream data (fd "), "{text}");
    });
}

struct PanicsOnWake;

impl Wake for PanicsOnWake {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_does_not_disturb_the_end_of_a_runtime() {
    let reports = Reports::catch();
    let log = Log::new();
    let runtime = Runtime::new().unwrap();
    let mut first = runtime.spawn(pending::<()>());
    let waker = Waker::from(Arc::new(PanicsOnWake));
    assert!(poll_with(&mut first, &waker).is_pending());
    let seen = log.clone();
    let guard = OnDrop::new(move || {
        drop(spawn(async {})); // panics where no runtime is entered
        seen.add("dropped with the context in place");
    });
    drop(runtime.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    drop(runtime);
    assert_eq!(log.lines(), ["dropped with the context in place"]);
    assert!(reports.expect_one(ReportKind::Panic).contains("task 1"));
}

/// Counts as pending; spawns a task when it is dropped.
struct SpawnsOnDrop;

impl Future for SpawnsOnDrop {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx.waker().clone();
        Poll::Pending
    }
}

impl Drop for SpawnsOnDrop {
    fn drop(&mut self) {
        drop(spawn_named("child", pending::<()>()));
    }
}

#[test]
fn what_an_aborted_future_spawns_from_its_drop_is_its_child() {
    let _reports = Reports::catch();
    let dump = block_on(async {
        let aborted = spawn_named("aborted", SpawnsOnDrop);
        yield_now().await;
        let _bystander = spawn_named("bystander", pending::<()>());
        aborted.abort();
        yield_now().await;
        onecook::dump()
    });
    let lines: Vec<_> = dump.lines().collect();
    let child = lines.iter().position(|it| it.contains("'child'")).unwrap();
    assert!(lines[child - 1].contains("'aborted'"), "{dump}");
}

#[test]
fn an_observer_of_a_new_socket_may_turn_the_reactor() {
    let turned = Rc::new(Cell::new(0));
    let turns = turned.clone();
    block_on(async {
        let before = set_sink(Some(Rc::new(move |event| {
            if let ReactorEvent::Register { .. } = event {
                let reactor = onecook_reactor::context::current().unwrap();
                reactor.turn(Some(Duration::ZERO));
                turns.set(turns.get() + 1);
            }
        })));
        let pair = UnixStream::pair().unwrap();
        drop(pair);
        set_sink(before);
    });
    assert_eq!(turned.get(), 2);
}
