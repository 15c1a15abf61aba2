//! So many futures of a stream in flight: `buffered` and its kin.
//!
//! semantics 6, 10, 31, 32, 34

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use onecook::future::{LocalBoxFuture, pending, poll_fn, ready};
use onecook::stream::{self, FusedStream, LocalBoxStream, Stream, StreamExt};
use onecook::time::{Instant, sleep, timeout};
use onecook::{metrics, yield_now};
use onecook_tests::{
    CountingWaker, OnDrop, WakerSlot, block_on_virtual, expect_ready,
    poll_once, poll_with, within,
};
use proptest::prelude::*;

type Outputs<'a> = LocalBoxStream<'a, u64>;
type Work = LocalBoxFuture<'static, u64>;

/// The four, by a name each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Buffered,
    Unordered,
    Spawned,
    UnorderedSpawned,
}

use Kind::{Buffered, Spawned, Unordered, UnorderedSpawned};

const KINDS: [Kind; 4] = [Buffered, Unordered, Spawned, UnorderedSpawned];

impl Kind {
    fn is_ordered(self) -> bool {
        matches!(self, Buffered | Spawned)
    }

    fn make<'a, S>(self, stream: S, limit: usize) -> Outputs<'a>
    where
        S: Stream<Item = Work> + 'a,
    {
        match self {
            Buffered => Box::pin(stream.buffered(limit)),
            Unordered => Box::pin(stream.buffer_unordered(limit)),
            Spawned => Box::pin(stream.buffered_spawned(limit)),
            UnorderedSpawned => {
                Box::pin(stream.buffer_unordered_spawned(limit))
            }
        }
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn outputs_come_in_order_or_as_they_end() {
    for kind in KINDS {
        let found: Vec<_> = block_on_virtual(async {
            let works = stream::iter([5, 1, 3, 2, 4]).map(|after| {
                Box::pin(async move {
                    sleep(seconds(after)).await;
                    after
                }) as Work
            });
            kind.make(works, 5).collect().await
        });
        let expected = match kind.is_ordered() {
            true => [5, 1, 3, 2, 4],
            false => [1, 2, 3, 4, 5],
        };
        assert_eq!(found, expected, "{kind:?}");
    }
}

/// Counts how many are in flight at once: begun, and not handed out.
#[derive(Clone, Default)]
struct InFlight {
    now: Rc<Cell<usize>>,
    most: Rc<Cell<usize>>,
}

impl InFlight {
    fn enter(&self) -> OnDrop<impl FnOnce() + use<>> {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        let now = self.now.clone();
        OnDrop::new(move || now.set(now.get() - 1))
    }
}

#[test]
fn at_most_n_are_in_flight_and_n_if_there_are_as_many() {
    for (kind, limit) in KINDS.into_iter().flat_map(|kind| {
        [1, 2, 7, 8, 9, 64, 99, 100, 101, usize::MAX].map(|it| (kind, it))
    }) {
        let in_flight = InFlight::default();
        let count = in_flight.clone();
        let works = stream::iter(0..100).map(move |number: u64| {
            let count = count.clone();
            Box::pin(async move {
                let _flying = count.enter();
                sleep(Duration::from_millis(number * 37 % 11)).await;
                number
            }) as Work
        });
        let found =
            block_on_virtual(async { kind.make(works, limit).count().await });
        assert_eq!(found, 100);
        assert_eq!(in_flight.most.get(), limit.min(100), "{kind:?} {limit}");
        assert_eq!(in_flight.now.get(), 0);
    }
}

#[test]
fn an_output_that_waits_for_its_turn_counts_as_in_flight() {
    let begun = Rc::new(Cell::new(0));
    let count = begun.clone();
    let works = stream::iter(0..10).map(move |number| {
        let count = count.clone();
        async move {
            count.set(count.get() + 1);
            if number == 0 {
                pending::<()>().await;
            }
        }
    });
    let mut works = Box::pin(works.buffered(3));
    for _ in 0..3 {
        assert!(poll_once(&mut works.next()).is_pending());
        assert_eq!(begun.get(), 3);
    }
}

fn panic_text(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("no panic");
    payload.downcast_ref::<String>().expect("a text").clone()
}

#[test]
fn a_limit_of_zero_panics_at_once_with_a_text() {
    let works = || stream::iter([ready(1_u64)]);
    let texts = [
        panic_text(|| drop(works().buffered(0))),
        panic_text(|| drop(works().buffer_unordered(0))),
        panic_text(|| drop(works().buffered_spawned(0))),
        panic_text(|| drop(works().buffer_unordered_spawned(0))),
        panic_text(|| drop(works().for_each_concurrent(0, |_| ready(())))),
    ];
    let names = [
        "buffered",
        "buffer_unordered",
        "buffered_spawned",
        "buffer_unordered_spawned",
        "for_each_concurrent",
    ];
    for (text, name) in texts.into_iter().zip(names) {
        let expected = format!(
            "`{name}` with a limit of 0 could never begin: let at least 1 \
             future be in flight"
        );
        assert_eq!(text, expected);
    }
}

/// How long it takes to eat three eggs for 10 seconds each, when each takes
/// two steps of a second, and two are in flight.
fn eat(kind: Kind) -> u64 {
    block_on_virtual(async move {
        let begin = Instant::now();
        let works = stream::iter(0..3_u64).map(|egg| {
            Box::pin(async move {
                sleep(seconds(1)).await;
                sleep(seconds(1)).await;
                egg
            }) as Work
        });
        let mut eggs = kind.make(works, 2);
        while eggs.next().await.is_some() {
            sleep(seconds(10)).await;
        }
        begin.elapsed().as_secs()
    })
}

#[test]
fn work_stands_still_while_the_consumer_is_busy_unless_it_is_spawned() {
    // The third egg begins with the second `next`, and its first second
    // passes during the meal; its second step begins only afterwards.
    assert_eq!(eat(Buffered), 2 + 10 + 10 + 1 + 10);
    assert_eq!(eat(Unordered), 2 + 10 + 10 + 1 + 10);
    assert_eq!(eat(Spawned), 2 + 10 + 10 + 10);
    assert_eq!(eat(UnorderedSpawned), 2 + 10 + 10 + 10);
}

/// A stream that counts its polls, and hands out what it is given.
#[derive(Clone, Default)]
struct Belt {
    works: Rc<RefCell<Vec<Work>>>,
    ended: Rc<Cell<bool>>,
    polls: Rc<Cell<usize>>,
    waker: WakerSlot,
}

impl Stream for Belt {
    type Item = Work;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Work>> {
        self.polls.set(self.polls.get() + 1);
        self.waker.store(cx);
        match self.works.borrow_mut().pop() {
            Some(work) => Poll::Ready(Some(work)),
            None if self.ended.get() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

fn gated(slot: &WakerSlot, polls: &Rc<Cell<usize>>) -> Work {
    let (slot, polls) = (slot.clone(), polls.clone());
    let mut first = true;
    Box::pin(poll_fn(move |cx| {
        slot.store(cx);
        polls.set(polls.get() + 1);
        match std::mem::replace(&mut first, false) {
            true => Poll::Pending,
            false => Poll::Ready(7_u64),
        }
    }))
}

#[test]
fn the_stream_and_the_futures_are_polled_only_when_they_were_woken() {
    for kind in [Buffered, Unordered] {
        let belt = Belt::default();
        let parent = CountingWaker::new();
        let waker = parent.waker();
        let mut outputs = kind.make(belt.clone(), 2);
        let mut poll = || poll_with(&mut outputs.next(), &waker);
        assert!(poll().is_pending());
        assert!(poll().is_pending());
        assert_eq!(belt.polls.get(), 1);

        let (slot, polls) = (WakerSlot::new(), Rc::new(Cell::new(0)));
        belt.works.borrow_mut().push(gated(&slot, &polls));
        belt.waker.wake();
        assert_eq!(parent.wakes(), 1);
        assert!(poll().is_pending());
        assert_eq!((belt.polls.get(), polls.get()), (3, 1));
        assert_eq!(parent.wakes(), 1, "the newcomer was polled at once");

        slot.wake();
        assert_eq!(parent.wakes(), 2);
        assert_eq!(poll(), Poll::Ready(Some(7)));
        assert_eq!((belt.polls.get(), polls.get()), (3, 2));

        assert!(poll().is_pending());
        assert_eq!((belt.polls.get(), polls.get()), (3, 2));
        belt.ended.set(true);
        belt.waker.wake();
        assert_eq!(poll(), Poll::Ready(None));
        assert_eq!(poll(), Poll::Ready(None));
        assert_eq!(belt.polls.get(), 4, "not after its end");
    }
}

#[test]
fn a_full_buffer_asks_the_stream_for_nothing() {
    for kind in [Buffered, Unordered] {
        let belt = Belt::default();
        for _ in 0..5 {
            belt.works.borrow_mut().push(Box::pin(pending()));
        }
        let mut outputs = kind.make(belt.clone(), 3);
        for _ in 0..4 {
            assert!(poll_once(&mut outputs.next()).is_pending());
            belt.waker.wake();
        }
        assert_eq!(belt.polls.get(), 3);
    }
}

#[test]
fn the_end_of_the_stream_is_not_the_end_of_what_is_in_flight() {
    for kind in KINDS {
        block_on_virtual(async move {
            let works = stream::once(()).map(|()| {
                Box::pin(async {
                    sleep(seconds(1)).await;
                    1_u64
                }) as Work
            });
            let mut outputs = kind.make(works, 4);
            assert!(poll_once(&mut outputs.next()).is_pending());
            assert_eq!(outputs.next().await, Some(1));
            assert_eq!(outputs.next().await, None);
            assert_eq!(outputs.next().await, None);
        });
    }
    let mut empty = stream::empty::<std::future::Ready<u8>>().buffered(1);
    assert!(!empty.is_terminated());
    assert_eq!(expect_ready(&mut empty.next()), None);
    assert!(empty.is_terminated());
}

#[test]
fn a_buffer_over_what_is_always_ready_lets_a_timeout_fire() {
    for kind in KINDS {
        within(move || {
            let endless = async {
                let works =
                    stream::repeat(()).map(|()| Box::pin(ready(1_u64)) as Work);
                let mut outputs = kind.make(works, 8);
                while outputs.next().await.is_some() {}
            };
            let limited =
                async { timeout(Duration::from_millis(20), endless).await };
            assert!(onecook::block_on(limited).is_err());
        });
    }
}

#[test]
fn for_each_concurrent_over_what_is_always_ready_lets_a_timeout_fire() {
    for limit in [Some(1), Some(8), None] {
        within(move || {
            let endless =
                stream::repeat(()).for_each_concurrent(limit, |()| ready(()));
            let limited =
                async { timeout(Duration::from_millis(20), endless).await };
            assert!(onecook::block_on(limited).is_err());
        });
    }
}

#[test]
fn for_each_concurrent_keeps_n_in_flight_and_waits_for_all() {
    for limit in [Some(1), Some(5), Some(64), None] {
        let in_flight = InFlight::default();
        let done = Cell::new(0);
        block_on_virtual(async {
            let all = stream::iter(0..100).for_each_concurrent(limit, |n| {
                let (in_flight, done) = (&in_flight, &done);
                async move {
                    let _flying = in_flight.enter();
                    sleep(Duration::from_millis(n * 37 % 11)).await;
                    done.set(done.get() + 1);
                }
            });
            all.await;
        });
        assert_eq!(done.get(), 100);
        assert_eq!(in_flight.most.get(), limit.unwrap_or(100));
    }
}

#[test]
#[should_panic(expected = "`ForEachConcurrent` polled after it was done")]
fn for_each_concurrent_polled_after_it_was_done_says_so() {
    let all = stream::empty::<()>().for_each_concurrent(1, |()| ready(()));
    let mut all = Box::pin(all);
    expect_ready(&mut all);
    let _ = poll_once(&mut all);
}

#[test]
fn dropping_the_stream_drops_what_is_in_flight() {
    for kind in KINDS {
        let in_flight = InFlight::default();
        let count = in_flight.clone();
        block_on_virtual(async {
            let works = stream::iter(0..10).map(move |_: u64| {
                let count = count.clone();
                Box::pin(async move {
                    let _flying = count.enter();
                    pending().await
                }) as Work
            });
            let mut outputs = kind.make(works, 4);
            assert!(poll_once(&mut outputs.next()).is_pending());
            yield_now().await;
            assert_eq!(in_flight.now.get(), 4);
            drop(outputs);
            yield_now().await; // an aborted task ends at its next turn
            assert_eq!(in_flight.now.get(), 0, "{kind:?}");
            assert_eq!(metrics().tasks, 0);
        });
    }
}

#[test]
fn a_panic_reaches_the_consumer_and_the_others_come() {
    for kind in KINDS {
        block_on_virtual(async move {
            let works = stream::iter(0..4_u64).map(|number| {
                Box::pin(async move {
                    yield_now().await;
                    assert!(number != 1, "the egg fell down");
                    number
                }) as Work
            });
            let mut outputs = kind.make(works, 2);
            let (mut found, mut texts) = (Vec::new(), Vec::new());
            loop {
                let next = poll_fn(|cx| {
                    let poll = || outputs.as_mut().poll_next(cx);
                    match catch_unwind(AssertUnwindSafe(poll)) {
                        Ok(poll) => poll.map(Ok),
                        Err(payload) => Poll::Ready(Err(payload)),
                    }
                });
                match next.await {
                    Ok(Some(number)) => found.push(number),
                    Ok(None) => break,
                    Err(payload) => {
                        texts.push(*payload.downcast::<&str>().unwrap());
                    }
                }
            }
            assert_eq!(found, [0, 2, 3], "{kind:?}");
            assert_eq!(texts, ["the egg fell down"]);
        });
    }
}

/// Pending for so many polls, then ready; each poll is woken by itself.
fn after_polls(polls: u8, output: u64) -> Work {
    Box::pin(async move {
        for _ in 0..polls {
            yield_now().await;
        }
        output
    })
}

#[test]
fn a_next_that_is_dropped_after_k_polls_loses_nothing_for_every_k() {
    for (kind, k) in
        KINDS.into_iter().flat_map(|it| (1..6).map(move |k| (it, k)))
    {
        let mut found = block_on_virtual(async {
            let works = stream::iter(0..20_u8)
                .map(|it| after_polls(it * 7 % 5, u64::from(it)));
            let mut outputs = kind.make(works, 3);
            let mut found = Vec::new();
            loop {
                let mut next = outputs.next();
                let mut polls = 0;
                let some = poll_fn(|cx| {
                    polls += 1;
                    match Pin::new(&mut next).poll(cx) {
                        Poll::Pending if polls == k => Poll::Ready(None),
                        other => other.map(Some),
                    }
                });
                match some.await {
                    Some(Some(output)) => found.push(output),
                    Some(None) => break,
                    None => yield_now().await,
                }
            }
            found
        });
        if !kind.is_ordered() {
            found.sort_unstable();
        }
        assert_eq!(found, (0..20).collect::<Vec<_>>(), "{kind:?}, {k}");
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_future_is_polled_to_its_end_once_or_dropped_once(
        polls in prop::collection::vec(0_u8..5, 0..40),
        limit in 1_usize..10,
        taken in 0_usize..40,
        which in 0_usize..4,
    ) {
        let kind = KINDS[which];
        let dropped = Rc::new(RefCell::new(vec![0; polls.len()]));
        let log = dropped.clone();
        let count = polls.len();
        let mut found = block_on_virtual(async move {
            let works = stream::iter(polls.into_iter().enumerate());
            let works = works.map(move |(number, polls)| {
                let log = log.clone();
                let guard =
                    OnDrop::new(move || log.borrow_mut()[number] += 1);
                let work = after_polls(polls, number as u64);
                Box::pin(async move {
                    let _guard = guard;
                    work.await
                }) as Work
            });
            kind.make(works, limit).take(taken).collect::<Vec<_>>().await
        });
        if !kind.is_ordered() {
            found.sort_unstable();
            found.dedup();
            prop_assert_eq!(found.len(), count.min(taken));
        } else {
            let expected: Vec<_> = (0..count.min(taken) as u64).collect();
            prop_assert_eq!(&found, &expected);
        }
        let dropped = dropped.borrow();
        prop_assert!(dropped.iter().all(|it| *it <= 1), "{:?}", dropped);
        for output in found {
            prop_assert_eq!(dropped[output as usize], 1);
        }
        let begun = dropped.iter().filter(|it| **it == 1).count();
        prop_assert!(begun <= count.min(taken + limit));
    }
}
