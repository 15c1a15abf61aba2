//! What goes wrong with time: it is over.
//!
//! Next: `interval.rs`, ticks.

use std::error::Error;
use std::fmt;
use std::io;

/// The time limit of a [`timeout`](super::timeout()) was reached before its
/// future was ready.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Elapsed(pub(super) ());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time limit was reached before the future was ready")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}
