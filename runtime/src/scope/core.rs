//! What a scope and its handles share: the children, and how far it has come.
//!
//! Handles are cloned, and children may hold them, so this lies in an `Rc`,
//! and may lie in a cycle of them. Nothing depends on its drop: whoever owns
//! the scope, its future, empties it.
//!
//! Next: `child.rs`, one child.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use onecook_reactor::context::{self, PollingChild, Tag};
use onecook_reactor::report::{Report, ReportKind};

use super::child::{self, ChildCell, Shared};
use super::handle::ScopedHandle;
use crate::children::{Children, Identity, Turn};
use crate::executor;
use crate::join_error::{Who, message};
use crate::task::TaskName;
use crate::trace::{self, Event, Outcome};

/// The body's place among the children; another's once it has ended.
pub(super) const BODY: usize = 0;

pub(super) type Panic = Box<dyn Any + Send + 'static>;

/// How far a scope has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// The body and the children run.
    Open,
    /// It was cancelled, or somebody failed: all are to be dropped.
    Ending,
    /// Nothing below is left.
    Closed,
}

/// What a scope's future and its handles share.
pub(super) struct Core<'env, E> {
    children: Rc<Children>,
    /// By place; the body's is empty while it runs.
    entries: RefCell<Vec<Option<Entry<'env, E>>>>,
    living: Cell<usize>,
    spawned: Cell<u64>,
    stage: Cell<Stage>,
    /// Its future is being polled: no need to wake it.
    is_polled: Cell<bool>,
    errors: RefCell<Vec<E>>,
    /// Why it was cancelled, as an error.
    stopped: RefCell<Option<E>>,
    /// How the trace calls it; nothing outside a runtime.
    number: Option<u64>,
}

type BoxedChild<'env, E> = Pin<Box<dyn ChildCell<E> + 'env>>;

struct Entry<'env, E> {
    /// In which order they were spawned.
    order: u64,
    who: ChildWho,
    /// `None` while it is polled.
    cell: Option<BoxedChild<'env, E>>,
}

/// What reports call a child.
#[derive(Clone)]
pub(super) struct ChildWho {
    pub(super) number: Number,
    pub(super) name: TaskName,
    pub(super) site: &'static Location<'static>,
}

impl ChildWho {
    pub(super) fn who(&self) -> Who {
        Who::child(self.number.0, &self.name, self.site)
    }
}

/// A child's number; nothing outside a runtime.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) Option<u64>);

impl Number {
    fn tag(self) -> Tag {
        Tag(self.0.unwrap_or(Tag::NONE.0))
    }

    /// From here on its code runs.
    fn runs(self) -> Option<PollingChild> {
        Some(context::polling_child(Tag(self.0?)))
    }

    fn trace(self, event: impl FnOnce(Tag) -> Event) {
        if self.0.is_some() {
            trace::emit(|| event(self.tag()));
        }
    }
}

/// Opening and spawning.
impl<'env, E> Core<'env, E> {
    pub(super) fn open() -> Rc<Core<'env, E>> {
        let children = Children::new("scope");
        let body = children.reserve(None);
        debug_assert_eq!(body, BODY);
        children.wake(BODY);
        let number = executor::number_scope();
        if let Some(scope) = number {
            let parent = context::polled();
            trace::emit(|| Event::ScopeOpen { scope, parent });
        }
        Rc::new(Core {
            children: Rc::new(children),
            entries: RefCell::new(vec![None]),
            living: Cell::new(0),
            spawned: Cell::new(0),
            stage: Cell::new(Stage::Open),
            is_polled: Cell::new(false),
            errors: RefCell::default(),
            stopped: RefCell::new(None),
            number,
        })
    }

    pub(super) fn spawn<F, T>(
        &self,
        future: F,
        split: fn(F::Output) -> Result<T, E>,
        name: TaskName,
        site: &'static Location<'static>,
    ) -> ScopedHandle<T>
    where
        F: Future + 'env,
        T: 'env,
        E: 'env,
    {
        match self.stage.get() {
            Stage::Open => {}
            Stage::Ending => return refuse(future, name, site),
            Stage::Closed => refuse_loudly(future, site),
        }
        let number = Number(executor::number_child());
        let who = ChildWho { number, name, site };
        let place = self.children.reserve(Some(Identity {
            number: number.0.unwrap_or_default(),
            name: who.name.clone(),
            site,
            joiner: None,
        }));
        let shared = Shared::new(self.children.clone(), place, who.clone());
        let cell = child::boxed(future, split, shared.clone());
        self.trace_spawn(&who);
        self.put(place, who, cell);
        self.children.wake(place);
        ScopedHandle::new(shared)
    }

    fn put(&self, place: usize, who: ChildWho, cell: BoxedChild<'env, E>) {
        let order = self.spawned.get();
        self.spawned.set(order + 1);
        self.living.set(self.living.get() + 1);
        let entry = Entry { order, who, cell: Some(cell) };
        let mut entries = self.entries.borrow_mut();
        if place == entries.len() {
            entries.push(Some(entry));
        } else {
            entries[place] = Some(entry);
        }
    }

    fn trace_spawn(&self, who: &ChildWho) {
        let Some(scope) = self.number else { return };
        who.number.trace(|child| Event::ChildSpawn {
            child,
            scope,
            name: who.name.as_ref().map(|name| Arc::from(name.as_str())),
            site: who.site,
            parent: context::polled(),
        });
    }

    pub(super) fn living(&self) -> usize {
        self.living.get()
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }

    pub(super) fn children(&self) -> &Children {
        &self.children
    }
}

