//! Streams side by side: `merge`, `zip` and `chain`.
//!
//! semantics 6, 30, 31, 32, 33

#![allow(clippy::many_single_char_names)] // streams like any other

use std::task::Poll;
use std::time::Duration;

use onecook::Builder;
use onecook::stream::{
    self, Chain, FusedStream, Merge, Stream, StreamExt, Zip,
};
use onecook::time::timeout;
use onecook_tests::{
    Belt, CountingWaker, Running, expect_all, expect_ready, poll_next_once,
    poll_once, poll_with, within,
};
use proptest::prelude::*;

fn running(belts: &[Belt]) -> Vec<Running> {
    belts.iter().map(Belt::run).collect()
}

#[test]
fn merge_yields_all_items_of_every_number_of_streams() {
    for count in [0, 1, 2, 30, 31, 32, 1000] {
        let streams = || (0..count).map(|n| stream::iter([2 * n, 2 * n + 1]));
        let expected: Vec<_> = (0..2 * count).collect();
        let mut found =
            expect_all(stream::merge(streams().collect::<Vec<_>>()));
        found.sort_unstable();
        assert_eq!(found, expected);
        let found = expect_all(stream::chain(streams().collect::<Vec<_>>()));
        assert_eq!(found, expected);
        let found = expect_all(stream::zip(streams().collect::<Vec<_>>()));
        let evens: Vec<_> = (0..count).map(|n| 2 * n).collect();
        let odds: Vec<_> = (0..count).map(|n| 2 * n + 1).collect();
        let both = if count == 0 { vec![] } else { vec![evens, odds] };
        assert_eq!(found, both);
    }
}

#[test]
fn tuples_of_every_length_and_arrays_do_the_same() {
    let s = |n| stream::iter([n]);
    let sorted = |mut items: Vec<i32>| {
        items.sort_unstable();
        items
    };
    assert_eq!(expect_all((s(1),).merge()), [1]);
    assert_eq!(sorted(expect_all((s(1), stream::once(2)).merge())), [1, 2]);
    assert_eq!(expect_all((s(1), stream::once(2), s(3)).chain()), [1, 2, 3]);
    let twelve = || {
        let (a, b, c, d) = (s(1), s(2), s(3), s(4));
        let (e, f, g, h) = (s(5), s(6), s(7), s(8));
        (a, b, c, d, e, f, g, h, s(9), s(10), s(11), stream::once(12))
    };
    let expected: Vec<_> = (1..=12).collect();
    assert_eq!(sorted(expect_all(twelve().merge())), expected);
    assert_eq!(expect_all(twelve().chain()), expected);
    let zipped = expect_all(twelve().zip());
    assert_eq!(zipped, [(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)]);
    assert_eq!(sorted(expect_all([s(1), s(2)].merge())), [1, 2]);
    assert_eq!(expect_all([s(1), s(2)].chain()), [1, 2]);
    assert_eq!(expect_all([s(1), s(2)].zip()), [[1, 2]]);
    assert_eq!(expect_all((s(1), stream::once("A")).zip()), [(1, "A")]);
    assert!(expect_all(<[stream::Empty<u8>; 0]>::zip([])).is_empty());
}

#[test]
fn merge_polls_only_the_streams_that_were_woken() {
    let belts = Belt::several(1000);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    let mut merged = running(&belts).merge();
    let mut poll = || poll_with(&mut merged.next(), &waker);
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
    assert!(poll().is_pending());
    assert_eq!(Belt::total_polls(&belts), 3000);
    for belt in &belts {
        belt.end();
        let ended = poll();
        assert!(belt.is_dropped(), "dropped at once");
        assert_eq!(ended.is_ready(), Belt::total_polls(&belts) == 4000);
    }
    assert_eq!(Belt::total_polls(&belts), 4000);
    assert_eq!(poll(), Poll::Ready(None));
    assert_eq!(Belt::total_polls(&belts), 4000);
    assert!(merged.is_terminated());
}

