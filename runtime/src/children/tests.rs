//! The promises that every combinator stands on.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread;

use super::{Children, any_is_lost, census};
use crate::task::TaskState;

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counting() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (count.clone(), Waker::from(count))
}

/// One poll of the parent: everybody's turn, and their wakers.
fn poll(children: &Children, parent: &Waker) -> Vec<(usize, Waker)> {
    let cx = Context::from_waker(parent);
    children.begin_poll(&cx);
    let mut polled = Vec::new();
    while let Some(turn) = children.next_turn(&cx) {
        polled.push((turn.place(), turn.context().waker().clone()));
    }
    polled
}

fn places(polled: &[(usize, Waker)]) -> Vec<usize> {
    polled.iter().map(|(place, _)| *place).collect()
}

fn started(count: usize, first: usize) -> Children {
    let mut children = Children::new("test");
    children.start(count, first);
    children
}

/// Children that come and go: the place of one that is over is another's.
fn growing(count: usize) -> Children {
    let children = Children::new("test");
    for _ in 0..count {
        children.add();
    }
    children
}

#[test]
fn everybody_is_polled_at_first_in_a_circle_from_the_chosen_one() {
    let children = started(5, 3);
    let polled = poll(&children, Waker::noop());
    assert_eq!(places(&polled), [3, 4, 0, 1, 2]);
    assert!(poll(&children, Waker::noop()).is_empty());
}

#[test]
fn whoever_was_woken_is_polled_once_in_the_order_of_the_wakes() {
    let (count, parent) = counting();
    let children = started(4, 0);
    let polled = poll(&children, &parent);
    for place in [2, 0, 2, 2, 0] {
        polled[place].1.wake_by_ref();
    }
    assert_eq!(count.get(), 1, "the parent is woken once");
    assert_eq!(places(&poll(&children, &parent)), [2, 0]);
}

#[test]
fn a_wake_during_the_own_turn_asks_for_the_next_poll_not_for_this_one() {
    let (count, parent) = counting();
    let children = started(2, 0);
    let cx = Context::from_waker(&parent);
    children.begin_poll(&cx);
    let mut turns = 0;
    while let Some(turn) = children.next_turn(&cx) {
        turn.context().waker().wake_by_ref();
        turns += 1;
    }
    assert_eq!((turns, count.get()), (2, 1));
    assert_eq!(places(&poll(&children, &parent)), [0, 1]);
}

#[test]
fn a_parent_that_had_its_answer_is_not_woken_before_it_asks_again() {
    let (count, parent) = counting();
    let children = growing(2);
    let polled = poll(&children, &parent);
    polled[0].1.wake_by_ref();
    assert_eq!(count.get(), 1);
    let cx = Context::from_waker(&parent);
    children.begin_poll(&cx);
    let turn = children.next_turn(&cx).unwrap();
    assert_eq!(turn.place(), 0);
    drop(turn); // ready: the parent returns here
    polled[1].1.wake_by_ref();
    let newcomer = children.add();
    children.wake_parent();
    assert_eq!(count.get(), 1);
    assert_eq!(places(&poll(&children, &parent)), [1, newcomer]);
    polled[0].1.wake_by_ref();
    assert_eq!(count.get(), 2, "and now it waits again");
}

#[test]
fn another_turn_is_asked_for_without_a_wake_and_comes_last() {
    let (count, parent) = counting();
    let children = started(3, 0);
    let cx = Context::from_waker(&parent);
    children.begin_poll(&cx);
    let first = children.next_turn(&cx).unwrap();
    let place = first.place();
    drop(first);
    children.again(place);
    children.again(place);
    assert_eq!(count.get(), 0);
    assert_eq!(places(&poll(&children, &parent)), [1, 2, 0]);
}

#[test]
fn wakes_from_other_threads_arrive_each_once() {
    let (count, parent) = counting();
    let children = started(64, 0);
    let polled = poll(&children, &parent);
    thread::scope(|scope| {
        for (_, waker) in &polled {
            scope.spawn(|| [(); 3].map(|()| waker.wake_by_ref()));
        }
    });
    assert_eq!(count.get(), 1, "the parent is woken once");
    let mut woken = places(&poll(&children, &parent));
    woken.sort_unstable();
    assert_eq!(woken, (0..64).collect::<Vec<_>>());
    polled[7].1.wake_by_ref();
    assert_eq!(count.get(), 2, "and by the next one again");
    thread::scope(|scope| scope.spawn(|| polled[9].1.wake_by_ref()).join())
        .unwrap();
    assert_eq!(places(&poll(&children, &parent)), [7, 9]);
}

