//! What is wrong, in words: lost wakers, deadlocks, slow polls, the dump.
//!
//! A program that hangs says nothing. The runtime knows who waits for what, so
//! it can tell. The checks are paid for by polls: the tasks are looked through
//! before the runtime sleeps, but only after as many polls as there are tasks,
//! so that a poll costs a constant.
//!
//! Back to `lib.rs` for the map.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

use onecook_reactor::context::Tag;

pub use onecook_reactor::report::{Report, ReportKind, set_hook, take_hook};

use crate::builder::Settings;
use crate::executor::{Executor, id_of};
use crate::handle::Door;
use crate::join_error::{JoinError, Who};
use crate::metrics::TaskTimes;
use crate::stopwatch::Stopwatch;
use crate::task::{Task, TaskId, TaskState};
use crate::waker::Node;
use crate::watchdog::Watchdog;

/// So many tasks are looked through for each poll since the last time. With
/// so few tasks or fewer, the checks are made before every sleep.
const TASKS_PER_POLL: u64 = 16;

/// What one executor knows about its own health.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    polls_at_check: Cell<u64>,
    deadlock_delay: Option<Duration>,
    deadlock: Cell<Suspicion>,
    /// Whether there is a stopwatch or a watchdog: what every poll asks.
    is_watching: bool,
    stopwatch: Option<Stopwatch>,
    watchdog: Option<Watchdog>,
    door: RefCell<Option<Arc<Door>>>,
}

/// How far a suspicion of deadlock has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Suspicion {
    /// None yet.
    None,
    /// This sleep is limited, to have another look.
    Timed,
    /// It was reported, once is enough.
    Reported,
}

impl Diagnosis {
    pub(crate) fn new(settings: &Settings) -> Diagnosis {
        Diagnosis {
            polls_at_check: Cell::new(0),
            deadlock_delay: settings.deadlock_delay,
            deadlock: Cell::new(Suspicion::None),
            is_watching: settings.task_times
                || settings.slow_poll_limit.is_some(),
            stopwatch: settings.task_times.then(Stopwatch::default),
            watchdog: settings.slow_poll_limit.map(Watchdog::start),
            door: RefCell::default(),
        }
    }

    /// A task was put into the ready queue.
    #[inline]
    pub(crate) fn scheduled(&self, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.scheduled(id);
        }
    }

    /// A poll begins.
    #[inline]
    pub(crate) fn poll_begins(&self, executor: &Executor, id: TaskId) {
        if self.is_watching {
            self.watch_poll(executor, id);
        }
    }

    #[cold]
    fn watch_poll(&self, executor: &Executor, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.poll_begins(id);
        }
        if let Some(watchdog) = &self.watchdog {
            watchdog.poll_begins(executor.who(id));
        }
    }

    /// A poll ended.
    #[inline]
    pub(crate) fn poll_ends(&self, executor: &Executor, id: TaskId) {
        if self.is_watching {
            self.watch_poll_end(executor, id);
        }
    }

    #[cold]
    fn watch_poll_end(&self, executor: &Executor, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            let again = executor.with_node(id, Node::is_scheduled);
            stopwatch.poll_ends(id, again == Some(true));
        }
        if let Some(watchdog) = &self.watchdog {
            watchdog.poll_ends();
        }
    }

    /// `block_on` ended, perhaps by a panic in the middle of a poll.
    pub(crate) fn run_ends(&self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.rest();
        }
    }

    /// A task is over.
    pub(crate) fn done(&self, id: TaskId) {
        if let Some(stopwatch) = &self.stopwatch {
            stopwatch.done(id);
        }
    }
}

/// Runs user code on behalf of a task that nobody awaits: a panic in it is
/// reported, and goes no further.
pub(crate) fn contain(who: Option<Who>, run: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(run)) else { return };
    if let Some(who) = who {
        report_panic(JoinError::panic(who, payload));
    }
}

/// Reports a panic that nobody else will see.
pub(crate) fn report_panic(error: JoinError) {
    let text = format!(
        "{error}. Nobody awaits its `JoinHandle`, so this is the only notice. \
         Keep the handle and await it to handle the panic."
    );
    Report::new(ReportKind::Panic, text).send();
    // What the task panicked with may panic in its `Drop`, and so on; then it
    // is better leaked.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(error)));
    if let Err(payload) = dropped {
        mem::forget(payload);
    }
}

