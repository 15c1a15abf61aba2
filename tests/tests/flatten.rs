//! Streams of streams: `flatten` and `flatten_unordered`.
//!
//! semantics 6, 30, 31, 32, 34

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use onecook::block_on;
use onecook::stream::{self, FusedStream, LocalBoxStream, Stream, StreamExt};
use onecook::time::{sleep, timeout};
use onecook_tests::{
    Belt, CountingWaker, Running, block_on_virtual, expect_all, poll_next_once,
    poll_with, within,
};
use proptest::prelude::*;

/// A stream of them that is always ready.
fn outer(belts: &[Belt]) -> impl FusedStream<Item = Running> + Unpin + use<> {
    stream::iter(belts.to_vec()).map(|belt| belt.run()).fuse()
}

// --- flatten

#[test]
fn flatten_takes_a_stream_when_the_one_before_has_ended_and_is_dropped() {
    let belts = Belt::several(2);
    let mut flat = outer(&belts).flatten();
    belts[1].put(2);
    assert!(poll_next_once(&mut flat).is_pending());
    belts[0].put(1);
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(1)));
    assert!(poll_next_once(&mut flat).is_pending());
    assert_eq!(belts[1].polls(), 0);
    belts[0].end();
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(2)));
    assert!(belts[0].is_dropped());
    belts[1].end();
    assert!(!flat.is_terminated());
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(None));
    assert!(belts[1].is_dropped());
    assert!(flat.is_terminated());
}

#[test]
fn flatten_knows_how_many_items_are_left_only_in_the_last_stream() {
    let mut flat = stream::iter([2, 3]).map(|n| stream::iter(0..n)).flatten();
    assert_eq!(flat.size_hint(), (0, None));
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(0)));
    assert_eq!(flat.size_hint(), (1, None));
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(1)));
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(0)));
    assert_eq!(flat.size_hint(), (2, Some(2)));
    assert_eq!(expect_all(flat), [1, 2]);
}

// --- flatten_unordered

#[test]
fn the_items_of_n_streams_come_as_they_are_there() {
    let found: Vec<_> = block_on_virtual(async {
        let streams = stream::iter([5, 2, 1]).map(|seconds| {
            stream::iter(1..=2).then(move |round| async move {
                sleep(Duration::from_secs(seconds)).await;
                (seconds, round)
            })
        });
        streams.flatten_unordered(2).collect().await
    });
    // At 2, 4, and then beside the third: 5, 5 again, 6 and 10 seconds.
    let expected = [(2, 1), (2, 2), (5, 1), (1, 1), (1, 2), (5, 2)];
    assert_eq!(found, expected);
}

#[test]
fn at_most_n_streams_are_taken_and_the_next_one_when_one_has_ended() {
    for limit in [1, 2, 7, 8, 9, 20] {
        let belts = Belt::several(20);
        let mut flat = outer(&belts).flatten_unordered(limit);
        let asked = || belts.iter().filter(|it| it.polls() > 0).count();
        for (ended, belt) in belts.iter().enumerate() {
            assert!(poll_next_once(&mut flat).is_pending());
            assert_eq!(asked(), (ended + limit).min(20));
            belt.end();
        }
        assert_eq!(poll_next_once(&mut flat), Poll::Ready(None));
    }
}

#[test]
fn without_a_limit_all_streams_are_taken_at_once() {
    let belts = Belt::several(100);
    let mut flat = outer(&belts).flatten_unordered(None);
    assert!(poll_next_once(&mut flat).is_pending());
    assert_eq!(Belt::total_polls(&belts), 100);
}

#[test]
fn streams_that_are_empty_do_not_end_the_poll() {
    let empty = stream::iter(0..1000).map(|_| stream::empty::<u8>());
    let last = stream::once(stream::once(7).boxed_local());
    let empty = empty.map(StreamExt::boxed_local);
    let mut flat = empty.chain(last).flatten_unordered(3);
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(7)));
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(None));
    assert!(flat.is_terminated());
    assert_eq!(flat.size_hint(), (0, Some(0)));
}

