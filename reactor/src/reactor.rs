//! The reactor: one `mio::Poll`, a slab of sources, the timers, a doorbell.
//!
//! The executor calls [`Reactor::turn`] when it has nothing to run (and now
//! and then when it has). A turn has three steps, and the order matters:
//!
//! 1. **collect**: ask the kernel, note what each source is ready for, move
//!    the wakers of whoever waited into a list; the same for due timers;
//! 2. **unborrow**: let go of everything;
//! 3. **wake**: a waker may be anybody's code, and may call back in here.
//!
//! Rules for whoever uses a socket:
//!
//! - try first, wait only after `WouldBlock`: the kernel tells edges;
//! - what clears readiness stands in `source.rs`, and nowhere else;
//! - a waker is cloned before the borrow and dropped after it;
//! - a key (source, waiter, timer) may be late: it then finds nothing;
//! - `turn` is called by the executor, never from inside a poll.
//!
//! Next: `source.rs`, one socket as the reactor sees it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::mem;
use std::os::fd::RawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker as PollWaker};
use slab::Slab;

use crate::blocking::BlockingPool;
use crate::clock::{Clock, Instant};
use crate::context::{self, Entered, ReactorId, Tag, WokenBy};
use crate::report::{Report, ReportKind};
use crate::source::{Direction, Readiness, Source, SourceKey, SourceKind};
use crate::timers::{TimerKey, Timers};
use crate::trace::{self, Event};

const DOORBELL: Token = Token(usize::MAX);

/// Events taken from the kernel at a time.
const EVENTS: usize = 1024;

/// Linux ends a sleep of this length late by a tenth of a millisecond at most.
const SHORT_SLEEP: Duration = Duration::from_millis(100);

/// How long `accept` pauses when no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a reactor is made.
#[derive(Debug)]
pub struct Settings {
    /// Real or virtual time.
    pub clock: Clock,
    /// Whether virtual time stands still while a socket has a waiter.
    pub sockets_hold_time: bool,
    /// The most threads for blocking calls.
    pub blocking_threads: usize,
    /// How long an idle thread for blocking calls stays.
    pub blocking_idle: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            clock: Clock::Real,
            sockets_hold_time: true,
            blocking_threads: 512,
            blocking_idle: Duration::from_secs(10),
        }
    }
}

/// Rings the reactor out of its sleep, from any thread.
#[derive(Clone)]
pub struct Doorbell {
    waker: Arc<PollWaker>,
}

impl Doorbell {
    /// Ends the turn that sleeps now, or the next one at once.
    pub fn ring(&self) {
        // It fails only if the kernel's counter would overflow, and then the
        // doorbell is ringing already.
        let _ = self.waker.wake();
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Doorbell")
    }
}

/// What one turn brought.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Turn {
    /// Sockets that became ready.
    pub sockets: usize,
    /// Timers that fired.
    pub timers: usize,
    /// Another thread rang the doorbell.
    pub doorbell: bool,
    /// A signal interrupted the system call.
    pub interrupted: bool,
    /// Paused `accept` calls that will be tried again.
    pub retries: usize,
}

impl Turn {
    /// Whether nothing happened at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Turn::default()
    }
}

/// What could still wake a task from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IdleState {
    /// When the next timer is due.
    pub next_deadline: Option<Instant>,
    /// How many waiters wait for a socket.
    pub sockets_waited_on: usize,
    /// How many blocking calls are queued or running.
    pub blocking_calls: usize,
}

/// Somebody who waits for something outside, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Who was polled when it began to wait.
    pub tag: Tag,
    /// What it waits for: `a timer due in 1.2s`.
    pub what: String,
}

