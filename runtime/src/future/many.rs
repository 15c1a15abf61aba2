//! Futures of one type: in boxes, eight to a box.
//!
//! An array and a `Vec` differ in where the outputs go, and in nothing else.
//!
//! Next: `../stream/`, many values instead of one.

use std::array;
use std::future::IntoFuture;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::combinator::{Group, IntoGroup};
use super::rule::Rule;
use crate::children::Slots;

/// Futures of one type, and a shelf for what is kept of their outputs.
pub struct Many<F, S> {
    count: usize,
    slots: Slots<F>,
    shelf: S,
}

/// The futures are pinned in their boxes, the outputs nowhere.
impl<F, S> Unpin for Many<F, S> {}

/// Places for outputs.
pub trait Shelf {
    /// What lies in each.
    type Kept;
    /// All of it.
    type All;

    /// The place of one.
    fn place(&mut self, place: usize) -> &mut Option<Self::Kept>;

    /// Takes what lies there; no place is empty.
    fn take_all(&mut self) -> Self::All;
}

impl<K> Shelf for Vec<Option<K>> {
    type Kept = K;
    type All = Vec<K>;

    #[inline]
    fn place(&mut self, place: usize) -> &mut Option<K> {
        &mut self[place]
    }

    #[inline]
    fn take_all(&mut self) -> Vec<K> {
        mem::take(self).into_iter().map(expect_kept).collect()
    }
}

impl<K, const N: usize> Shelf for [Option<K>; N] {
    type Kept = K;
    type All = [K; N];

    #[inline]
    fn place(&mut self, place: usize) -> &mut Option<K> {
        &mut self[place]
    }

    #[inline]
    fn take_all(&mut self) -> [K; N] {
        self.each_mut().map(|kept| expect_kept(kept.take()))
    }
}

#[inline]
fn expect_kept<K>(kept: Option<K>) -> K {
    kept.expect("all have ended")
}

impl<R, F, S> Group<R> for Many<F, S>
where
    F: Future,
    R: Rule<F::Output>,
    S: Shelf<Kept = R::Kept>,
{
    type Kept = S::All;
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
        let this = self.get_mut();
        let Some(child) = this.slots.child(place) else { return Poll::Pending };
        let Poll::Ready(output) = child.poll(cx) else { return Poll::Pending };
        this.slots.clear(place);
        Poll::Ready(match R::judge(output) {
            ControlFlow::Continue(kept) => {
                *this.shelf.place(place) = Some(kept);
                ControlFlow::Continue(())
            }
            ControlFlow::Break(end) => ControlFlow::Break(end),
        })
    }

    fn clear(self: Pin<&mut Self>) {
        let this = self.get_mut();
        for place in 0..this.count {
            this.slots.clear(place);
            *this.shelf.place(place) = None;
        }
    }

    #[inline]
    fn take_kept(self: Pin<&mut Self>) -> S::All {
        self.get_mut().shelf.take_all()
    }
}

impl<R, F> IntoGroup<R> for Vec<F>
where
    F: IntoFuture,
    R: Rule<F::Output>,
{
    type Group = Many<F::IntoFuture, Vec<Option<R::Kept>>>;

    fn into_group(self) -> Self::Group {
        let count = self.len();
        let mut shelf = Vec::new();
        shelf.resize_with(count, || None);
        let slots = self.into_iter().map(F::into_future).collect();
        Many { count, slots, shelf }
    }
}

impl<R, F, const N: usize> IntoGroup<R> for [F; N]
where
    F: IntoFuture,
    R: Rule<F::Output>,
{
    type Group = Many<F::IntoFuture, [Option<R::Kept>; N]>;

    fn into_group(self) -> Self::Group {
        let shelf = array::from_fn(|_| None);
        let slots = self.into_iter().map(F::into_future).collect();
        Many { count: N, slots, shelf }
    }
}
