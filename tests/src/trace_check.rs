//! The checker of traces: what holds in every recording.
//!
//! A recording begins before its runtime is made and ends after it was
//! dropped, and there is one runtime in it: task numbers of two would mix.
//! What each rule says stands at [`Rule`].

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use onecook::TaskId;
use onecook::time::Instant;
use onecook::trace::{Event, ReactorEvent, Record};

/// What must hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    /// Steps are numbered without a gap, and time does not run back.
    StepsAreInOrder,
    /// One poll at a time, and what begins ends.
    PollsNeverOverlap,
    /// Who is polled was taken from the ready queue before.
    NoPollWithoutPop,
    /// Who is polled again was woken since its last poll began.
    NoPollWithoutWake,
    /// What is done is not polled any more, and ends once.
    NoPollAfterDone,
    /// First in, first out.
    QueueIsFifo,
    /// A task is in the ready queue at most once.
    QueuedAtMostOnce,
    /// The depth that is told is the depth.
    DepthIsConsistent,
    /// A task is spawned once, and dropped once.
    TasksDropOnce,
    /// At the end no task is left.
    NoTaskLeft,
    /// A socket is registered once, and deregistered once.
    SocketsDeregisterOnce,
    /// At the end no socket is left.
    NoSocketLeft,
    /// A timer that fires or is cancelled was set, and neither happened yet.
    TimersEndOnce,
    /// At the end no timer is left.
    NoTimerLeft,
    /// The timers of one turn fire by deadline, equal ones as they were set.
    TimersFireInOrder,
    /// Turns never overlap, and no turn is inside a poll.
    TurnsStandAlone,
    /// A turn tells as many events as there were.
    TurnCountsAreTrue,
    /// A turn that may sleep ends because something happened.
    NoEmptyBlockingTurn,
    /// A child of a scope is polled inside the poll of its parent, and its
    /// poll ends first.
    ChildrenArePolledInside,
    /// A child is spawned into an open scope once, ends once, is dropped once,
    /// and is not polled after that.
    ChildrenEndOnce,
    /// What was opened is closed, once, and nothing below is left then.
    ScopesClose,
    /// At the end no child is left.
    NoChildLeft,
}

/// A rule that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// At which step.
    pub step: u64,
    /// What was wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {:?}: {}", self.step, self.rule, self.what)
    }
}

/// Every violation in a recording of one runtime, from before its birth until
/// after its end.
#[must_use]
pub fn check(records: &[Record]) -> Vec<Violation> {
    let mut checker = Checker::default();
    for record in records {
        checker.look_at(record);
    }
    checker.end();
    checker.violations
}

/// Expects that every rule holds.
///
/// # Panics
///
/// If one does not; the text tells which, and the steps before.
#[track_caller]
pub fn expect_sound(records: &[Record]) {
    let violations = check(records);
    let Some(first) = violations.first() else { return };
    let all: Vec<_> = violations.iter().map(Violation::to_string).collect();
    let until = usize::try_from(first.step).unwrap_or(usize::MAX);
    let until = until.min(records.len());
    let before = &records[until.saturating_sub(12)..until];
    panic!("{}\nthe steps before the first: {before:#?}", all.join("\n"));
}

#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
    step: u64,
    nanos: u64,
    queue: VecDeque<TaskId>,
    tasks: HashMap<TaskId, Task>,
    polling: Option<TaskId>,
    sockets: HashSet<u64>,
    timers: HashMap<u64, Instant>,
    turn: Option<Turn>,
    scopes: HashSet<u64>,
    children: HashMap<u64, Child>,
    polling_children: Vec<u64>,
}

/// What was seen of a child of a scope.
struct Child {
    scope: u64,
    done: bool,
    dropped: bool,
}

/// What was seen of a task, or of a main future.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // five facts, and each is one
struct Task {
    is_main: bool,
    popped: bool,
    woken: bool,
    done: bool,
    dropped: bool,
}

#[derive(Default)]
struct Turn {
    may_sleep: bool,
    sockets: usize,
    timers: usize,
    last_fired: Option<(Instant, u64)>,
}

