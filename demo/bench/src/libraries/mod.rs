//! Libraries of futures, all on our runtime: what is compared is the library.
//!
//! In each file a `lib`: the library under the names that the workloads call,
//! each as its documentation would have one write it. `joins.rs`,
//! `collections.rs`, `streams.rs` and `adapted.rs` are compiled once for each
//! that has them.

mod futures_concurrency;
mod futures_rs;
mod onecook;

use crate::case::{Case, in_group};

/// futures-rs, that is the crate `futures`.
pub const FUTURES_RS: &str = "futures-rs";
/// The crate `futures-concurrency`.
pub const FUTURES_CONCURRENCY: &str = "futures-concurrency";

/// Ours.
#[must_use]
pub fn onecook() -> Vec<Case> {
    let mut cases = in_group("joins", onecook::joins::cases());
    let collections = onecook::collections::cases();
    cases.extend(in_group("collections", collections));
    cases.extend(in_group("streams", onecook::streams::cases()));
    cases.extend(in_group("streams", onecook::adapted::cases()));
    cases
}

/// What futures-rs has.
#[must_use]
pub fn futures_rs() -> Vec<Case> {
    let mut cases = in_group("joins", futures_rs::joins::cases());
    let collections = futures_rs::collections::cases();
    cases.extend(in_group("collections", collections));
    cases.extend(in_group("streams", futures_rs::streams::cases()));
    cases.extend(in_group("streams", futures_rs::adapted::cases()));
    cases
}

/// What futures-concurrency has.
#[must_use]
pub fn futures_concurrency() -> Vec<Case> {
    let mut cases = in_group("joins", futures_concurrency::joins::cases());
    cases.extend(in_group("streams", futures_concurrency::streams::cases()));
    cases
}