/// While a scope ends, whoever spawns gets a handle that says so.
fn refuse<F, T>(
    future: F,
    name: TaskName,
    site: &'static Location<'static>,
) -> ScopedHandle<T> {
    drop(future);
    let who = ChildWho { number: Number(None), name, site };
    ScopedHandle::new(Shared::cancelled(who))
}

fn refuse_loudly<F>(future: F, site: &'static Location<'static>) -> ! {
    drop(future);
    panic!(
        "a child was spawned into a scope that is over (at {site}): when a \
         scope has returned, everything below it has ended. Spawn before the \
         body and the last child have ended, or into another scope"
    )
}

/// Cancelling and failing.
impl<E> Core<'_, E> {
    /// Nothing below is polled any more, and all is dropped soon.
    pub(super) fn cancel(&self, why: E) {
        if self.stage.get() == Stage::Closed {
            return;
        }
        let mut stopped = self.stopped.borrow_mut();
        let displaced =
            if stopped.is_none() { stopped.replace(why) } else { Some(why) };
        drop(stopped);
        drop(displaced);
        self.stage.set(Stage::Ending);
        if !self.is_polled.get() {
            self.children.wake_parent();
        }
    }

    /// Somebody failed. Whoever was woken before still has its turn.
    pub(super) fn fail(&self, error: E) {
        self.errors.borrow_mut().push(error);
        self.stage.set(Stage::Ending);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    pub(super) fn take_errors(&self) -> (Vec<E>, Option<E>) {
        (self.errors.take(), self.stopped.take())
    }
}

