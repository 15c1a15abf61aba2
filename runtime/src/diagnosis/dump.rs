//! The dump: everybody in a tree, and what each waits for.
//!
//! Tasks stand below the tasks that spawned them, children of a scope below
//! the task, or the child, that awaits the scope. The children of a `join` and
//! the like share one line.
//!
//! Back to `lib.rs` for the map.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::task::Waker;

use onecook_reactor::context::Tag;

use super::kin::{Kin, Owner, known_holders};
use crate::children::{Census, Person};
use crate::executor::{Executor, id_of};
use crate::task::{Task, TaskId, TaskState};

impl Executor {
    /// The task tree in words.
    pub(crate) fn dump(&self) -> String {
        let tree = Tree::of(self);
        let mut text = String::new();
        tree.write(&mut text);
        text
    }
}

/// Whom a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Nobody,
    /// A task's slot.
    Task(u32),
    /// A child of a scope: its family's number, and its place.
    Child(usize, usize),
    /// All children of a combinator.
    Family(usize),
}

/// One line of the dump.
struct Line {
    key: Key,
    parent: Key,
    number: u64,
    text: String,
}

/// Who was spawned by whom.
struct Tree {
    lines: Vec<Line>,
}

impl Tree {
    fn of(executor: &Executor) -> Tree {
        let kin = Kin::of(executor);
        let waits = Waits::of(executor, &kin);
        let mut lines = Vec::new();
        if let Some(main) = &*executor.main.borrow() {
            let (state, data) = (main.state(), main.node.data());
            let outside = main.node.wakers_outside();
            let waits = waits.describe(Tag(0), state, outside, data);
            let text = format!("the main future: {state}{waits}");
            let (key, parent) = (Key::Task(TaskId::MAIN.index), Key::Nobody);
            lines.push(Line { key, parent, number: 0, text });
        }
        for (index, task) in &*executor.tasks.borrow() {
            lines.push(Line::of(id_of((index, task)), task, &waits));
        }
        for number in 0..kin.families.len() {
            add_family(&mut lines, &kin, number, &waits);
        }
        lines.sort_by_key(|line| line.number);
        Tree { lines }
    }

    fn write(&self, text: &mut String) {
        if self.lines.is_empty() {
            text.push_str("no tasks\n");
        }
        let numbers: HashMap<Key, u64> =
            self.lines.iter().map(|line| (line.key, line.number)).collect();
        let mut children: HashMap<Key, Vec<&Line>> = HashMap::new();
        for line in &self.lines {
            let parent = living_parent(line, &numbers);
            children.entry(parent).or_default().push(line);
        }
        write_trees(text, &children);
    }
}

/// The lines of one family: one for each child of a scope, one for all the
/// children of a combinator.
fn add_family(lines: &mut Vec<Line>, kin: &Kin, number: usize, waits: &Waits) {
    let family = &kin.families[number];
    let Some(parent) = kin.parent(number).map(|it| key(kin, it)) else {
        return;
    };
    if family.kind != "scope" {
        let (key, text) = (Key::Family(family.family), in_short(family));
        lines.push(Line { key, parent, number: 0, text });
        return;
    }
    for person in &family.people {
        if let Some(line) = Line::of_child(family, person, parent, waits) {
            lines.push(line);
        }
    }
}

/// Below whose line stands what that one awaits. The body of a scope and a
/// child of a combinator have none of their own.
fn key(kin: &Kin, mut owner: Owner) -> Key {
    for _ in 0..=kin.families.len() {
        let (family, place) = match owner {
            Owner::Task(id) => return Key::Task(id.index),
            Owner::Child(family, place) => (family, place),
        };
        let census = &kin.families[family];
        let person = kin.person(family, place);
        if census.kind != "scope" {
            return Key::Family(census.family);
        }
        if person.who.is_some() {
            return Key::Child(census.family, person.place);
        }
        let Some(parent) = kin.parent(family) else { break };
        owner = parent;
    }
    Key::Nobody
}

