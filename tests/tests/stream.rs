//! Streams: what `Iterator` does, with waiting; they give way, and a cancelled
//! `next()` loses nothing.
//!
//! semantics 1, 6, 14, 34

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use onecook::future::{FusedFuture, FutureExt, ready};
use onecook::stream::{self, FusedStream, Stream, StreamExt};
use onecook::time::{Instant, sleep, timeout};
use onecook::{block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, block_on_virtual, expect_pending,
    expect_ready, poll_once, within,
};
use proptest::prelude::*;

/// `None`: it has to be waited for.
type Steps = Vec<Option<u32>>;

/// A stream of these steps. Polled after its end, it panics.
fn faltering(steps: Steps) -> impl Stream<Item = u32> + Unpin {
    let mut steps = steps.into_iter();
    let mut ended = false;
    stream::poll_fn(move |cx| {
        assert!(!ended, "polled after its end");
        match steps.next() {
            Some(Some(item)) => Poll::Ready(Some(item)),
            Some(None) => wait(cx),
            None => {
                ended = true;
                Poll::Ready(None)
            }
        }
    })
}

fn wait<T>(cx: &mut Context<'_>) -> Poll<T> {
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// What `faltering` hands out.
fn items(steps: &Steps) -> impl Iterator<Item = u32> + use<> {
    steps.clone().into_iter().flatten()
}

/// Polls until it is ready. Each `Pending` comes with a wake.
#[track_caller]
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let waker = CountingWaker::new();
        let polled = onecook_tests::poll_with(&mut future, &waker.waker());
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => assert!(waker.wakes() > 0, "a lost wake"),
        }
    }
}

/// All items; the size hints of each step hold.
#[track_caller]
fn drain<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = pin!(stream);
    let (mut items, mut hints) = (Vec::new(), Vec::new());
    loop {
        hints.push((items.len(), stream.size_hint()));
        match drive(stream.next()) {
            Some(item) => items.push(item),
            None => break,
        }
    }
    for (before, (least, most)) in hints {
        let left = items.len() - before;
        assert!(least <= left, "at least {least} were told, {left} came");
        let holds = most.is_none_or(|most| left <= most);
        assert!(holds, "at most {most:?} were told, {left} came");
    }
    items
}

async fn after_a_turn(n: u32) -> u32 {
    yield_now().await;
    n + 1
}

fn steps() -> impl Strategy<Value = Steps> {
    prop::collection::vec(prop::option::weighted(0.7, 0_u32..10), 0..40)
}

