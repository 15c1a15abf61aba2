//! Who decides: for each poll of a leaf whether it has to wait, and what it
//! then gives.
//!
//! The script of this thread is installed with [`begin`] and taken with
//! [`end`]. In between, leaves ask it, and what happens is written down. A leaf
//! that has to wait is registered; [`go_on`] chooses among those, and wakes.
//! A leaf may be woken for nothing: then it waits once more. What else may
//! happen in the world, at the other end of a channel for one, is said with
//! [`later`].
//!
//! Next: `event.rs`, what happens.

mod choices;
mod event;
mod frees;
mod leaves;
mod server;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::task::Waker;

pub use choices::Choices;
pub use event::{Answer, By, Event, Leaf, Operation, Value};
pub use frees::Watched;
pub(crate) use leaves::*;
use server::Connection;

/// What may happen in a run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// A leaf has to wait up to so many times.
    pub pendings: usize,
    /// Requests go out, and replies arrive, in up to so many pieces.
    pub pieces: usize,
    /// So many things may go wrong in one run.
    pub faults: usize,
    /// Whether the root may be dropped unfinished.
    pub cancels: bool,
    /// What the server says to who asks for this path.
    pub menu: fn(&str) -> String,
}

impl Setting {
    /// Each leaf waits up to twice, pieces come two at a time, one thing may
    /// go wrong, and the root may be dropped.
    pub const ALL: Setting = Setting {
        pendings: 2,
        pieces: 2,
        faults: 1,
        cancels: true,
        menu: |path| path.to_owned(),
    };
}

/// How long the text of the first connection is. Each has a length of its own,
/// odd, so that nothing else is as long. A reply fits into its first buffer.
const TEXT: usize = 201;

/// How long the first request is, for the same reason.
const REQUEST: usize = 331;

/// What a reply is read into, at first.
const BUFFER: usize = 512;

/// How long the request of the order called `name` must be, so that one sees
/// when it is dropped.
#[must_use]
pub fn request_length(name: char) -> usize {
    REQUEST + 2 * name as usize
}

/// How long the text that comes over the connection of that number is.
#[must_use]
pub fn text_length(connection: usize) -> usize {
    TEXT + 2 * connection
}