impl Checker {
    fn expect(&mut self, holds: bool, rule: Rule, what: impl Into<String>) {
        if !holds {
            let (step, what) = (self.step, what.into());
            self.violations.push(Violation { rule, step, what });
        }
    }

    fn look_at(&mut self, record: &Record) {
        let in_order =
            record.step == self.step + 1 && record.nanos >= self.nanos;
        (self.step, self.nanos) = (record.step, record.nanos);
        self.expect(in_order, Rule::StepsAreInOrder, "out of order");
        match &record.event {
            Event::RunEnd => self.run_end(),
            Event::Spawn { task, .. } => self.spawn(*task),
            Event::Push { task, depth } => self.push(*task, *depth),
            Event::Pop { task, depth } => self.pop(*task, *depth),
            Event::PollBegin { task } => self.poll_begin(*task),
            Event::PollEnd { task, .. } => self.poll_end(*task),
            Event::Wake { task, .. } => self.task(*task).woken = true,
            Event::Done { task, .. } => self.done(*task),
            Event::Dropped { task } => self.dropped(*task),
            Event::Reactor(event) => self.look_at_reactor(event),
            event => self.look_at_scope(event),
        }
    }

    fn task(&mut self, id: TaskId) -> &mut Task {
        self.tasks.entry(id).or_insert_with(|| Task {
            // A main future is not spawned: it is there, and wants a poll.
            is_main: id.number() == 0,
            woken: id.number() == 0,
            ..Task::default()
        })
    }

    /// The main future may have panicked in the middle of its poll.
    fn run_end(&mut self) {
        if self.polling.is_some_and(|id| id.number() == 0) {
            self.polling = None;
        }
        let left = self.polling;
        let what = format!("the run ended while {left:?} was polled");
        self.expect(left.is_none(), Rule::PollsNeverOverlap, what);
    }
}

/// The queue.
impl Checker {
    fn push(&mut self, id: TaskId, depth: usize) {
        self.task(id);
        let twice = self.queue.contains(&id);
        let what = format!("{id:?} is in the queue already");
        self.expect(!twice, Rule::QueuedAtMostOnce, what);
        self.queue.push_back(id);
        self.expect_depth(depth);
    }

    fn pop(&mut self, id: TaskId, depth: usize) {
        let first = self.queue.front() == Some(&id);
        let what = format!("{id:?} was not the first of {:?}", self.queue);
        self.expect(first, Rule::QueueIsFifo, what);
        self.queue.retain(|other| *other != id);
        self.expect_depth(depth);
        self.task(id).popped = true;
    }

    fn expect_depth(&mut self, told: usize) {
        let depth = self.queue.len();
        let what = format!("{told} in the queue were told, there are {depth}");
        self.expect(told == depth, Rule::DepthIsConsistent, what);
    }
}

/// Tasks and polls.
impl Checker {
    fn spawn(&mut self, id: TaskId) {
        let new = !self.tasks.contains_key(&id);
        let what = format!("{id:?} is spawned a second time");
        self.expect(new, Rule::TasksDropOnce, what);
        self.task(id).woken = true; // a spawn asks for the first poll
    }

    fn poll_begin(&mut self, id: TaskId) {
        let around = self.polling.replace(id);
        let what = format!("{id:?} is polled inside the poll of {around:?}");
        self.expect(around.is_none(), Rule::PollsNeverOverlap, what);
        let task = self.task(id);
        let popped = std::mem::take(&mut task.popped);
        let woken = std::mem::take(&mut task.woken);
        let over = task.done || task.dropped;
        let who = format!("{id:?}");
        self.expect(popped, Rule::NoPollWithoutPop, who.clone());
        self.expect(woken, Rule::NoPollWithoutWake, who.clone());
        self.expect(!over, Rule::NoPollAfterDone, who);
    }

    fn poll_end(&mut self, id: TaskId) {
        let left = std::mem::take(&mut self.polling_children);
        let what = format!("the polls of {left:?} end after their parent's");
        self.expect(left.is_empty(), Rule::ChildrenArePolledInside, what);
        let polled = self.polling.take();
        let what = format!("{id:?} ends a poll, {polled:?} began one");
        self.expect(polled == Some(id), Rule::PollsNeverOverlap, what);
    }