/// What wakes tasks from outside. See the module's text.
///
/// It lives on one thread, shared by `Rc`, and everything in it is used from
/// that thread only, except what [`Reactor::doorbell`] hands out.
pub struct Reactor {
    id: ReactorId,
    poll: RefCell<Poll>,
    events: RefCell<Events>,
    sources: RefCell<Slab<Rc<Source>>>,
    /// How many wait for any of them. Each of them counts for itself.
    waiters: Rc<Cell<usize>>,
    sources_made: Cell<u64>,
    timers: RefCell<Timers>,
    paused: RefCell<Paused>,
    /// Who was collected in this turn, and is still to be woken.
    woken: RefCell<VecDeque<Waker>>,
    ready: trace::Later,
    clock: Clock,
    latest: Cell<Instant>,
    sockets_hold_time: bool,
    blocking: BlockingPool,
    doorbell: Doorbell,
}

/// Listeners that wait for a free file descriptor.
#[derive(Debug, Default)]
struct Paused {
    listeners: Vec<SourceKey>,
    until: Option<Instant>,
    reported: bool,
}

impl Reactor {
    /// A reactor for this thread.
    ///
    /// # Errors
    ///
    /// If the kernel grants no descriptor for its epoll or its doorbell.
    pub fn new(settings: Settings) -> io::Result<Rc<Reactor>> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let poll = Poll::new()?;
        let waker = Arc::new(PollWaker::new(poll.registry(), DOORBELL)?);
        let doorbell = Doorbell { waker };
        let reactor = Rc::new(Reactor {
            id: ReactorId::new(NUMBERS.fetch_add(1, Ordering::Relaxed)),
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
            sources: RefCell::default(),
            waiters: Rc::default(),
            sources_made: Cell::new(0),
            timers: RefCell::default(),
            paused: RefCell::default(),
            woken: RefCell::default(),
            ready: trace::Later::default(),
            latest: Cell::new(settings.clock.now()),
            clock: settings.clock,
            sockets_hold_time: settings.sockets_hold_time,
            blocking: BlockingPool::new(
                settings.blocking_threads,
                settings.blocking_idle,
                doorbell.clone(),
            ),
            doorbell,
        });
        context::add_living(&reactor);
        Ok(reactor)
    }

    /// Makes this the reactor of the thread until the guard is dropped.
    pub fn enter(self: &Rc<Reactor>) -> Entered {
        context::enter(self.clone())
    }

    /// Its number.
    #[must_use]
    #[inline]
    pub fn id(&self) -> ReactorId {
        self.id
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The time by its clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        let now = self.clock.now();
        self.latest.set(now);
        now
    }

    /// Whether `deadline` has passed, by the latest look at the clock: a new
    /// look costs as much as setting a timer. So `true` is true, and `false`
    /// may be out of date: a timer set then fires in the next turn.
    pub(crate) fn has_passed(&self, deadline: Instant) -> bool {
        deadline <= self.latest.get()
    }

    /// The way to wake it from another thread.
    #[must_use]
    pub fn doorbell(&self) -> Doorbell {
        self.doorbell.clone()
    }

    /// Its threads for blocking calls.
    #[must_use]
    pub fn blocking(&self) -> &BlockingPool {
        &self.blocking
    }

    /// Whether any socket is registered: if none is, a look needs no system
    /// call.
    #[must_use]
    pub fn has_sources(&self) -> bool {
        !self.sources.borrow().is_empty()
    }

    /// What could still wake a task from outside.
    #[must_use]
    pub fn idle_state(&self) -> IdleState {
        IdleState {
            next_deadline: self.next_deadline(),
            sockets_waited_on: self.waiters.get(),
            blocking_calls: self.blocking.in_flight(),
        }
    }

    /// Whether nothing outside can wake anybody: the executor's question
    /// before each sleep, answered with as few looks as will do. If a blocking
    /// call is all that is left, the doorbell rings when it is over.
    #[must_use]
    #[inline]
    pub fn is_silent(&self) -> bool {
        self.waiters.get() == 0
            && self.next_deadline().is_none()
            && self.blocking.watch() == 0
    }

    /// Who waits for which socket or timer, in words.
    #[must_use]
    pub fn waiters(&self) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        for (_, source) in &*self.sources.borrow() {
            let waiters = source.waiting().into_iter();
            waiting.extend(waiters.map(|(tag, what)| Waiting { tag, what }));
        }
        let now = self.now();
        for (tag, deadline) in self.timers.borrow().waiting() {
            waiting.push(Waiting { tag, what: describe_timer(deadline, now) });
        }
        waiting
    }
}

