//! Ours.

use crate::runtimes::onecook::rt;

mod lib {
    use onecook::future;
    use std::future::Future;

    use super::streams::Yielding;
    use onecook::stream;

    pub(crate) use onecook::stream::{
        FuturesUnordered, Stream, StreamExt, iter,
    };

    pub(crate) fn count_merged(
        streams: Vec<Yielding>,
    ) -> impl Future<Output = u64> {
        stream::merge(streams).fold(0, |count, _| count + 1)
    }

    pub(crate) fn sum_of_even_doubles(end: u64) -> impl Future<Output = u64> {
        let doubles = iter(0..end).map(|number| 2 * number);
        let even = doubles.filter(|number| number % 2 == 0);
        even.fold(0, |sum, number| sum + number)
    }

    pub(crate) fn count_chunks(end: u64) -> impl Future<Output = u64> {
        iter(0..end).chunks(8).fold(0, |count, _| count + 1)
    }

    pub(crate) fn join<F: Future<Output = u64>>(
        children: Vec<F>,
    ) -> impl Future<Output = Vec<u64>> {
        future::join(children)
    }

    pub(crate) fn join_two<F: Future<Output = u64>>(
        a: F,
        b: F,
    ) -> impl Future<Output = (u64, u64)> {
        future::join((a, b))
    }

    pub(crate) fn race<F: Future<Output = u64>>(
        children: Vec<F>,
    ) -> impl Future<Output = u64> {
        future::race(children)
    }

    pub(crate) fn race_two<F: Future<Output = u64>>(
        a: F,
        b: F,
    ) -> impl Future<Output = u64> {
        future::race((a, b))
    }
}

#[path = "adapted.rs"]
pub(super) mod adapted;
#[path = "collections.rs"]
pub(super) mod collections;
#[path = "joins.rs"]
pub(super) mod joins;
#[path = "streams.rs"]
pub(super) mod streams;
