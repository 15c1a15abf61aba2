//! Every interleaving of the wake protocol, by the model checker loom.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p onecook-loom --release
//! ```
//!
//! The file under test is `runtime/src/parking.rs` itself. It is generic over
//! queue and doorbell; here they are a list behind a mutex, and a condition
//! variable: a lost doorbell is a thread that sleeps for ever, and loom says
//! "deadlock". Without `--cfg loom` this crate is empty.
//!
//! The models are in `models.rs`; `broken.rs` holds variants of the protocol
//! with a fault in each, to show that the models catch it.
#![forbid(unsafe_code)]
#![cfg(loom)]
#![cfg(test)]

#[allow(dead_code)] // the models use a part of it
#[path = "../../../runtime/src/parking.rs"]
mod parking;

mod broken;
mod doubles;
mod models;
