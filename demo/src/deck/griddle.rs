//! What a part works with: a server to ask, a cook time, a place to speak.
//!
//! One cook, one griddle. It can be cloned and taken along to other threads;
//! what is said there is heard here.
//!
//! Next: `seen.rs`, what is heard.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use onecook::trace::Recorder;
use onecook::{Builder, Runtime};

use super::seen::{Claim, Line, Note, Recording, Seen};
use crate::by::By;
use crate::egg::{Order, encoded};

/// Where a part fries its eggs.
#[derive(Clone)]
pub struct Griddle {
    shared: Arc<Shared>,
}

struct Shared {
    setting: Setting,
    began: Instant,
    seen: Mutex<Seen>,
    tell: Box<dyn Fn(&Line) + Send + Sync>,
}

/// What was chosen on the command line.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Who is asked for eggs.
    pub server: SocketAddr,
    /// What the server calls itself.
    pub host: String,
    /// How long an egg takes.
    pub cook_time: Duration,
    /// Whether the server must be told so.
    pub ask_for_time: bool,
    /// Who wrote the machine that runs.
    pub by: By,
    /// Whether every step is recorded.
    pub record: bool,
}

/// Making, and looking at what was seen.
impl Griddle {
    /// A griddle; each line that is said goes to `tell` at once.
    pub fn new(
        setting: Setting,
        tell: impl Fn(&Line) + Send + Sync + 'static,
    ) -> Griddle {
        let (began, seen) = (Instant::now(), Mutex::default());
        let tell = Box::new(tell);
        Griddle { shared: Arc::new(Shared { setting, began, seen, tell }) }
    }

    /// When it was made.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.shared.began
    }

    /// What was seen so far; nothing is left.
    #[must_use]
    pub fn take_seen(&self) -> Seen {
        std::mem::take(&mut *self.seen())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.shared.began.elapsed()
    }
}

/// Asking for eggs.
impl Griddle {
    /// Who is asked.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.shared.setting.server
    }

    /// How long an egg takes: the slides' 2 s, or what was chosen.
    #[must_use]
    pub fn cook_time(&self) -> Duration {
        self.shared.setting.cook_time
    }

    /// A share of the cook time: `of_cook_time(0.5)` is half of it.
    #[must_use]
    pub fn of_cook_time(&self, share: f64) -> Duration {
        self.cook_time().mul_f64(share)
    }

    /// An order for the egg called `name`.
    #[must_use]
    pub fn order(&self, name: &str) -> Rc<Order> {
        self.order_with(name, "")
    }

    /// An order that asks for more: `fail=500&split=3`.
    #[must_use]
    pub fn order_with(&self, name: &str, query: &str) -> Rc<Order> {
        self.order_from(name, &format!("/{}", encoded(name)), query)
    }

    /// An order for an egg that takes `time`.
    #[must_use]
    pub fn order_after(&self, name: &str, time: Duration) -> Rc<Order> {
        self.order_with(name, &format!("after={}", time.as_millis()))
    }

    /// An order for an egg that falls down when `share` of the cook time has
    /// gone by.
    #[must_use]
    pub fn order_that_fails(&self, name: &str, share: f64) -> Rc<Order> {
        let after = self.of_cook_time(share).as_millis();
        self.order_with(name, &format!("fail=500&after={after}"))
    }

    /// An order at another counter: `/fast/A`, `/blocking/A`, `/pages`.
    #[must_use]
    pub fn order_from(&self, name: &str, path: &str, query: &str) -> Rc<Order> {
        let setting = &self.shared.setting;
        let mut asked: Vec<String> = Vec::new();
        asked.extend((!query.is_empty()).then(|| query.to_owned()));
        if setting.ask_for_time && !query.contains("after=") {
            asked.push(format!("after={}", setting.cook_time.as_millis()));
        }
        let separator = if asked.is_empty() { "" } else { "?" };
        let target = format!("{path}{separator}{}", asked.join("&"));
        Order::at(name, setting.server, &setting.host, &target)
    }
}

/// Running.
impl Griddle {
    /// Whose machine shall run, where a part has two.
    #[must_use]
    pub fn by(&self) -> By {
        self.shared.setting.by
    }

    /// Runs a future on a runtime of its own, on this thread.
    ///
    /// # Panics
    ///
    /// With whatever the future panics with; and when there is no runtime to
    /// be had.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on_runtime(Builder::new(), future)
    }

    /// Runs whichever of the twins was chosen. The other one does nothing:
    /// futures are lazy.
    ///
    /// # Panics
    ///
    /// As [`block_on`](Griddle::block_on).
    #[track_caller]
    pub fn block_on_twin<A, M>(&self, by_async: A, by_machine: M) -> A::Output
    where
        A: Future,
        M: Future<Output = A::Output>,
    {
        match self.by() {
            By::Async => self.block_on(by_async),
            By::Machine => self.block_on(by_machine),
        }
    }

    /// Runs a future on a runtime built so.
    ///
    /// # Panics
    ///
    /// As [`block_on`](Griddle::block_on).
    #[track_caller]
    pub fn block_on_runtime<F: Future>(
        &self,
        builder: Builder,
        future: F,
    ) -> F::Output {
        let runtime = build(builder);
        let began = self.now();
        let recorder = self.shared.setting.record.then(Recorder::start);
        let output = runtime.block_on(future);
        let recording = recording_of(&runtime, began, recorder);
        self.seen().recordings.push(recording);
        output
    }

    /// Runs a future on a runtime built so, records every step in any case,
    /// and hands out what was recorded: for claims about the runtime itself.
    ///
    /// # Panics
    ///
    /// As [`block_on`](Griddle::block_on).
    #[track_caller]
    pub fn block_on_recorded<F: Future>(
        &self,
        builder: Builder,
        future: F,
    ) -> (F::Output, Recording) {
        let runtime = build(builder);
        let began = self.now();
        let recorder = Recorder::start();
        let output = runtime.block_on(future);
        let recording = recording_of(&runtime, began, Some(recorder));
        self.seen().recordings.push(recording.clone());
        (output, recording)
    }
}

#[track_caller]
fn build(builder: Builder) -> Runtime {
    builder.build().unwrap_or_else(|why| {
        panic!("no runtime: {why}; raise the limit with `ulimit -n`")
    })
}

fn recording_of(
    runtime: &Runtime,
    began: Duration,
    recorder: Option<Recorder>,
) -> Recording {
    Recording {
        thread: thread::current().name().unwrap_or_default().to_owned(),
        began,
        metrics: runtime.metrics(),
        task_times: runtime.task_times(),
        records: recorder.map(Recorder::finish).unwrap_or_default(),
    }
}

/// Speaking.
impl Griddle {
    /// Says a line: what the program on the slide prints.
    pub fn say(&self, text: impl Into<String>) {
        let line = Line { at: self.now(), text: text.into() };
        (self.shared.tell)(&line);
        self.seen().lines.push(line);
    }

    /// Claims something that must hold, whatever the machine. The verdict
    /// names each claim that does not.
    pub fn claim(&self, text: impl Into<String>, holds: bool) {
        let claim = Claim { text: text.into(), holds };
        self.seen().claims.push(claim);
    }

    /// Says in which state an egg is, for the picture: where no machine of
    /// ours does so itself.
    pub fn note(&self, egg: &str, state: &'static str) {
        let (at, egg) = (self.now(), egg.to_owned());
        self.seen().notes.push(Note { at, egg, state });
    }
}

impl fmt::Debug for Griddle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Griddle({})", self.server())
    }
}