#[test]
fn streams_that_are_always_ready_share_to_the_item() {
    let streams: Vec<_> = (0..4).map(stream::repeat).collect();
    let mut counts = [0; 4];
    let taken = expect_all(streams.merge().take(1000));
    for number in &taken {
        counts[*number] += 1;
    }
    assert_eq!(counts, [250; 4]);
    for round in taken.chunks(4) {
        let mut round = round.to_vec();
        round.sort_unstable();
        assert_eq!(round, [0, 1, 2, 3]);
    }
}

#[test]
fn a_stream_that_is_woken_has_its_turn_among_the_always_ready() {
    let belt = Belt::default();
    let (a, b) = (stream::repeat(1), stream::repeat(2));
    let mut merged = (a, belt.run(), b).merge();
    for _ in 0..10 {
        assert!(matches!(
            poll_next_once(&mut merged),
            Poll::Ready(Some(1 | 2))
        ));
    }
    belt.put(7);
    let soon = (0..3).map(|_| expect_ready(&mut merged.next()).unwrap());
    assert!(soon.collect::<Vec<_>>().contains(&7));
}

fn first_items(seed: u64, count: usize) -> Vec<usize> {
    let runtime = Builder::new().seed(seed).build().unwrap();
    runtime.block_on(async {
        let mut firsts = Vec::new();
        for _ in 0..count {
            let streams = [stream::repeat(0), stream::repeat(1)];
            firsts.push(streams.merge().next().await.unwrap());
        }
        firsts
    })
}

#[test]
fn each_of_two_is_the_first_about_as_often_and_a_seed_replays() {
    let firsts = first_items(7, 10_000);
    let ones = firsts.iter().sum::<usize>();
    assert!((4_800..=5_200).contains(&ones), "{ones}");
    assert_eq!(firsts, first_items(7, 10_000));
    assert_ne!(firsts, first_items(8, 10_000));
}

#[test]
fn a_merge_of_the_always_ready_lets_a_timeout_fire() {
    within(|| {
        let endless = async {
            let mut merged = [stream::repeat(1), stream::repeat(2)].merge();
            while merged.next().await.is_some() {}
        };
        let limited =
            async { timeout(Duration::from_millis(20), endless).await };
        assert!(onecook::block_on(limited).is_err());
    });
}

#[test]
fn dropping_a_merge_drops_its_streams_and_lets_its_waker_go() {
    let belts = Belt::several(9);
    let parent = CountingWaker::new();
    let mut merged = running(&belts).merge();
    assert!(poll_with(&mut merged.next(), &parent.waker()).is_pending());
    let late = belts[3].waker();
    drop(merged);
    assert!(belts.iter().all(Belt::is_dropped));
    assert_eq!(parent.holders(), 0);
    late.wake();
    assert_eq!(parent.wakes(), 0);
}

#[test]
fn zip_asks_nobody_for_more_than_one_item_a_round() {
    let (a, b) = (Belt::default(), Belt::default());
    let mut zipped = (a.run(), b.run()).zip();
    (1..=3).for_each(|item| a.put(item));
    assert!(poll_next_once(&mut zipped).is_pending());
    a.put(4);
    assert!(poll_next_once(&mut zipped).is_pending());
    assert_eq!((a.polls(), b.polls()), (1, 1), "b was not woken");
    b.put(10);
    assert_eq!(poll_next_once(&mut zipped), Poll::Ready(Some((1, 10))));
    assert!(poll_next_once(&mut zipped).is_pending());
    assert_eq!((a.polls(), b.polls()), (2, 3));
    b.put(20);
    assert_eq!(poll_next_once(&mut zipped), Poll::Ready(Some((2, 20))));
}

