//! futures-rs.

use crate::runtimes::onecook::rt;

mod lib {
    use futures::future;
    use std::future::Future;

    use super::streams::Yielding;
    use futures::stream;

    pub(crate) use futures::stream::{
        FuturesUnordered, Stream, StreamExt, iter,
    };

    pub(crate) fn count_merged(
        streams: Vec<Yielding>,
    ) -> impl Future<Output = u64> {
        let merged = stream::select_all(streams);
        merged.fold(0, |count, _| future::ready(count + 1))
    }

    pub(crate) fn sum_of_even_doubles(end: u64) -> impl Future<Output = u64> {
        let doubles = iter(0..end).map(|number| 2 * number);
        let even = doubles.filter(|number| future::ready(number % 2 == 0));
        even.fold(0, |sum, number| future::ready(sum + number))
    }

    pub(crate) fn count_chunks(end: u64) -> impl Future<Output = u64> {
        let chunks = iter(0..end).chunks(8);
        chunks.fold(0, |count, _| future::ready(count + 1))
    }

    pub(crate) fn join<F: Future<Output = u64>>(
        children: Vec<F>,
    ) -> impl Future<Output = Vec<u64>> {
        future::join_all(children)
    }

    pub(crate) fn join_two<F: Future<Output = u64>>(
        a: F,
        b: F,
    ) -> impl Future<Output = (u64, u64)> {
        future::join(a, b)
    }

    pub(crate) async fn race<F: Future<Output = u64> + Unpin>(
        children: Vec<F>,
    ) -> u64 {
        future::select_all(children).await.0
    }

    pub(crate) async fn race_two<F: Future<Output = u64> + Unpin>(
        a: F,
        b: F,
    ) -> u64 {
        future::select(a, b).await.factor_first().0
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
