//! `join` and `try_join`: all of them.
//!
//! semantics 6, 30, 31, 32

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use onecook::future::{Join, TryJoin, join, try_join};
use onecook::{JoinHandle, block_on, spawn, yield_now};
use onecook_tests::{
    Counters, CountingWaker, Gate, Log, OnDrop, PanicsOnDrop, WakerSlot,
    expect_pending, expect_ready, poll_once, poll_with, within,
};

const LENGTHS: [usize; 7] = [0, 1, 2, 30, 31, 32, 1000];

fn text_of<T>(body: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).err().unwrap();
    payload.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_thousand_that_end_one_by_one_cost_two_thousand_polls() {
    let counters = Counters::new();
    let gates: Vec<_> = (0..1000).map(|_| Gate::new()).collect();
    let probe = |gate: &Gate| {
        let mut wait = gate.wait();
        counters.probe(move |cx| Pin::new(&mut wait).poll(cx))
    };
    let mut all = join(gates.iter().map(probe).collect::<Vec<_>>());
    for gate in gates.iter().rev() {
        expect_pending(&mut all);
        gate.open();
    }
    expect_ready(&mut all);
    assert_eq!(counters.polls(), 2000);
}

fn ends_alike(count: usize) {
    let mut slots = VecDeque::new();
    let mut counters = Vec::new();
    let mut futures = Vec::new();
    for place in 0..count {
        let (slot, counter) = (WakerSlot::new(), Counters::new());
        slots.push_back(slot.clone());
        let mut polled = false;
        futures.push(counter.probe(move |cx| {
            slot.store(cx);
            if std::mem::replace(&mut polled, true) {
                Poll::Ready(place)
            } else {
                Poll::Pending
            }
        }));
        counters.push(counter);
    }
    let mut all = join(futures);
    let parent = CountingWaker::new();
    for (place, slot) in slots.iter().enumerate() {
        assert!(poll_with(&mut all, &parent.waker()).is_pending());
        assert_eq!(parent.wakes(), place);
        let waker = slot.take().unwrap();
        waker.wake_by_ref();
        waker.wake();
        assert_eq!(parent.wakes(), place + 1, "two wakes are one");
    }
    let outputs = poll_with(&mut all, &parent.waker());
    assert_eq!(outputs, Poll::Ready((0..count).collect()));
    assert!(counters.iter().all(|it| (it.polls(), it.drops()) == (2, 1)));
}

#[test]
fn join_is_the_same_for_every_length() {
    for count in LENGTHS {
        ends_alike(count);
    }
}

#[test]
fn an_error_is_the_end_at_every_length() {
    for count in &LENGTHS[1..] {
        let failing = count - 1;
        let counters = Counters::new();
        let child = |place: usize| {
            counters.probe(move |_| {
                if place == failing {
                    Poll::Ready(Err::<(), _>(place))
                } else {
                    Poll::Pending
                }
            })
        };
        let mut all = (0..*count).map(child).collect::<Vec<_>>().try_join();
        assert_eq!(expect_ready(&mut all), Err(failing));
        assert_eq!(counters.drops(), *count, "all are dropped by now");
    }
}

#[test]
fn join_of_nothing_is_ready_with_nothing() {
    let none: [std::future::Ready<u8>; 0] = [];
    assert_eq!(expect_ready(&mut join(none.clone())), []);
    assert_eq!(expect_ready(&mut join(none.to_vec())), []);
    let none: [std::future::Ready<Result<u8, ()>>; 0] = [];
    assert_eq!(expect_ready(&mut try_join(none.clone())), Ok([]));
    assert_eq!(expect_ready(&mut try_join(none.to_vec())), Ok(vec![]));
}

#[test]
#[allow(clippy::many_single_char_names)] // the twelfth of them is `l`
fn twelve_of_different_types_keep_their_places() {
    let all = join((
        ready(1_u8),
        ready("2"),
        ready('3'),
        ready(4.0_f32),
        ready(()),
        ready([6]),
        ready(Some(7)),
        ready((8, 8)),
        ready(9_i64),
        ready(String::from("10")),
        ready(vec![11]),
        ready(true),
    ));
    let (a, b, c, d, (), f, g, h, i, j, k, l) = block_on(all);
    assert_eq!((a, b, c, f, g), (1, "2", '3', [6], Some(7)));
    assert!((d - 4.0).abs() < f32::EPSILON);
    assert_eq!((h, i, j.as_str(), k, l), ((8, 8), 9, "10", vec![11], true));
}

#[test]
fn a_tuple_whose_outputs_are_tuples_is_not_flattened_further() {
    let (one,) = block_on(join((ready((1, (2,))),)));
    assert_eq!(one, (1, (2,)));
    let (a, b) = block_on((ready(1), ready((2, (3,)))).join());
    assert_eq!((a, b), (1, (2, (3,))));
}