fn describe_timer(deadline: Instant, now: Instant) -> String {
    if deadline == Instant::FAR_FUTURE {
        return "a timer that is never due".to_owned();
    }
    match deadline.checked_duration_since(now) {
        Some(left) => format!("a timer due in {left:.3?}"),
        None => "a timer that is due".to_owned(),
    }
}

/// The turn.
impl Reactor {
    /// Collects events and due timers, then wakes who waited for them.
    ///
    /// `timeout` is how long it may sleep: zero for a look, `None` until
    /// something happens. It never sleeps past the next timer.
    pub fn turn(&self, timeout: Option<Duration>) -> Turn {
        let is_look = timeout == Some(Duration::ZERO);
        let limit = if is_look { timeout } else { self.limit(timeout) };
        trace::emit(|| Event::TurnBegin { timeout: limit });
        let mut turn = Turn::default();
        if !is_look || self.has_sources() {
            self.collect_events(limit, &mut turn);
            self.ready.tell();
            self.wake_all(WokenBy::Socket);
        }
        if !is_look && turn.is_empty() {
            self.advance_virtual_time();
        }
        turn.timers = self.fire_timers();
        turn.retries = self.retry_accept_if_due();
        trace::emit(|| Event::TurnEnd {
            sockets: turn.sockets,
            timers: turn.timers,
            doorbell: turn.doorbell,
            interrupted: turn.interrupted,
            retries: turn.retries,
        });
        turn
    }

    /// Fires the timers that are due, and asks the kernel nothing.
    pub fn look_at_timers(&self) {
        self.fire_timers();
    }

    #[inline]
    fn has_timers(&self) -> bool {
        !self.timers.borrow().is_empty()
    }

    /// How long the kernel may let us sleep.
    fn limit(&self, timeout: Option<Duration>) -> Option<Duration> {
        let due = if !self.clock.is_virtual() {
            self.next_deadline()
        } else if self.time_can_move() {
            return Some(Duration::ZERO);
        } else {
            None // time stands still: only an event ends this turn
        };
        let retry = self.paused.borrow().until;
        if due.is_none() && retry.is_none() {
            return timeout; // most often: so the clock need not be asked
        }
        let next = [due, retry].into_iter().flatten().min();
        let left = next.map(|it| it.saturating_duration_since(real_now()));
        [timeout, left].into_iter().flatten().min()
    }

