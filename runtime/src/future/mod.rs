//! Futures that need no outside.
//!
//! | to do this | call |
//! |---|---|
//! | wait for all of several | [`join`], [`try_join`] |
//! | wait for the first of several | [`race`], [`race_ok`], [`either`] |
//! | change what a future hands out | [`FutureExt::map`] |
//! | give it so much time and no more | [`FutureExt::timeout`] |
//! | end it from elsewhere | [`abortable`] |
//! | survive its panic | [`FutureExt::catch_unwind`] |
//! | poll it safely after its end | [`FutureExt::fuse`], [`maybe_done`] |
//! | write a `poll` without a type | [`poll_fn`] |
//!
//! Next: `join.rs`, all of them.

mod join;
mod try_join;
mod race;
mod race_ok;
mod aggregate_error;
mod either;
mod rule;
mod combinator;
mod tuple;
pub(crate) mod arity;
mod many;
mod pending;
mod ready;
mod poll_fn;
mod yield_now;
mod future_ext;
mod map;
mod fuse;
mod catch_unwind;
mod maybe_done;
mod abortable;
mod abort_controller;
pub mod prelude;

pub use futures_core::future::{FusedFuture, LocalBoxFuture};

pub use abort_controller::AbortController;
pub use abortable::{Abortable, Aborted, abortable};
pub use aggregate_error::AggregateError;
pub use catch_unwind::CatchUnwind;
pub use either::{Either, EitherFuture, either};
pub use fuse::Fuse;
pub use future_ext::FutureExt;
pub use join::{Join, JoinFuture, join};
pub use map::Map;
pub use maybe_done::{MaybeDone, maybe_done};
pub use pending::{Pending, pending};
pub use poll_fn::{PollFn, poll_fn};
pub use race::{Race, RaceFuture, race};
pub use race_ok::{RaceOk, RaceOkFuture, race_ok};
pub use ready::{Ready, ready};
pub use try_join::{TryJoin, TryJoinFuture, try_join};
pub use yield_now::{YieldNow, yield_now};