struct Script {
    setting: Setting,
    choices: Choices,
    faults: usize,
    root: Waker,
    connections: Vec<Connection>,
    sleeps: usize,
    /// How many leaves there are that were not dropped.
    alive: usize,
    under_way: Vec<UnderWay>,
    watched: Vec<(usize, Value)>,
    later: VecDeque<(&'static str, Act)>,
    events: Vec<Event>,
}

/// Something that a leaf was asked to do, and has not done yet.
struct UnderWay {
    leaf: Leaf,
    operation: Operation,
    /// It has to wait so many times more.
    pendings: usize,
    waker: Option<Waker>,
}

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Asks the script of this thread, if there is one that is not asked already.
fn with<T>(ask: impl FnOnce(&mut Script) -> T) -> Option<T> {
    SCRIPT.with(|script| script.try_borrow_mut().ok()?.as_mut().map(ask))
}

#[track_caller]
fn ask<T>(ask: impl FnOnce(&mut Script) -> T) -> T {
    with(ask).expect("a script, wherever a leaf is used")
}

/// From now on, leaves on this thread follow this script.
pub fn begin(setting: Setting, choices: Choices) {
    let script = Script {
        setting,
        choices,
        faults: setting.faults,
        root: Waker::noop().clone(),
        connections: Vec::new(),
        sleeps: 0,
        alive: 0,
        under_way: Vec::new(),
        watched: vec![(BUFFER, Value::Buffer)],
        later: VecDeque::new(),
        events: Vec::new(),
    };
    let before = SCRIPT.replace(Some(script));
    assert!(before.is_none(), "one script at a time");
    WATCHING.set(true);
}

/// Takes the script: what happened, and which choices were made.
#[must_use]
pub fn end() -> (Vec<Event>, Choices) {
    let rest = ask(|script| mem::take(&mut script.later));
    drop(rest); // what is dropped with it is still written down
    WATCHING.set(false);
    let script = SCRIPT.take().expect("a script that was begun");
    let mut events = script.events;
    let waiting = script.under_way.iter().filter(|it| it.waker.is_some());
    events.push(Event::Left(script.alive, waiting.count()));
    (events, script.choices)
}

/// The root is polled with this waker now.
pub fn polls_with(root: Waker) {
    let before = ask(|script| mem::replace(&mut script.root, root));
    drop(before);
}

/// Writes something down, if there is a script.
pub fn note(event: Event) {
    with(|script| script.events.push(event));
}

/// Watches the memory of this size: who gives it back drops `value`.
pub fn watch(size: usize, value: Value) {
    ask(|script| script.watched.push((size, value)));
}

/// Chooses between `count` ways to go on.
#[must_use]
pub fn choose(count: usize) -> usize {
    ask(|script| script.choices.choose(count))
}

/// Whether the root is to be dropped now.
#[must_use]
pub fn cancels() -> bool {
    ask(|script| script.setting.cancels && script.choices.seldom())
}

/// `act` is what happens next in the world: some time, when everything waits.
pub fn later(what: &'static str, act: impl FnOnce() + 'static) {
    ask(|script| script.later.push_back((what, Box::new(act))));
}

/// Wakes one of those who wait, or lets something happen in the world; false
/// if there is neither.
#[must_use]
pub fn go_on() -> bool {
    match ask(Script::next) {
        Some(Next::Wake(waker)) => waker.wake(),
        Some(Next::Act(act)) => act(),
        None => return false,
    }
    true
}

/// Something that happens in the world.
type Act = Box<dyn FnOnce()>;

/// How it goes on, when everything waits.
enum Next {
    Wake(Waker),
    Act(Act),
}

/// The allocator says that memory of this size was given back.
fn freed(size: usize) {
    if size < TEXT / 2 || !WATCHING.try_with(Cell::get).unwrap_or_default() {
        return;
    }
    let _ = with(|script| {
        let value = script.watched.iter().find(|it| it.0 == size);
        script.events.extend(value.map(|it| Event::Freed(it.1)));
    });
}

impl Script {
    fn next(&mut self) -> Option<Next> {
        let waiting: Vec<usize> = (0..self.under_way.len())
            .filter(|&at| self.under_way[at].waker.is_some())
            .collect();
        let chosen = match waiting.len() + usize::from(!self.later.is_empty()) {
            0 => return None,
            1 => 0,
            count => self.choices.choose(count),
        };
        let Some(&at) = waiting.get(chosen) else {
            let (what, act) = self.later.pop_front()?;
            self.events.push(Event::Happened(what));
            return Some(Next::Act(act));
        };
        let it = &mut self.under_way[at];
        it.pendings -= 1;
        self.events.push(Event::Woken(it.leaf, it.operation));
        it.waker.take().map(Next::Wake)
    }

    /// Whether something goes wrong here: in so many ways it may.
    fn fails(&mut self, ways: usize) -> Option<usize> {
        if self.faults == 0 || !self.choices.seldom() {
            return None;
        }
        self.faults -= 1;
        Some(if ways > 1 { self.choices.choose(ways) } else { 0 })
    }

    /// Whether `operation` has to wait. If so, `waker` is kept; what is
    /// returned is to be dropped when the script is not borrowed.
    fn waits(
        &mut self,
        leaf: Leaf,
        operation: Operation,
        waker: &Waker,
    ) -> (bool, Option<Waker>) {
        let same = |it: &UnderWay| it.leaf == leaf && it.operation == operation;
        let at = self.under_way.iter().position(same).unwrap_or_else(|| {
            let pendings = self.choices.choose(self.setting.pendings + 1);
            let waker = None;
            let new = UnderWay { leaf, operation, pendings, waker };
            self.under_way.push(new);
            self.under_way.len() - 1
        });
        if self.under_way[at].pendings > 0 {
            let old = self.under_way[at].waker.replace(waker.clone());
            return (true, old);
        }
        (false, self.under_way.remove(at).waker)
    }

    fn by(&self, waker: &Waker) -> By {
        if waker.will_wake(&self.root) { By::Root } else { By::Other }
    }

    fn forget(&mut self, which: impl Fn(&UnderWay) -> bool) -> Vec<UnderWay> {
        let (gone, left) =
            mem::take(&mut self.under_way).into_iter().partition(which);
        self.under_way = left;
        gone
    }
}
