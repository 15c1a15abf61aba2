//! Closing time: no more orders, finish what is in the pan, and say what had
//! to be thrown away.
//!
//! ```text
//!   open ──close, or shutdown──▶ closing ──all ended──▶ over: Ok
//!                                   └──deadline──▶ dropping ──▶ over: Err
//! ```
//!
//! ```
//! use std::time::Duration;
//! use onecook::{shutdown::Graceful, time::sleep};
//!
//! let runtime = onecook::Builder::new().virtual_time().build()?;
//! runtime.block_on(async {
//!     let graceful = Graceful::new();
//!     for (egg, minutes) in [("soft", 4), ("hard", 10)] {
//!         let fry = sleep(Duration::from_secs(60 * minutes));
//!         drop(graceful.spawn(egg, fry));
//!     }
//!     let five_minutes = Duration::from_secs(5 * 60);
//!     let unfinished = graceful.shutdown(five_minutes).await.unwrap_err();
//!     assert_eq!(unfinished.names().collect::<Vec<_>>(), ["hard"]);
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Next: `graceful.rs`, who is told, and who is waited for.

mod graceful;
mod unfinished;

pub use graceful::{Graceful, Shutdown, Watch};
pub use unfinished::{Unfinished, UnfinishedTask};
