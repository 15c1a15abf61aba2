//! Ours.

use crate::runtimes::onecook::rt;

mod lib {
    use onecook::future;
    use std::future::Future;

    pub(crate) use onecook::stream::{
        FuturesUnordered, Stream, StreamExt, iter,
    };

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

#[path = "collections.rs"]
pub(super) mod collections;
#[path = "joins.rs"]
pub(super) mod joins;
