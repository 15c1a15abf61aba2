//! The checker of traces goes red for each rule: recordings with one fault.
//!
//! design section 6

use std::collections::HashSet;
use std::time::Duration;

use onecook::net::TcpListener;
use onecook::time::sleep;
use onecook::trace::{Event, ReactorEvent, Record, Recorder};
use onecook::{TaskId, block_on, spawn, yield_now};
use onecook_tests::trace_check::{Rule, check};

/// A sound recording with everything in it.
fn sound() -> Vec<Record> {
    let recorder = Recorder::start();
    block_on(async {
        let tasks: Vec<_> = (0..3)
            .map(|pause| {
                spawn(async move {
                    yield_now().await;
                    sleep(Duration::from_millis(1 + pause)).await;
                })
            })
            .collect();
        let nap = onecook::scope(async |s| drop(s.spawn(yield_now())));
        nap.await.unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        drop(TcpListener::bind_to(address).unwrap());
        for task in tasks {
            task.await.unwrap();
        }
    });
    recorder.finish()
}

fn renumber(records: &mut [Record]) {
    for (record, step) in records.iter_mut().zip(1..) {
        record.step = step;
    }
}

/// Checks a recording after `change`; the rules that did not hold.
fn rules(change: impl FnOnce(&mut Vec<Record>)) -> HashSet<Rule> {
    let mut records = sound();
    assert_eq!(check(&records), [], "the recording is sound before");
    change(&mut records);
    renumber(&mut records);
    check(&records).into_iter().map(|it| it.rule).collect()
}

#[track_caller]
fn expect_red(rule: Rule, change: impl FnOnce(&mut Vec<Record>)) {
    let red = rules(change);
    assert!(red.contains(&rule), "{rule:?} is not among {red:?}");
}

#[track_caller]
fn find(records: &[Record], is: impl Fn(&Event) -> bool) -> usize {
    let found = records.iter().position(|record| is(&record.event));
    found.expect("the recording has one")
}

fn find_reactor(
    records: &[Record],
    is: impl Fn(&ReactorEvent) -> bool,
) -> usize {
    find(records, |it| matches!(it, Event::Reactor(it) if is(it)))
}

/// A task of the recording, no main future.
fn some_task(records: &[Record]) -> TaskId {
    let spawned = records.iter().find_map(|record| match record.event {
        Event::Spawn { task, .. } => Some(task),
        _ => None,
    });
    spawned.expect("the recording has a task")
}

fn is_poll_of(event: &Event, task: TaskId) -> bool {
    *event == Event::PollBegin { task }
}

#[test]
fn a_gap_in_the_steps_is_red() {
    let mut records = sound();
    records.remove(5);
    let red: Vec<_> = check(&records).iter().map(|it| it.rule).collect();
    assert!(red.contains(&Rule::StepsAreInOrder));
}

#[test]
fn time_that_runs_back_is_red() {
    expect_red(Rule::StepsAreInOrder, |records| {
        let last = records.len() - 1;
        records[0].nanos = records[last].nanos + 1;
    });
}

#[test]
fn a_poll_inside_a_poll_is_red() {
    expect_red(Rule::PollsNeverOverlap, |records| {
        let task = some_task(records);
        let begin = find(records, |it| is_poll_of(it, task));
        let main = find(records, |it| matches!(it, Event::PollEnd { .. }));
        let poll = records.remove(begin);
        records.insert(main, poll);
    });
}

#[test]
fn a_poll_that_does_not_end_is_red() {
    expect_red(Rule::PollsNeverOverlap, |records| {
        let task = some_task(records);
        let end = find(
            records,
            |it| matches!(it, Event::PollEnd { task: it, .. } if *it == task),
        );
        records.remove(end);
    });
}

#[test]
fn a_poll_without_a_pop_is_red() {
    expect_red(Rule::NoPollWithoutPop, |records| {
        let task = some_task(records);
        let pop = find(
            records,
            |it| matches!(it, Event::Pop { task: it, .. } if *it == task),
        );
        records.remove(pop);
    });
}

