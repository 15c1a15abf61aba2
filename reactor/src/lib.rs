//! The ground floor of Onecook: **what wakes tasks from outside**.
//!
//! Sockets, timers, signals and blocking threads. This crate knows no task: to
//! it a task is a [`context::Tag`]. The floor above, `onecook`, runs the tasks
//! and re-exports [`net`], [`time`] and `signal`; use that one.
//!
//! ```text
//!    onecook (runs tasks)
//!      |  enter, turn, is_silent, waiters, polling(tag)       ^
//!      v                                                      | Waker
//!    reactor.rs -- source.rs        sockets: ready, who waits |
//!      |           registration.rs  try, wait, try again -----+
//!      +---------- timers.rs        deadlines in order  ------+
//!      |           clock.rs         real or virtual
//!      +---------- blocking.rs      a pool of threads  -------+
//! ```
//!
//! **The edge-trigger contract.** The kernel reports a socket once when it
//! becomes ready, and not again until it has been drained. So whoever uses a
//! socket tries first and waits only after `WouldBlock`; the reactor keeps the
//! level in between (`source.rs` says what clears it). The kernel watches no
//! socket before somebody has to wait for it.
//!
//! The files are listed below in the order in which they are best read.
#![forbid(unsafe_code)]

// A source's slot and generation share one token; identities are `AtomicU64`s.
#[cfg(not(target_pointer_width = "64"))]
compile_error!("Onecook needs a platform of 64 bits");

pub mod reactor;
pub(crate) mod source;
pub(crate) mod registration;
pub(crate) mod timers;
pub(crate) mod clock;
pub mod time;
pub mod net;
#[cfg(feature = "signal")]
pub mod signal;
pub mod blocking;
pub mod context;
pub mod budget;
pub mod trace;
pub mod report;

pub use clock::Clock;
pub use reactor::Reactor;
pub use source::{Direction, Readiness, SourceKind};
