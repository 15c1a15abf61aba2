//! Futures that need no outside.
//!
//! | to do this | call |
//! |---|---|
//! | change what a future hands out | [`FutureExt::map`] |
//! | give it so much time and no more | [`FutureExt::timeout`] |
//! | end it from elsewhere | [`abortable`] |
//! | survive its panic | [`FutureExt::catch_unwind`] |
//! | poll it safely after its end | [`FutureExt::fuse`], [`maybe_done`] |
//! | write a `poll` without a type | [`poll_fn`] |
//!
//! Next: `stream/`, many values instead of one.

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

pub use futures_core::future::{FusedFuture, LocalBoxFuture};

pub use abort_controller::AbortController;
pub use abortable::{Abortable, Aborted, abortable};
pub use catch_unwind::CatchUnwind;
pub use fuse::Fuse;
pub use future_ext::FutureExt;
pub use map::Map;
pub use maybe_done::{MaybeDone, maybe_done};
pub use pending::{Pending, pending};
pub use poll_fn::{PollFn, poll_fn};
pub use ready::{Ready, ready};
pub use yield_now::{YieldNow, yield_now};
