//! Semantics 13 to 16: time, by hand and on a virtual clock.

mod util;

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use onecook_reactor::context::{self, Entered, Tag};
use onecook_reactor::reactor::Settings;
use onecook_reactor::time::error::Elapsed;
use onecook_reactor::time::{
    Instant, Interval, MissedTickBehavior, Sleep, interval, interval_at, sleep,
    sleep_until, timeout, timeout_at,
};
use onecook_reactor::{Clock, Reactor, budget};
use util::{CountingWaker, on_wake, poll_once};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A reactor with a virtual clock, entered.
fn virtual_time() -> (Rc<Reactor>, Entered) {
    let settings =
        Settings { clock: Clock::new_virtual(), ..Settings::default() };
    let reactor = Reactor::new(settings).unwrap();
    let entered = reactor.enter();
    (reactor, entered)
}

/// Polls until ready, with a turn in between, like an executor with nothing
/// else to do.
fn run<F: Future + Unpin>(reactor: &Reactor, future: &mut F) -> F::Output {
    loop {
        let waker = CountingWaker::new();
        if let Poll::Ready(value) = waker.poll(future) {
            return value;
        }
        while waker.wakes() == 0 {
            reactor.turn(None);
        }
    }
}

/// Lets time go by.
fn pass(reactor: &Reactor, duration: Duration) {
    run(reactor, &mut sleep(duration));
}

// ---- 13: sleep

#[test]
fn a_sleep_ends_at_its_deadline_and_not_a_nanosecond_earlier() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    for nanos in [1, 2, 999, 1_000_001, 999_999_999] {
        let before = Instant::now();
        let waker = CountingWaker::new();
        let mut nap = sleep(Duration::from_nanos(nanos));
        assert!(waker.poll(&mut nap).is_pending());
        assert!(!nap.is_elapsed());
        assert_eq!(reactor.turn(None).timers, 1);
        assert_eq!(waker.wakes(), 1);
        assert!(waker.poll(&mut nap).is_ready());
        assert!(nap.is_elapsed());
        assert_eq!(Instant::now() - before, Duration::from_nanos(nanos));
    }
    assert_eq!(start.elapsed(), Duration::from_nanos(1_001_001_002));
}

#[test]
fn on_a_real_clock_a_sleep_is_never_early() {
    let reactor = Reactor::new(Settings::default()).unwrap();
    let _entered = reactor.enter();
    for micros in [1, 10, 999, 1_000, 1_001, 2_500] {
        let before = std::time::Instant::now();
        let asked = Duration::from_micros(micros);
        run(&reactor, &mut sleep(asked));
        assert!(before.elapsed() >= asked);
    }
}

#[test]
fn a_turn_before_the_deadline_wakes_nobody() {
    let (reactor, _entered) = virtual_time();
    let waker = CountingWaker::new();
    let mut nap = sleep(millis(10));
    assert!(waker.poll(&mut nap).is_pending());
    pass(&reactor, millis(9));
    assert_eq!(waker.wakes(), 0);
    assert!(waker.poll(&mut nap).is_pending());
    pass(&reactor, millis(1));
    assert_eq!(waker.wakes(), 1);
}

#[test]
fn a_deadline_that_has_passed_is_ready_at_once_and_sets_no_timer() {
    let (reactor, _entered) = virtual_time();
    assert!(poll_once(&mut sleep(Duration::ZERO)).is_ready());
    let past = Instant::now() - millis(1);
    assert!(poll_once(&mut sleep_until(past)).is_ready());
    assert_eq!(reactor.idle_state().next_deadline, None);
}

/// A waker that notes a name in a list.
fn noting(list: &Arc<Mutex<Vec<u32>>>, name: u32) -> Waker {
    let list = list.clone();
    on_wake(move || list.lock().unwrap().push(name))
}