/// The scope is polled until this is dropped.
pub(super) struct Polled<'a>(&'a Cell<bool>);

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Polling.
impl<'env, E> Core<'env, E> {
    pub(super) fn begin_poll(&self, cx: &Context<'_>) -> Polled<'_> {
        self.is_polled.set(true);
        self.children.begin_poll(cx);
        Polled(&self.is_polled)
    }

    /// A child's turn.
    pub(super) fn poll_child(&self, turn: Turn) -> Result<(), Panic> {
        let place = turn.place();
        let Some((mut cell, number)) = self.take_out(place) else {
            return Ok(());
        };
        match poll_cell(turn, cell.as_mut(), number) {
            Ok(Poll::Pending) => {
                self.put_back(place, cell);
                Ok(())
            }
            Ok(Poll::Ready(end)) => self.end_child(place, cell, end),
            Err(payload) => Err(self.child_panicked(place, cell, payload)),
        }
    }

    #[cold]
    fn child_panicked(
        &self,
        place: usize,
        cell: BoxedChild<'env, E>,
        payload: Panic,
    ) -> Panic {
        let entries = self.entries.borrow();
        let who = entries[place].as_ref().map(|entry| entry.who.clone());
        drop(entries);
        let ended = self.end_child(place, cell, child::End::Panicked);
        if let Err(second) = ended {
            report(second);
        }
        match who {
            Some(who) => named(payload, &who),
            None => payload,
        }
    }

    #[inline]
    fn take_out(&self, place: usize) -> Option<(BoxedChild<'env, E>, Number)> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries[place].as_mut()?;
        Some((entry.cell.take()?, entry.who.number))
    }

    fn put_back(&self, place: usize, cell: BoxedChild<'env, E>) {
        if let Some(entry) = &mut self.entries.borrow_mut()[place] {
            entry.cell = Some(cell);
        }
    }

    /// A child is over: its place is free, and whoever awaits it is woken.
    /// What is left of it is dropped; that may panic.
    fn end_child(
        &self,
        place: usize,
        cell: BoxedChild<'env, E>,
        end: child::End<E>,
    ) -> Result<(), Panic> {
        let entry = self.entries.borrow_mut()[place].take();
        self.living.set(self.living.get() - 1);
        let Some(Entry { who, .. }) = entry else { return Ok(()) };
        let dropped = {
            let _runs = who.number.runs();
            catch_unwind(AssertUnwindSafe(|| drop(cell)))
        };
        // Only now: its `Drop` may spawn, which must not get this place, and
        // may leave somebody who awaits it.
        let joiner = self.children.replace_joiner(place, None);
        self.children.remove(place);
        let outcome = end.outcome();
        who.number.trace(|child| Event::ChildDone { child, outcome });
        who.number.trace(|child| Event::ChildDropped { child });
        if let child::End::Failed(error) = end {
            self.fail(error);
        }
        let woken = catch_unwind(AssertUnwindSafe(|| {
            if let Some(joiner) = joiner {
                joiner.wake();
            }
        }));
        dropped.map_err(|payload| named(payload, &who)).and(woken)
    }
}

#[inline]
fn poll_cell<E>(
    turn: Turn,
    cell: Pin<&mut (dyn ChildCell<E> + '_)>,
    number: Number,
) -> Result<Poll<child::End<E>>, Panic> {
    let parent = context::polled();
    let _runs = number.runs();
    let anchor = executor::anchor();
    anchor.set_polling(number.tag());
    number.trace(|child| Event::ChildPollBegin { child, parent });
    let mut cx = turn.context();
    let poll = catch_unwind(AssertUnwindSafe(|| cell.poll(&mut cx)));
    drop(turn);
    let ready = !matches!(poll, Ok(Poll::Pending));
    number.trace(|child| Event::ChildPollEnd { child, ready });
    anchor.set_polling(parent);
    poll
}

/// The end.
impl<E> Core<'_, E> {
    /// Drops every child, the youngest first. The first panic is returned, the
    /// others are reported.
    pub(super) fn drop_children(&self) -> Result<(), Panic> {
        if self.stage.get() == Stage::Closed {
            return Ok(());
        }
        self.stage.set(Stage::Ending);
        let mut first = Ok(());
        for place in self.places_youngest_first() {
            let Some((cell, _)) = self.take_out(place) else { continue };
            let end = child::End::Cancelled;
            first = keep_first(first, self.end_child(place, cell, end));
        }
        first
    }

    fn places_youngest_first(&self) -> Vec<usize> {
        let entries = self.entries.borrow();
        let living = entries.iter().enumerate();
        let mut places: Vec<_> = living
            .filter_map(|(place, entry)| Some((entry.as_ref()?.order, place)))
            .collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// Nothing is left below.
    pub(super) fn close(&self) {
        if self.stage.replace(Stage::Closed) == Stage::Closed {
            return;
        }
        self.children.end();
        if let Some(scope) = self.number {
            trace::emit(|| Event::ScopeClose { scope });
        }
        let entries = mem::take(&mut *self.entries.borrow_mut());
        drop(entries);
    }
}

/// Of two panics the first goes on, and the second is reported.
fn keep_first(
    first: Result<(), Panic>,
    next: Result<(), Panic>,
) -> Result<(), Panic> {
    if first.is_ok() && !thread::panicking() {
        return next;
    }
    if let Err(second) = next {
        report(second);
    }
    first
}

/// A panic of a child is named already.
pub(super) fn report(payload: Panic) {
    let text = message(&*payload).unwrap_or("a part of a scope panicked");
    let text = format!(
        "{text} (This happened while its scope was ending because of another \
         panic, which goes on. So this is the only notice.)"
    );
    Report::new(ReportKind::Panic, text).send();
    // What it panicked with may panic in its `Drop`, and so on; then it is
    // better leaked.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    if let Err(payload) = dropped {
        mem::forget(payload);
    }
}

/// The panic's text, if it is text, names the child from here on.
fn named(payload: Panic, who: &ChildWho) -> Panic {
    let name = who.who().to_string();
    match message(&*payload) {
        Some(text) if text.starts_with(&name) => payload,
        Some(text) => Box::new(format!("{name} panicked: {text}")),
        None => payload,
    }
}

impl<E> child::End<E> {
    fn outcome(&self) -> Outcome {
        match self {
            child::End::Finished | child::End::Failed(_) => Outcome::Finished,
            child::End::Cancelled => Outcome::Cancelled,
            child::End::Panicked => Outcome::Panicked,
        }
    }
}

impl<E> fmt::Debug for Core<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} children", self.stage.get(), self.living.get())
    }
}