/// `join` of 3: 1 done, 2 waiting.
fn in_short(family: &Census) -> String {
    let alive = family.people.len();
    let total = if family.is_growing { alive } else { family.taken };
    let count = |is: fn(&Person) -> bool| {
        family.people.iter().filter(|person| is(person)).count()
    };
    let counts = [
        (total - alive, "done"),
        (count(|it| it.state == TaskState::Running), "running"),
        (count(|it| it.state == TaskState::Scheduled), "woken"),
        (count(|it| it.state == TaskState::Idle && !it.is_lost), "waiting"),
        (count(|it| it.is_lost), "STUCK (nobody holds its waker)"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> =
        counts.map(|(n, what)| format!("{n} {what}")).collect();
    format!("`{}` of {total}: {}", family.kind, counts.join(", "))
}

/// The line above; nobody's if that one is gone.
///
/// A task's slot may be another's by now. But whoever was alive when the task
/// was spawned has a smaller number, and then the slot was its parent's;
/// whoever came into the slot later has a greater one.
fn living_parent(line: &Line, numbers: &HashMap<Key, u64>) -> Key {
    let is_task = matches!(line.key, Key::Task(_));
    match numbers.get(&line.parent) {
        Some(number) if !is_task || *number < line.number => line.parent,
        _ => Key::Nobody,
    }
}

/// How deep the drawing goes; what is deeper stands below one another.
const DEEPEST: usize = 24;

/// Writes each tree, a line per task, parents before children. Not by
/// recursion: a chain of tasks may be longer than the stack is deep.
fn write_trees(text: &mut String, children: &HashMap<Key, Vec<&Line>>) {
    let below = |key: Key| children.get(&key).map_or(&[][..], Vec::as_slice);
    let mut levels = vec![below(Key::Nobody).iter()];
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
        levels.push(below(line.key).iter());
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
        let data = task.node.as_ref().map(crate::waker::Node::data);
        let data = data.unwrap_or(std::ptr::null());
        let waits = waits.describe(id.tag(), state, outside, data);
        let name = task.name.as_ref().map(|name| format!(" '{name}'"));
        let polls = if task.polls == 1 { "poll" } else { "polls" };
        let text = format!(
            "{id}{}: {state}, {} {polls}, spawned at {}{waits}",
            name.unwrap_or_default(),
            task.polls,
            task.site,
        );
        let key = Key::Task(id.index);
        let parent = match task.parent {
            TaskId::NOBODY => Key::Nobody,
            slot => Key::Task(slot),
        };
        Line { key, parent, number: id.number(), text }
    }

    fn of_child(
        family: &Census,
        person: &Person,
        parent: Key,
        waits: &Waits,
    ) -> Option<Line> {
        let (number, name, site) = person.who.as_ref()?;
        let state = person.state;
        let (outside, data) = (person.wakers_outside, person.address);
        let waits = waits.describe(Tag(*number), state, outside, data);
        let name = name.as_ref().map(|name| format!(" '{name}'"));
        let name = name.unwrap_or_default();
        let text =
            format!("child {number}{name}: {state}, spawned at {site}{waits}");
        let key = Key::Child(family.family, person.place);
        Some(Line { key, parent, number: *number, text })
    }
}

/// Who waits for what.
struct Waits {
    outside: HashMap<Tag, Vec<String>>,
    /// How many of one's wakers are held by those that it polls, or waits for.
    known: HashMap<*const (), usize>,
}

impl Waits {
    fn of(executor: &Executor, kin: &Kin) -> Waits {
        let known = known_holders(executor, kin);
        let mut waits = Waits { outside: HashMap::new(), known };
        for waiting in executor.reactor.waiters() {
            waits.add(waiting.tag, waiting.what);
        }
        for (index, task) in &*executor.tasks.borrow() {
            let joiner = task.joiner.as_ref().map(Waker::data);
            let what = || format!("{} to end", id_of((index, task)));
            waits.add_joiner(kin, joiner, what);
        }
        for set in &*executor.task_sets.borrow() {
            let Some(set) = set.upgrade() else { continue };
            let left = set.living();
            let what = || format!("one of {left} tasks of a `TaskSet` to end");
            waits.add_joiner(kin, set.waits(), what);
        }
        for person in kin.families.iter().flat_map(|it| &it.people) {
            let number = person.who.as_ref().map_or(0, |who| who.0);
            let what = || format!("child {number} to end");
            waits.add_joiner(kin, person.joiner, what);
        }
        waits
    }

    fn add(&mut self, tag: Tag, what: String) {
        self.outside.entry(tag).or_default().push(what);
    }

    fn add_joiner(
        &mut self,
        kin: &Kin,
        joiner: Option<*const ()>,
        what: impl FnOnce() -> String,
    ) {
        if let Some(owner) = joiner.and_then(|it| kin.owner(it)) {
            self.add(kin.tag(owner), what());
        }
    }

    fn describe(
        &self,
        tag: Tag,
        state: TaskState,
        wakers: usize,
        data: *const (),
    ) -> String {
        if state != TaskState::Idle {
            return String::new();
        }
        let known = self.known.get(&data).copied().unwrap_or(0);
        match self.outside.get(&tag) {
            Some(what) => format!(", waits for {}", what.join(" and ")),
            None if wakers == 0 => ", STUCK: nobody holds its waker".to_owned(),
            None if wakers == known => ", waits for its children".to_owned(),
            None => ", waits for whoever holds its waker (a channel, a lock, \
                     another thread)"
                .to_owned(),
        }
    }
}