proptest! {
    #[test]
    fn adaptors_hand_out_what_those_of_iterator_do(
        steps in steps(),
        more in steps(),
        n in 0_usize..12,
        m in 0_u32..10,
    ) {
        let s = || faltering(steps.clone());
        let i = || items(&steps);
        let vec = Vec::from_iter::<Vec<u32>>;
        prop_assert_eq!(drain(s()), vec(i().collect()));
        prop_assert_eq!(
            drain(s().map(|x| x + m)),
            vec(i().map(|x| x + m).collect())
        );
        prop_assert_eq!(
            drain(s().filter(|x| *x > m)),
            vec(i().filter(|x| *x > m).collect())
        );
        prop_assert_eq!(
            drain(s().filter_map(|x| x.checked_sub(m))),
            vec(i().filter_map(|x| x.checked_sub(m)).collect())
        );
        prop_assert_eq!(
            drain(s().then(after_a_turn)),
            vec(i().map(|x| x + 1).collect())
        );
        prop_assert_eq!(drain(s().take(n)), vec(i().take(n).collect()));
        prop_assert_eq!(
            drain(s().take_while(|x| *x > m)),
            vec(i().take_while(|x| *x > m).collect())
        );
        prop_assert_eq!(drain(s().skip(n)), vec(i().skip(n).collect()));
        prop_assert_eq!(
            drain(s().skip_while(|x| *x > m)),
            vec(i().skip_while(|x| *x > m).collect())
        );
        prop_assert_eq!(
            drain(s().enumerate()),
            i().enumerate().collect::<Vec<_>>()
        );
        prop_assert_eq!(
            drain(s().chain(faltering(more.clone()))),
            vec(i().chain(items(&more)).collect())
        );
        prop_assert_eq!(
            drain(s().chunks(n + 1)),
            vec(i().collect()).chunks(n + 1).map(<[u32]>::to_vec)
                .collect::<Vec<_>>()
        );
        prop_assert_eq!(drain(s().fuse()), vec(i().collect()));
        prop_assert_eq!(drain(s().peekable()), vec(i().collect()));
        prop_assert_eq!(drain(s().boxed_local()), vec(i().collect()));
        prop_assert_eq!(drive(s().count()), i().count());
        prop_assert_eq!(drive(s().last()), i().last());
        prop_assert_eq!(
            drive(s().collect::<HashSet<_>>()),
            i().collect::<HashSet<_>>()
        );
        let digits = |text: String, x: u32| format!("{text}{x}");
        prop_assert_eq!(
            drive(s().fold(String::new(), digits)),
            i().fold(String::new(), digits)
        );
        let seen = RefCell::new(Vec::new());
        drive(s().for_each(|x| {
            let seen = &seen;
            async move {
                yield_now().await;
                seen.borrow_mut().push(x);
            }
        }));
        prop_assert_eq!(seen.into_inner(), vec(i().collect()));
    }

    #[test]
    fn adaptors_in_a_row_hand_out_what_those_of_iterator_do(
        steps in steps(),
        n in 0_usize..5,
    ) {
        let stream = faltering(steps.clone())
            .skip(n)
            .filter(|x| x % 3 > 0)
            .then(after_a_turn)
            .peekable()
            .chunks(n + 2)
            .map(|chunk| chunk.into_iter().sum::<u32>())
            .take_while(|sum| *sum < 20)
            .enumerate();
        let picked = items(&steps).skip(n).filter(|x| x % 3 > 0);
        let picked: Vec<u32> = picked.map(|x| x + 1).collect();
        let sums = picked.chunks(n + 2).map(|chunk| chunk.iter().sum::<u32>());
        let expected = sums.take_while(|sum| *sum < 20).enumerate();
        prop_assert_eq!(drain(stream), expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_next_cancelled_after_k_polls_loses_no_item(
        steps in steps(),
        k in 1_usize..5,
        which in 0_usize..7,
    ) {
        let source = faltering(steps.clone());
        let mut stream = match which {
            0 => source.boxed_local(),
            1 => source.then(after_a_turn).map(|x| x - 1).boxed_local(),
            2 => source.peekable().boxed_local(),
            3 => source.filter(|_| true).skip(0).boxed_local(),
            4 => source.chain(stream::empty()).fuse().boxed_local(),
            5 => stream::unfold(source, |mut source| async move {
                yield_now().await;
                source.next().await.map(|item| (item, source))
            }).boxed_local(),
            _ => source.enumerate().map(|(_, x)| x).boxed_local(),
        };
        let mut got = Vec::new();
        'stream: loop {
            let mut next = stream.next();
            for _ in 0..k {
                match poll_once(&mut next) {
                    Poll::Ready(Some(item)) => got.push(item),
                    Poll::Ready(None) => break 'stream,
                    Poll::Pending => continue,
                }
                break;
            }
        }
        prop_assert_eq!(got, items(&steps).collect::<Vec<_>>());
    }

    #[test]
    fn cancelled_after_k_polls_chunks_keep_their_items(
        steps in steps(),
        k in 1_usize..5,
        n in 1_usize..5,
    ) {
        let chunks = block_on_virtual(async {
            let stream = faltering(steps.clone());
            let day = Duration::from_secs(24 * 3600);
            let mut stream = stream.chunks_timeout(n, day).chunks(2);
            let mut got = Vec::new();
            'stream: loop {
                let mut next = stream.next();
                for _ in 0..k {
                    match poll_once(&mut next) {
                        Poll::Ready(Some(chunks)) => got.extend(chunks),
                        Poll::Ready(None) => break 'stream got,
                        Poll::Pending => continue,
                    }
                    break;
                }
            }
        });
        let items: Vec<u32> = items(&steps).collect();
        let expected: Vec<_> = items.chunks(n).map(<[u32]>::to_vec).collect();
        prop_assert_eq!(chunks, expected);
    }

    #[test]
    fn a_peek_shows_what_next_takes_and_next_if_leaves_what_it_refuses(
        steps in steps(),
        m in 0_u32..10,
    ) {
        let mut stream = faltering(steps.clone()).peekable();
        let mut got = Vec::new();
        loop {
            let refused = drive(stream.next_if(|_| false));
            prop_assert_eq!(refused, None);
            let shown = drive(stream.peek()).copied();
            let Some(shown) = shown else { break };
            let taken = drive(stream.next_if(|x| *x < m));
            prop_assert_eq!(taken.is_some(), shown < m);
            let next = match taken {
                Some(taken) => taken,
                None => drive(stream.next()).unwrap(),
            };
            prop_assert_eq!(next, shown);
            got.push(next);
        }
        prop_assert!(stream.is_terminated());
        prop_assert_eq!(got, items(&steps).collect::<Vec<_>>());
    }
}

