//! The benchmark: the same workloads on Onecook, on tokio, smol, futures-rs,
//! monoio and compio, and on no runtime; and our futures beside those of other
//! libraries.
//!
//! ```text
//!   benches/time.rs     rounds.rs: ours, tokio, ours, tokio ...
//!   benches/memory.rs   counting.rs: bytes and allocator calls
//!         |
//!         v
//!   catalogue.rs  everybody with their cases
//!         |
//!         v
//!   runtimes/onecook.rs, runtimes/tokio_*.rs     limit.rs, raw_*.rs
//!     each an adapter `rt`, and below it         the same work done
//!     workloads/: written once, compiled         with no runtime
//!     once for each adapter
//!   queues/*.rs       the same for mpsc and mpmc channels
//!   libraries/*.rs    the same for joins and collections, on our runtime
//!   one_child.rs      single futures, for instructions.sh
//! ```
//!
//! A workload is a plain program: it calls `rt::spawn`, `rt::sleep` and so on,
//! and `rt` is another module in each copy. So nothing stands between the
//! workload and the runtime, neither a trait nor a box, and the compiler sees
//! what it would see in a user's program.
//!
//! `group.rs`, `table.rs`, `json.rs`, `report.rs`, `losses.rs`, `reasons.rs`
//! and `plot.rs` tell how it went, and `setting.rs` where.
//!
//! `syscalls.sh` counts system calls, `instructions.sh` instructions, and
//! `eggs.rs` is what `eggs serve` and `eggs fry` are compared with.
//!
//! Next: `case.rs`, what is measured.
#![allow(clippy::duplicate_mod)] // the workloads, once for each runtime
#![allow(clippy::cast_precision_loss)] // counts far below 2^52

pub mod accept_client;
pub mod allocations;
pub mod asleep;
pub mod case;
pub mod catalogue;
pub mod children;
pub mod counting;
pub mod datagram_client;
pub mod echo_client;
pub mod eggs;
pub mod group;
pub mod growth;
pub mod http;
pub mod json;
pub mod lateness;
pub mod libraries;
pub mod limit;
pub mod losses;
pub mod many;
pub mod one_child;
pub mod options;
pub mod queues;
pub mod plot;
pub mod raw_datagrams;
pub mod raw_echo;
pub mod raw_network;
pub mod reasons;
pub mod relay;
pub mod report;
pub mod rounds;
pub mod runtimes;
pub mod setting;
pub mod signal;
pub mod table;