#[test]
fn equal_deadlines_wake_in_the_order_in_which_they_were_set() {
    let (reactor, _entered) = virtual_time();
    let list = Arc::new(Mutex::new(Vec::new()));
    let deadline = Instant::now() + millis(5);
    let mut naps: Vec<Sleep> =
        (0..100).map(|_| sleep_until(deadline)).collect();
    for (name, nap) in (0..).zip(&mut naps) {
        let waker = noting(&list, name);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(nap).poll(&mut cx).is_pending());
    }
    assert_eq!(reactor.turn(None).timers, 100);
    assert_eq!(*list.lock().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn the_newest_waker_counts_and_the_older_is_dropped_unwoken() {
    let (reactor, _entered) = virtual_time();
    let (older, newer) = (CountingWaker::new(), CountingWaker::new());
    let mut nap = sleep(millis(1));
    assert!(older.poll(&mut nap).is_pending());
    assert_eq!(older.holders(), 1);
    assert!(newer.poll(&mut nap).is_pending());
    assert_eq!((older.holders(), newer.holders()), (0, 1));
    reactor.turn(None);
    assert_eq!((older.wakes(), newer.wakes()), (0, 1));
}

#[test]
fn a_dropped_sleep_takes_its_timer_back_and_lets_go_of_its_waker() {
    let (reactor, _entered) = virtual_time();
    let waker = CountingWaker::new();
    let mut nap = sleep(millis(1));
    assert!(waker.poll(&mut nap).is_pending());
    drop(nap);
    assert_eq!(waker.holders(), 0);
    assert_eq!(reactor.idle_state().next_deadline, None);
    assert!(reactor.is_silent());
}

#[test]
fn the_longest_duration_never_ends_and_overflows_nothing() {
    let (reactor, _entered) = virtual_time();
    let waker = CountingWaker::new();
    let mut nap = sleep(Duration::MAX);
    assert_eq!(nap.deadline(), Instant::FAR_FUTURE);
    assert!(waker.poll(&mut nap).is_pending());
    // Nobody waits for its deadline, and yet its waker is held: a task that
    // sleeps for ever has not lost it.
    assert_eq!(reactor.idle_state().next_deadline, None);
    assert_eq!(waker.holders(), 1);
    assert_eq!(reactor.waiters()[0].what, "a timer that is never due");
    pass(&reactor, Duration::from_secs(1_000_000_000));
    assert_eq!(waker.wakes(), 0);
    assert!(waker.poll(&mut nap).is_pending());
    drop(nap);
    assert_eq!(waker.holders(), 0);
}

#[test]
fn a_sleep_that_waits_and_is_reset_wakes_at_the_new_deadline_unpolled() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    for (first, second) in [(10, 20), (20, 10), (10, 10)] {
        let waker = CountingWaker::new();
        let mut nap = sleep(millis(first));
        assert!(waker.poll(&mut nap).is_pending());
        let deadline = Instant::now() + millis(second);
        nap.reset(deadline);
        assert_eq!(nap.deadline(), deadline);
        assert_eq!(reactor.idle_state().next_deadline, Some(deadline));
        reactor.turn(None);
        assert_eq!((waker.wakes(), Instant::now()), (1, deadline));
        assert!(waker.poll(&mut nap).is_ready());
    }
    assert_eq!(start.elapsed(), millis(40));
}

#[test]
fn a_sleep_reset_into_the_past_wakes_at_the_next_turn() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let waker = CountingWaker::new();
    let mut nap = sleep(millis(10));
    assert!(waker.poll(&mut nap).is_pending());
    nap.reset(start - millis(10));
    assert_eq!(reactor.turn(Some(Duration::ZERO)).timers, 1);
    assert_eq!(waker.wakes(), 1);
    assert!(waker.poll(&mut nap).is_ready());
    assert_eq!(Instant::now(), start, "no time went by");
}

#[test]
fn a_sleep_reset_to_never_does_not_end_and_can_be_called_back() {
    let (reactor, _entered) = virtual_time();
    let waker = CountingWaker::new();
    let mut nap = sleep(millis(10));
    assert!(waker.poll(&mut nap).is_pending());
    nap.reset(Instant::FAR_FUTURE);
    pass(&reactor, millis(100));
    assert_eq!(waker.wakes(), 0);
    nap.reset(Instant::now() + millis(1));
    reactor.turn(None);
    assert_eq!(waker.wakes(), 1);
}

#[test]
fn a_sleep_reset_after_firing_sleeps_again() {
    let (reactor, _entered) = virtual_time();
    let mut nap = sleep(millis(10));
    run(&reactor, &mut nap);
    assert!(poll_once(&mut nap).is_ready(), "it stays elapsed");
    nap.reset(Instant::now() + millis(5));
    assert!(!nap.is_elapsed());
    let before = Instant::now();
    run(&reactor, &mut nap);
    assert_eq!(before.elapsed(), millis(5));
    // Fired, and reset before it was polled.
    nap.reset(Instant::now() + millis(1));
    assert!(poll_once(&mut nap).is_pending());
    reactor.turn(None);
    nap.reset(Instant::now() + millis(7));
    let before = Instant::now();
    run(&reactor, &mut nap);
    assert_eq!(before.elapsed(), millis(7));
}

