//! What the connections share: the pan, the guests, the log.
//!
//! Next: `log.rs`, who asked for what.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use onecook::shutdown::Graceful;
use onecook::{JoinHandle, TaskId};

use super::log::Log;
use crate::http::request::Request;
use crate::show::history::{Nanos, nanos};
use crate::show::style::{BAD, DIM, GOOD, paint};
use crate::words::{pad, plural, printable, short};

/// What the server was told on its command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Menu {
    /// How long an egg takes.
    pub cook_time: Duration,
    /// How long the head of a request may take to arrive, and a reply to be
    /// taken.
    pub head_timeout: Duration,
    /// How long the eggs in the pan may take at closing time.
    pub grace: Duration,
    /// Whether each request gets a line.
    pub log: bool,
}

/// How many eggs were in the pan, and since when: for the picture. Another
/// thread looks into it.
#[derive(Clone, Debug, Default)]
pub struct PanLog(Arc<Mutex<Vec<(Instant, u64)>>>);

impl PanLog {
    fn note(&self, eggs: u64) {
        self.lines().push((Instant::now(), eggs));
    }

    /// What was noted since `began`, counted from there.
    #[must_use]
    pub fn since(&self, began: Instant) -> Vec<(Nanos, u64)> {
        let lines = self.lines();
        let later = lines.iter().filter_map(|(at, eggs)| {
            Some((nanos(at.checked_duration_since(began)?), *eggs))
        });
        later.collect()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<(Instant, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in the pan, and was.
#[derive(Debug, Default)]
pub struct Pan {
    log: Option<PanLog>,
    now: Cell<u64>,
    most: Cell<u64>,
    served: Cell<u64>,
    left: Cell<u64>,
}

impl Pan {
    /// Eggs in the pan.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// The most eggs in the pan at once.
    pub fn most(&self) -> u64 {
        self.most.get()
    }

    /// Eggs that were served.
    pub fn served(&self) -> u64 {
        self.served.get()
    }

    /// Guests who closed the connection while their egg was in the pan.
    pub fn left(&self) -> u64 {
        self.left.get()
    }

    /// Counts a guest who left.
    pub fn leave(&self) {
        self.left.set(self.left.get() + 1);
    }

    /// Puts an egg in; it leaves when the guard is dropped, also if nobody
    /// wants it any more.
    pub fn put_in(&self) -> InPan<'_> {
        self.change(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
        InPan { pan: self }
    }

    fn change(&self, eggs: u64) {
        self.now.set(eggs);
        if let Some(log) = &self.log {
            log.note(eggs);
        }
    }

    /// The most at once is counted anew from here on.
    pub fn forget_most(&self) {
        self.most.set(self.now.get());
    }

    /// Counts an egg that was served.
    pub fn serve(&self) {
        self.served.set(self.served.get() + 1);
    }
}

/// An egg in the pan.
#[must_use = "the egg leaves the pan as soon as this is dropped"]
pub struct InPan<'a> {
    pan: &'a Pan,
}

impl Drop for InPan<'_> {
    fn drop(&mut self) {
        self.pan.change(self.pan.now.get() - 1);
    }
}

/// One connection, as the kitchen sees it.
#[derive(Debug)]
struct Seat {
    peer: SocketAddr,
    task: u64,
}

/// Everything that outlives a connection.
#[derive(Debug)]
pub struct Kitchen {
    /// What the server was told.
    pub menu: Menu,
    /// The eggs.
    pub pan: Pan,
    /// Who asked for what.
    pub log: Rc<Log>,
    seats: RefCell<BTreeMap<u64, Seat>>,
    guests: Cell<u64>,
    /// Who is served, and closing time.
    graceful: Graceful,
}

impl Kitchen {
    /// A kitchen without guests.
    #[must_use]
    pub fn new(menu: Menu) -> Rc<Kitchen> {
        Kitchen::with(menu, Pan::default())
    }