/// What other threads hold.
impl Executor {
    pub(crate) fn door(&self) -> Arc<Door> {
        let mut door = self.diagnosis.door.borrow_mut();
        let inbox = || Arc::new(Door::new(self.inbox.clone()));
        door.get_or_insert_with(inbox).clone()
    }

    fn nobody_outside_has_a_door(&self) -> bool {
        let door = self.diagnosis.door.borrow();
        let nobody = door.as_ref().is_none_or(|it| Arc::strong_count(it) == 1);
        // Whoever let go of the last one may have sent something before: the
        // fence makes it visible to the look at the inbox that follows.
        fence(Ordering::Acquire);
        nobody
    }

    pub(crate) fn take_task_times(&self) -> Vec<TaskTimes> {
        let stopwatch = self.diagnosis.stopwatch.as_ref();
        stopwatch.map(Stopwatch::take).unwrap_or_default()
    }
}

/// Before the runtime sleeps.
impl Executor {
    /// Looks for tasks that nothing will ever wake.
    pub(crate) fn check_before_park(&self) {
        let polls = self.counters.polls.get();
        let since = polls - self.diagnosis.polls_at_check.get();
        let tasks = self.tasks.borrow().len() as u64;
        if since == 0 || since * TASKS_PER_POLL < tasks {
            return;
        }
        self.diagnosis.polls_at_check.set(polls);
        self.panic_if_deadlock_is_certain();
        self.report_lost_wakers();
    }

    /// How long to sleep: for ever, or until a suspicion is due.
    pub(crate) fn park_timeout(&self) -> Option<Duration> {
        let diagnosis = &self.diagnosis;
        let delay = diagnosis.deadlock_delay?;
        if diagnosis.deadlock.get() == Suspicion::Reported
            || !(self.reactor.idle_state().is_silent()
                || self.reactor.time_is_held_by_sockets())
        {
            return None;
        }
        diagnosis.deadlock.set(Suspicion::Timed);
        Some(delay)
    }

    /// A turn ended though nothing had happened: the suspicion is due.
    pub(crate) fn note_empty_turn(&self) {
        if self.diagnosis.deadlock.get() != Suspicion::Timed {
            self.counters.empty_turns.add(1);
            return;
        }
        self.panic_if_deadlock_is_certain();
        self.report_lost_wakers();
        self.diagnosis.deadlock.set(Suspicion::Reported);
        Report::new(ReportKind::Deadlock, self.suspected_text()).send();
    }

    /// Something happened: no suspicion.
    pub(crate) fn note_progress(&self) {
        let deadlock = &self.diagnosis.deadlock;
        if deadlock.get() == Suspicion::Timed {
            deadlock.set(Suspicion::None);
        }
    }

    fn suspected_text(&self) -> String {
        if self.reactor.time_is_held_by_sockets() {
            return self.held_time_text();
        }
        format!(
            "everything has been idle for {:?}: no task is ready, and no \
             timer, socket or blocking call is waited for. If another thread \
             is to wake one of these tasks, all is well; if not, this is a \
             deadlock. (`Builder::deadlock_delay` sets the delay, or turns \
             this report off.)\n{}",
            self.diagnosis.deadlock_delay.unwrap_or_default(),
            self.dump()
        )
    }

    fn held_time_text(&self) -> String {
        format!(
            "virtual time stands still: everything has been idle for {:?}, \
             timers are set, but a socket is waited for, and sockets live by \
             real time. Use `io::duplex` instead, or let time move on with \
             `Builder::sockets_hold_time(false)`.\n{}",
            self.diagnosis.deadlock_delay.unwrap_or_default(),
            self.dump()
        )
    }

    fn panic_if_deadlock_is_certain(&self) {
        assert!(
            !self.deadlock_is_certain(),
            "deadlock: no task is ready, nothing outside is waited for, and \
             nobody is left to wake any of these:\n{}",
            self.dump()
        );
    }

