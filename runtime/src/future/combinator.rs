//! What all combinators do: poll who was woken, until the rule says stop.
//!
//! ```text
//!   Starting ──▶ Waiting { left } ──▶ Done     all have ended, or one of
//!                    │     ▲           ▲       them ended the others
//!                    ▼     │           │
//!                    Polling ──────────┘
//! ```
//!
//! Its weakness: a child that is ready at its first poll got a waker of its
//! own for nothing, and two are better polled both than told apart. So a join
//! of ten that lie in a `Vec` takes 2.6 times the instructions of `join_all` of
//! futures-rs, which polls all ten whenever one is woken, and a race of ten
//! that wake themselves at once takes three times those of `select_all`. At a
//! hundred our join takes a third of what `join_all` does.
//!
//! Next: `tuple.rs`, futures of different types.

use std::fmt;
use std::future::Future;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::rule::Rule;
use crate::children::Children;
use crate::random;

/// Where the futures of a combinator lie, and their outputs after them.
pub trait Group<R> {
    /// The outputs of all, in the order of the futures.
    type Kept;
    /// What ends all of them.
    type End;

    /// How many there are.
    fn count(&self) -> usize;

    /// Polls one of them. When it ends it is dropped at once; what the rule
    /// keeps of its output is kept here. Who has ended is not polled again.
    fn poll_child(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<Self::End>>;

    /// Drops whatever is left, place by place.
    fn clear(self: Pin<&mut Self>);

    /// Hands out what was kept of all, who have ended.
    fn take_kept(self: Pin<&mut Self>) -> Self::Kept;
}

/// Something that futures come in: a tuple, an array or a `Vec`.
pub trait IntoGroup<R> {
    /// Where they will lie.
    type Group: Group<R>;

    /// Takes them out.
    fn into_group(self) -> Self::Group;
}

pin_project! {
    /// Polls the futures of a group, each when it was woken.
    pub struct Combinator<G> {
        // Before their wakers, so that these are free when they are given back.
        #[pin]
        group: G,
        children: Children,
        name: &'static str,
        stage: Stage,
    }
}

/// What a combinator waits for.
#[derive(Debug)]
enum Stage {
    /// Its first poll.
    Starting,
    /// So many of its futures.
    Waiting { left: usize },
    /// The end of a future's poll. If it is found so, that poll panicked.
    Polling,
    /// Nothing more.
    Done,
}

impl<G> Combinator<G> {
    #[inline]
    pub(super) fn new(name: &'static str, group: G) -> Combinator<G> {
        let children = Children::new(name);
        Combinator { group, children, name, stage: Stage::Starting }
    }

    pub(super) fn group(&self) -> &G {
        &self.group
    }

    /// `Continue`: all have ended. `Break`: one of them ended the others, who
    /// are dropped by now.
    #[inline]
    pub(super) fn poll<R>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        order: Order,
    ) -> Poll<ControlFlow<G::End, G::Kept>>
    where
        G: Group<R>,
    {
        let mut left = self.as_mut().begin(order);
        match self.as_mut().poll_woken(cx, &mut left) {
            ControlFlow::Break(end) => {
                self.as_mut().project().group.clear();
                self.done();
                Poll::Ready(ControlFlow::Break(end))
            }
            ControlFlow::Continue(()) if left == 0 => {
                let kept = self.as_mut().project().group.take_kept();
                self.done();
                Poll::Ready(ControlFlow::Continue(kept))
            }
            ControlFlow::Continue(()) => {
                *self.project().stage = Stage::Waiting { left };
                Poll::Pending
            }
        }
    }

    #[inline]
    fn begin<R>(self: Pin<&mut Self>, order: Order) -> usize
    where
        G: Group<R>,
    {
        let this = self.project();
        match mem::replace(this.stage, Stage::Polling) {
            Stage::Starting => {
                let count = this.group.count();
                this.children.start(count, order.first(count));
                count
            }
            Stage::Waiting { left } => left,
            over => {
                *this.stage = over;
                polled_too_late(this.name, this.stage)
            }
        }
    }

    #[inline]
    fn poll_woken<R>(
        self: Pin<&mut Self>,
        cx: &Context<'_>,
        left: &mut usize,
    ) -> ControlFlow<G::End>
    where
        G: Group<R>,
    {
        let mut this = self.project();
        this.children.begin_poll(cx);
        while *left > 0 {
            let Some(turn) = this.children.next_turn(cx) else { break };
            let (place, mut cx) = (turn.place(), turn.context());
            let polled = this.group.as_mut().poll_child(place, &mut cx);
            if let Poll::Ready(ended) = polled {
                ended?;
                this.children.end_last(&turn);
                *left -= 1;
            }
        }
        ControlFlow::Continue(())
    }

    /// The children's wakers lead nowhere from here on.
    #[inline]
    fn done(self: Pin<&mut Self>) {
        let this = self.project();
        *this.children = Children::new(this.name);
        *this.stage = Stage::Done;
    }
}

#[cold]
fn polled_too_late(name: &str, stage: &Stage) -> ! {
    match stage {
        Stage::Polling => {
            panic!("`{name}` polled after one of its futures panicked")
        }
        _ => panic!("`{name}` polled after it was done"),
    }
}

impl<G> fmt::Debug for Combinator<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}, {:?}", self.name, self.stage, self.children)
    }
}

/// Whom to poll first, in the first poll. From then on they are polled in the
/// order in which they were woken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// The first.
    Places,
    /// One that is drawn by lot: who is first may be the winner.
    Fair,
}

impl Order {
    #[inline]
    fn first(self, count: usize) -> usize {
        match self {
            Order::Fair if count > 1 => random::below(count),
            _ => 0,
        }
    }
}

pin_project! {
    /// One future, and then what is kept of its output.
    #[project = ChildProjection]
    #[project_replace = ChildTaken]
    pub enum Child<F, K> {
        /// For the future to end.
        Waiting {
            #[pin]
            future: F,
        },
        /// For the others.
        Ended { kept: K },
        /// Nothing: it ended the others, or was dropped.
        Done,
    }
}

impl<F, K> Child<F, K> {
    #[inline]
    pub(super) fn new(future: F) -> Child<F, K> {
        Child::Waiting { future }
    }

    #[inline]
    pub(super) fn poll_future<R>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<R::End>>
    where
        F: Future,
        R: Rule<F::Output, Kept = K>,
    {
        let this = self.as_mut().project();
        let ChildProjection::Waiting { future } = this else {
            return Poll::Pending;
        };
        let Poll::Ready(output) = future.poll(cx) else { return Poll::Pending };
        Poll::Ready(match R::judge(output) {
            ControlFlow::Continue(kept) => {
                self.set(Child::Ended { kept });
                ControlFlow::Continue(())
            }
            ControlFlow::Break(end) => {
                self.set(Child::Done);
                ControlFlow::Break(end)
            }
        })
    }

    #[inline]
    pub(super) fn take_kept(self: Pin<&mut Self>) -> K {
        match self.project_replace(Child::Done) {
            ChildTaken::Ended { kept } => kept,
            _ => unreachable!("all have ended"),
        }
    }
}
