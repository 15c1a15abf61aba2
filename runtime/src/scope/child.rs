//! One child: its future, and where its output goes.
//!
//! Next: `run.rs`, who polls it.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::core::ChildWho;
use crate::children::Children;

/// A child of any type, in a scope whose errors are `E`.
pub(super) trait ChildCell<E> {
    /// Polls the future; its output goes to whoever holds the handle.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End<E>>;
}

/// How a child ended.
pub(super) enum End<E> {
    /// With its output.
    Finished,
    /// With an error, which is the scope's.
    Failed(E),
    /// It was cancelled, alone or with the scope.
    Cancelled,
    /// It panicked.
    Panicked,
}

/// What a child shares with its handle.
pub(super) struct Shared<T> {
    /// To know who awaits it; nothing for a child that never was.
    children: Option<Rc<Children>>,
    place: usize,
    who: ChildWho,
    aborted: Cell<bool>,
    output: Cell<Output<T>>,
}

/// The output, on its way from the child to the handle.
pub(super) enum Output<T> {
    /// The child runs.
    Expected,
    /// It waits for the handle.
    Ready(T),
    /// There will be none.
    Cancelled,
    /// The handle has it.
    Taken,
}

impl<T> Shared<T> {
    pub(super) fn new(
        children: Rc<Children>,
        place: usize,
        who: ChildWho,
    ) -> Rc<Shared<T>> {
        Rc::new(Shared {
            children: Some(children),
            place,
            who,
            aborted: Cell::new(false),
            output: Cell::new(Output::Expected),
        })
    }

    /// Of a child that was refused.
    pub(super) fn cancelled(who: ChildWho) -> Rc<Shared<T>> {
        let (aborted, place) = (Cell::new(false), usize::MAX);
        let output = Cell::new(Output::Cancelled);
        Rc::new(Shared { children: None, place, who, aborted, output })
    }

    pub(super) fn who(&self) -> &ChildWho {
        &self.who
    }

    /// The scope's children and the place among them, while it is one.
    pub(super) fn position(&self) -> Option<(&Children, usize)> {
        let children = self.children.as_deref().filter(|_| self.is_running());
        children.map(|children| (children, self.place))
    }

    pub(super) fn is_running(&self) -> bool {
        let output = self.output.replace(Output::Taken);
        let running = matches!(output, Output::Expected);
        self.output.set(output);
        running
    }

    pub(super) fn take(&self) -> Output<T> {
        let output = self.output.replace(Output::Taken);
        if matches!(output, Output::Expected) {
            self.output.set(Output::Expected);
        }
        output
    }

    pub(super) fn abort(&self) {
        self.aborted.set(true);
        if let Some((children, place)) = self.position() {
            children.wake(place);
        }
    }
}

/// A child's side of what is shared. Dropped without an output, it says so.
struct Promise<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Promise<T> {
    /// If the handle is gone, the output goes with the child, in a moment.
    fn keep(&self, output: T) {
        self.shared.output.set(Output::Ready(output));
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if self.shared.is_running() {
            self.shared.output.set(Output::Cancelled);
        }
    }
}

pin_project! {
    /// A child as its scope keeps it. The future is dropped before the promise
    /// is: who learns of a child's end finds nothing left of it.
    struct Child<F, S, T> {
        #[pin]
        future: Option<F>,
        split: S,
        promise: Promise<T>,
    }
}

pub(super) fn boxed<'env, F, T, E>(
    future: F,
    split: fn(F::Output) -> Result<T, E>,
    shared: Rc<Shared<T>>,
) -> Pin<Box<dyn ChildCell<E> + 'env>>
where
    F: Future + 'env,
    T: 'env,
    E: 'env,
{
    let promise = Promise { shared };
    Box::pin(Child { future: Some(future), split, promise })
}

impl<F, T, E> ChildCell<E> for Child<F, fn(F::Output) -> Result<T, E>, T>
where
    F: Future,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End<E>> {
        let mut this = self.project();
        if this.promise.shared.aborted.get() {
            return Poll::Ready(End::Cancelled);
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a child of a scope was polled after it was done");
        };
        let output = ready!(future.poll(cx));
        this.future.set(None);
        Poll::Ready(match (this.split)(output) {
            Ok(output) => {
                this.promise.keep(output);
                End::Finished
            }
            Err(error) => End::Failed(error),
        })
    }
}
