//! Futures that come and go: `FuturesUnordered` and `FuturesOrdered`.
//!
//! semantics 1, 2, 4, 6, 10, 30, 31, 32

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use onecook::future::{poll_fn, ready};
use onecook::stream::{
    FusedStream, FuturesOrdered, FuturesUnordered, Stream, StreamExt,
};
use onecook::time::timeout;
use onecook::{spawn, yield_now};
use onecook_tests::{
    CountingWaker, OnDrop, WakerSlot, block_on_virtual, expect_ready,
    poll_once, poll_with, within,
};
use proptest::prelude::*;

/// What happened to the eggs, in order.
type Log = Rc<RefCell<Vec<Event>>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Polled(usize),
    Dropped(usize),
}

/// Steers a future from outside.
#[derive(Clone, Default)]
struct Egg {
    number: usize,
    done: Rc<Cell<bool>>,
    waker: WakerSlot,
    log: Log,
}

impl Egg {
    fn new(number: usize, log: &Log) -> Egg {
        Egg { number, log: log.clone(), ..Egg::default() }
    }

    fn fry(&self) -> Frying {
        Frying { egg: self.clone() }
    }

    fn finish(&self) {
        self.done.set(true);
        self.waker.wake();
    }
}

struct Frying {
    egg: Egg,
}

impl Future for Frying {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let egg = &self.egg;
        egg.log.borrow_mut().push(Event::Polled(egg.number));
        egg.waker.store(cx);
        if egg.done.get() { Poll::Ready(egg.number) } else { Poll::Pending }
    }
}

impl Drop for Frying {
    fn drop(&mut self) {
        drop(self.egg.waker.take());
        self.egg.log.borrow_mut().push(Event::Dropped(self.egg.number));
    }
}

fn eggs(count: usize) -> (Vec<Egg>, Log) {
    let log = Log::default();
    ((0..count).map(|number| Egg::new(number, &log)).collect(), log)
}

fn polls(log: &Log) -> Vec<usize> {
    let polled = |event: &Event| match event {
        Event::Polled(number) => Some(*number),
        Event::Dropped(_) => None,
    };
    log.take().iter().filter_map(polled).collect()
}

fn drops(log: &Log) -> Vec<usize> {
    let dropped = |event: &Event| match event {
        Event::Dropped(number) => Some(*number),
        Event::Polled(_) => None,
    };
    log.take().iter().filter_map(dropped).collect()
}

/// One poll, by a `next()` that is dropped afterwards.
fn next<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    poll_once(&mut stream.next())
}

fn next_with<S>(stream: &mut S, waker: &Waker) -> Poll<Option<S::Item>>
where
    S: Stream + Unpin,
{
    poll_with(&mut stream.next(), waker)
}

/// What both collections can do.
trait Collection<F: Future>: Stream<Item = F::Output> + Unpin {
    fn empty() -> Self;
    fn add(&mut self, future: F);
    fn count_left(&self) -> usize;
}

impl<F: Future> Collection<F> for FuturesUnordered<F> {
    fn empty() -> Self {
        FuturesUnordered::new()
    }

    fn add(&mut self, future: F) {
        self.push(future);
    }

    fn count_left(&self) -> usize {
        self.len()
    }
}

impl<F: Future> Collection<F> for FuturesOrdered<F> {
    fn empty() -> Self {
        FuturesOrdered::new()
    }

    fn add(&mut self, future: F) {
        self.push_back(future);
    }

    fn count_left(&self) -> usize {
        self.len()
    }
}

fn filled<C: Collection<Frying>>(eggs: &[Egg]) -> C {
    let mut collection = C::empty();
    for egg in eggs {
        collection.add(egg.fry());
    }
    collection
}

fn all_outputs_come<C: Collection<Frying>>(in_order: bool) {
    for count in [0, 1, 2, 8, 9, 30, 31, 32, 1000] {
        let (eggs, _) = eggs(count);
        let mut collection: C = filled(&eggs);
        assert_eq!(collection.size_hint(), (count, Some(count)));
        assert_eq!(next(&mut collection).is_ready(), count == 0);
        eggs.iter().rev().for_each(Egg::finish);
        let found: Vec<_> = (0..count)
            .map(|_| expect_ready(&mut collection.next()).unwrap())
            .collect();
        let expected: Vec<_> = if in_order {
            (0..count).collect()
        } else {
            (0..count).rev().collect()
        };
        assert_eq!(found, expected);
        assert_eq!(next(&mut collection), Poll::Ready(None));
        assert_eq!(next(&mut collection), Poll::Ready(None), "and again");
    }
}

