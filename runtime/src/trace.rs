//! The trace: what happens, step by step, for an observer.
//!
//! With the feature `trace`, a `Recorder` on this thread receives a
//! [`Record`] for every step: who is polled, who wakes whom, which state a
//! hand-written machine is in, what the reactor does. Without the feature
//! [`emit`] and [`state`] are empty inline functions.
//!
//! A hand-written machine reports its states in one place: its `poll` is a
//! loop of `trace::state(this)`, then a `match` whose `poll_<state>` methods
//! return after one transition each.
//!
//! ```
//! # use std::{future::Future, pin::Pin, task::{Context, Poll, ready}};
//! use onecook::{time::{Sleep, sleep}, trace::{self, StateMachine}};
//! # use std::time::Duration;
//!
//! enum Nap { Start, Sleeping { sleep: Sleep }, Done }
//!
//! impl StateMachine for Nap {
//!     const NAME: &'static str = "Nap";
//!     fn label(&self) -> &str { "" }
//!     fn state(&self) -> &'static str {
//!         match self {
//!             Nap::Start => "Start",
//!             Nap::Sleeping { .. } => "Sleeping",
//!             Nap::Done => "Done",
//!         }
//!     }
//! }
//!
//! impl Future for Nap {
//!     type Output = ();
//!
//!     fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
//!         let this = self.get_mut();
//!         loop {
//!             trace::state(this);
//!             match this {
//!                 Nap::Start => {
//!                     let sleep = sleep(Duration::from_millis(1));
//!                     *this = Nap::Sleeping { sleep };
//!                 }
//!                 Nap::Sleeping { sleep } => {
//!                     ready!(Pin::new(sleep).poll(cx));
//!                     *this = Nap::Done;
//!                 }
//!                 Nap::Done => return Poll::Ready(()),
//!             }
//!         }
//!     }
//! }
//! # onecook::block_on(Nap::Start);
//! ```
//!
//! Back to `lib.rs` for the map.

use std::panic::Location;
use std::sync::Arc;

pub use onecook_reactor::context::{Tag, WokenBy};
pub use onecook_reactor::trace::Event as ReactorEvent;

use crate::task::TaskId;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// `block_on` began.
    RunBegin,
    /// `block_on` ended.
    RunEnd,
    /// A task was spawned.
    Spawn {
        /// The new task.
        task: TaskId,
        /// Its name, if it has one.
        name: Option<Arc<str>>,
        /// Where in the source.
        site: &'static Location<'static>,
        /// Who was polled when it was spawned.
        parent: Tag,
    },
    /// A task's future ended: with its output, a panic, or by abort.
    Done {
        /// Which task.
        task: TaskId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A task left the executor: nothing of it is left.
    Dropped {
        /// Which task.
        task: TaskId,
    },
    /// A task was put at the end of the ready queue.
    Push {
        /// Which task.
        task: TaskId,
        /// How many are in the queue now.
        depth: usize,
    },
    /// A task was taken from the front of the ready queue.
    Pop {
        /// Which task.
        task: TaskId,
        /// How many are left in the queue.
        depth: usize,
    },
    /// A poll begins.
    PollBegin {
        /// Who is polled.
        task: TaskId,
    },
    /// A poll ended.
    PollEnd {
        /// Who was polled.
        task: TaskId,
        /// `Ready`, or still `Pending`.
        ready: bool,
    },
    /// Somebody woke a task.
    Wake {
        /// Who was woken.
        task: TaskId,
        /// Who woke.
        by: WokenBy,
        /// It was awake already: this wake adds no poll.
        coalesced: bool,
    },
    /// A hand-written machine went from one state to another.
    State {
        /// Who was polled.
        task: Tag,
        /// The machine's type: `FryEgg`.
        machine: &'static str,
        /// Which one of its kind: `A`.
        label: Arc<str>,
        /// The state it was in, if it was seen before.
        from: Option<&'static str>,
        /// The state it is in now.
        to: &'static str,
    },
    /// A sender found its channel full, and waits for a slot. Told by
    /// [`mpsc`](crate::channel::mpsc) and [`mpmc`](crate::channel::mpmc): with
    /// the other channels, no sender ever waits.
    ChannelFull {
        /// Who was polled.
        task: Tag,
        /// The type of the channel's values.
        values: &'static str,
        /// How many slots the channel has.
        capacity: usize,
    },
    /// One end of a channel closed it, or went. Told once for each channel,
    /// of the end that came first. A oneshot that delivered its value ended as
    /// it should, and tells nothing; nor do `broadcast` and `watch` when their
    /// receivers go, since others may come.
    ChannelClosed {
        /// Who was polled.
        task: Tag,
        /// The type of the channel's values.
        values: &'static str,
        /// Which end.
        by: ChannelEnd,
    },
    /// A scope was opened.
    ScopeOpen {
        /// The new scope.
        scope: u64,
        /// Who was polled when it was opened.
        parent: Tag,
    },
    /// A scope is over: its body has ended, and so has every child.
    ScopeClose {
        /// Which scope.
        scope: u64,
    },
    /// A child was spawned into a scope.
    ChildSpawn {
        /// The new child. Its number is of the same row as the tasks'.
        child: Tag,
        /// Whose child it is.
        scope: u64,
        /// Its name, if it has one.
        name: Option<Arc<str>>,
        /// Where in the source.
        site: &'static Location<'static>,
        /// Who was polled when it was spawned.
        parent: Tag,
    },
    /// A poll of a child begins, inside the poll of its scope.
    ChildPollBegin {
        /// Who is polled.
        child: Tag,
        /// Whose poll it is inside.
        parent: Tag,
    },
    /// A poll of a child ended.
    ChildPollEnd {
        /// Who was polled.
        child: Tag,
        /// `Ready`, or still `Pending`.
        ready: bool,
    },
    /// A child ended: with its output, a panic, or because it was cancelled.
    ChildDone {
        /// Which child.
        child: Tag,
        /// How it ended.
        outcome: Outcome,
    },
    /// A child left its scope: nothing of it is left but its output.
    ChildDropped {
        /// Which child.
        child: Tag,
    },
    /// The ground floor says something.
    Reactor(ReactorEvent),
}