    fn done(&mut self, id: TaskId) {
        let task = self.task(id);
        let twice = std::mem::replace(&mut task.done, true);
        let over = twice || task.dropped;
        let what = format!("{id:?} is done after it was over");
        self.expect(!over, Rule::NoPollAfterDone, what);
    }

    fn dropped(&mut self, id: TaskId) {
        let known = self.tasks.contains_key(&id);
        let twice = std::mem::replace(&mut self.task(id).dropped, true);
        let what = format!("{id:?} is dropped without or after its life");
        self.expect(known && !twice, Rule::TasksDropOnce, what);
    }
}

/// Scopes and their children.
impl Checker {
    fn look_at_scope(&mut self, event: &Event) {
        match event {
            Event::ScopeOpen { scope, .. } => {
                let new = self.scopes.insert(*scope);
                let what = format!("scope {scope} is opened twice");
                self.expect(new, Rule::ScopesClose, what);
            }
            Event::ScopeClose { scope } => self.scope_close(*scope),
            Event::ChildSpawn { child, scope, .. } => {
                self.child_spawn(child.0, *scope);
            }
            Event::ChildPollBegin { child, parent } => {
                self.child_poll_begin(child.0, parent.0);
            }
            Event::ChildPollEnd { child, .. } => {
                let polled = self.polling_children.pop();
                let what = format!("{child:?} ends a poll, not {polled:?}");
                let holds = polled == Some(child.0);
                self.expect(holds, Rule::ChildrenArePolledInside, what);
            }
            Event::ChildDone { child, .. } => {
                self.child_ends(child.0, |child| &mut child.done);
            }
            Event::ChildDropped { child } => {
                self.child_ends(child.0, |child| &mut child.dropped);
            }
            _ => {}
        }
    }

    fn scope_close(&mut self, scope: u64) {
        let known = self.scopes.remove(&scope);
        let mut children = self.children.values();
        let left = children.any(|it| it.scope == scope && !it.dropped);
        let what = format!("scope {scope} is closed over its children");
        self.expect(known && !left, Rule::ScopesClose, what);
    }

    fn child_spawn(&mut self, child: u64, scope: u64) {
        let open = self.scopes.contains(&scope);
        let known = Child { scope, done: false, dropped: false };
        let new = self.children.insert(child, known).is_none();
        let what = format!("child {child} is spawned twice, or into nowhere");
        self.expect(open && new, Rule::ChildrenEndOnce, what);
    }

    fn child_poll_begin(&mut self, child: u64, parent: u64) {
        let innermost = self.polling_children.last().copied();
        let task = self.polling.map(TaskId::number);
        let inside = innermost.or(task) == Some(parent);
        let what = format!("child {child} is not polled inside {parent}");
        self.expect(inside, Rule::ChildrenArePolledInside, what);
        self.polling_children.push(child);
        let seen = self.children.get(&child);
        let alive = seen.is_some_and(|it| !it.done && !it.dropped);
        let what = format!("child {child} is polled without its life");
        self.expect(alive, Rule::ChildrenEndOnce, what);
    }

    fn child_ends(&mut self, child: u64, end: fn(&mut Child) -> &mut bool) {
        let seen = self.children.get_mut(&child);
        let first = seen.is_some_and(|it| !std::mem::replace(end(it), true));
        let what = format!("child {child} ends twice, or never began");
        self.expect(first, Rule::ChildrenEndOnce, what);
    }
}

