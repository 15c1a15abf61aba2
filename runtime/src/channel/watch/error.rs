//! What can go wrong with a `watch` channel.
//!
//! Back to `mod.rs`.

use std::error::Error;
use std::fmt;

/// There is no receiver; the value comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the watch channel has no receiver")
    }
}

impl<T> Error for SendError<T> {}

/// All senders are gone, and the last value was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the watch channel has no sender any more")
    }
}

impl Error for RecvError {}