    /// Nothing outside can wake anybody, and every waker is our own or waits
    /// for another task's end.
    fn deadlock_is_certain(&self) -> bool {
        self.reactor.idle_state().is_silent()
            && self.nobody_outside_has_a_door()
            && self.inbox.is_empty()
            && self.every_waker_is_ours()
    }

    fn every_waker_is_ours(&self) -> bool {
        let main = self.main.borrow();
        let tasks = self.tasks.borrow();
        let mut waiting_for_a_task: HashMap<*const (), usize> = HashMap::new();
        for (_, task) in &*tasks {
            if let Some(joiner) = &task.joiner {
                *waiting_for_a_task.entry(joiner.data()).or_default() += 1;
            }
        }
        let nodes = tasks.iter().filter_map(|(_, task)| task.node.as_ref());
        let main = main.iter().map(|main| &main.node);
        main.chain(nodes).all(|node| {
            let ours = waiting_for_a_task.get(&node.data());
            node.wakers_outside() == ours.copied().unwrap_or(0)
                && !node.is_notified()
        })
    }

    fn report_lost_wakers(&self) {
        let main = self.main_is_lost().then(|| TaskId::MAIN.to_string());
        let tasks = self.lost().into_iter().filter_map(|id| self.who(id));
        for who in main.into_iter().chain(tasks.map(|who| who.to_string())) {
            let text = format!(
                "{who} is pending, but nobody holds its waker, so it will \
                 never run again. A future that returns `Pending` must keep \
                 `cx.waker().clone()` with whoever is to wake it. (To wait \
                 for ever on purpose, use `onecook::future::pending`.)"
            );
            Report::new(ReportKind::LostWaker, text).send();
        }
    }

    fn main_is_lost(&self) -> bool {
        let mut main = self.main.borrow_mut();
        main.as_mut().is_some_and(|main| {
            let lost = main.state() == TaskState::Idle
                && main.node.wakers_outside() == 0
                && !main.node.is_notified();
            lost && !mem::replace(&mut main.reported, true)
        })
    }

    /// Tasks that are pending while nobody holds their waker; each is told
    /// once.
    fn lost(&self) -> Vec<TaskId> {
        let mut tasks = self.tasks.borrow_mut();
        let lost = tasks.iter_mut().filter_map(|(index, task)| {
            let first = is_lost(task) && !task.flags.reported;
            task.flags.reported |= first;
            first.then(|| id_of((index, task)))
        });
        lost.collect()
    }
}

fn is_lost(task: &Task) -> bool {
    task.state() == TaskState::Idle
        && task.wakers_outside() == 0
        && !task.node.as_ref().is_some_and(Node::is_notified)
}

/// The dump.
impl Executor {
    /// The task tree in words.
    pub(crate) fn dump(&self) -> String {
        let tree = Tree::of(self);
        let mut text = String::new();
        tree.write(&mut text);
        text
    }
}

/// One line of the dump.
struct Line {
    id: TaskId,
    parent: u32,
    text: String,
}

/// Who was spawned by whom.
struct Tree {
    lines: Vec<Line>,
}

impl Tree {
    fn of(executor: &Executor) -> Tree {
        let waits = Waits::of(executor);
        let mut lines = Vec::new();
        if let Some(main) = &*executor.main.borrow() {
            let outside = main.node.wakers_outside();
            let state = main.state();
            let waits = waits.describe(TaskId::MAIN.tag(), state, outside);
            let text = format!("the main future: {state}{waits}");
            let (id, parent) = (TaskId::MAIN, TaskId::NOBODY);
            lines.push(Line { id, parent, text });
        }
        for (index, task) in &*executor.tasks.borrow() {
            lines.push(Line::of(id_of((index, task)), task, &waits));
        }
        lines.sort_by_key(|line| line.id.number());
        Tree { lines }
    }

    fn write(&self, text: &mut String) {
        if self.lines.is_empty() {
            text.push_str("no tasks\n");
        }
        let slots: HashMap<u32, TaskId> =
            self.lines.iter().map(|line| (line.id.index, line.id)).collect();
        let mut children: HashMap<u32, Vec<&Line>> = HashMap::new();
        for line in &self.lines {
            let parent = living_parent(line, &slots);
            children.entry(parent).or_default().push(line);
        }
        write_trees(text, &children);
    }
}