/// Holds sleeps that a waker drops: wakers are `Send`, sleeps are not.
type Shelf = RefCell<Vec<Sleep>>;

thread_local! {
    static SHELF: Shelf = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_sleep_may_be_dropped_in_its_own_wake_and_others_with_it() {
    let (reactor, _entered) = virtual_time();
    let clear = || {
        let shelf = SHELF.take();
        let mut another = sleep(millis(1)); // and calls back in
        assert!(poll_once(&mut another).is_pending());
        drop((shelf, another));
    };
    let waker = on_wake(clear);
    let mut naps = Vec::new();
    for milli in [1, 1, 2] {
        let mut nap = sleep(millis(milli));
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut nap).poll(&mut cx).is_pending());
        naps.push(nap);
    }
    SHELF.set(naps);
    assert_eq!(reactor.turn(None).timers, 2);
    assert!(SHELF.take().is_empty());
    assert!(reactor.is_silent(), "all timers are gone");
}

#[test]
fn a_waker_that_drops_sleeps_when_it_is_dropped_may_do_so() {
    struct DropsNaps;
    impl Drop for DropsNaps {
        fn drop(&mut self) {
            drop(SHELF.take());
        }
    }
    let (reactor, _entered) = virtual_time();
    let on_shelf = || {
        let mut nap = sleep(millis(3));
        assert!(poll_once(&mut nap).is_pending());
        SHELF.with_borrow_mut(|shelf| shelf.push(nap));
    };
    let waiting_with_bomb = || {
        let bomb = DropsNaps;
        let waker = on_wake(move || {
            let _kept = &bomb;
        });
        let mut nap = sleep(millis(1));
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut nap).poll(&mut cx).is_pending());
        nap
    };
    on_shelf();
    drop(waiting_with_bomb()); // cancelled
    assert!(SHELF.with_borrow(Vec::is_empty));
    on_shelf();
    let mut nap = waiting_with_bomb();
    assert!(poll_once(&mut nap).is_pending()); // replaced
    assert!(SHELF.with_borrow(Vec::is_empty));
    on_shelf();
    let _nap = waiting_with_bomb();
    reactor.turn(None); // fired
    assert!(SHELF.with_borrow(Vec::is_empty));
}

#[test]
fn a_sleep_outlives_its_reactor_and_waits_on_in_the_next() {
    let mut nap = sleep(millis(5));
    let waker = CountingWaker::new();
    {
        let (_reactor, _entered) = virtual_time();
        nap.reset(Instant::now() + millis(5));
        assert!(waker.poll(&mut nap).is_pending());
    }
    assert_eq!(waker.holders(), 0, "let go of with the reactor");
    let (reactor, _entered) = virtual_time();
    assert!(waker.poll(&mut nap).is_pending());
    reactor.turn(None);
    assert_eq!(waker.wakes(), 1);
    assert!(waker.poll(&mut nap).is_ready());
}

#[test]
fn a_sleep_polled_outside_a_runtime_says_what_to_do() {
    let mut nap = sleep(millis(1));
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(&mut nap)));
    let text = *polled.unwrap_err().downcast::<String>().unwrap();
    assert!(text.starts_with("a timer needs a running runtime"), "{text}");
}

#[test]
fn a_sleep_that_ends_takes_one_unit_of_the_budget() {
    let (reactor, _entered) = virtual_time();
    let _polling = context::polling(Tag(1));
    let waker = CountingWaker::new();
    for _ in 0..budget::BUDGET {
        assert!(waker.poll(&mut sleep(Duration::ZERO)).is_ready());
    }
    let mut nap = sleep(Duration::ZERO);
    assert!(waker.poll(&mut nap).is_pending());
    assert_eq!(waker.wakes(), 1, "it comes again at once");
    drop(reactor);
}

#[test]
fn the_futures_of_time_are_unpin_and_small() {
    fn unpin<T: Unpin>() {}
    unpin::<Sleep>();
    unpin::<Interval>();
    unpin::<onecook_reactor::time::Tick<'_>>();
    unpin::<onecook_reactor::time::Timeout<Sleep>>();
    assert_eq!(size_of::<Sleep>(), 32);
}

// ---- 14: timeout

#[test]
fn timeout_polls_its_future_first_so_ready_beats_an_expired_deadline() {
    let (_reactor, _entered) = virtual_time();
    let past = Instant::now() - millis(1);
    let mut late = timeout_at(past, ready("egg"));
    assert_eq!(poll_once(&mut late), Poll::Ready(Ok("egg")));
    let mut at_once = timeout(Duration::ZERO, ready("egg"));
    assert_eq!(poll_once(&mut at_once), Poll::Ready(Ok("egg")));
}