#[test]
fn outputs_come_as_they_end_whatever_the_number() {
    all_outputs_come::<FuturesUnordered<_>>(false);
}

#[test]
fn outputs_come_in_the_order_of_the_queue_whatever_the_number() {
    all_outputs_come::<FuturesOrdered<_>>(true);
}

/// Steps from one end to the other and back, so that no order is favoured.
fn zigzag(count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(
        move |step| {
            if step % 2 == 0 { step / 2 } else { count - 1 - step / 2 }
        },
    )
}

fn a_thousand_cost_two_thousand_polls<C: Collection<Frying>>() {
    let (eggs, log) = eggs(1000);
    let mut collection: C = filled(&eggs);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    assert!(next_with(&mut collection, &waker).is_pending());
    let mut found = 0;
    for number in zigzag(1000) {
        let before = parent.wakes();
        eggs[number].finish();
        assert_eq!(parent.wakes(), before + 1);
        while let Poll::Ready(Some(_)) = next_with(&mut collection, &waker) {
            found += 1;
        }
    }
    assert_eq!(found, 1000);
    assert_eq!(polls(&log).len(), 2000);
}

#[test]
fn a_thousand_that_end_one_by_one_cost_two_thousand_polls() {
    a_thousand_cost_two_thousand_polls::<FuturesUnordered<_>>();
    a_thousand_cost_two_thousand_polls::<FuturesOrdered<_>>();
}

fn only_the_woken_are_polled<C: Collection<Frying>>() {
    let (eggs, log) = eggs(5);
    let mut collection: C = filled(&eggs);
    assert!(next(&mut collection).is_pending());
    assert_eq!(polls(&log), [0, 1, 2, 3, 4]);
    for number in [3, 1, 3, 3, 4, 1] {
        eggs[number].waker.wake();
    }
    assert!(next(&mut collection).is_pending());
    assert_eq!(polls(&log), [3, 1, 4], "once each, as they were woken");
    assert!(next(&mut collection).is_pending());
    assert!(polls(&log).is_empty(), "nobody was woken");
}

#[test]
fn only_the_woken_are_polled_once_each_in_the_order_of_the_wakes() {
    only_the_woken_are_polled::<FuturesUnordered<_>>();
    only_the_woken_are_polled::<FuturesOrdered<_>>();
}

fn pushing_wakes<C: Collection<Frying>>() {
    let (eggs, log) = eggs(4);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    let mut collection: C = filled(&eggs[..1]);
    assert_eq!(parent.wakes(), 0, "nobody waits yet");
    assert!(next_with(&mut collection, &waker).is_pending());
    collection.add(eggs[1].fry());
    collection.add(eggs[2].fry());
    assert_eq!(parent.wakes(), 1, "for both");
    assert!(next_with(&mut collection, &waker).is_pending());
    assert_eq!(polls(&log), [0, 1, 2]);
    eggs[0].finish();
    assert_eq!(next_with(&mut collection, &waker), Poll::Ready(Some(0)));
    assert_eq!(parent.wakes(), 2);
    collection.add(eggs[3].fry());
    eggs[2].finish();
    assert_eq!(parent.wakes(), 2, "who has an answer asks again by itself");
}

#[test]
fn pushing_wakes_whoever_waits_and_nobody_else() {
    pushing_wakes::<FuturesUnordered<_>>();
    pushing_wakes::<FuturesOrdered<_>>();
}

fn another_task_takes_over<C: Collection<Frying>>() {
    let (eggs, _) = eggs(2);
    let (old, new) = (CountingWaker::new(), CountingWaker::new());
    let mut collection: C = filled(&eggs);
    assert!(next_with(&mut collection, &old.waker()).is_pending());
    assert!(next_with(&mut collection, &new.waker()).is_pending());
    assert_eq!(old.holders(), 0, "its waker was let go");
    eggs[0].finish();
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
    drop(collection);
    assert_eq!(new.holders(), 0);
}

#[test]
fn the_task_that_polled_last_is_woken() {
    another_task_takes_over::<FuturesUnordered<_>>();
    another_task_takes_over::<FuturesOrdered<_>>();
}

