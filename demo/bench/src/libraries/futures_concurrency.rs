//! futures-concurrency.

use crate::runtimes::onecook::rt;

mod lib {
    use super::streams::Yielding;
    use futures::StreamExt;
    use futures_concurrency::prelude::*;
    use std::future::Future;

    pub(crate) use futures::stream::Stream;

    /// Its streams are counted with futures-rs, as in its documentation.
    pub(crate) fn count_merged(
        streams: Vec<Yielding>,
    ) -> impl Future<Output = u64> {
        let merged = streams.merge();
        merged.fold(0, |count, _| std::future::ready(count + 1))
    }

    pub(crate) fn join<F: Future<Output = u64>>(
        children: Vec<F>,
    ) -> impl Future<Output = Vec<u64>> {
        children.join()
    }

    pub(crate) fn join_two<F: Future<Output = u64>>(
        a: F,
        b: F,
    ) -> impl Future<Output = (u64, u64)> {
        (a, b).join()
    }

    pub(crate) fn race<F: Future<Output = u64>>(
        children: Vec<F>,
    ) -> impl Future<Output = u64> {
        children.race()
    }

    pub(crate) fn race_two<F: Future<Output = u64>>(
        a: F,
        b: F,
    ) -> impl Future<Output = u64> {
        (a, b).race()
    }
}

#[path = "joins.rs"]
pub(super) mod joins;
#[path = "streams.rs"]
pub(super) mod streams;
