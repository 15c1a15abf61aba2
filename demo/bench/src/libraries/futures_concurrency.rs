//! futures-concurrency.

use crate::runtimes::onecook::rt;

mod lib {
    use futures_concurrency::prelude::*;
    use std::future::Future;

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