    /// A kitchen that notes in `log` how many eggs are in the pan.
    #[must_use]
    pub fn logging(menu: Menu, log: PanLog) -> Rc<Kitchen> {
        Kitchen::with(menu, Pan { log: Some(log), ..Pan::default() })
    }

    fn with(menu: Menu, pan: Pan) -> Rc<Kitchen> {
        Rc::new(Kitchen {
            menu,
            pan,
            log: Rc::default(),
            seats: RefCell::default(),
            guests: Cell::new(0),
            graceful: Graceful::new(),
        })
    }

    /// A guest has come.
    pub fn welcome(self: &Rc<Kitchen>, peer: SocketAddr) -> Guest {
        let key = self.guests.get();
        self.guests.set(key + 1);
        let seat = Seat { peer, task: 0 };
        self.seats.borrow_mut().insert(key, seat);
        Guest { kitchen: self.clone(), key }
    }

    /// Notes which task serves a guest.
    pub fn seat(&self, key: u64, task: &JoinHandle<()>) {
        if let Some(seat) = self.seats.borrow_mut().get_mut(&key) {
            seat.task = task.id().map_or(0, TaskId::number);
        }
    }

    /// Who is served, and whether it is closing time.
    #[must_use]
    pub fn graceful(&self) -> &Graceful {
        &self.graceful
    }

    fn leave(&self, key: u64) {
        self.seats.borrow_mut().remove(&key);
    }

    /// Says on stderr that something is wrong.
    pub fn complain(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "eggs serve: {text}");
    }
}

/// A connection's place in the kitchen, until it is dropped.
#[derive(Debug)]
pub struct Guest {
    kitchen: Rc<Kitchen>,
    key: u64,
}

impl Guest {
    /// Which guest.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The kitchen.
    #[must_use]
    pub fn kitchen(&self) -> &Kitchen {
        &self.kitchen
    }

    /// Writes a line into the log: what was asked and how it ended, which
    /// `told` is asked for only if there is a log; how long it took, and which
    /// task did it.
    pub fn log(&self, began: Instant, told: impl FnOnce() -> (String, String)) {
        if !self.kitchen.menu.log {
            return;
        }
        let (asked, status) = told();
        let (task, peer) = self.who();
        let style = if status == "200" { GOOD } else { BAD };
        self.kitchen.log.add(&format!(
            "{}  {} {} {:>9}  {}  {}",
            paint(DIM, &time_of_day()),
            pad(&format!("task {task}"), 10),
            paint(style, &pad(&status, 5)),
            short(began.elapsed()),
            pad(&asked, 16),
            paint(DIM, &peer),
        ));
    }

    fn who(&self) -> (u64, String) {
        let seats = self.kitchen.seats.borrow();
        let seat = seats.get(&self.key);
        let peer = seat.map(|seat| seat.peer.to_string());
        (seat.map_or(0, |seat| seat.task), peer.unwrap_or_default())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kitchen.leave(self.key);
    }
}

/// A request, as the log calls it.
#[must_use]
pub fn asked(request: &Request) -> String {
    format!("{:<4} {}", request.method, printable(&request.target, 40))
}

fn time_of_day() -> String {
    let now = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    now.get(11..23).unwrap_or(&now).to_owned()
}

/// What is left to do at closing time, in words.
#[must_use]
pub fn closing_words(pan: &Pan) -> String {
    match pan.now() {
        0 => "no more orders; the pan is empty".to_owned(),
        eggs => format!(
            "no more orders; finishing {} (ctrl-c again leaves them)",
            plural(eggs, "egg")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pan_remembers_the_most_at_once() {
        let pan = Pan::default();
        let first = pan.put_in();
        let second = pan.put_in();
        drop(first);
        let third = pan.put_in();
        assert_eq!((pan.now(), pan.most()), (2, 2));
        drop((second, third));
        assert_eq!((pan.now(), pan.most()), (0, 2));
    }
}