/// Runs a future that never ends, for a moment.
fn expect_timeout<F: Future + 'static>(what: fn() -> F) {
    within(move || {
        block_on(async {
            let ended = timeout(Duration::from_millis(5), what()).await;
            assert!(ended.is_err());
        });
    });
}

#[test]
fn a_timeout_ends_each_loop_over_a_source_that_is_always_ready() {
    expect_timeout(|| async {
        stream::iter(0_u64..).filter(|_| false).next().await
    });
    expect_timeout(|| async {
        stream::iter(0_u64..).filter_map(|_| None::<()>).next().await
    });
    expect_timeout(|| async {
        stream::repeat(1).skip(usize::MAX).next().await
    });
    expect_timeout(|| async {
        stream::repeat(1).skip_while(|_| true).next().await
    });
    expect_timeout(|| async {
        stream::repeat(()).chunks(1 << 40).next().await
    });
    expect_timeout(|| stream::repeat(1_u8).fold(0_u8, |_, n| n));
    expect_timeout(|| stream::repeat(1).for_each(|_| ready(())));
    expect_timeout(|| stream::repeat(()).collect::<Vec<_>>());
    expect_timeout(|| stream::repeat(1).count());
    expect_timeout(|| stream::repeat(1).last());
    expect_timeout(|| async {
        let mut ones = stream::repeat(1);
        while ones.next().await.is_some() {}
    });
    expect_timeout(|| async {
        let mut ones = stream::repeat(1).peekable();
        while ones.next_if(|_| true).await.is_some() {}
    });
}

#[test]
fn limits_inside_a_stream_end_loops_over_a_source_that_is_always_ready() {
    within(|| {
        block_on(async {
            let limit = Duration::from_millis(5);
            let until = stream::repeat(1).take_until(sleep(limit));
            assert_eq!(until.filter(|_| false).next().await, None);
            let none = stream::repeat(1).filter(|_| false);
            let mut none = none.timeout(limit);
            assert!(none.next().await.unwrap().is_err());
            let mut chunks =
                stream::repeat(()).chunks_timeout(usize::MAX, limit);
            assert!(!chunks.next().await.unwrap().is_empty());
        });
    });
}

/// How many polls it takes as a task.
fn polls_of<F>(future: F) -> usize
where
    F: Future + 'static,
    F::Output: 'static,
{
    let counters = Counters::new();
    let mut future = Box::pin(future);
    let task = counters.probe(move |cx| future.as_mut().poll(cx));
    block_on(async { spawn(task).await.map(drop).unwrap() });
    counters.polls()
}

#[test]
fn each_item_that_is_used_up_costs_one_unit_of_the_budget() {
    let items = || stream::iter(0..1000);
    // 1000 = 7 x 128 + 104
    assert_eq!(polls_of(items().count()), 8);
    assert_eq!(polls_of(items().last()), 8);
    assert_eq!(polls_of(items().collect::<Vec<_>>()), 8);
    assert_eq!(polls_of(items().fold(0, |_, n| n)), 8);
    assert_eq!(polls_of(items().for_each(|_| ready(()))), 8);
    let all = async move {
        let mut items = items();
        while items.next().await.is_some() {}
    };
    assert_eq!(polls_of(all), 8);
    // One that is left out is not paid for twice.
    let odd = |n: &i32| n % 2 > 0;
    assert_eq!(polls_of(items().filter(odd).count()), 8);
    assert_eq!(polls_of(items().skip(500).count()), 8);
    assert_eq!(polls_of(items().skip_while(|n| *n < 500).count()), 8);
    assert_eq!(polls_of(items().map(|n| n).enumerate().take(900).count()), 8);
}

