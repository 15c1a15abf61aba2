//! Futures of one type: in boxes, eight to a box.
//!
//! An array and a `Vec` differ in where the outputs go, and in nothing else.
//!
//! Next: `../stream/`, many values instead of one.

use std::array;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::combinator::{Child, Group, IntoGroup};
use super::rule::Rule;
use crate::children::Slots;

/// Futures of one type. What is kept of them comes out as an `S`.
pub struct Many<F, S: Outputs> {
    count: usize,
    slots: Slots<Child<F, S::Kept>>,
    outputs: PhantomData<S>,
}

/// The futures are pinned in their boxes, the outputs nowhere.
impl<F, S: Outputs> Unpin for Many<F, S> {}

/// Outputs of one type.
pub trait Outputs {
    /// One of them.
    type Kept;

    /// Takes them all, of which there are so many.
    fn collect(count: usize, kept: impl Iterator<Item = Self::Kept>) -> Self;
}

impl<K> Outputs for Vec<K> {
    type Kept = K;

    #[inline]
    fn collect(count: usize, kept: impl Iterator<Item = K>) -> Vec<K> {
        let mut all = Vec::with_capacity(count);
        kept.for_each(|kept| all.push(kept));
        all
    }
}

impl<K, const N: usize> Outputs for [K; N] {
    type Kept = K;

    #[inline]
    fn collect(_: usize, mut kept: impl Iterator<Item = K>) -> [K; N] {
        array::from_fn(|_| kept.next().expect("every place has a child"))
    }
}

impl<F, S: Outputs> Many<F, S> {
    #[inline]
    fn new(count: usize, futures: impl Iterator<Item = F>) -> Many<F, S> {
        let slots = futures.map(Child::new).collect();
        Many { count, slots, outputs: PhantomData }
    }

    #[inline]
    fn child(&mut self, place: usize) -> Pin<&mut Child<F, S::Kept>> {
        self.slots.child(place).expect("every place has a child")
    }
}

impl<R, F, S> Group<R> for Many<F, S>
where
    F: Future,
    R: Rule<F::Output>,
    S: Outputs<Kept = R::Kept>,
{
    type Kept = S;
    type End = R::End;

    #[inline]
    fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn poll_child(
        self: Pin<&mut Self>,
        place: usize,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<R::End>> {
        self.get_mut().child(place).poll_future::<R>(cx)
    }

    fn clear(self: Pin<&mut Self>) {
        self.get_mut().slots = Slots::new();
    }

    #[inline]
    fn take_kept(self: Pin<&mut Self>) -> S {
        let this = self.get_mut();
        S::collect(this.count, this.slots.all().map(Child::take_kept))
    }
}

impl<R, F> IntoGroup<R> for Vec<F>
where
    F: IntoFuture,
    R: Rule<F::Output>,
{
    type Group = Many<F::IntoFuture, Vec<R::Kept>>;

    fn into_group(self) -> Self::Group {
        Many::new(self.len(), self.into_iter().map(F::into_future))
    }
}

impl<R, F, const N: usize> IntoGroup<R> for [F; N]
where
    F: IntoFuture,
    R: Rule<F::Output>,
{
    type Group = Many<F::IntoFuture, [R::Kept; N]>;

    fn into_group(self) -> Self::Group {
        Many::new(N, self.into_iter().map(F::into_future))
    }
}
