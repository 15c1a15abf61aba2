//! Onecook: a single-threaded async runtime, written by hand to be read.
//!
//! One cook, one griddle, many eggs: one thread runs many tasks, because most
//! of the time a task waits. There is no unsafe code here, no `async`, and
//! every future is a struct or an enum with a `poll` that a person wrote.
//!
//! ```
//! use std::time::Duration;
//!
//! async fn fry(egg: &'static str) -> &'static str {
//!     onecook::time::sleep(Duration::from_millis(20)).await;
//!     egg
//! }
//!
//! let eggs = onecook::block_on(async {
//!     let a = onecook::spawn(fry("A"));
//!     let b = onecook::spawn(fry("B"));
//!     [a.await.unwrap(), b.await.unwrap()] // 20 ms, not 40
//! });
//! assert_eq!(eggs, ["A", "B"]);
//! ```
//!
//! # Who calls whom
//!
//! ```text
//!   block_on.rs     poll main, run a batch, read the inbox, park
//!     |   |   |
//!     |   |   +-----> onecook_reactor: turn ----------+
//!     |   v                                           | wake
//!     |  ready_queue.rs  inbox <-- other threads --+  |
//!     v                                            |  v
//!   executor.rs    pop, take_out, poll -----> waker.rs: mark, push, ring
//!     |
//!     v
//!   task.rs        a future, then its output, in one cell
//!     ^
//!     |
//!   join_handle.rs asks: is it done?
//! ```
//!
//! The files are listed below in the order in which they are best read.
#![forbid(unsafe_code)]

mod task;
mod waker;
mod parking;
mod ready_queue;
mod executor;
mod block_on;
pub mod anchor;
mod join_handle;
mod join_error;
mod random;
mod children;
pub mod future;
pub mod stream;
mod wait_list;
mod patience;
mod blocked_thread;
pub mod channel;
pub mod sync;
pub mod cancellation_token;
mod task_set;
pub mod scope;
pub mod bridge;
pub mod io;
pub mod shutdown;
mod spawn_blocking;
mod runtime;
mod builder;
mod handle;
mod metrics;
pub mod diagnosis;
mod stopwatch;
mod watchdog;
pub mod trace;

#[cfg(feature = "signal")]
pub use onecook_reactor::signal;
pub use onecook_reactor::{net, time};

pub use builder::Builder;
pub use cancellation_token::CancellationToken;
pub use future::yield_now;
pub use handle::{Handle, RemoteJoinHandle};
pub use join_error::JoinError;
pub use join_handle::{AbortHandle, JoinHandle};
pub use metrics::{Metrics, TaskTimes};
pub use runtime::{Runtime, block_on, dump, metrics, spawn, spawn_named};
pub use scope::{scope, try_scope};
pub use spawn_blocking::{BlockingHandle, spawn_blocking};
pub use task::{TaskId, TaskState};
pub use task_set::TaskSet;
