//! The thread that reads the process's input, and those who ask it for lines.
//!
//! ```text
//!   Place::poll_line ── asker ──▶ askers ─┐
//!         ▲                               ▼
//!         └──── take ◀── line ◀── read_line (the thread)
//! ```
//!
//! The thread reads when there is an asker and no line waits to be taken. What
//! it has read stays in `line` until somebody takes it, so it is not lost when
//! the asker has gone. Every asker is woken for a line: one that nobody polls
//! any more must not keep it from the others. Who comes too late asks again.
//!
//! Next: `diagnosis.rs`, what is wrong, in words.

use std::io::{self, BufRead, ErrorKind};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use onecook_reactor::blocking::OutsideCall;
use onecook_reactor::{budget, context};
use parking_lot::{Condvar, Mutex};

type Line = io::Result<Option<String>>;

static INPUT: Input =
    Input { state: Mutex::new(State::new()), asked: Condvar::new() };

/// The input of this process.
struct Input {
    // Under the mutex.
    state: Mutex<State>,
    /// There is an asker, and room for a line.
    asked: Condvar,
}

struct State {
    askers: Vec<Asker>,
    /// Read, and not taken yet.
    line: Option<Line>,
    last_key: u64,
    has_thread: bool,
}

/// Somebody who waits for a line.
struct Asker {
    key: u64,
    waker: Waker,
    outside: Option<OutsideCall>,
}

impl State {
    const fn new() -> State {
        State { askers: Vec::new(), line: None, last_key: 0, has_thread: false }
    }

    fn position(&self, key: u64) -> Option<usize> {
        self.askers.iter().position(|asker| asker.key == key)
    }

    fn wants_a_line(&self) -> bool {
        !self.askers.is_empty() && self.line.is_none()
    }
}

/// What those who ask do.
impl Input {
    fn new_key(&self) -> u64 {
        let mut state = self.state.lock();
        state.last_key += 1;
        state.last_key
    }

    fn take_line(&self) -> Option<Line> {
        let mut state = self.state.lock();
        let line = state.line.take();
        if state.wants_a_line() {
            self.asked.notify_one();
        }
        line
    }

    fn is_asked_by(&self, key: u64, newest: &Waker) -> bool {
        let state = self.state.lock();
        let position = state.position(key);
        position.is_some_and(|it| state.askers[it].waker.will_wake(newest))
    }

    /// Adds an asker; returns the one whose place it takes.
    fn ask(&self, asker: Asker) -> Option<Asker> {
        let mut state = self.state.lock();
        self.asked.notify_one();
        if let Some(place) = state.position(asker.key) {
            return Some(mem::replace(&mut state.askers[place], asker));
        }
        state.askers.push(asker);
        None
    }

    fn remove(&self, key: u64) -> Option<Asker> {
        let mut state = self.state.lock();
        let position = state.position(key)?;
        Some(state.askers.remove(position))
    }

    /// Starts the thread, once in the life of the process.
    fn start_thread(&'static self) -> io::Result<()> {
        let mut state = self.state.lock();
        if !state.has_thread {
            let thread = thread::Builder::new().name("onecook-stdin".into());
            thread.spawn(|| self.read_lines()).map_err(|it| no_thread(&it))?;
            state.has_thread = true;
        }
        Ok(())
    }
}

fn no_thread(error: &io::Error) -> io::Error {
    let text = format!(
        "no thread could be started to read the input ({error}): raise the \
         limit with `ulimit -u`, or free some memory"
    );
    io::Error::new(error.kind(), text)
}

/// What the thread does.
impl Input {
    fn read_lines(&self) {
        let mut partial = Vec::new();
        loop {
            self.wait_until_asked();
            let line = read_line(&mut partial);
            self.deliver(line);
        }
    }

    fn wait_until_asked(&self) {
        let mut state = self.state.lock();
        while !state.wants_a_line() {
            self.asked.wait(&mut state);
        }
    }

    fn deliver(&self, line: Line) {
        let askers = {
            let mut state = self.state.lock();
            state.line = Some(line);
            mem::take(&mut state.askers)
        };
        for asker in askers {
            asker.wake();
        }
    }
}

impl Asker {
    /// Wakes it; only then it no longer counts as a call in flight. A waker
    /// that panics ends neither the thread nor the other askers' wait; its
    /// payload is leaked, because dropping that might panic once more.
    fn wake(self) {
        let Asker { waker, outside, .. } = self;
        let woken = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        if let Err(payload) = woken {
            mem::forget(payload);
        }
        drop(outside);
    }
}

/// Reads a line through std's own buffer, which is locked only meanwhile, so
/// std's users find the rest there. An error in the middle of a line loses
/// nothing: its beginning stays in `partial`.
fn read_line(partial: &mut Vec<u8>) -> Line {
    io::stdin().lock().read_until(b'\n', partial)?;
    if partial.is_empty() {
        return Ok(None);
    }
    text_of(mem::take(partial)).map(Some)
}

fn text_of(mut bytes: Vec<u8>) -> io::Result<String> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    String::from_utf8(bytes).map_err(|error| {
        let text = format!("a line of the input is not UTF-8: {error}");
        io::Error::new(ErrorKind::InvalidData, text)
    })
}

/// One asker's place among the others. Dropping it stops the asking.
pub(super) struct Place {
    key: Option<u64>,
}

impl Place {
    pub(super) fn new() -> Place {
        Place { key: None }
    }

    /// Takes the line that is there; if there is none, asks for it, and looks
    /// again, because it may just have come.
    pub(super) fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<Line> {
        let leave = ready!(budget::poll_leave(cx));
        let mut line = INPUT.take_line();
        if line.is_none() {
            INPUT.start_thread()?;
            self.ask(cx);
            line = INPUT.take_line();
        }
        let Some(line) = line else { return Poll::Pending };
        self.leave();
        leave.spend();
        Poll::Ready(line)
    }

    fn ask(&mut self, cx: &Context<'_>) {
        let key = *self.key.get_or_insert_with(|| INPUT.new_key());
        if INPUT.is_asked_by(key, cx.waker()) {
            return;
        }
        let reactor = context::current();
        let outside = reactor.map(|it| it.blocking().count_outside());
        let waker = cx.waker().clone(); // user code, with the lock released
        let older = INPUT.ask(Asker { key, waker, outside });
        drop(older); // likewise
    }

    /// Nobody waits here any more.
    pub(super) fn leave(&mut self) {
        let asker = self.key.take().and_then(|key| INPUT.remove(key));
        drop(asker); // user code, with the lock released
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.key.is_some_and(|key| INPUT.state.lock().position(key).is_some())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}