/// The slot of a task's parent; nobody's if the parent is gone.
///
/// The slot may be another's by now. But whoever was alive when the task was
/// spawned has a smaller number, and then the slot was its parent's; whoever
/// came into the slot later has a greater one.
fn living_parent(line: &Line, slots: &HashMap<u32, TaskId>) -> u32 {
    match slots.get(&line.parent) {
        Some(id) if id.number() < line.id.number() => line.parent,
        _ => TaskId::NOBODY,
    }
}

/// How deep the drawing goes; what is deeper stands below one another.
const DEEPEST: usize = 24;

/// Writes each tree, a line per task, parents before children. Not by
/// recursion: a chain of tasks may be longer than the stack is deep.
fn write_trees(text: &mut String, children: &HashMap<u32, Vec<&Line>>) {
    let below = |slot: u32| children.get(&slot).map_or(&[][..], Vec::as_slice);
    let mut levels = vec![below(TaskId::NOBODY).iter()];
    let mut margin = String::new();
    while let Some(level) = levels.last_mut() {
        let Some(line) = level.next() else {
            levels.pop();
            cut_margin(&mut margin, levels.len());
            continue;
        };
        let is_last = level.len() == 0;
        let depth = levels.len() - 1;
        let branch = match depth {
            0 => "",
            _ if is_last => "└─ ",
            _ => "├─ ",
        };
        let _ = writeln!(text, "{margin}{branch}{}", line.text);
        if (1..DEEPEST).contains(&depth) {
            margin.push_str(if is_last { "   " } else { "│  " });
        }
        levels.push(below(line.id.index).iter());
    }
}

/// The margin of a level: three columns for each of the levels between it and
/// the roots.
fn cut_margin(margin: &mut String, levels: usize) {
    let columns = 3 * levels.saturating_sub(2).min(DEEPEST - 1);
    if let Some((end, _)) = margin.char_indices().nth(columns) {
        margin.truncate(end);
    }
}

impl Line {
    fn of(id: TaskId, task: &Task, waits: &Waits) -> Line {
        let state = task.state();
        let outside = task.wakers_outside();
        let waits = waits.describe(id.tag(), state, outside);
        let name = task.name.as_ref().map(|name| format!(" '{name}'"));
        let polls = if task.polls == 1 { "poll" } else { "polls" };
        let text = format!(
            "{id}{}: {state}, {} {polls}, spawned at {}{waits}",
            name.unwrap_or_default(),
            task.polls,
            task.site,
        );
        Line { id, parent: task.parent, text }
    }
}

/// Who waits for what.
struct Waits {
    outside: HashMap<Tag, Vec<String>>,
}

impl Waits {
    fn of(executor: &Executor) -> Waits {
        let mut outside: HashMap<Tag, Vec<String>> = HashMap::new();
        for waiting in executor.reactor.waiters() {
            outside.entry(waiting.tag).or_default().push(waiting.what);
        }
        let main = executor.main.borrow();
        let tasks = executor.tasks.borrow();
        let nodes = tasks.iter().filter_map(|(_, task)| task.node.as_ref());
        let nodes = main.iter().map(|main| &main.node).chain(nodes);
        let owners: HashMap<_, _> =
            nodes.map(|node| (node.data(), node.id())).collect();
        for (index, task) in &*tasks {
            let joiner = task.joiner.as_ref().map(std::task::Waker::data);
            if let Some(owner) = joiner.and_then(|it| owners.get(&it)) {
                let what = format!("{} to end", id_of((index, task)));
                outside.entry(owner.tag()).or_default().push(what);
            }
        }
        Waits { outside }
    }

    fn describe(&self, tag: Tag, state: TaskState, wakers: usize) -> String {
        if state != TaskState::Idle {
            return String::new();
        }
        match self.outside.get(&tag) {
            Some(what) => format!(", waits for {}", what.join(" and ")),
            None if wakers == 0 => ", STUCK: nobody holds its waker".to_owned(),
            None => ", waits for whoever holds its waker (a channel, a lock, \
                     another thread)"
                .to_owned(),
        }
    }
}
