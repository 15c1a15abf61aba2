//! Why there is no value.
//!
//! Next: `mpsc.rs`, many values.

use std::error::Error;
use std::fmt;

/// The sender went without sending, or the receiver closed before it did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender of the oneshot went without sending")
    }
}

impl Error for RecvError {}

/// Why there is no value now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryRecvError {
    /// Nothing was sent yet.
    Empty,
    /// Nothing will come any more.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "nothing was sent on the oneshot yet",
            TryRecvError::Closed => "nothing will come on the oneshot",
        })
    }
}

impl Error for TryRecvError {}