fn it_goes_on_after_none<C: Collection<Frying>>() {
    let (eggs, _) = eggs(2);
    let mut collection = C::empty();
    for egg in &eggs {
        assert_eq!(next(&mut collection), Poll::Ready(None));
        collection.add(egg.fry());
        assert!(next(&mut collection).is_pending());
        egg.finish();
        assert_eq!(next(&mut collection), Poll::Ready(Some(egg.number)));
    }
    assert_eq!(next(&mut collection), Poll::Ready(None));
}

#[test]
fn more_may_be_pushed_after_the_end() {
    it_goes_on_after_none::<FuturesUnordered<_>>();
    it_goes_on_after_none::<FuturesOrdered<_>>();
}

fn dropping_drops_all<C: Collection<Frying>>() {
    let (eggs, log) = eggs(20);
    let parent = CountingWaker::new();
    let mut collection: C = filled(&eggs);
    assert!(next_with(&mut collection, &parent.waker()).is_pending());
    log.take();
    eggs[13].finish();
    eggs[0].finish();
    assert!(next_with(&mut collection, &parent.waker()).is_ready());
    let ended = drops(&log);
    assert!(ended == [13] || ended == [13, 0], "dropped at once: {ended:?}");
    drop(collection);
    assert_eq!(drops(&log).len() + ended.len(), 20);
    assert_eq!(parent.holders(), 0);
}

#[test]
fn dropping_drops_every_future_once_and_the_ended_were_dropped_before() {
    dropping_drops_all::<FuturesUnordered<_>>();
    dropping_drops_all::<FuturesOrdered<_>>();
}

#[test]
fn clearing_drops_all_and_leaves_an_empty_collection() {
    let (eggs, log) = eggs(10);
    let mut unordered: FuturesUnordered<_> =
        eggs.iter().map(Egg::fry).collect();
    assert!(next(&mut unordered).is_pending());
    log.take();
    unordered.clear();
    assert_eq!(drops(&log).len(), 10);
    assert!(unordered.is_empty() && unordered.is_terminated());
    unordered.push(eggs[3].fry());
    eggs[3].finish();
    assert_eq!(next(&mut unordered), Poll::Ready(Some(3)));

    let mut ordered: FuturesOrdered<_> = eggs.iter().map(Egg::fry).collect();
    eggs[7].finish();
    assert!(matches!(next(&mut ordered), Poll::Pending));
    ordered.clear();
    assert!(ordered.is_empty() && ordered.is_terminated());
    ordered.push_back(eggs[7].fry());
    assert_eq!(next(&mut ordered), Poll::Ready(Some(7)));
}

#[test]
fn the_front_of_the_queue_may_be_pushed_before() {
    let mut queue = FuturesOrdered::new();
    queue.push_back(ready(2));
    queue.push_front(ready(1));
    queue.push_back(ready(3));
    assert_eq!(expect_ready(&mut queue.next()), Some(1));
    queue.push_front(ready(0));
    let rest: Vec<_> = expect_ready(&mut queue.collect::<Vec<_>>());
    assert_eq!(rest, [0, 2, 3]);
}

#[test]
fn an_output_before_its_turn_waits_and_is_dropped_with_the_queue() {
    let dropped = Rc::new(Cell::new(0));
    let output = || {
        let dropped = dropped.clone();
        OnDrop::new(move || dropped.set(dropped.get() + 1))
    };
    let mut queue = FuturesOrdered::new();
    queue.push_back(Box::pin(async {
        onecook::future::pending::<()>().await;
        output()
    }) as Pin<Box<dyn Future<Output = _>>>);
    queue.push_back(Box::pin(async { output() }));
    assert!(next(&mut queue).is_pending());
    assert_eq!((queue.len(), dropped.get()), (2, 0));
    drop(queue);
    assert_eq!(dropped.get(), 1);
}

/// Panics in its first poll if it is told to.
enum Maybe {
    Panics,
    Is(usize),
}

impl Future for Maybe {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        match *self {
            Maybe::Panics => panic!("the egg fell down"),
            Maybe::Is(number) => Poll::Ready(number),
        }
    }
}

