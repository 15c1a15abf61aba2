//! User code that calls back into channels and coordination, what thread-local
//! destructors may do, and timeouts around what is always ready.
//!
//! semantics 1, design promise 5
#![allow(clippy::items_after_statements)] // close to where they are used

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use onecook::CancellationToken;
use onecook::channel::{broadcast, mpmc, mpsc, oneshot, watch};
use onecook::future::{FutureExt, join, race, try_join};
use onecook::scope::ScopedHandle;
use onecook::stream::{self, StreamExt};
use onecook::sync::{Mutex, Notify, Semaphore};
use onecook_tests::{poll_with, wakes_or_drops, within};

type Call = Arc<dyn Fn() + Send + Sync>;

/// Runs `call`, but not inside itself; and counts.
struct CallBack {
    call: Call,
    runs: AtomicBool,
    count: AtomicUsize,
}

impl CallBack {
    fn new(call: impl Fn() + Send + Sync + 'static) -> Arc<CallBack> {
        let (runs, count) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(CallBack { call: Arc::new(call), runs, count })
    }

    fn run(&self) {
        if self.runs.swap(true, Ordering::SeqCst) {
            return;
        }
        (self.call)();
        self.count.fetch_add(1, Ordering::SeqCst);
        self.runs.store(false, Ordering::SeqCst);
    }

