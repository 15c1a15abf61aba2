//! Futures that need no outside.
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
mod arity;
mod many;
mod pending;
mod yield_now;
pub mod prelude;

pub use aggregate_error::AggregateError;
pub use either::{Either, EitherFuture, either};
pub use join::{Join, JoinFuture, join};
pub use pending::{Pending, pending};
pub use race::{Race, RaceFuture, race};
pub use race_ok::{RaceOk, RaceOkFuture, race_ok};
pub use try_join::{TryJoin, TryJoinFuture, try_join};
pub use yield_now::{YieldNow, yield_now};