#[test]
fn eight_items_that_are_gathered_or_a_chunk_cost_one_unit_of_the_budget() {
    // And one for each chunk that is counted, and the end asks for leave too.
    let polls = |items, size| {
        let items = stream::iter(0..items);
        polls_of(items.chunks(size).count())
    };
    assert_eq!(polls(63, 1), 1);
    assert_eq!(polls(64, 1), 2);
    assert_eq!(polls(63 * 8, 8), 1);
    assert_eq!(polls(64 * 8, 8), 2);
    assert_eq!(polls(127 * 8 - 1, usize::MAX), 1);
    assert_eq!(polls(128 * 8, usize::MAX), 2);
}

#[test]
fn outside_a_runtime_no_loop_gives_way() {
    let mut count = stream::iter(0..100_000).count();
    assert_eq!(expect_ready(&mut count), 100_000);
}

#[test]
#[should_panic(expected = "`chunks` with chunks of 0 items would never end")]
fn chunks_of_0_panic_at_once() {
    let _ = stream::empty::<()>().chunks(0);
}

#[test]
#[should_panic(expected = "`chunks_timeout` with chunks of 0 items")]
fn chunks_timeout_of_0_panic_at_once() {
    let _ = stream::empty::<()>().chunks_timeout(0, Duration::ZERO);
}

#[test]
fn take_does_not_ask_for_an_item_more() {
    let mut asked = 0;
    let source = stream::poll_fn(|_| {
        asked += 1;
        Poll::Ready(Some(asked))
    });
    assert_eq!(drain(source.take(3)), [1, 2, 3]);
    assert_eq!(asked, 3);
    let never = stream::poll_fn(|_| -> Poll<Option<()>> { panic!("asked") });
    assert!(drain(never.take(0)).is_empty());
}

#[test]
fn those_that_know_their_end_return_none_again() {
    fn twice<S: FusedStream + Unpin>(mut stream: S) {
        while drive(stream.next()).is_some() {}
        assert!(stream.is_terminated());
        assert!(drive(stream.next()).is_none());
        assert_eq!(stream.size_hint(), (0, Some(0)));
        assert!(stream.next().is_terminated());
    }
    let s = || faltering(vec![None, Some(1), None, Some(2), Some(3), None]);
    twice(s().take(2));
    twice(s().take(9));
    twice(s().take_while(|n| *n < 3));
    twice(s().take_while(|_| true));
    twice(s().take_until(stream::pending::<()>().count()));
    twice(s().take_until(ready(())));
    twice(s().chunks(2));
    block_on_virtual(async {
        twice(s().chunks_timeout(9, Duration::MAX)); // it has a timer
    });
    twice(s().peekable());
    twice(s().fuse());
    twice(s().fuse().map(|n| n).filter(|_| true).skip(1).enumerate());
    twice(stream::once(1));
    twice(stream::empty::<()>());
    twice(stream::once(1).chain(stream::once(2)));
    twice(stream::unfold(2_u32, |left| {
        ready(left.checked_sub(1).map(|left| ((), left)))
    }));
}

#[test]
fn each_future_polled_after_its_end_panics_by_name() {
    fn text<F: Future>(future: F) -> String {
        let mut future = Box::pin(future);
        let again = std::panic::AssertUnwindSafe(move || {
            assert!(poll_once(&mut future).is_ready());
            let _ = poll_once(&mut future);
        });
        let payload = std::panic::catch_unwind(again).unwrap_err();
        let text = payload.downcast_ref::<String>().cloned();
        let plain = payload.downcast_ref::<&str>().map(|it| (*it).to_owned());
        text.or(plain).unwrap()
    }
    let s = || stream::iter([1]);
    let (mut a, mut b, mut c) = (s(), s().peekable(), s().peekable());
    let after = |name| format!("`{name}` polled after it was done");
    assert_eq!(text(a.next()), after("Next"));
    assert_eq!(text(b.peek()), after("Peek"));
    assert_eq!(text(c.next_if(|_| true)), after("NextIf"));
    assert_eq!(text(s().fold(0, |_, n| n)), after("Fold"));
    assert_eq!(text(s().for_each(|_| ready(()))), after("ForEach"));
    assert_eq!(text(s().collect::<Vec<_>>()), after("Collect"));
    assert_eq!(text(s().count()), after("Count"));
    assert_eq!(text(s().last()), after("Last"));
}