    fn waker(self: &Arc<CallBack>) -> Waker {
        let (woken, dropped) = (self.clone(), self.clone());
        wakes_or_drops(move || woken.run(), move || dropped.run())
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// A value that calls back when it is dropped.
#[derive(Clone)]
struct Caller(Arc<CallBack>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.run();
    }
}

/// Leaves wakers that call back, and has them replaced, dropped and woken.
fn harass<F: Future>(
    name: &str,
    back: &Arc<CallBack>,
    make: impl Fn() -> F,
    finish: impl FnOnce(),
) {
    let mut left = Box::pin(make());
    assert!(poll_with(&mut left, &back.waker()).is_pending(), "{name}");
    let before = back.count();
    assert!(poll_with(&mut left, &back.waker()).is_pending(), "{name}");
    assert!(back.count() > before, "{name}: a waker was replaced");
    let before = back.count();
    drop(left);
    assert!(back.count() > before, "{name}: its waker was dropped");
    let mut woken = Box::pin(make());
    assert!(poll_with(&mut woken, &back.waker()).is_pending(), "{name}");
    let before = back.count();
    finish();
    assert!(back.count() > before, "{name}: it was woken");
    assert!(poll_with(&mut woken, Waker::noop()).is_ready(), "{name}");
}

fn poll_once_and_drop<F: Future>(future: F) {
    let _ = poll_with(&mut Box::pin(future), Waker::noop());
}

#[test]
fn a_waker_may_use_what_it_waits_for_when_it_is_woken_or_dropped() {
    within(|| {
        let notify = Arc::new(Notify::new());
        let back = CallBack::new({
            let notify = notify.clone();
            move || poll_once_and_drop(notify.notified())
        });
        harass("Notified", &back, || notify.notified(), || notify.notify_one());
        let all = || notify.notify_waiters();
        harass("Notified", &back, || notify.notified(), all);

        let pans = Arc::new(Semaphore::new(0));
        let back = CallBack::new({
            let pans = pans.clone();
            move || poll_once_and_drop(pans.acquire_many(7))
        });
        harass("Acquire", &back, || pans.acquire(), || pans.add_permits(1));
        harass("Acquire", &back, || pans.acquire_many(9), || pans.close());

        let lock = Arc::new(Mutex::new(1));
        let back = CallBack::new({
            let lock = lock.clone();
            move || poll_once_and_drop(lock.lock())
        });
        let guard = lock.try_lock().unwrap();
        harass("Lock", &back, || lock.lock(), || drop(guard));

        let token = CancellationToken::new();
        let back = CallBack::new({
            let token = token.clone();
            move || poll_once_and_drop(token.child_token().cancelled_owned())
        });
        harass("Cancelled", &back, || token.cancelled(), || token.cancel());
    });
}

#[test]
fn a_waker_may_use_the_channel_it_waits_at_when_it_is_woken_or_dropped() {
    within(|| {
        let (sender, receiver) = mpmc::bounded(1);
        let back = CallBack::new({
            let (sender, receiver) = (sender.clone(), receiver.clone());
            move || {
                let _ = (sender.len(), receiver.is_closed());
                poll_once_and_drop(sender.reserve());
                poll_once_and_drop(sender.closed());
            }
        });
        let send = || sender.try_send(1).unwrap();
        harass("mpmc Recv", &back, || receiver.recv(), send);
        sender.try_send(1).ok();
        let take = || assert!(receiver.try_recv().is_ok());
        harass("mpmc Reserve", &back, || sender.reserve(), take);
        sender.try_send(1).ok();
        let take = || assert!(receiver.try_recv().is_ok());
        harass("mpmc Send", &back, || sender.send(2), take);
        let close = || assert!(sender.close());
        harass("mpmc Closed", &back, || sender.closed(), close);

        let (sender, mut receiver) = mpsc::channel(1);
        let back = CallBack::new({
            let sender = sender.clone();
            move || {
                let _ = (sender.capacity(), sender.is_closed());
                poll_once_and_drop(sender.reserve());
                poll_once_and_drop(sender.closed());
            }
        });
        let mut recv = Box::pin(receiver.recv());
        assert!(poll_with(&mut recv, &back.waker()).is_pending());
        sender.try_send(1).unwrap();
        assert!(poll_with(&mut recv, Waker::noop()).is_ready());
        drop(recv);
        sender.try_send(1).unwrap();
        let take = || assert!(receiver.try_recv().is_ok());
        harass("mpsc Reserve", &back, || sender.reserve(), take);
        sender.try_send(1).ok();
        let take = || assert!(receiver.try_recv().is_ok());
        harass("mpsc Send", &back, || sender.send(2), take);
        let close = || receiver.close();
        harass("mpsc Closed", &back, || sender.closed(), close);

        let (sender, receiver) = broadcast::channel::<u8>(1);
        let back = CallBack::new({
            let sender = sender.clone();
            move || {
                poll_once_and_drop(sender.closed());
                poll_once_and_drop(sender.subscribe().recv());
            }
        });
        harass("broadcast", &back, || sender.closed(), || drop(receiver));

        let (sender, receiver) = watch::channel(1);
        let back = CallBack::new({
            let receiver = receiver.clone();
            move || {
                let _ = *receiver.borrow();
                poll_once_and_drop(receiver.clone().changed());
            }
        });
        let mut one = receiver.clone();
        let mut changed = Box::pin(one.changed());
        assert!(poll_with(&mut changed, &back.waker()).is_pending());
        assert!(poll_with(&mut changed, &back.waker()).is_pending());
        sender.send(2).unwrap();
        assert!(poll_with(&mut changed, Waker::noop()).is_ready());
        assert!(back.count() > 1);
    });
}

#[test]
fn a_value_may_use_its_channel_when_the_channel_drops_it() {
    within(|| {
        let (sender, receiver) = mpsc::channel(2);
        let back = CallBack::new({
            let sender = sender.clone();
            move || {
                let _ = (sender.capacity(), sender.is_closed());
                poll_once_and_drop(sender.closed());
            }
        });
        assert!(sender.try_send(Caller(back.clone())).is_ok());
        let permit = sender.try_reserve().unwrap();
        drop(receiver);
        assert_eq!(back.count(), 1);
        permit.send(Caller(back.clone()));
        assert_eq!(back.count(), 2);
        assert!(sender.try_send(Caller(back.clone())).is_err());
        assert_eq!(back.count(), 3);

        let (sender, receiver) = mpmc::bounded(2);
        let back = CallBack::new({
            let sender = sender.clone();
            move || drop((sender.len(), sender.try_reserve()))
        });
        assert!(sender.try_send(Caller(back.clone())).is_ok());
        let permit = sender.try_reserve().unwrap();
        drop(receiver);
        assert_eq!(back.count(), 1);
        permit.send(Caller(back.clone()));
        assert_eq!(back.count(), 2);

        let (sender, receiver) = broadcast::channel(1);
        let other = sender.subscribe();
        let back = CallBack::new({
            let sender = sender.clone();
            move || drop((sender.len(), sender.subscribe()))
        });
        assert!(sender.send(Caller(back.clone())).is_ok());
        assert!(sender.send(Caller(back.clone())).is_ok());
        assert_eq!(back.count(), 1);
        drop((receiver, other));
        assert_eq!(back.count(), 2);

        let back = CallBack::new(|| {});
        let (sender, receiver) = watch::channel(Caller(back.clone()));
        let looking = receiver.borrow();
        sender.send(Caller(back.clone())).ok().unwrap();
        assert_eq!(back.count(), 0);
        drop(looking);
        assert_eq!(back.count(), 1);
    });
}

/// Polls its futures when the thread's locals go.
struct AtExit {
    polled: std::sync::mpsc::Sender<bool>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        let three = vec![ready(1), ready(2), ready(3)];
        let mut all = join(three);
        let ready_at_once = poll_with(&mut all, Waker::noop());
        let mut first = race([ready(1), ready(2)]);
        let one = poll_with(&mut first, Waker::noop()).is_ready();
        let mut both = try_join([ready(Ok::<_, ()>(1)), ready(Err(()))]);
        let two = poll_with(&mut both, Waker::noop()).is_ready();
        let notify = Notify::new();
        let mut waiting = Box::pin(join((notify.notified(), ready(1))));
        let waits = poll_with(&mut waiting, Waker::noop()).is_pending();
        notify.notify_one();
        let woken = poll_with(&mut waiting, Waker::noop()).is_ready();
        let all_well = ready_at_once == Poll::Ready(vec![1, 2, 3])
            && one
            && two
            && waits
            && woken;
        self.polled.send(all_well).unwrap();
    }
}