fn wake_elsewhere(waker: &Waker) {
    thread::scope(|scope| scope.spawn(|| waker.wake_by_ref()).join()).unwrap();
}

#[test]
fn a_letter_that_comes_in_the_first_poll_is_read_before_the_parent_waits() {
    let (count, parent) = counting();
    let children = started(2, 0);
    let cx = Context::from_waker(&parent);
    children.begin_poll(&cx);
    while let Some(turn) = children.next_turn(&cx) {
        wake_elsewhere(turn.context().waker());
    }
    assert_eq!(count.get(), 1);
    assert_eq!(places(&poll(&children, &parent)), [0, 1]);
}

#[test]
fn a_parent_that_goes_on_with_a_turn_it_kept_reads_its_letters_too() {
    let (count, parent) = counting();
    let children = started(2, 0);
    let polled = poll(&children, &parent);
    wake_elsewhere(&polled[1].1);
    assert_eq!(count.get(), 1);
    children.rest(&Context::from_waker(&parent));
    assert_eq!(count.get(), 2, "it does not wait with a letter unread");
    assert_eq!(places(&poll(&children, &parent)), [1]);
}

#[test]
fn a_stale_waker_wakes_neither_the_newcomer_in_the_place_nor_the_parent() {
    let (count, parent) = counting();
    let children = growing(1);
    let stale = poll(&children, &parent).remove(0).1;
    children.remove(0);
    assert_eq!(children.add(), 0);
    assert_eq!(places(&poll(&children, &parent)), [0]);
    let before = count.get();
    stale.wake_by_ref();
    let stale_too = stale.clone();
    thread::spawn(move || stale_too.wake()).join().unwrap();
    assert!(poll(&children, &parent).is_empty());
    assert_eq!(count.get(), before);
}

#[test]
fn a_waker_of_a_child_that_is_over_wakes_nobody() {
    for children in [started(2, 0), growing(2)] {
        let (count, parent) = counting();
        let cx = Context::from_waker(&parent);
        children.begin_poll(&cx);
        let over = children.next_turn(&cx).unwrap();
        let stale = over.context().waker().clone();
        children.end_last(&over);
        drop(over);
        assert_eq!(children.next_turn(&cx).map(|it| it.place()), Some(1));
        assert!(children.next_turn(&cx).is_none());
        stale.wake_by_ref();
        wake_elsewhere(&stale);
        assert_eq!(count.get(), 0);
        assert!(poll(&children, &parent).is_empty());
    }
}

#[test]
fn who_had_no_turn_yet_comes_before_those_who_were_woken() {
    let children = started(4, 2);
    let cx = Context::from_waker(Waker::noop());
    for place in [2, 3] {
        children.begin_poll(&cx);
        let turn = children.next_turn(&cx).unwrap();
        turn.context().waker().wake_by_ref();
        assert_eq!(turn.place(), place);
    }
    assert_eq!(places(&poll(&children, Waker::noop())), [0, 1, 2, 3]);
}

#[test]
fn who_had_no_turn_yet_is_scheduled_and_not_lost() {
    let children = started(3, 1);
    let cx = Context::from_waker(Waker::noop());
    children.begin_poll(&cx);
    let turn = children.next_turn(&cx).unwrap();
    let people = census().remove(0).people;
    let states: Vec<_> = people.iter().map(|it| it.state).collect();
    let (new, running) = (TaskState::Scheduled, TaskState::Running);
    assert_eq!(states, [new, running, new]);
    let kept = turn.context().waker().clone();
    drop(turn);
    assert!(!any_is_lost());
    drop(kept);
    assert!(any_is_lost(), "but now child 1 is");
}

#[test]
fn a_stale_waker_does_not_reach_the_next_family_of_the_same_nodes() {
    let (count, parent) = counting();
    let stale = poll(&started(1, 0), &parent).remove(0).1;
    let next = started(1, 0);
    poll(&next, &parent);
    stale.wake();
    assert!(poll(&next, &parent).is_empty());
    assert_eq!(count.get(), 0);
}