#[test]
fn fuse_and_chain_drop_a_stream_that_has_ended() {
    let counters = Counters::new();
    let token = counters.token();
    let source = stream::poll_fn(move |_| {
        let _ = &token;
        Poll::Ready(None::<u32>)
    });
    let mut chained = source.chain(stream::once(1));
    assert_eq!(expect_ready(&mut chained.next()), Some(1));
    assert_eq!(counters.drops(), 1);
    let token = counters.token();
    let source = stream::poll_fn(move |_| {
        let _ = &token;
        Poll::Ready(None::<u32>)
    });
    let mut fused = source.fuse();
    assert_eq!(expect_ready(&mut fused.next()), None);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn take_until_asks_its_future_first_and_drops_it_when_it_ends() {
    let (gate, counters) = (Gate::new(), Counters::new());
    let (wait, token) = (gate.wait(), counters.token());
    let until = wait.map(move |()| drop(token));
    let mut eggs = stream::repeat("egg").take_until(until);
    assert_eq!(expect_ready(&mut eggs.next()), Some("egg"));
    gate.open();
    assert_eq!(expect_ready(&mut eggs.next()), None);
    assert_eq!(counters.drops(), 1);
    let probe = counters.probe(|_| Poll::<()>::Pending);
    let mut none = stream::empty::<()>().take_until(probe);
    assert_eq!(expect_ready(&mut none.next()), None);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn an_item_that_is_handed_out_is_dropped_by_nobody_else() {
    let counters = Counters::new();
    let tokens = stream::iter([counters.token(), counters.token()]);
    let mut tokens = tokens.filter(|_| true).skip(1).peekable();
    assert!(expect_ready(&mut tokens.peek()).is_some());
    assert_eq!(counters.drops(), 1);
    let token = expect_ready(&mut tokens.next());
    drop(tokens);
    assert_eq!(counters.drops(), 1);
    drop(token);
    assert_eq!(counters.drops(), 2);
}

#[test]
fn then_and_for_each_have_one_future_at_a_time() {
    let running = Rc::new(Cell::new(0));
    let alone = |_: u32| {
        let running = running.clone();
        async move {
            assert_eq!(running.replace(1), 0);
            yield_now().await;
            running.set(0);
        }
    };
    assert_eq!(drain(stream::iter(0..5).then(alone)).len(), 5);
    drive(stream::iter(0..5).for_each(alone));
}

#[test]
fn an_unfold_whose_closure_panicked_says_so() {
    let mut stream =
        stream::unfold((), |()| -> onecook::future::Ready<Option<((), ())>> {
            panic!("in the closure")
        });
    let mut poll = || {
        let again =
            std::panic::AssertUnwindSafe(|| poll_once(&mut stream.next()));
        let payload = std::panic::catch_unwind(again).unwrap_err();
        payload.downcast_ref::<&str>().copied().unwrap()
    };
    assert_eq!(poll(), "in the closure");
    assert_eq!(poll(), "`Unfold` polled after its closure panicked");
}

#[test]
fn a_timeout_of_a_stream_gives_each_item_as_much_time() {
    block_on_virtual(async {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let pauses = stream::iter([900, 900, 2500, 0]);
        let slow = pauses.then(|pause| sleep(Duration::from_millis(pause)));
        let log = slow
            .timeout(second)
            .map(|item| (start.elapsed().as_millis() as u64, item.is_ok()));
        assert_eq!(
            log.collect::<Vec<_>>().await,
            [
                (900, true),
                (1800, true),
                (2800, false),
                (3800, false),
                (4300, true),
                (4300, true)
            ]
        );
    });
}

#[test]
fn a_timeout_of_a_stream_does_not_count_the_time_of_the_consumer() {
    block_on_virtual(async {
        let second = Duration::from_secs(1);
        let mut eggs = Box::pin(
            stream::iter(0..3)
                .then(|_| sleep(Duration::from_millis(500)))
                .timeout(second),
        );
        while let Some(egg) = eggs.next().await {
            assert!(egg.is_ok());
            sleep(second * 3).await;
        }
    });
}

#[test]
fn a_timeout_of_a_stream_prefers_an_item_to_an_expired_limit() {
    block_on_virtual(async {
        let second = Duration::from_secs(1);
        let slow = stream::once(()).then(|()| sleep(second * 2));
        let mut slow = Box::pin(slow.timeout(second));
        expect_pending(&mut slow.next()); // the limit runs
        sleep(second * 3).await; // and is over, and the item is there
        assert!(slow.next().await.unwrap().is_ok());
    });
}

#[test]
fn a_chunk_waits_so_long_after_its_first_item_and_no_longer() {
    block_on_virtual(async {
        let start = Instant::now();
        let at = |(pause, item): (u64, u64)| async move {
            sleep(Duration::from_millis(pause)).await;
            item
        };
        let items = [(50, 1), (4, 2), (5, 3), (3, 4), (1, 5), (1, 6), (0, 7)];
        let chunks = stream::iter(items).then(at);
        let chunks = chunks.chunks_timeout(3, Duration::from_millis(10));
        let log = chunks
            .map(|chunk| (start.elapsed().as_millis() as u64, chunk))
            .collect::<Vec<_>>();
        assert_eq!(
            log.await,
            [
                (59, vec![1, 2, 3]),
                (64, vec![4, 5, 6]), // 62, 63, 64
                (64, vec![7]),       // the end
            ]
        );
        let start = Instant::now();
        let chunks = stream::iter([(3, 1), (4, 2), (7, 3), (4, 4)]).then(at);
        let chunks = chunks.chunks_timeout(3, Duration::from_millis(10));
        let log = chunks
            .map(|chunk| (start.elapsed().as_millis() as u64, chunk))
            .collect::<Vec<_>>();
        // The limit of the first chunk is 13, the second is there at 14.
        assert_eq!(log.await, [(13, vec![1, 2]), (18, vec![3, 4])]);
    });
}

#[test]
fn the_time_of_a_chunk_goes_on_when_next_is_cancelled() {
    block_on_virtual(async {
        let start = Instant::now();
        let ten = Duration::from_millis(10);
        let eggs = stream::once(1).chain(stream::pending());
        let mut chunks = eggs.chunks_timeout(3, ten);
        for _ in 0..3 {
            let limit = Duration::from_millis(3);
            assert!(chunks.next().timeout(limit).await.is_err());
        }
        assert_eq!(chunks.next().await, Some(vec![1]));
        assert_eq!(start.elapsed(), ten);
        // An empty chunk has no limit.
        let hour = Duration::from_secs(3600);
        assert!(chunks.next().timeout(hour).await.is_err());
    });
}

#[test]
fn chunks_timeout_of_zero_takes_what_is_ready() {
    block_on_virtual(async {
        let steps = vec![Some(1), Some(2), None, Some(3), Some(4), Some(5)];
        let chunks = faltering(steps).chunks_timeout(2, Duration::ZERO);
        let chunks = chunks.collect::<Vec<_>>().await;
        assert_eq!(chunks, [vec![1, 2], vec![3, 4], vec![5]]);
    });
}

#[test]
fn an_interval_is_a_stream() {
    block_on_virtual(async {
        let start = Instant::now();
        let ticks = stream::interval(Duration::from_secs(1));
        assert_eq!(ticks.take(4).count().await, 4);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    });
}

#[test]
fn streams_that_need_no_pin_are_unpin() {
    fn unpin<T: Unpin>(_: T) {}
    let s = || stream::iter([1]);
    unpin(stream::once(std::marker::PhantomPinned));
    unpin(stream::unfold((), |()| ready(None::<((), ())>)));
    let ms = Duration::from_millis(1);
    unpin(s().filter(|_| true).map(|n| n).then(ready).take_until(ready(())));
    unpin(s().chunks_timeout(1, ms).timeout(ms).throttle(ms));
    unpin(s().rate_limit(1, ms).peekable().fuse().enumerate());
    unpin(s().collect::<Vec<_>>());
}