    fn collect_events(&self, limit: Option<Duration>, turn: &mut Turn) {
        let mut events = self.events.borrow_mut();
        match self.poll_on_time(&mut events, limit) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                turn.interrupted = true;
                return;
            }
            Err(error) => panic!("the kernel refused to poll: {error}"),
        }
        self.note_events(&events, turn);
    }

    fn note_events(&self, events: &Events, turn: &mut Turn) {
        let sources = self.sources.borrow();
        let mut woken = self.woken.borrow_mut();
        for event in events {
            let token = event.token();
            if token == DOORBELL {
                turn.doorbell = true;
            } else if let Some(source) =
                find(&sources, SourceKey::from_token(token))
            {
                turn.sockets += 1;
                let readiness = Readiness::of(event);
                source.note_event(readiness, &mut woken);
                let source = source.number;
                self.ready.note(|| Event::Ready { source, readiness });
            } // else it was closed after its event was collected
        }
    }

    /// Asks the kernel, and sleeps no longer than `limit`. Linux ends a long
    /// sleep late, by a thousandth of it: two seconds by two milliseconds. So
    /// most of it is slept first, and then the rest, which is late by little.
    fn poll_on_time(
        &self,
        events: &mut Events,
        limit: Option<Duration>,
    ) -> io::Result<()> {
        let mut poll = self.poll.borrow_mut();
        let Some(mut left) = limit.filter(|limit| *limit > SHORT_SLEEP) else {
            return poll.poll(events, limit);
        };
        let end = real_now().saturating_add(left);
        while left > SHORT_SLEEP {
            poll.poll(events, Some(most_of(left)))?;
            if !events.is_empty() {
                return Ok(());
            }
            left = end.saturating_duration_since(real_now());
        }
        poll.poll(events, Some(left))
    }

    /// Wakes who was collected. Nothing is borrowed meanwhile: a waker may be
    /// anybody's code.
    fn wake_all(&self, who: WokenBy) {
        if self.woken.borrow().is_empty() {
            return;
        }
        let _waking = context::waking(who);
        WakeList { woken: &self.woken }.wake_rest();
    }

    /// Fires the timers that are due: how many those were.
    fn fire_timers(&self) -> usize {
        if !self.has_timers() {
            return 0; // and the clock need not be asked
        }
        let (now, mut fired) = (self.now(), 0);
        while let Some(number) = self.collect_timer(now) {
            trace::emit(|| Event::TimerFire { timer: number });
            fired += 1;
        }
        self.wake_all(WokenBy::Timer);
        fired
    }

    fn collect_timer(&self, now: Instant) -> Option<u64> {
        let (number, waker) = self.timers.borrow_mut().pop_due(now)?;
        self.woken.borrow_mut().push_back(waker);
        Some(number)
    }

    /// Whether this idle moment may move the time: the clock is virtual, a
    /// deadline lies ahead, and nothing real is waited for.
    fn time_can_move(&self) -> bool {
        self.clock.is_virtual()
            && !(self.sockets_hold_time && self.waiters.get() > 0)
            && self.next_deadline().is_some()
            && self.blocking.watch() == 0
    }

    /// Whether virtual time would move on, were it not for a socket that has a
    /// waiter.
    #[must_use]
    #[inline]
    pub fn time_is_held_by_sockets(&self) -> bool {
        self.clock.is_virtual()
            && self.sockets_hold_time
            && self.waiters.get() > 0
            && self.next_deadline().is_some()
            && self.blocking.in_flight() == 0
    }

    fn next_deadline(&self) -> Option<Instant> {
        if self.has_timers() {
            return self.timers.borrow_mut().next_deadline();
        }
        None // most often, and it is asked before every sleep
    }

    fn advance_virtual_time(&self) {
        if self.time_can_move() {
            if let Some(deadline) = self.next_deadline() {
                self.clock.advance_to(deadline);
            }
        }
    }
}

/// Wakes each of a list, also those behind a waker that panics. Each is let go
/// of at once, while what it leads to is at hand.
struct WakeList<'a> {
    woken: &'a RefCell<VecDeque<Waker>>,
}

impl WakeList<'_> {
    fn next(&self) -> Option<Waker> {
        self.woken.borrow_mut().pop_front()
    }

    fn wake_rest(&self) {
        while let Some(waker) = self.next() {
            waker.wake();
        }
    }
}

impl Drop for WakeList<'_> {
    fn drop(&mut self) {
        self.wake_rest();
    }
}

/// Sources.
impl Reactor {
    /// Gives a socket a place. The kernel is told nothing: see
    /// [`ask`](Reactor::ask).
    pub(crate) fn register(&self, fd: RawFd, kind: SourceKind) -> Rc<Source> {
        let number = self.sources_made.get() + 1;
        self.sources_made.set(number);
        // The number's low half tells apart the users of a slot. The last
        // generation is the doorbell's, in part, so it is never given.
        let generation = (number as u32) & (u32::MAX >> 1);
        let source = self.add_source(generation, |key| {
            Source::new(fd, key, number, kind, self.waiters.clone())
        });
        trace::emit(|| Event::Register { source: number, fd, kind });
        source
    }