#[test]
fn only_the_streams_that_were_woken_are_polled() {
    let belts = Belt::several(1000);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    let mut flat = outer(&belts).flatten_unordered(1000);
    let mut poll = || poll_with(&mut flat.next(), &waker);
    assert!(poll().is_pending());
    assert_eq!(Belt::total_polls(&belts), 1000);
    for (number, belt) in (0..).zip(&belts) {
        let before = parent.wakes();
        belt.put(number);
        assert_eq!(parent.wakes(), before + 1);
        assert_eq!(poll(), Poll::Ready(Some(number)));
        assert!(poll().is_pending());
    }
    // One that finds the item, and one that finds that there is no other.
    assert_eq!(Belt::total_polls(&belts), 3000);
    for belt in &belts {
        belt.end();
        let ended = poll();
        assert!(belt.is_dropped(), "dropped at once");
        assert_eq!(ended.is_ready(), Belt::total_polls(&belts) == 4000);
    }
    assert_eq!(poll(), Poll::Ready(None));
    assert_eq!(Belt::total_polls(&belts), 4000);
}

#[test]
fn a_stream_of_streams_that_waits_is_polled_only_when_it_was_woken() {
    let outer = Belt::default();
    let inner = Belt::several(2);
    let streams = inner.clone();
    let mut flat = outer
        .run()
        .map(move |at| streams[at as usize].run())
        .flatten_unordered(2);
    outer.put(0);
    assert!(poll_next_once(&mut flat).is_pending());
    assert_eq!(outer.polls(), 2);
    inner[0].put(5);
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(5)));
    assert!(poll_next_once(&mut flat).is_pending());
    assert_eq!(outer.polls(), 2);
    outer.put(1);
    inner[1].put(6);
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(6)));
    assert_eq!(outer.polls(), 3);
    outer.end();
    assert!(poll_next_once(&mut flat).is_pending());
    assert_eq!(outer.polls(), 3, "it is full");
    inner[0].end();
    assert!(poll_next_once(&mut flat).is_pending());
    assert!(outer.is_dropped());
    inner[1].end();
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(None));
}

#[test]
fn streams_that_are_always_ready_take_turns() {
    let streams = stream::iter(0..4_usize).map(stream::repeat);
    let taken = expect_all(streams.flatten_unordered(4).take(1000));
    for round in taken.chunks(4) {
        assert_eq!(round, [0, 1, 2, 3]);
    }
}

fn ends_by_timeout<S: Stream>(make: impl FnOnce() -> S + Send + 'static) {
    within(|| {
        block_on(async {
            let mut stream = Box::pin(make());
            let forever = async { while stream.next().await.is_some() {} };
            let limit = Duration::from_millis(5);
            assert!(timeout(limit, forever).await.is_err());
        });
    });
}

#[test]
fn over_what_is_always_ready_a_timeout_fires() {
    let empty = || stream::repeat(()).map(|()| stream::empty::<()>());
    ends_by_timeout(move || empty().flatten());
    ends_by_timeout(move || empty().flatten_unordered(1));
    ends_by_timeout(move || empty().flatten_unordered(100));
    let ones = || stream::repeat(()).map(|()| stream::once(1));
    ends_by_timeout(move || ones().flatten());
    ends_by_timeout(move || ones().flatten_unordered(2));
    let endless = || stream::repeat(()).map(|()| stream::repeat(1));
    ends_by_timeout(move || endless().flatten());
    ends_by_timeout(move || endless().flatten_unordered(2));
}

#[test]
#[should_panic(expected = "`flatten_unordered` with a limit of 0 could never \
                           begin: let at least 1 stream be open")]
fn a_limit_of_0_panics_at_once() {
    let _ = stream::empty::<stream::Empty<()>>().flatten_unordered(0);
}

