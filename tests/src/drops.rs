//! User code that runs where the runtime does not expect it: in `Drop`, and in
//! `wake`.

use std::sync::Arc;
use std::task::{Wake, Waker};

use parking_lot::Mutex;

/// Runs its closure when it is dropped. To be put into a future, an output, a
/// waker, a closure or a panic's payload.
#[must_use = "it is dropped at once"]
pub struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    /// Runs `f` when it is dropped.
    pub fn new(f: F) -> OnDrop<F> {
        OnDrop(Some(f))
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

/// Panics with that text when it is dropped.
pub struct PanicsOnDrop(pub &'static str);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// What happened, in order; shared by clones, from any thread.
#[derive(Clone, Default, Debug)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Log {
        Log::default()
    }

    /// Adds a line.
    pub fn add(&self, line: impl Into<String>) {
        self.lines.lock().push(line.into());
    }

    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().clone()
    }

    /// A value that adds a line when it is dropped.
    pub fn on_drop(&self, line: &'static str) -> OnDrop<impl FnOnce() + use<>> {
        let log = self.clone();
        OnDrop::new(move || log.add(line))
    }
}

/// A waker that runs `f` at each wake.
pub fn on_wake(f: impl Fn() + Send + Sync + 'static) -> Waker {
    wakes_or_drops(f, || {})
}

/// A waker that runs `woken` at each wake, and `dropped` when the last clone
/// of it is dropped.
pub fn wakes_or_drops(
    woken: impl Fn() + Send + Sync + 'static,
    dropped: impl Fn() + Send + Sync + 'static,
) -> Waker {
    Waker::from(Arc::new(Custom { woken, dropped }))
}

struct Custom<W, D: Fn()> {
    woken: W,
    dropped: D,
}

impl<W, D> Wake for Custom<W, D>
where
    W: Fn() + Send + Sync + 'static,
    D: Fn() + Send + Sync + 'static,
{
    fn wake(self: Arc<Self>) {
        (self.woken)();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        (self.woken)();
    }
}

impl<W, D: Fn()> Drop for Custom<W, D> {
    fn drop(&mut self) {
        (self.dropped)();
    }
}