thread_local! {
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

#[test]
fn combinators_work_while_the_locals_of_their_thread_are_dropped() {
    let (polled, outcome) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        // First, so that it goes last.
        AT_EXIT.set(Some(AtExit { polled }));
        let mut used = join([ready(1)]);
        assert!(poll_with(&mut used, Waker::noop()).is_ready());
    });
    thread.join().unwrap();
    let limit = Duration::from_secs(10);
    assert_eq!(outcome.recv_timeout(limit), Ok(true));
}

/// Awaits what is ready again and again, for ever, without a pause.
struct Forever<F>(F);

impl<F: FnMut(&mut Context<'_>) -> Poll<()> + Unpin> Future for Forever<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if (self.0)(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

fn lets_a_timeout_fire(
    turn: impl FnMut(&mut Context<'_>) -> Poll<()> + Unpin + Send + 'static,
) {
    within(move || {
        onecook::block_on(async move {
            let limit = Duration::from_millis(5);
            assert!(Forever(turn).timeout(limit).await.is_err());
        });
    });
}

#[test]
fn awaiting_a_closed_channels_end_for_ever_lets_a_timeout_fire() {
    let (sender, receiver) = mpsc::channel::<u8>(1);
    drop(receiver);
    lets_a_timeout_fire(move |cx| Box::pin(sender.closed()).as_mut().poll(cx));
    let (sender, receiver) = mpmc::bounded::<u8>(1);
    drop(receiver);
    lets_a_timeout_fire(move |cx| Box::pin(sender.closed()).as_mut().poll(cx));
    let (sender, receiver) = broadcast::channel::<u8>(1);
    drop(receiver);
    lets_a_timeout_fire(move |cx| Box::pin(sender.closed()).as_mut().poll(cx));
    let (sender, receiver) = watch::channel(1);
    drop(receiver);
    lets_a_timeout_fire(move |cx| Box::pin(sender.closed()).as_mut().poll(cx));
    let (mut sender, receiver) = oneshot::channel::<u8>();
    drop(receiver);
    lets_a_timeout_fire(move |cx| Box::pin(sender.closed()).as_mut().poll(cx));
}

#[test]
fn asking_what_is_always_ready_for_ever_lets_a_timeout_fire() {
    lets_a_timeout_fire(|cx| {
        let token = CancellationToken::new();
        token.cancel();
        let run = token.run_until_cancelled(pending::<()>());
        Box::pin(run).as_mut().poll(cx).map(drop)
    });
    lets_a_timeout_fire(|cx| {
        let notify = Notify::new();
        notify.notify_one();
        Box::pin(notify.notified()).as_mut().poll(cx)
    });
    let (sender, mut receiver) = watch::channel(1);
    lets_a_timeout_fire(move |cx| {
        sender.send(2).unwrap();
        Box::pin(receiver.changed()).as_mut().poll(cx).map(drop)
    });
    let mut eggs = stream::iter([1]).peekable();
    lets_a_timeout_fire(move |cx| {
        Box::pin(eggs.peek()).as_mut().poll(cx).map(drop)
    });
    let (_sender, mut receiver) = watch::channel(1);
    lets_a_timeout_fire(move |cx| {
        let wait = receiver.wait_for(|value| *value == 1);
        Box::pin(wait).as_mut().poll(cx).map(drop)
    });
}

thread_local! {
    static AT_DROP: RefCell<Option<Box<dyn Fn()>>> =
        const { RefCell::new(None) };
}

#[test]
fn a_waker_that_cancels_its_scope_when_the_timer_drops_it_is_heard() {
    onecook::block_on(async {
        let mut scope = Box::pin(
            onecook::scope(|s| {
                AT_DROP.set(Some(Box::new(move || s.cancel())));
                pending::<()>()
            })
            .timeout(Duration::from_secs(3600)),
        );
        let dropped =
            || AT_DROP.with_borrow(|cancel| cancel.as_ref().unwrap()());
        let waker = wakes_or_drops(|| {}, dropped);
        assert!(poll_with(&mut scope, &waker).is_pending());
        drop(waker);
        let polled = poll_with(&mut scope, Waker::noop());
        AT_DROP.set(None);
        assert!(polled.is_ready());
    });
}

/// Awaits its own handle, and that of a child it spawns, while it is dropped.
struct LastWill<'env> {
    scope: onecook::scope::Scope<'env>,
    own: Rc<RefCell<Option<ScopedHandle<()>>>>,
    newest: Rc<RefCell<Option<ScopedHandle<()>>>>,
    wakers: [Waker; 2],
}

impl Drop for LastWill<'_> {
    fn drop(&mut self) {
        let mut newest = self.scope.spawn(ready(()));
        assert!(poll_with(&mut newest, &self.wakers[0]).is_pending());
        *self.newest.borrow_mut() = Some(newest);
        let mut own = self.own.take().unwrap();
        assert!(poll_with(&mut own, &self.wakers[1]).is_pending());
        *self.own.borrow_mut() = Some(own);
    }
}

