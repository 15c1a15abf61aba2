//! The vocabulary of Onecook's tests: polls by hand, wakers that count,
//! futures that can be steered from outside.
//!
//! The files in `tests/tests` are one per promise; the rows they keep stand in
//! their first lines. A test's name is a sentence, and it holds or it does
//! not: nothing here sleeps to wait for something.
//!
//! ```
//! use onecook_tests::{Gate, expect_pending, expect_ready};
//!
//! let gate = Gate::new();
//! let mut wait = gate.wait();
//! expect_pending(&mut wait);
//! gate.open();
//! expect_ready(&mut wait);
//! ```
#![forbid(unsafe_code)]

mod belt;
pub mod child;
mod counters;
mod drops;
pub mod facts;
mod gate;
mod polls;
mod reports;
pub mod trace_check;
#[cfg(doctest)]
mod tour;
mod within;

pub use belt::{Belt, Running, expect_all, poll_next_once};
pub use counters::{Counters, CountingWaker, Probe};
pub use drops::{Log, OnDrop, PanicsOnDrop, on_wake, wakes_or_drops};
pub use gate::{Gate, Wait, WakerSlot};
pub use polls::{
    block_on_virtual, expect_pending, expect_ready, poll_once, poll_with,
};
pub use reports::Reports;
pub use within::within;