/// An end of a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChannelEnd {
    /// Where values go in: the last of the senders.
    Senders,
    /// Where values come out: the last of the receivers.
    Receivers,
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// With its output.
    Finished,
    /// It was aborted.
    Cancelled,
    /// It panicked.
    Panicked,
}

/// A machine that can say which state it is in.
pub trait StateMachine {
    /// Its type, in words: `FryEgg`.
    const NAME: &'static str;

    /// The state it is in, named as the variant is.
    fn state(&self) -> &'static str;

    /// Which one of its kind it is: `A`.
    fn label(&self) -> &str;
}

/// One event, numbered and timed.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, from 1.
    pub step: u64,
    /// Nanoseconds since the recording began, by the runtime's clock.
    pub nanos: u64,
    /// What happened.
    pub event: Event,
}

#[cfg(feature = "trace")]
pub use listening::{Recorder, emit, state};

#[cfg(not(feature = "trace"))]
pub use silent::{emit, state};

#[cfg(feature = "trace")]
mod listening {
    use super::{Event, Record, StateMachine};
    use onecook_reactor::{context, time::Instant, trace};
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;
    use std::rc::Rc;
    use std::sync::Arc;

    type Sink = Rc<dyn Fn(Event)>;

    /// Whose state it is: the task's, of that type, with that label.
    type Machine = (u64, &'static str, Arc<str>);

    thread_local! {
        static SINK: RefCell<Option<Sink>> = const { RefCell::new(None) };
    }

    fn sink() -> Option<Sink> {
        SINK.try_with(|slot| slot.borrow().clone()).ok()?
    }

    /// Tells the recorder of this thread, if any, what `event` returns.
    ///
    /// A recorder may run user code: call this with nothing borrowed.
    #[inline]
    pub fn emit(event: impl FnOnce() -> Event) {
        if let Some(sink) = sink() {
            sink(event());
        }
    }

    /// Says which state a machine is in. An observer hears of changes only.
    #[inline]
    pub fn state<M: StateMachine>(machine: &M) {
        if let Some(sink) = sink() {
            sink(Event::State {
                task: context::polled(),
                machine: M::NAME,
                label: machine.label().into(),
                from: None,
                to: machine.state(),
            });
        }
    }

    /// Records what happens on this thread until it is dropped.
    pub struct Recorder {
        inner: Rc<Inner>,
    }

    struct Inner {
        began: Instant,
        steps: Cell<u64>,
        records: RefCell<Vec<Record>>,
        states: RefCell<HashMap<Machine, &'static str>>,
        live: Box<dyn Fn(&Record)>,
    }

    impl Recorder {
        /// Starts to record. It replaces the recorder before.
        #[must_use = "recording ends when this is dropped"]
        pub fn start() -> Recorder {
            Recorder::start_with(|_| {})
        }

        /// Starts to record, and shows each record to `live` as it happens.
        #[must_use = "recording ends when this is dropped"]
        pub fn start_with(live: impl Fn(&Record) + 'static) -> Recorder {
            let inner = Rc::new(Inner {
                began: Instant::now(),
                steps: Cell::new(0),
                records: RefCell::default(),
                states: RefCell::default(),
                live: Box::new(live),
            });
            let (upper, lower) = (inner.clone(), inner.clone());
            set_sink(Some(Rc::new(move |event| upper.record(event))));
            let sink = move |event| lower.record(Event::Reactor(event));
            trace::set_sink(Some(Rc::new(sink)));
            Recorder { inner }
        }

        /// What was recorded so far; the recording goes on.
        #[must_use]
        pub fn records(&self) -> Vec<Record> {
            self.inner.records.borrow().clone()
        }

        /// Ends the recording and hands it out.
        #[must_use]
        pub fn finish(self) -> Vec<Record> {
            self.inner.records.take()
        }
    }

    impl Drop for Recorder {
        fn drop(&mut self) {
            set_sink(None);
            trace::set_sink(None);
        }
    }

    fn set_sink(next: Option<Sink>) {
        let previous = SINK.try_with(|slot| slot.replace(next));
        drop(previous); // user code, with nothing borrowed
    }

    impl Inner {
        fn record(&self, event: Event) {
            let Some(event) = self.complete(event) else { return };
            let step = self.steps.get() + 1;
            self.steps.set(step);
            let since = Instant::now().saturating_duration_since(self.began);
            let nanos = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
            let record = Record { step, nanos, event };
            (self.live)(&record);
            self.records.borrow_mut().push(record);
        }

        /// Fills in where a state came from; `None` if it is no change.
        fn complete(&self, event: Event) -> Option<Event> {
            let Event::State { task, machine, label, to, .. } = event else {
                return Some(event);
            };
            let key = (task.0, machine, label.clone());
            let from = self.states.borrow_mut().insert(key, to);
            (from != Some(to)).then_some(Event::State {
                task,
                machine,
                label,
                from,
                to,
            })
        }
    }
}

#[cfg(not(feature = "trace"))]
mod silent {
    use super::{Event, StateMachine};

    /// Does nothing: the feature `trace` is off.
    #[inline(always)]
    pub fn emit(_event: impl FnOnce() -> Event) {}

    /// Does nothing: the feature `trace` is off.
    #[inline(always)]
    pub fn state<M: StateMachine>(_machine: &M) {}
}