#[test]
fn zip_ends_with_the_first_that_ends_and_drops_all() {
    for first in [0, 1] {
        let belts = Belt::several(2);
        let mut zipped = running(&belts).zip();
        for belt in &belts {
            belt.put(1);
        }
        assert_eq!(poll_next_once(&mut zipped), Poll::Ready(Some(vec![1, 1])));
        belts[1 - first].put(2);
        assert!(poll_next_once(&mut zipped).is_pending());
        belts[first].end();
        assert_eq!(poll_next_once(&mut zipped), Poll::Ready(None));
        assert!(belts.iter().all(Belt::is_dropped));
        assert!(zipped.is_terminated());
        assert_eq!(poll_next_once(&mut zipped), Poll::Ready(None));
    }
}

#[test]
fn chain_polls_nobody_before_its_turn_and_drops_whoever_ended() {
    let belts = Belt::several(3);
    let mut chained = running(&belts).chain();
    belts[1].put(20);
    belts[0].put(10);
    assert_eq!(poll_next_once(&mut chained), Poll::Ready(Some(10)));
    assert!(poll_next_once(&mut chained).is_pending());
    assert_eq!(belts[1].polls(), 0);
    belts[0].end();
    assert_eq!(poll_next_once(&mut chained), Poll::Ready(Some(20)));
    assert!(belts[0].is_dropped());
    belts[1].end();
    belts[2].end();
    assert_eq!(poll_next_once(&mut chained), Poll::Ready(None));
    assert!(belts.iter().all(Belt::is_dropped));
    assert!(chained.is_terminated());
    let polls = Belt::total_polls(&belts);
    assert_eq!(poll_next_once(&mut chained), Poll::Ready(None));
    assert_eq!(Belt::total_polls(&belts), polls);
}

/// Items, and before each whether it is waited for.
type Script = Vec<(u32, bool)>;

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let script = prop::collection::vec((any::<u32>(), any::<bool>()), 0..12);
    prop::collection::vec(script, 0..12)
}

fn scripted(script: Script) -> impl Stream<Item = u32> {
    stream::iter(script).then(|(item, waits)| async move {
        if waits {
            onecook::yield_now().await;
        }
        item
    })
}

/// Every other `next` is dropped after one poll.
fn drain<S: Stream>(stream: S) -> Vec<S::Item> {
    onecook::block_on(async {
        let mut stream = Box::pin(stream);
        let mut items = Vec::new();
        loop {
            let cancelled = poll_once(&mut stream.next());
            let item = match cancelled {
                Poll::Ready(item) => item,
                Poll::Pending => stream.next().await,
            };
            match item {
                Some(item) => items.push(item),
                None => return items,
            }
        }
    })
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn merge_loses_nothing_and_keeps_the_order_of_each(scripts in scripts()) {
        let mark = |(number, script): (usize, Script)| {
            scripted(script).map(move |item| (number, item))
        };
        let streams: Vec<_> =
            scripts.iter().cloned().enumerate().map(mark).collect();
        let merged = drain(streams.merge());
        for (number, script) in scripts.iter().enumerate() {
            let of_it = merged.iter().filter(|it| it.0 == number);
            let of_it: Vec<_> = of_it.map(|it| it.1).collect();
            let expected: Vec<_> = script.iter().map(|it| it.0).collect();
            prop_assert_eq!(of_it, expected);
        }
        let total: usize = scripts.iter().map(Vec::len).sum();
        prop_assert_eq!(merged.len(), total);
    }

    #[test]
    fn chain_and_zip_do_what_iterators_do(scripts in scripts()) {
        let streams = || scripts.iter().cloned().map(scripted);
        let chained = drain(streams().collect::<Vec<_>>().chain());
        let items = |script: &Script| -> Vec<_> {
            script.iter().map(|it| it.0).collect()
        };
        let expected: Vec<_> = scripts.iter().flat_map(items).collect();
        prop_assert_eq!(chained, expected);
        let zipped = drain(streams().collect::<Vec<_>>().zip());
        let rounds = scripts.iter().map(Vec::len).min().unwrap_or(0);
        let round = |n: usize| -> Vec<_> {
            scripts.iter().map(|script| script[n].0).collect()
        };
        let expected: Vec<_> = (0..rounds).map(round).collect();
        prop_assert_eq!(zipped, expected);
    }
}