#[test]
fn of_equal_deadlines_the_inner_sleep_wins() {
    let (reactor, _entered) = virtual_time();
    let mut both = timeout(millis(5), sleep(millis(5)));
    assert_eq!(run(&reactor, &mut both), Ok(()));
}

#[test]
fn a_timeout_that_elapsed_says_so() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut never = timeout(millis(5), pending::<()>());
    let elapsed: Elapsed = run(&reactor, &mut never).unwrap_err();
    assert_eq!(start.elapsed(), millis(5));
    let text = "the time limit was reached before the future was ready";
    assert_eq!(elapsed.to_string(), text);
    let error = io::Error::from(elapsed);
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.to_string(), text);

    let again = catch_unwind(AssertUnwindSafe(|| poll_once(&mut never)));
    let text = *again.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(text, "`Timeout` polled after it was done");
}

#[test]
fn a_timeout_that_was_in_time_leaves_no_timer() {
    let (reactor, _entered) = virtual_time();
    let mut in_time = timeout(millis(50), sleep(millis(5)));
    assert_eq!(run(&reactor, &mut in_time), Ok(()));
    drop(in_time);
    assert!(reactor.is_silent());
}

#[test]
fn a_timeout_without_end_never_elapses() {
    let (reactor, _entered) = virtual_time();
    let mut endless = timeout(Duration::MAX, sleep(millis(5)));
    assert_eq!(run(&reactor, &mut endless), Ok(()));
}

#[test]
fn a_future_that_uses_the_budget_up_does_not_disable_its_timeout() {
    let (reactor, _entered) = virtual_time();
    let greedy = poll_fn(|cx| -> Poll<()> {
        while let Poll::Ready(leave) = budget::poll_leave(cx) {
            leave.spend();
        }
        Poll::Pending
    });
    let waker = CountingWaker::new();
    let mut limited = timeout(millis(5), greedy);
    {
        let _polling = context::polling(Tag(1));
        assert!(waker.poll(&mut limited).is_pending());
        assert!(budget::is_exhausted(), "the limit is back in force");
    }
    pass(&reactor, millis(5));
    let _polling = context::polling(Tag(1));
    assert!(waker.poll(&mut limited).is_ready());
}

#[test]
fn the_future_inside_a_timeout_can_be_seen_changed_and_taken_out() {
    let (_reactor, _entered) = virtual_time();
    let mut limited = timeout(millis(5), ready(1));
    assert_eq!(format!("{:?}", limited.get_ref()), format!("{:?}", ready(1)));
    *limited.get_mut() = ready(2);
    assert_eq!(poll_once(&mut limited.into_inner()), Poll::Ready(2));
}

// ---- 15: interval

/// The times of the next ticks since `start`, in milliseconds: when each was
/// due, and when it came.
fn ticks(
    reactor: &Reactor,
    interval: &mut Interval,
    start: Instant,
    count: usize,
) -> Vec<(u128, u128)> {
    let tick = |_| {
        let due = run(reactor, &mut interval.tick()) - start;
        (due.as_millis(), start.elapsed().as_millis())
    };
    (0..count).map(tick).collect()
}

#[test]
fn the_first_tick_comes_at_once_and_the_others_a_period_apart() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval(millis(10));
    assert_eq!(beat.period(), millis(10));
    assert_eq!(beat.missed_tick_behavior(), MissedTickBehavior::Delay);
    let seen = ticks(&reactor, &mut beat, start, 3);
    assert_eq!(seen, [(0, 0), (10, 10), (20, 20)]);
}

/// Two ticks, a stall until 45, and the ticks after it: when they came.
fn after_a_stall(behavior: MissedTickBehavior) -> Vec<u128> {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval_at(start, millis(10));
    beat.set_missed_tick_behavior(behavior);
    ticks(&reactor, &mut beat, start, 2);
    pass(&reactor, millis(35));
    let seen = ticks(&reactor, &mut beat, start, 6);
    seen.into_iter().map(|(_, came)| came).collect()
}

#[test]
fn after_a_stall_burst_makes_up_for_every_tick() {
    let came = after_a_stall(MissedTickBehavior::Burst);
    assert_eq!(came, [45, 45, 45, 50, 60, 70]);
}

#[test]
fn after_a_stall_delay_begins_a_new_beat_and_is_the_default() {
    let came = after_a_stall(MissedTickBehavior::default());
    assert_eq!(came, [45, 55, 65, 75, 85, 95]);
}