#[test]
fn a_second_poll_without_a_wake_is_red() {
    expect_red(Rule::NoPollWithoutWake, |records| {
        let task = some_task(records);
        records.retain(|it| {
            !matches!(it.event, Event::Wake { task: it, .. } if it == task)
        });
    });
}

#[test]
fn a_poll_after_the_end_is_red() {
    expect_red(Rule::NoPollAfterDone, |records| {
        let task = some_task(records);
        let done = find(
            records,
            |it| matches!(it, Event::Done { task: it, .. } if *it == task),
        );
        let done = records.remove(done);
        let spawned = find(
            records,
            |it| matches!(it, Event::Spawn { task: it, .. } if *it == task),
        );
        records.insert(spawned + 1, done);
    });
}

#[test]
fn a_second_end_is_red() {
    expect_red(Rule::NoPollAfterDone, |records| {
        let done = find(records, |it| matches!(it, Event::Done { .. }));
        let again = records[done].clone();
        records.insert(done, again);
    });
}

#[test]
fn a_task_that_jumps_the_queue_is_red() {
    expect_red(Rule::QueueIsFifo, |records| {
        // Two spawns in a row push two tasks; swap the tasks of the pushes.
        let pushes: Vec<_> = (0..records.len())
            .filter(|at| {
                matches!(records[*at].event,
                    Event::Push { task, .. } if task.number() > 0)
            })
            .take(2)
            .collect();
        let [first, second] = pushes[..] else { panic!("two pushes") };
        let (a, b) =
            (records[first].event.clone(), records[second].event.clone());
        let (Event::Push { task: a, .. }, Event::Push { task: b, .. }) = (a, b)
        else {
            unreachable!()
        };
        for (at, is) in [(first, b), (second, a)] {
            if let Event::Push { task, .. } = &mut records[at].event {
                *task = is;
            }
        }
    });
}

#[test]
fn a_task_that_is_queued_twice_is_red() {
    expect_red(Rule::QueuedAtMostOnce, |records| {
        let push = find(records, |it| matches!(it, Event::Push { .. }));
        let again = records[push].clone();
        records.insert(push, again);
    });
}

#[test]
fn a_wrong_depth_is_red() {
    expect_red(Rule::DepthIsConsistent, |records| {
        let pop = find(records, |it| matches!(it, Event::Pop { .. }));
        if let Event::Pop { depth, .. } = &mut records[pop].event {
            *depth += 1;
        }
    });
}

#[test]
fn a_task_that_is_dropped_twice_is_red() {
    expect_red(Rule::TasksDropOnce, |records| {
        let dropped = find(records, |it| matches!(it, Event::Dropped { .. }));
        let again = records[dropped].clone();
        records.push(again);
    });
}

#[test]
fn a_task_that_is_left_is_red() {
    expect_red(Rule::NoTaskLeft, |records| {
        records.retain(|it| !matches!(it.event, Event::Dropped { .. }));
    });
}

#[test]
fn a_socket_that_is_deregistered_twice_is_red() {
    expect_red(Rule::SocketsDeregisterOnce, |records| {
        let gone = find_reactor(records, |it| {
            matches!(it, ReactorEvent::Deregister { .. })
        });
        let again = records[gone].clone();
        records.insert(gone, again);
    });
}

#[test]
fn a_socket_that_is_left_is_red() {
    expect_red(Rule::NoSocketLeft, |records| {
        let gone = find_reactor(records, |it| {
            matches!(it, ReactorEvent::Deregister { .. })
        });
        records.remove(gone);
    });
}

fn first_fire(records: &[Record]) -> usize {
    find_reactor(records, |it| matches!(it, ReactorEvent::TimerFire { .. }))
}

#[test]
fn a_timer_that_fires_twice_is_red() {
    expect_red(Rule::TimersEndOnce, |records| {
        let fire = first_fire(records);
        let again = records[fire].clone();
        records.insert(fire, again);
    });
}

#[test]
fn a_timer_that_is_left_is_red() {
    expect_red(Rule::NoTimerLeft, |records| {
        let fire = first_fire(records);
        records.remove(fire);
    });
}

