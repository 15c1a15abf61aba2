//! Futures of different types: a list of fields, no box.
//!
//! A tuple `(a, b, c)` becomes `(a, (b, (c,)))`, and that a list of children,
//! each in the field of its type. So what is done with twelve is written once:
//! it is done with the first, or with the others.
//!
//! Next: `arity.rs`, the way there and back for each length.

use std::future::IntoFuture;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::arity::Nest;
use super::combinator::{Child, Group, IntoGroup};
use super::rule::Rule;

pin_project! {
    /// One child, and the others after it.
    pub struct Pair<C, T> {
        #[pin]
        head: C,
        #[pin]
        tail: T,
    }
}

/// The last child, or the only one.
impl<R, F, K> Group<R> for Child<F, K>
where
    F: Future,
    R: Rule<F::Output, Kept = K>,
{
    type Kept = (K,);
    type End = R::End;

    fn count(&self) -> usize {
        1
    }

    #[inline]
    fn poll_child(
        self: Pin<&mut Self>,
        _place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<R::End>> {
        self.poll_future::<R>(cx)
    }

    #[inline]
    fn clear(mut self: Pin<&mut Self>) {
        self.set(Child::Done);
    }

    #[inline]
    fn take_kept(self: Pin<&mut Self>) -> (K,) {
        (Child::take_kept(self),)
    }
}

impl<R, F, K, T> Group<R> for Pair<Child<F, K>, T>
where
    F: Future,
    R: Rule<F::Output, Kept = K>,
    T: Group<R, End = R::End>,
{
    type Kept = (K, T::Kept);
    type End = R::End;

    #[inline]
    fn count(&self) -> usize {
        1 + self.tail.count()
    }

    #[inline]
    fn poll_child(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<R::End>> {
        let this = self.project();
        match place {
            0 => this.head.poll_future::<R>(cx),
            _ => this.tail.poll_child(place - 1, cx),
        }
    }

    #[inline]
    fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.head.set(Child::Done);
        this.tail.clear();
    }

    #[inline]
    fn take_kept(self: Pin<&mut Self>) -> (K, T::Kept) {
        let this = self.project();
        (this.head.take_kept(), this.tail.take_kept())
    }
}

impl<R, T> IntoGroup<R> for T
where
    T: Nest,
    T::Nested: IntoList<R>,
{
    type Group = <T::Nested as IntoList<R>>::List;

    #[inline]
    fn into_group(self) -> Self::Group {
        self.nest().into_list()
    }
}

/// What becomes a list of children.
pub trait IntoList<R> {
    /// The list.
    type List: Group<R>;

    /// Makes each a child.
    fn into_list(self) -> Self::List;
}

impl<R, F> IntoList<R> for (F,)
where
    F: IntoFuture,
    R: Rule<F::Output>,
{
    type List = Child<F::IntoFuture, R::Kept>;

    #[inline]
    fn into_list(self) -> Self::List {
        Child::new(self.0.into_future())
    }
}

impl<R, F, T> IntoList<R> for (F, T)
where
    F: IntoFuture,
    R: Rule<F::Output>,
    T: IntoList<R>,
    T::List: Group<R, End = R::End>,
{
    type List = Pair<Child<F::IntoFuture, R::Kept>, T::List>;

    #[inline]
    fn into_list(self) -> Self::List {
        let (head, tail) = self;
        let head = Child::new(head.into_future());
        Pair { head, tail: tail.into_list() }
    }
}
