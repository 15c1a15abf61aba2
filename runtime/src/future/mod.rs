//! Futures that need no outside.
//!
//! Next: `stream/`, many values instead of one.

mod pending;
mod yield_now;

pub use pending::{Pending, pending};
pub use yield_now::{YieldNow, yield_now};
