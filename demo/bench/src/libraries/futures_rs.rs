//! futures-rs.

use crate::runtimes::onecook::rt;

mod lib {
    use futures::future;
    use std::future::Future;

    pub(crate) use futures::stream::{
        FuturesUnordered, Stream, StreamExt, iter,
    };

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

#[path = "collections.rs"]
pub(super) mod collections;
#[path = "joins.rs"]
pub(super) mod joins;