    /// Asks the kernel to tell of a source, edge-triggered. What happened
    /// before is told as well, in the next turn.
    pub(crate) fn ask(
        &self,
        source: &Source,
        interest: Interest,
    ) -> io::Result<()> {
        let (token, mut fd) = (source.key.token(), SourceFd(&source.fd));
        let poll = self.poll.borrow();
        if source.is_known_to_kernel() {
            poll.registry().reregister(&mut fd, token, interest)
        } else {
            poll.registry().register(&mut fd, token, interest)
        }
    }

    fn add_source(
        &self,
        generation: u32,
        source: impl FnOnce(SourceKey) -> Source,
    ) -> Rc<Source> {
        let mut sources = self.sources.borrow_mut();
        let place = sources.vacant_entry();
        let key = SourceKey { index: place.key() as u32, generation };
        place.insert(Rc::new(source(key))).clone()
    }

    /// Takes a socket out of the reactor. Its waiters are dropped, not woken.
    pub(crate) fn deregister(&self, source: &Source) {
        self.sources.borrow_mut().remove(source.key.index as usize);
        if source.is_known_to_kernel() {
            // It fails if the descriptor was closed behind our back; then the
            // kernel has forgotten it already.
            let mut fd = SourceFd(&source.fd);
            let _ = self.poll.borrow().registry().deregister(&mut fd);
        }
        trace::emit(|| Event::Deregister { source: source.number });
        drop(source.take_all_wakers()); // user code, with nothing borrowed
        self.retry_accept();
    }
}

/// So much of a long sleep that even a late end of it is early enough, and the
/// rest is short soon: mio rounds up to milliseconds, and Linux adds 0.1 %.
fn most_of(left: Duration) -> Duration {
    left.saturating_sub(left / 128 + Duration::from_millis(1))
}

/// The source of that key, unless its place is another's by now.
fn find(sources: &Slab<Rc<Source>>, key: SourceKey) -> Option<&Rc<Source>> {
    sources.get(key.index as usize).filter(|source| source.key == key)
}

/// No file descriptor left (`EMFILE`): the listener's waiter stays pending and
/// is woken when a socket of ours closes, or after a pause. Without this, an
/// edge-triggered listener hangs and a level-triggered one spins.
impl Reactor {
    pub(crate) fn pause_accept(&self, key: SourceKey, error: &io::Error) {
        let mut paused = self.paused.borrow_mut();
        if !paused.listeners.contains(&key) {
            paused.listeners.push(key);
        }
        paused.until = Some(real_now().saturating_add(ACCEPT_PAUSE));
        let first = !mem::replace(&mut paused.reported, true);
        drop(paused);
        if first {
            out_of_descriptors(error).send();
        }
    }

    fn retry_accept_if_due(&self) -> usize {
        let until = self.paused.borrow().until;
        let is_due = until.is_some_and(|until| until <= real_now());
        if is_due { self.retry_accept() } else { 0 }
    }

    fn retry_accept(&self) -> usize {
        let listeners = {
            let mut paused = self.paused.borrow_mut();
            paused.until = None;
            mem::take(&mut paused.listeners)
        };
        for key in &listeners {
            self.retry_listener(*key);
        }
        listeners.len()
    }

    fn retry_listener(&self, key: SourceKey) {
        let woken = RefCell::default();
        if let Some(source) = find(&self.sources.borrow(), key) {
            source.retry(Direction::Read, &mut woken.borrow_mut());
        }
        WakeList { woken: &woken }.wake_rest();
    }
}

/// The pause is real also where the time is virtual: descriptors are freed by
/// others, who do not live by our clock.
fn real_now() -> Instant {
    Clock::Real.now()
}

fn out_of_descriptors(error: &io::Error) -> Report {
    Report::new(
        ReportKind::OutOfDescriptors,
        format!(
            "no file descriptor is left for a new connection ({error}). \
             Connections wait in the kernel's queue until others end. \
             Raise the limit with `ulimit -n`, or serve fewer at a time. \
             (This is said once.)"
        ),
    )
}

