//! The trace: what this floor tells an observer.
//!
//! With the feature `trace`, [`emit`] hands an event to the sink of this
//! thread, if there is one: one branch when nobody listens. Without the
//! feature it is an empty inline function, and the closure that would build
//! the event is never called.
//!
//! Next: `report.rs`, how the runtime speaks to its user.

use std::time::Duration;

use crate::clock::Instant;
use crate::context::Tag;
use crate::source::{Readiness, SourceKind};

/// What happened on the ground floor.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A socket was registered.
    Register {
        /// Its number: never used twice in one reactor.
        source: u64,
        /// Its file descriptor.
        fd: i32,
        /// What it is.
        kind: SourceKind,
    },
    /// A socket became ready.
    Ready {
        /// Its number.
        source: u64,
        /// Ready for what.
        readiness: Readiness,
    },
    /// A socket was closed or given away.
    Deregister {
        /// Its number.
        source: u64,
    },
    /// The reactor starts to look for events.
    TurnBegin {
        /// How long it may sleep: zero for a look, `None` for no limit.
        timeout: Option<Duration>,
    },
    /// The reactor has collected what happened.
    TurnEnd {
        /// Sockets that became ready.
        sockets: usize,
        /// Timers that fired.
        timers: usize,
        /// Another thread rang the doorbell.
        doorbell: bool,
        /// A signal interrupted the system call.
        interrupted: bool,
        /// Paused `accept` calls that will be tried again.
        retries: usize,
    },
    /// A timer was set.
    TimerAdd {
        /// Its number: never used twice in one reactor.
        timer: u64,
        /// Who waits for it.
        tag: Tag,
        /// When it is due.
        deadline: Instant,
    },
    /// A timer fired.
    TimerFire {
        /// Its number.
        timer: u64,
    },
    /// A timer was taken back before it fired.
    TimerCancel {
        /// Its number.
        timer: u64,
    },
}

#[cfg(feature = "trace")]
pub(crate) use listening::Later;
#[cfg(feature = "trace")]
pub use listening::{Sink, emit, set_sink};

#[cfg(not(feature = "trace"))]
pub(crate) use silent::Later;
#[cfg(not(feature = "trace"))]
pub use silent::emit;

#[cfg(feature = "trace")]
mod listening {
    use super::Event;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Whoever listens on this thread.
    pub type Sink = Rc<dyn Fn(Event)>;

    thread_local! {
        static SINK: RefCell<Option<Sink>> = const { RefCell::new(None) };
    }

    /// Sends this thread's events to `sink`; returns the one before.
    pub fn set_sink(sink: Option<Sink>) -> Option<Sink> {
        SINK.try_with(|slot| slot.replace(sink)).ok()?
    }

    /// Tells the sink of this thread, if any, what `event` returns.
    ///
    /// The sink is user code: call this with nothing borrowed.
    #[inline]
    pub fn emit(event: impl FnOnce() -> Event) {
        if let Ok(Some(sink)) = SINK.try_with(|slot| slot.borrow().clone()) {
            sink(event());
        }
    }

    /// Events that happen while something is borrowed, told afterwards.
    #[derive(Debug, Default)]
    pub(crate) struct Later {
        events: RefCell<Vec<Event>>,
    }

    impl Later {
        pub(crate) fn note(&self, event: impl FnOnce() -> Event) {
            self.events.borrow_mut().push(event());
        }

        pub(crate) fn tell(&self) {
            for event in self.events.take() {
                emit(|| event);
            }
        }
    }
}

#[cfg(not(feature = "trace"))]
mod silent {
    use super::Event;

    /// Does nothing: the feature `trace` is off.
    #[inline(always)]
    pub fn emit(_event: impl FnOnce() -> Event) {}

    /// Does nothing: the feature `trace` is off.
    #[derive(Debug, Default)]
    pub(crate) struct Later {}

    impl Later {
        #[inline(always)]
        #[allow(clippy::unused_self)]
        pub(crate) fn note(&self, _event: impl FnOnce() -> Event) {}

        #[inline(always)]
        #[allow(clippy::unused_self)]
        pub(crate) fn tell(&self) {}
    }
}