#[test]
fn nor_if_another_child_ended_while_it_was_woken() {
    let (count, parent) = counting();
    let cx = Context::from_waker(&parent);
    let children = started(2, 0);
    children.begin_poll(&cx);
    let over = children.next_turn(&cx).unwrap();
    over.context().waker().wake_by_ref();
    children.end_last(&over);
    drop(over);
    let stale = children.next_turn(&cx).unwrap().context().waker().clone();
    assert!(poll(&children, &parent).is_empty());
    drop(children);
    let next = started(2, 0);
    poll(&next, &parent);
    stale.wake();
    assert!(poll(&next, &parent).is_empty());
    assert_eq!(count.get(), 0);
}

#[test]
fn a_child_that_ended_while_woken_gives_its_place_back_once() {
    let children = growing(2);
    let polled = poll(&children, Waker::noop());
    polled[0].1.wake_by_ref();
    children.remove(0);
    assert_eq!(children.add(), 2, "0 still stands among the woken");
    assert_eq!(places(&poll(&children, Waker::noop())), [2]);
    assert_eq!(children.add(), 0);
    assert_eq!(places(&poll(&children, Waker::noop())), [0]);
}

#[test]
fn the_newest_waker_of_the_parent_counts() {
    let ((old, old_waker), (new, new_waker)) = (counting(), counting());
    let children = started(2, 0);
    let polled = poll(&children, &old_waker);
    poll(&children, &new_waker);
    polled[0].1.wake_by_ref();
    thread::scope(|scope| scope.spawn(|| polled[1].1.wake_by_ref()).join())
        .unwrap();
    assert_eq!(old.get(), 0);
    assert!(new.get() >= 1);
}

#[test]
fn the_parents_waker_is_let_go_with_the_children() {
    let (count, parent) = counting();
    let children = started(2, 0);
    poll(&children, &parent);
    drop(children);
    drop(parent);
    assert_eq!(Arc::strong_count(&count), 1);
}

/// A parent's waker that, woken, does what it is told.
struct Acts(fn());

thread_local! {
    static SHARED: RefCell<Option<Rc<Children>>> = const { RefCell::new(None) };
}

impl Wake for Acts {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

#[test]
fn a_parents_waker_may_poll_and_drop_the_children_inside_its_wake() {
    for act in [
        || {
            let children = SHARED.with_borrow(Clone::clone).unwrap();
            assert_eq!(poll(&children, Waker::noop()).len(), 1);
        },
        || drop(SHARED.take()),
    ] {
        let parent = Waker::from(Arc::new(Acts(act)));
        let children = Rc::new(started(1, 0));
        let polled = poll(&children, &parent);
        SHARED.set(Some(children));
        polled[0].1.wake_by_ref();
        SHARED.take();
    }
}

/// A parent's waker that panics the first time.
#[derive(Default)]
struct PanicsOnce(AtomicUsize);

impl Wake for PanicsOnce {
    fn wake(self: Arc<Self>) {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        assert!(before > 0, "the first wake");
    }
}

#[test]
fn a_parent_whose_waker_panics_is_woken_by_the_next_child() {
    let wakes = Arc::new(PanicsOnce::default());
    let parent = Waker::from(wakes.clone());
    let children = started(3, 0);
    let polled = poll(&children, &parent);
    let wake = |place: usize| polled[place].1.wake_by_ref();
    catch_unwind(AssertUnwindSafe(|| wake(2))).unwrap_err();
    wake(1);
    wake(0);
    assert_eq!(wakes.0.load(Ordering::SeqCst), 2, "the third is told by then");
    assert_eq!(places(&poll(&children, &parent)), [2, 1, 0]);
}

#[test]
fn a_parent_whose_waker_panics_on_another_thread_is_woken_by_the_next_letter() {
    let wakes = Arc::new(PanicsOnce::default());
    let parent = Waker::from(wakes.clone());
    let children = started(3, 0);
    let polled = poll(&children, &parent);
    for (place, ok) in [(2, false), (1, true), (0, true)] {
        let waker = &polled[place].1;
        let wake =
            || thread::scope(|it| it.spawn(|| waker.wake_by_ref()).join());
        assert_eq!(wake().is_ok(), ok);
    }
    assert_eq!(wakes.0.load(Ordering::SeqCst), 2);
    assert_eq!(places(&poll(&children, &parent)), [2, 1, 0]);
}