/// The ground floor.
impl Checker {
    fn look_at_reactor(&mut self, event: &ReactorEvent) {
        match *event {
            ReactorEvent::Register { source, .. } => {
                let new = self.sockets.insert(source);
                self.expect_socket(new, source);
            }
            ReactorEvent::Deregister { source } => {
                let known = self.sockets.remove(&source);
                self.expect_socket(known, source);
            }
            ReactorEvent::Ready { source, .. } => {
                let known = self.sockets.contains(&source);
                self.expect_socket(known, source);
                if let Some(turn) = &mut self.turn {
                    turn.sockets += 1;
                }
            }
            ReactorEvent::TimerAdd { timer, deadline, .. } => {
                let new = self.timers.insert(timer, deadline).is_none();
                self.expect_timer(new, timer);
            }
            ReactorEvent::TimerFire { timer } => self.timer_fire(timer),
            ReactorEvent::TimerCancel { timer } => {
                let known = self.timers.remove(&timer).is_some();
                self.expect_timer(known, timer);
            }
            ReactorEvent::TurnBegin { timeout } => self.turn_begin(timeout),
            ReactorEvent::TurnEnd {
                sockets,
                timers,
                doorbell,
                interrupted,
                retries,
            } => {
                let otherwise = doorbell || interrupted || retries > 0;
                self.turn_end(sockets, timers, otherwise);
            }
        }
    }

    fn expect_socket(&mut self, holds: bool, source: u64) {
        let what = format!("socket {source}");
        self.expect(holds, Rule::SocketsDeregisterOnce, what);
    }

    fn expect_timer(&mut self, holds: bool, timer: u64) {
        let what = format!("timer {timer}");
        self.expect(holds, Rule::TimersEndOnce, what);
    }

    fn timer_fire(&mut self, timer: u64) {
        let deadline = self.timers.remove(&timer);
        self.expect_timer(deadline.is_some(), timer);
        let Some(turn) = &mut self.turn else {
            let what = format!("timer {timer} fired outside a turn");
            return self.expect(false, Rule::TurnCountsAreTrue, what);
        };
        turn.timers += 1;
        let fired = deadline.map(|deadline| (deadline, timer));
        let before = std::mem::replace(&mut turn.last_fired, fired);
        let what = format!("timer {timer} fired too late");
        self.expect(before <= fired, Rule::TimersFireInOrder, what);
    }

    fn turn_begin(&mut self, timeout: Option<Duration>) {
        let may_sleep = timeout != Some(Duration::ZERO);
        let turn = Turn { may_sleep, ..Turn::default() };
        let alone = self.turn.replace(turn).is_none();
        let what = "a turn begins inside another, or inside a poll";
        let alone = alone && self.polling.is_none();
        self.expect(alone, Rule::TurnsStandAlone, what);
    }

    fn turn_end(&mut self, sockets: usize, timers: usize, other: bool) {
        let Some(turn) = self.turn.take() else {
            let what = "a turn ends that did not begin";
            return self.expect(false, Rule::TurnsStandAlone, what);
        };
        let told = (sockets, timers);
        let seen = (turn.sockets, turn.timers);
        let what =
            format!("(sockets, timers): {told:?} were told, {seen:?} seen");
        self.expect(told == seen, Rule::TurnCountsAreTrue, what);
        let something = sockets > 0 || timers > 0 || other;
        let what = "it could have slept on";
        let holds = something || !turn.may_sleep;
        self.expect(holds, Rule::NoEmptyBlockingTurn, what);
    }
}

/// The end.
impl Checker {
    fn end(&mut self) {
        let polling = self.polling;
        let what = format!("the poll of {polling:?} does not end");
        self.expect(polling.is_none(), Rule::PollsNeverOverlap, what);
        let mut left: Vec<_> = self.tasks.iter().collect();
        left.retain(|(_, task)| !task.is_main && !task.dropped);
        let left: Vec<_> = left.iter().map(|(id, _)| **id).collect();
        let what = format!("{left:?} are left");
        self.expect(left.is_empty(), Rule::NoTaskLeft, what);
        let what = format!("sockets {:?} are left", self.sockets);
        self.expect(self.sockets.is_empty(), Rule::NoSocketLeft, what);
        let what = format!("timers {:?} are left", self.timers.keys());
        self.expect(self.timers.is_empty(), Rule::NoTimerLeft, what);
        let what = format!("scopes {:?} are open", self.scopes);
        self.expect(self.scopes.is_empty(), Rule::ScopesClose, what);
        let mut left: Vec<_> = self.children.iter().collect();
        left.retain(|(_, child)| !child.dropped);
        let left: Vec<_> = left.iter().map(|(number, _)| **number).collect();
        let what = format!("children {left:?} are left");
        self.expect(left.is_empty(), Rule::NoChildLeft, what);
    }
}