#[test]
fn the_traits_do_not_hide_the_join_of_strings() {
    assert_eq!(["a", "b"].join("-"), "a-b");
    let strings: Vec<String> = vec!["a".into(), "b".into()];
    assert_eq!(strings.join("-"), "a-b");
}

#[test]
fn one_that_ends_is_dropped_at_once_and_its_output_waits() {
    let (futures, outputs) = (Counters::new(), Counters::new());
    let gate = Gate::new();
    let mut wait = gate.wait();
    let mut last = futures.probe(move |cx| Pin::new(&mut wait).poll(cx));
    let tokens = outputs.clone();
    let first = futures.probe(move |_| Poll::Ready(tokens.token()));
    let mut all = join((first, &mut last));
    expect_pending(&mut all);
    assert_eq!((futures.drops(), outputs.drops()), (1, 0));
    gate.open();
    let (token, ()) = expect_ready(&mut all);
    assert_eq!(outputs.drops(), 0);
    drop(token);
    drop(all);
    assert_eq!((futures.drops(), outputs.drops()), (1, 1));
}

#[test]
fn outputs_are_dropped_with_the_combinator() {
    let counters = Counters::new();
    let child = |place: usize| {
        let counters = counters.clone();
        poll_fn(move |_| match place {
            3 => Poll::Pending,
            _ => Poll::Ready(counters.token()),
        })
    };
    let mut all = join((0..9).map(child).collect::<Vec<_>>());
    expect_pending(&mut all);
    assert_eq!(counters.drops(), 0);
    drop(all);
    assert_eq!(counters.drops(), 8);
    let mut all = join([child(0), child(1), child(3)]);
    expect_pending(&mut all);
    drop(all);
    assert_eq!(counters.drops(), 10);
    let mut all = join((child(0), child(3)));
    expect_pending(&mut all);
    drop(all);
    assert_eq!(counters.drops(), 11);
}

#[test]
fn at_an_error_the_others_are_dropped_in_the_order_of_their_places() {
    fn fails(log: &Log) -> impl Future<Output = Result<(), u8>> + use<> {
        let mine = log.on_drop("c");
        let mut pending = true;
        poll_fn(move |cx| {
            let _ = &mine;
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut pending, false) {
                Poll::Pending
            } else {
                Poll::Ready(Err(3))
            }
        })
    }
    let log = Log::new();
    let waits = |name| {
        let mine = log.on_drop(name);
        poll_fn(move |_| {
            let _ = &mine;
            Poll::<Result<(), u8>>::Pending
        })
    };
    let value = Some(log.on_drop("b"));
    let mut value = Some(value);
    let ends = poll_fn(move |_| Poll::Ready(Ok(value.take())));
    let mut all = try_join((waits("a"), ends, fails(&log), waits("d")));
    expect_pending(&mut all);
    assert!(log.lines().is_empty());
    assert!(matches!(expect_ready(&mut all), Err(3)));
    assert_eq!(log.lines(), ["c", "a", "b", "d"]);
}

#[test]
fn a_finished_join_says_so_when_it_is_polled() {
    let mut all = join([ready(1)]);
    expect_ready(&mut all);
    let text = text_of(|| poll_once(&mut all));
    assert_eq!(text, "`join` polled after it was done");
    let mut all = try_join((ready(Err::<(), _>(1)), ready(Ok::<(), _>(()))));
    assert_eq!(expect_ready(&mut all), Err(1));
    let text = text_of(|| poll_once(&mut all));
    assert_eq!(text, "`try_join` polled after it was done");
}

#[test]
fn a_panic_in_a_poll_leaves_a_join_that_can_be_dropped() {
    let counters = Counters::new();
    let child = |place: usize| {
        counters.probe(move |_| match place {
            2 => panic!("place {place}"),
            _ => Poll::<()>::Pending,
        })
    };
    let mut all = join((0..5).map(child).collect::<Vec<_>>());
    assert_eq!(text_of(|| poll_once(&mut all)), "place 2");
    let text = text_of(|| poll_once(&mut all));
    assert_eq!(text, "`join` polled after one of its futures panicked");
    assert_eq!(counters.polls(), 3);
    drop(all);
    assert_eq!(counters.drops(), 5);
}