#[test]
fn dropping_the_stream_drops_all_it_holds_and_lets_its_waker_go() {
    let belts = Belt::several(3);
    let parent = CountingWaker::new();
    let mut flat = outer(&belts).flatten_unordered(2);
    assert!(poll_with(&mut flat.next(), &parent.waker()).is_pending());
    assert!(parent.holders() > 0);
    drop(flat);
    let dropped: Vec<_> = belts.iter().map(Belt::is_dropped).collect();
    assert_eq!(dropped, [true, true, false], "the third never was");
    assert_eq!((parent.holders(), parent.wakes()), (0, 0));
}

#[test]
fn a_stream_that_panics_is_dropped_and_the_others_go_on() {
    let belt = Belt::default();
    let burns = stream::poll_fn(|_| panic!("the egg fell down"));
    let streams: Vec<LocalBoxStream<'_, u32>> =
        vec![Box::pin(burns), Box::pin(belt.run())];
    let mut flat = stream::iter(streams).flatten_unordered(2);
    let poll = AssertUnwindSafe(|| poll_next_once(&mut flat));
    let payload = catch_unwind(poll).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the egg fell down"));
    belt.put(1);
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(Some(1)));
    belt.end();
    assert_eq!(poll_next_once(&mut flat), Poll::Ready(None));
}

// --- both, against a model

/// Inner streams as lists: a number is so many polls that answer `Pending`.
type Script = Vec<u8>;

/// Yields its place and what it has handed out before, after some polls each.
fn scripted(
    place: usize,
    script: Script,
    open: Rc<Cell<usize>>,
) -> LocalBoxStream<'static, (usize, usize)> {
    let mut pauses = script.into_iter().enumerate();
    let mut pause = pauses.next();
    let mut opened = false;
    Box::pin(stream::poll_fn(move |cx| {
        if !std::mem::replace(&mut opened, true) {
            open.set(open.get() + 1);
        }
        let Some((number, left)) = &mut pause else {
            open.set(open.get() - 1);
            return Poll::Ready(None);
        };
        if *left > 0 {
            *left -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let item = (place, *number);
        pause = pauses.next();
        Poll::Ready(Some(item))
    }))
}

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let script = prop::collection::vec(0_u8..3, 0..5);
    prop::collection::vec(script, 0..12)
}

/// Takes all items; each `next()` is dropped when it was pending, and asked
/// for anew.
fn drain(mut stream: impl Stream<Item = (usize, usize)> + Unpin) -> Items {
    let parent = CountingWaker::new();
    let mut items = Items::new();
    loop {
        let before = parent.wakes();
        match poll_with(&mut stream.next(), &parent.waker()) {
            Poll::Ready(Some(item)) => items.push(item),
            Poll::Ready(None) => return items,
            Poll::Pending => assert!(parent.wakes() > before, "it hangs"),
        }
    }
}

type Items = Vec<(usize, usize)>;

fn expected(scripts: &[Script]) -> Items {
    let lengths = scripts.iter().map(Vec::len).enumerate();
    lengths.flat_map(|(at, len)| (0..len).map(move |it| (at, it))).collect()
}

proptest! {
    #[test]
    fn flatten_hands_out_what_that_of_iterator_does(scripts in scripts()) {
        let open = Rc::new(Cell::new(0));
        let streams = stream::iter(scripts.clone()).enumerate();
        let flat = streams.map(|(at, it)| scripted(at, it, open.clone()));
        prop_assert_eq!(drain(flat.flatten()), expected(&scripts));
    }

    #[test]
    fn each_item_comes_once_in_the_order_of_its_stream_with_n_open_at_most(
        scripts in scripts(),
        limit in 1_usize..6,
    ) {
        let (open, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let streams = stream::iter(scripts.clone()).enumerate();
        let flat = streams.map(|(at, it)| scripted(at, it, open.clone()));
        let watched = flat.flatten_unordered(limit).map(|item| {
            most.set(most.get().max(open.get()));
            item
        });
        let mut found = drain(watched);
        prop_assert!(most.get() <= limit, "{} open", most.get());
        if limit == 1 {
            prop_assert_eq!(&found, &expected(&scripts));
        }
        // Stable: what comes of one stream keeps its order.
        found.sort_by_key(|(stream, _)| *stream);
        prop_assert_eq!(found, expected(&scripts));
    }
}
