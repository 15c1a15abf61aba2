//! Drives a future by hand: polled when it is woken, and by nobody else.
//!
//! Next: `compare.rs`, two of them side by side.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};

use onecook::script::{self, Choices, Event, Setting};
use onecook::stream::Stream;

/// What happened, and which choices were made.
#[derive(Debug)]
pub struct Run {
    /// Event by event.
    pub events: Vec<Event>,
    /// For the twin, or the next run.
    pub choices: Choices,
}

/// So many polls are enough for every machine here: more is a loop.
const POLLS: usize = 1_000;

/// Whether the root was woken. Each poll has a waker of its own: whoever keeps
/// one from the poll before wakes nobody.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Woken {
    fn is_woken(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs what `make` makes from its first poll to its end, or until the script
/// drops it. It is dropped as soon as it is ready, as an `.await` does.
pub fn run<F: Future>(
    setting: Setting,
    choices: Choices,
    make: impl FnOnce() -> F,
    tell: impl FnOnce(F::Output) -> String,
) -> Run {
    script::begin(setting, choices);
    let mut root = Box::pin(make());
    let driven = catch_unwind(AssertUnwindSafe(|| drive(root.as_mut())));
    drop(root);
    match driven {
        Ok(Some(output)) => script::note(Event::Ended(tell(output))),
        Ok(None) => {} // cancelled, or stuck: it is written down
        Err(why) => script::note(Event::Panicked(text_of(&*why))),
    }
    let (events, choices) = script::end();
    Run { events, choices }
}

/// The output, unless the root is to be dropped unfinished.
fn drive<F: Future>(mut root: Pin<&mut F>) -> Option<F::Output> {
    for poll in 1..POLLS {
        if script::cancels() {
            script::note(Event::Cancelled);
            return None;
        }
        script::note(Event::Poll(poll));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        script::polls_with(waker.clone());
        let outcome = root.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = outcome {
            return Some(output);
        }
        if woken.is_woken() {
            script::note(Event::WokeItself);
        }
        while !woken.is_woken() {
            if !script::go_on() {
                script::note(Event::Stuck);
                return None;
            }
        }
    }
    panic!("polled {POLLS} times without an end")
}

/// A stream, item by item, until there are no more.
pub struct Items<S: Stream> {
    stream: Pin<Box<S>>,
    tell: fn(S::Item) -> String,
}

impl<S: Stream> Items<S> {
    /// All items of `stream`; each is written down as `tell` tells it.
    pub fn new(stream: S, tell: fn(S::Item) -> String) -> Items<S> {
        Items { stream: Box::pin(stream), tell }
    }
}

impl<S: Stream> Future for Items<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        while let Some(item) = ready!(this.stream.as_mut().poll_next(cx)) {
            script::note(Event::Said((this.tell)(item)));
        }
        Poll::Ready(())
    }
}

/// What polling `make`'s future once more than it has to be says.
pub fn polled_after_the_end<F: Future>(
    setting: Setting,
    make: impl FnOnce() -> F,
) -> String {
    script::begin(setting, Choices::first());
    let mut root = Box::pin(make());
    let ended = drive(root.as_mut()).is_some();
    assert!(ended, "always the first choice leads to an end");
    let mut cx = Context::from_waker(Waker::noop());
    let mut again = || root.as_mut().poll(&mut cx);
    let again = catch_unwind(AssertUnwindSafe(|| again().is_ready()));
    drop(root);
    let _ = script::end();
    match again {
        Ok(ready) => format!("no panic, ready: {ready}"),
        Err(why) => text_of(&*why),
    }
}

fn text_of(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<String>().cloned();
    let text = text.or_else(|| why.downcast_ref::<&str>().map(|&it| it.into()));
    text.unwrap_or_else(|| "of unknown type".to_owned())
}