#[test]
fn a_panic_in_a_drop_leaves_a_join_that_can_be_dropped() {
    let counters = Counters::new();
    let child = |place: usize| {
        let bomb = (place == 1).then(|| PanicsOnDrop("bomb"));
        counters.probe(move |_| {
            let _ = &bomb;
            match place {
                1 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
    };
    let mut all = join([child(0), child(1), child(2)]);
    assert_eq!(text_of(|| poll_once(&mut all)), "bomb");
    drop(all);
    assert_eq!(counters.drops(), 3);
    let mut all = join((child(0), child(1), child(2)));
    assert_eq!(text_of(|| poll_once(&mut all)), "bomb");
    drop(all);
    assert_eq!(counters.drops(), 6);
}

#[test]
fn wakes_from_other_threads_arrive() {
    within(|| {
        let slots: Vec<_> = (0..100).map(|_| WakerSlot::new()).collect();
        let child = |(place, slot): (usize, &WakerSlot)| {
            let slot = slot.clone();
            let mut polled = false;
            poll_fn(move |cx| {
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(place);
                }
                slot.store(cx);
                Poll::Pending
            })
        };
        let futures: Vec<_> = slots.iter().enumerate().map(child).collect();
        let waking = thread::spawn(move || {
            for slot in slots.iter().rev() {
                slot.wait_for().wake();
            }
        });
        assert_eq!(block_on(join(futures)), (0..100).collect::<Vec<_>>());
        waking.join().unwrap();
    });
}

#[test]
fn a_child_may_wake_its_sibling_and_itself_in_its_poll() {
    let (first, log) = (WakerSlot::new(), Log::new());
    let (slot, told) = (first.clone(), log.clone());
    let mut polls = 0;
    let a = poll_fn(move |cx| {
        told.add("a");
        slot.store(cx);
        polls += 1;
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    });
    let told = log.clone();
    let mut turns = 0;
    let b = poll_fn(move |cx| {
        told.add("b");
        first.wake();
        cx.waker().wake_by_ref();
        turns += 1;
        if turns == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    block_on(join((a, b)));
    assert_eq!(log.lines(), ["a", "b", "a", "b", "a"]);
}

#[test]
fn a_spurious_poll_of_the_parent_polls_no_child() {
    let counters = Counters::new();
    let mut all = join((counters.probe(|_| Poll::<()>::Pending), ready(())));
    for _ in 0..5 {
        expect_pending(&mut all);
    }
    assert_eq!(counters.polls(), 1);
}

#[test]
fn a_join_over_always_ready_children_ends_and_lets_the_others_run() {
    within(|| {
        block_on(async {
            let others = Rc::new(Cell::new(0));
            let turns = others.clone();
            let other = spawn(async move {
                loop {
                    turns.set(turns.get() + 1);
                    yield_now().await;
                }
            });
            let tasks: Vec<_> = (0..1000).map(|n| spawn(ready(n))).collect();
            yield_now().await;
            let before = others.get();
            let counters = Counters::new();
            let probe = |mut task: JoinHandle<usize>| {
                counters.probe(move |cx| Pin::new(&mut task).poll(cx))
            };
            let probes: Vec<_> = tasks.into_iter().map(probe).collect();
            let outputs = join(probes).await;
            assert!(outputs.into_iter().map(Result::unwrap).eq(0..1000));
            assert!(others.get() >= before + 7, "1000 = 7 x 128 + 104");
            assert_eq!(counters.polls(), 1000, "polled without a budget");
            other.abort();
        });
    });
}

#[test]
fn a_thousand_that_become_ready_at_once_are_all_met_within_their_budget() {
    within(|| {
        block_on(async {
            let task = |n: usize| async move {
                yield_now().await;
                n
            };
            let tasks: Vec<_> = (0..1000).map(|n| spawn(task(n))).collect();
            let outputs = join(tasks).await;
            assert!(outputs.into_iter().map(Result::unwrap).eq(0..1000));
        });
    });
}

#[test]
fn a_join_over_a_child_that_always_wakes_itself_starves_nobody() {
    within(|| {
        let stop = Rc::new(Cell::new(false));
        let seen = stop.clone();
        let busy = poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            if seen.get() { Poll::Ready(()) } else { Poll::Pending }
        });
        block_on(async {
            let joined = spawn(join((busy, ready(()))));
            for _ in 0..10 {
                yield_now().await;
            }
            stop.set(true);
            joined.await.unwrap();
        });
    });
}

#[test]
fn a_join_may_be_dropped_by_what_its_child_drops() {
    let inner = Rc::new(Cell::new(None));
    let held = inner.clone();
    let other = OnDrop::new(move || drop(held.take()));
    let mut nested = Box::pin(join((pending::<()>(), pending::<()>())));
    expect_pending(&mut nested);
    inner.set(Some(nested));
    let mut other = Some(other);
    let mut all = join((poll_fn(move |_| {
        drop(other.take());
        Poll::Ready(())
    }),));
    assert_eq!(expect_ready(&mut all), ((),));
    assert!(inner.take().is_none());
}

#[test]
fn joins_nest() {
    let inner =
        |n: usize| join((0..n).map(|_| yield_now()).collect::<Vec<_>>());
    let outer = join((inner(3), join([inner(2), inner(40)]), inner(0)));
    let (a, [b, c], d) = block_on(outer);
    assert_eq!([a.len(), b.len(), c.len(), d.len()], [3, 2, 40, 0]);
}

#[test]
fn large_futures_join_too() {
    let large = |n: u8| async move {
        let many = [n; 4096];
        yield_now().await;
        many.iter().map(|it| usize::from(*it == n)).sum::<usize>()
    };
    let counts = block_on(join((0..20).map(large).collect::<Vec<_>>()));
    assert_eq!(counts, [4096; 20]);
}