#[test]
fn a_turn_that_tells_too_many_timers_is_red() {
    expect_red(Rule::TurnCountsAreTrue, |records| {
        let fire = first_fire(records);
        records.remove(fire);
    });
}

#[test]
fn timers_that_fire_in_the_wrong_order_are_red() {
    expect_red(Rule::TimersFireInOrder, |records| {
        // All fire in one turn, the latest first.
        let is_fire = |it: &Record| {
            matches!(it.event, Event::Reactor(ReactorEvent::TimerFire { .. }))
        };
        let first = first_fire(records);
        let mut fires: Vec<_> =
            records.iter().filter(|it| is_fire(it)).cloned().collect();
        fires.reverse();
        records.retain(|it| !is_fire(it));
        // All were set before the first turn that sleeps.
        records.splice(first..first, fires);
    });
}

#[test]
fn a_turn_inside_a_poll_is_red() {
    expect_red(Rule::TurnsStandAlone, |records| {
        let begin = find_reactor(records, |it| {
            matches!(it, ReactorEvent::TurnBegin { .. })
        });
        let turn = records.remove(begin);
        let end = find(records, |it| matches!(it, Event::PollEnd { .. }));
        records.insert(end, turn);
    });
}

#[test]
fn a_turn_that_slept_for_nothing_is_red() {
    expect_red(Rule::NoEmptyBlockingTurn, |records| {
        for record in records {
            if let Event::Reactor(ReactorEvent::TurnEnd {
                sockets,
                timers,
                doorbell,
                ..
            }) = &mut record.event
            {
                (*sockets, *timers, *doorbell) = (0, 0, false);
            }
        }
    });
}

#[test]
fn a_child_polled_outside_its_parents_poll_is_red() {
    expect_red(Rule::ChildrenArePolledInside, |records| {
        let is = |it: &Event| matches!(it, Event::ChildPollBegin { .. });
        let begin = find(records, is);
        let is = |it: &Event| matches!(it, Event::PollEnd { .. });
        let end = begin + find(&records[begin..], is);
        records.swap(begin, end);
    });
}

#[test]
fn a_childs_poll_that_does_not_end_is_red() {
    expect_red(Rule::ChildrenArePolledInside, |records| {
        let is = |it: &Event| matches!(it, Event::ChildPollEnd { .. });
        records.remove(find(records, is));
    });
}

#[test]
fn a_child_that_ends_twice_is_red() {
    expect_red(Rule::ChildrenEndOnce, |records| {
        let is = |it: &Event| matches!(it, Event::ChildDropped { .. });
        let dropped = find(records, is);
        records.insert(dropped, records[dropped].clone());
    });
}

#[test]
fn a_child_that_is_left_is_red() {
    expect_red(Rule::NoChildLeft, |records| {
        let is = |it: &Event| matches!(it, Event::ChildDropped { .. });
        records.remove(find(records, is));
    });
}

#[test]
fn a_scope_that_is_closed_over_its_children_is_red() {
    expect_red(Rule::ScopesClose, |records| {
        let is = |it: &Event| matches!(it, Event::ChildDropped { .. });
        let dropped = find(records, is);
        let is = |it: &Event| matches!(it, Event::ScopeClose { .. });
        let close = find(records, is);
        records.swap(dropped, close);
    });
}

#[test]
fn a_scope_that_is_left_open_is_red() {
    expect_red(Rule::ScopesClose, |records| {
        let is = |it: &Event| matches!(it, Event::ScopeClose { .. });
        records.remove(find(records, is));
    });
}

#[test]
fn a_violation_says_what_and_where() {
    let mut records = sound();
    let dropped = find(&records, |it| matches!(it, Event::Dropped { .. }));
    let mut again = records[dropped].clone();
    again.nanos = u64::MAX;
    records.push(again);
    renumber(&mut records);
    let violations = check(&records);
    let [only] = &violations[..] else { panic!("{violations:?}") };
    let text = only.to_string();
    let step = records.len();
    assert!(text.starts_with(&format!("step {step}: TasksDropOnce: ")));
    assert!(text.contains("is dropped without or after its life"), "{text}");
}