#[test]
fn after_a_stall_skip_goes_on_in_the_old_beat() {
    let came = after_a_stall(MissedTickBehavior::Skip);
    assert_eq!(came, [45, 50, 60, 70, 80, 90]);
}

#[test]
fn a_tick_that_comes_a_little_late_does_not_shift_the_beat() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval(millis(10));
    ticks(&reactor, &mut beat, start, 1);
    pass(&reactor, millis(13));
    let seen = ticks(&reactor, &mut beat, start, 2);
    assert_eq!(seen, [(10, 13), (20, 20)]);
}

#[test]
#[should_panic(expected = "an interval needs a period longer than zero")]
fn a_period_of_zero_panics() {
    let _ = interval(Duration::ZERO);
}

#[test]
fn a_period_without_end_ticks_once() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval(Duration::MAX);
    assert_eq!(ticks(&reactor, &mut beat, start, 1), [(0, 0)]);
    assert!(poll_once(&mut beat.tick()).is_pending());
    assert_eq!(reactor.idle_state().next_deadline, None);
}

#[test]
fn an_interval_can_be_reset() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval(millis(10));
    ticks(&reactor, &mut beat, start, 1);
    pass(&reactor, millis(5));
    beat.reset();
    assert_eq!(ticks(&reactor, &mut beat, start, 1), [(15, 15)]);
    beat.reset_immediately();
    let seen = ticks(&reactor, &mut beat, start, 2);
    assert_eq!(seen, [(15, 15), (25, 25)]);
    beat.reset_after(millis(1));
    assert_eq!(ticks(&reactor, &mut beat, start, 1), [(26, 26)]);
    beat.reset_at(start + millis(40));
    assert_eq!(ticks(&reactor, &mut beat, start, 1), [(40, 40)]);
}

#[test]
fn a_tick_dropped_while_pending_loses_nothing() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval_at(start + millis(10), millis(10));
    assert!(poll_once(&mut beat.tick()).is_pending());
    pass(&reactor, millis(10));
    assert_eq!(ticks(&reactor, &mut beat, start, 1), [(10, 10)]);
}

#[test]
fn a_tick_polled_again_panics_with_its_name() {
    let (_reactor, _entered) = virtual_time();
    let mut beat = interval(millis(10));
    let mut tick = beat.tick();
    assert!(poll_once(&mut tick).is_ready());
    let again = catch_unwind(AssertUnwindSafe(|| poll_once(&mut tick)));
    let text = *again.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(text, "`Tick` polled after it was done");
}

#[test]
fn an_interval_is_a_stream_that_never_ends() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut beat = interval(millis(10));
    let mut due = Vec::new();
    while due.len() < 3 {
        let mut next = poll_fn(|cx| Pin::new(&mut beat).poll_next(cx));
        due.extend(run(&reactor, &mut next).map(|at| at - start));
    }
    assert_eq!(due, [millis(0), millis(10), millis(20)]);
    assert_eq!(beat.size_hint(), (usize::MAX, None));
}

// ---- 16: the virtual clock

#[test]
fn virtual_time_stops_at_each_deadline() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut naps: Vec<_> = [30, 10, 20].map(millis).map(sleep).into();
    for nap in &mut naps {
        assert!(poll_once(nap).is_pending());
    }
    for stop in [10, 20, 30] {
        assert_eq!(reactor.turn(None).timers, 1);
        assert_eq!(start.elapsed(), millis(stop));
    }
}

#[test]
fn virtual_time_stands_still_while_tasks_are_ready() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut nap = sleep(millis(10));
    assert!(poll_once(&mut nap).is_pending());
    for _ in 0..100 {
        assert!(reactor.turn(Some(Duration::ZERO)).is_empty());
    }
    assert_eq!(Instant::now(), start);
}

#[test]
fn virtual_time_stands_still_while_a_blocking_call_is_in_flight() {
    let (reactor, _entered) = virtual_time();
    let start = Instant::now();
    let mut nap = sleep(millis(10));
    assert!(poll_once(&mut nap).is_pending());
    let outside = reactor.blocking().count_outside();
    assert!(reactor.turn(Some(millis(1))).is_empty(), "held");
    assert_eq!(Instant::now(), start);

    // The turn sleeps while the call runs; its end rings it out.
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        may_go_on.recv().unwrap();
        drop(outside);
    });
    go_on.send(()).unwrap();
    while reactor.turn(None).timers == 0 {}
    assert_eq!(start.elapsed(), millis(10));
    thread.join().unwrap();
}