#[test]
fn a_child_that_spawns_and_awaits_while_it_is_dropped_wakes_the_right_ones() {
    let woken = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let wakers = woken.clone().map(|count| {
        wakes_or_drops(
            move || assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0),
            || {},
        )
    });
    // They outlive the scope.
    let own: Rc<RefCell<Option<ScopedHandle<()>>>> = Rc::default();
    let slot = Rc::clone(&own);
    let newest = Rc::default();
    let newest_slot = Rc::clone(&newest);
    let scope = onecook::scope(async move |s| {
        let (scope, own) = (s.clone(), slot.clone());
        let will = LastWill { scope, own, newest: newest_slot, wakers };
        let child = s.spawn(async move {
            let _will = will;
            pending::<()>().await;
        });
        *slot.borrow_mut() = Some(child);
        onecook::yield_now().await;
        slot.borrow().as_ref().unwrap().abort();
    });
    onecook::block_on(scope).unwrap();
    let counts = woken.map(|count| count.load(Ordering::SeqCst));
    assert_eq!(counts, [1, 1]);
}

#[test]
fn a_waker_that_panics_does_not_keep_the_others_from_being_woken() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let notify = Notify::new();
    let count = Arc::new(AtomicUsize::new(0));
    let counting = {
        let count = count.clone();
        wakes_or_drops(
            move || assert!(count.fetch_add(1, Ordering::SeqCst) < 9),
            || {},
        )
    };
    let panics = wakes_or_drops(|| panic!("on purpose"), || {});
    let mut waiting: Vec<_> =
        (0..3).map(|_| Box::pin(notify.notified())).collect();
    for (future, waker) in
        waiting.iter_mut().zip([&counting, &panics, &counting])
    {
        assert!(poll_with(future, waker).is_pending());
    }
    let told = catch_unwind(AssertUnwindSafe(|| notify.notify_waiters()));
    assert!(told.is_err());
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