fn a_panic_leaves_the_others<C: Collection<Maybe>>() {
    let mut collection = C::empty();
    for egg in [Maybe::Is(1), Maybe::Panics, Maybe::Is(2), Maybe::Panics] {
        collection.add(egg);
    }
    let (mut found, mut panics) = (Vec::new(), 0);
    loop {
        match catch_unwind(AssertUnwindSafe(|| next(&mut collection))) {
            Ok(Poll::Ready(Some(egg))) => found.push(egg),
            Ok(Poll::Ready(None)) => break,
            Ok(Poll::Pending) => panic!("all of them are ready"),
            Err(_) => {
                panics += 1;
                collection.add(Maybe::Is(10 + panics));
            }
        }
        assert!(collection.count_left() < 5);
    }
    assert_eq!((found, panics), (vec![1, 2, 11, 12], 2));
    assert_eq!(collection.count_left(), 0);
}

#[test]
fn a_panic_reaches_the_consumer_and_leaves_the_others_usable() {
    a_panic_leaves_the_others::<FuturesUnordered<_>>();
    a_panic_leaves_the_others::<FuturesOrdered<_>>();
}

/// Ready at once; panics when dropped, if it is told to.
struct Falls(bool);

impl Future for Falls {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl Drop for Falls {
    fn drop(&mut self) {
        assert!(!self.0, "the egg fell down");
    }
}

fn a_panic_in_a_drop_leaves_the_others<C: Collection<Falls>>() {
    let mut collection = C::empty();
    for falls in [true, false] {
        collection.add(Falls(falls));
    }
    let panicked = catch_unwind(AssertUnwindSafe(|| next(&mut collection)));
    assert!(panicked.is_err());
    assert_eq!(collection.count_left(), 1);
    assert_eq!(next(&mut collection), Poll::Ready(Some(())));
    assert_eq!(next(&mut collection), Poll::Ready(None));
}

#[test]
fn a_panic_in_the_drop_of_a_future_that_ended_leaves_the_others_usable() {
    a_panic_in_a_drop_leaves_the_others::<FuturesUnordered<_>>();
    a_panic_in_a_drop_leaves_the_others::<FuturesOrdered<_>>();
}

/// Wakes all siblings when it is dropped, and is ready when it is told.
struct Rousing {
    wakers: Rc<RefCell<Vec<Waker>>>,
    ready: Rc<Cell<bool>>,
}

impl Future for Rousing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.wakers.borrow_mut().push(cx.waker().clone());
        if self.ready.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Rousing {
    fn drop(&mut self) {
        self.wakers.borrow().iter().for_each(Waker::wake_by_ref);
    }
}

fn drops_may_wake<C: Collection<Rousing>>() {
    let (wakers, ready) = (Rc::default(), Rc::new(Cell::new(false)));
    let parent = CountingWaker::new();
    let mut collection = C::empty();
    for _ in 0..20 {
        let (wakers, ready) = (Rc::clone(&wakers), ready.clone());
        collection.add(Rousing { wakers, ready });
    }
    assert!(next_with(&mut collection, &parent.waker()).is_pending());
    ready.set(true);
    wakers.borrow()[7].wake_by_ref();
    ready.set(false);
    assert!(next_with(&mut collection, &parent.waker()).is_pending());
    ready.set(true);
    wakers.borrow()[0].wake_by_ref();
    for left in (0..20).rev() {
        let output = next_with(&mut collection, &parent.waker());
        assert_eq!(output, Poll::Ready(Some(())));
        assert_eq!(collection.count_left(), left);
    }
    drop(collection);
}

#[test]
fn a_future_that_wakes_its_siblings_from_its_drop_is_no_trouble() {
    drops_may_wake::<FuturesUnordered<_>>();
    drops_may_wake::<FuturesOrdered<_>>();
}

#[test]
fn a_collection_dropped_while_it_waits_wakes_nobody() {
    let wakers: Rc<RefCell<Vec<Waker>>> = Rc::default();
    let mut collection = FuturesUnordered::new();
    for _ in 0..3 {
        let (wakers, ready) = (wakers.clone(), Rc::default());
        collection.push(Rousing { wakers, ready });
    }
    let parent = CountingWaker::new();
    assert!(next_with(&mut collection, &parent.waker()).is_pending());
    drop(collection);
    assert_eq!((parent.wakes(), parent.holders()), (0, 0));
    wakers.take().into_iter().for_each(Waker::wake);
    assert_eq!(parent.wakes(), 0);
}

#[test]
fn a_late_wake_reaches_neither_a_newcomer_nor_the_parent() {
    let (eggs, log) = eggs(2);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    let mut collection = FuturesUnordered::new();
    collection.push(eggs[0].fry());
    assert!(next_with(&mut collection, &waker).is_pending());
    let late = eggs[0].waker.waker();
    eggs[0].finish();
    assert!(next_with(&mut collection, &waker).is_ready());
    collection.push(eggs[1].fry());
    assert!(next_with(&mut collection, &waker).is_pending());
    let wakes = parent.wakes();
    polls(&log);
    late.wake_by_ref();
    thread::spawn(move || late.wake()).join().unwrap();
    assert_eq!(parent.wakes(), wakes);
    assert!(next_with(&mut collection, &waker).is_pending());
    assert!(polls(&log).is_empty());
}

#[test]
fn wakes_from_other_threads_arrive() {
    within(|| {
        let mut collection = FuturesUnordered::new();
        let slots: Vec<_> = (0..50).map(|_| WakerSlot::new()).collect();
        for slot in &slots {
            let (slot, mut polled) = (slot.clone(), false);
            collection.push(poll_fn(move |cx| {
                slot.store(cx);
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                Poll::Pending
            }));
        }
        thread::spawn(move || {
            for slot in &slots {
                slot.wait_for().wake();
            }
        });
        assert_eq!(onecook::block_on(collection.count()), 50);
    });
}

#[test]
fn pushing_takes_nothing_from_the_allocator_in_steady_state() {
    onecook::block_on(async {
        let mut unordered = FuturesUnordered::new();
        let mut ordered = FuturesOrdered::new();
        for _ in 0..100 {
            unordered.push(yield_now());
            ordered.push_back(yield_now());
        }
        for _ in 0..1000 {
            unordered.next().await;
            unordered.push(yield_now());
            ordered.next().await;
            ordered.push_back(yield_now());
        }
        let mut asked = 0;
        for _ in 0..1000 {
            let mut steady = Box::pin(async {
                unordered.next().await;
                unordered.push(yield_now());
                ordered.next().await;
                ordered.push_back(yield_now());
            });
            poll_fn(|cx| {
                let mut poll = Poll::Pending;
                let info = measure(|| poll = steady.as_mut().poll(cx));
                asked += info.count_total;
                poll
            })
            .await;
        }
        assert_eq!(asked, 0);
    });
}

#[test]
fn draining_what_is_always_ready_lets_the_others_run_and_a_timeout_fire() {
    block_on_virtual(async {
        let turns = Rc::new(Cell::new(0));
        let seen = turns.clone();
        let other = spawn(async move {
            loop {
                seen.set(seen.get() + 1);
                yield_now().await;
            }
        });
        let drained = Cell::new(0);
        let drain = async {
            let mut collection = FuturesUnordered::new();
            loop {
                collection.push(ready(()));
                collection.next().await;
                drained.set(drained.get() + 1);
                if turns.get() >= 100 {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(1), drain).await.unwrap();
        assert!(drained.get() > 100 * 100, "{}", drained.get());
        other.abort();
    });
}

#[test]
fn a_timeout_around_a_drain_that_never_ends_fires() {
    within(|| {
        let endless = async {
            let mut collection = FuturesOrdered::new();
            loop {
                collection.push_back(ready(()));
                collection.next().await;
            }
        };
        let limited =
            async { timeout(Duration::from_millis(20), endless).await };
        let ended: Result<(), _> = onecook::block_on(limited);
        assert!(ended.is_err());
    });
}

#[test]
fn futures_that_wake_themselves_have_one_turn_in_each_poll() {
    let count = Rc::new(Cell::new(0));
    let mut collection = FuturesUnordered::new();
    for _ in 0..10 {
        let count = count.clone();
        collection.push(poll_fn(move |cx| {
            count.set(count.get() + 1);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
    }
    let parent = CountingWaker::new();
    for poll in 1..5 {
        assert!(next_with(&mut collection, &parent.waker()).is_pending());
        assert_eq!((count.get(), parent.wakes()), (10 * poll, poll));
    }
}

/// What a random run does.
#[derive(Clone, Copy, Debug)]
enum Step {
    PushBack,
    PushFront,
    /// A wake that means nothing.
    Wake(usize),
    Finish(usize),
    Poll,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::PushBack),
        1 => Just(Step::PushFront),
        2 => any::<usize>().prop_map(Step::Wake),
        3 => any::<usize>().prop_map(Step::Finish),
        4 => Just(Step::Poll),
    ];
    prop::collection::vec(step, 0..200)
}

/// What a collection should do.
#[derive(Default)]
struct Model {
    /// Who is to be polled, in order.
    woken: VecDeque<usize>,
    /// Whose futures are alive.
    alive: Vec<bool>,
    has_waker: Vec<bool>,
    done: Vec<bool>,
    /// Only of the ordered one: who is handed out when.
    queue: Option<VecDeque<usize>>,
    polled: Vec<usize>,
}

impl Model {
    fn push(&mut self, front: bool) {
        let number = self.alive.len();
        self.alive.push(true);
        self.has_waker.push(false);
        self.done.push(false);
        self.woken.push_back(number);
        if let Some(queue) = &mut self.queue {
            if front {
                queue.push_front(number);
            } else {
                queue.push_back(number);
            }
        }
    }

    fn wake(&mut self, number: usize) {
        let asks = self.alive[number] && self.has_waker[number];
        if asks && !self.woken.contains(&number) {
            self.woken.push_back(number);
        }
    }

    fn take_first(&mut self) -> Option<Poll<Option<usize>>> {
        let queue = self.queue.as_mut()?;
        match queue.front() {
            None => Some(Poll::Ready(None)),
            Some(first) if self.alive[*first] => None,
            Some(_) => Some(Poll::Ready(queue.pop_front())),
        }
    }

    fn poll(&mut self) -> Poll<Option<usize>> {
        if self.queue.is_none() && !self.alive.contains(&true) {
            return Poll::Ready(None);
        }
        if let Some(first) = self.take_first() {
            return first;
        }
        for _ in 0..self.woken.len() {
            let number = self.woken.pop_front().unwrap();
            self.polled.push(number);
            self.has_waker[number] = true;
            if !self.done[number] {
                continue;
            }
            self.alive[number] = false;
            if self.queue.is_none() {
                return Poll::Ready(Some(number));
            }
            if let Some(first) = self.take_first() {
                return first;
            }
        }
        Poll::Pending
    }
}

/// Each poll is a `next()` that is dropped after it: nothing may be lost.
fn follows_the_model<C: Collection<Frying>>(
    steps: &[Step],
    mut model: Model,
    push_front: fn(&mut C, Frying),
) {
    let log = Log::default();
    let mut eggs: Vec<Egg> = Vec::new();
    let mut collection = C::empty();
    let mut handed_out = 0;
    for step in steps {
        match *step {
            Step::PushBack | Step::PushFront => {
                let front = matches!(step, Step::PushFront);
                let egg = Egg::new(eggs.len(), &log);
                let add = if front { push_front } else { C::add };
                add(&mut collection, egg.fry());
                eggs.push(egg);
                model.push(front);
            }
            Step::Wake(number) if !eggs.is_empty() => {
                let number = number % eggs.len();
                eggs[number].waker.wake();
                model.wake(number);
            }
            Step::Finish(number) if !eggs.is_empty() => {
                let number = number % eggs.len();
                eggs[number].finish();
                model.done[number] = true;
                model.wake(number);
            }
            Step::Wake(_) | Step::Finish(_) => {}
            Step::Poll => {
                let found = next(&mut collection);
                handed_out +=
                    usize::from(matches!(found, Poll::Ready(Some(_))));
                assert_eq!(found, model.poll());
                let left = eggs.len() - handed_out;
                assert_eq!(collection.count_left(), left);
            }
        }
    }
    drop(collection);
    let events = log.take();
    let mut dropped = vec![0; eggs.len()];
    let mut polled = Vec::new();
    for event in events {
        match event {
            Event::Polled(number) => {
                assert_eq!(dropped[number], 0);
                polled.push(number);
            }
            Event::Dropped(number) => dropped[number] += 1,
        }
    }
    assert_eq!(polled, model.polled);
    assert_eq!(dropped, vec![1; eggs.len()], "each is dropped once");
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_unordered_collection_follows_the_model(steps in steps()) {
        let model = Model::default();
        follows_the_model(&steps, model, FuturesUnordered::push);
    }

    #[test]
    fn the_ordered_collection_follows_the_model(steps in steps()) {
        let queue = Some(VecDeque::new());
        let model = Model { queue, ..Model::default() };
        follows_the_model(&steps, model, FuturesOrdered::push_front);
    }
}