/// Timers.
impl Reactor {
    pub(crate) fn add_timer(
        &self,
        deadline: Instant,
        waker: Waker,
    ) -> TimerKey {
        let tag = context::polled();
        let key = self.timers.borrow_mut().insert(deadline, tag, waker);
        let timer = key.number();
        trace::emit(|| Event::TimerAdd { timer, tag, deadline });
        key
    }

    /// Moves a timer that has not fired to another deadline, waker and all.
    pub(crate) fn reset_timer(
        &self,
        key: TimerKey,
        deadline: Instant,
    ) -> Option<TimerKey> {
        let moved = self.timers.borrow_mut().reset(key, deadline)?;
        let (tag, timer) = (context::polled(), moved.number());
        trace::emit(|| Event::TimerCancel { timer: key.number() });
        trace::emit(|| Event::TimerAdd { timer, tag, deadline });
        Some(moved)
    }

    /// Replaces the waker of a timer that has not fired. Returns whether it
    /// is still to fire.
    pub(crate) fn refresh_timer(
        &self,
        key: TimerKey,
        deadline: Instant,
        waker: &Waker,
    ) -> bool {
        if self.timers.borrow().has_fired(key, deadline) {
            return false;
        }
        match self.timers.borrow_mut().waker(key) {
            None => return false,
            Some(current) if current.will_wake(waker) => return true,
            Some(_) => {}
        }
        let mut newest = waker.clone(); // user code, with nothing borrowed
        if let Some(current) = self.timers.borrow_mut().waker(key) {
            mem::swap(current, &mut newest);
        }
        drop(newest); // the one before, likewise
        true
    }

    pub(crate) fn cancel_timer(&self, key: TimerKey) {
        let cancelled = self.timers.borrow_mut().cancel(key);
        if cancelled.is_some() {
            trace::emit(|| Event::TimerCancel { timer: key.number() });
        }
        drop(cancelled); // user code, with nothing borrowed
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("id", &self.id)
            .field("sources", &self.sources.borrow().len())
            .field("waiters", &self.waiters.get())
            .field("timers", &self.timers.borrow().len())
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        let timers = self.timers.borrow_mut().clear();
        let sources = self.sources.take();
        let waiters = sources.iter().flat_map(|(_, source)| source.orphan());
        let waiters: Vec<_> = waiters.collect();
        // User code: wakers of other runtimes, with nothing borrowed.
        drop((timers, waiters));
    }
}

#[cfg(test)]
mod tests {
    use super::{Reactor, SHORT_SLEEP, Settings, find, most_of};
    use crate::registration::Registration;
    use crate::source::SourceKind;
    use std::time::Duration;

    #[test]
    fn a_long_sleep_is_slept_in_few_parts_and_none_ends_too_late() {
        let day = Duration::from_secs(24 * 60 * 60);
        let mut end = SHORT_SLEEP;
        while end < day {
            let (mut left, mut parts) = (end, 1);
            while left > SHORT_SLEEP {
                let asked = most_of(left) + Duration::from_millis(1);
                let slept = asked + asked / 1000;
                assert!(slept <= left, "{slept:?} of {left:?}");
                left = left.saturating_sub(slept);
                parts += 1;
            }
            assert!(parts <= 5, "{end:?} in {parts} parts");
            end += end / 10;
        }
    }

    #[test]
    fn a_late_key_does_not_find_the_next_user_of_its_slot() {
        let reactor = Reactor::new(Settings::default()).unwrap();
        let _entered = reactor.enter();
        let (one, other) = mio::net::UnixStream::pair().unwrap();
        let kind = SourceKind::UnixStream;
        let first = Registration::new(&one, kind);
        let late = first.key();
        drop(first);
        let next = Registration::new(&other, kind);
        let sources = reactor.sources.borrow();
        assert!(find(&sources, next.key()).is_some());
        assert!(find(&sources, late).is_none());
        drop(sources);
    }
}
