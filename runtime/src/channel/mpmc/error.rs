//! Why an operation of an `mpmc` channel did not do what it should.
//!
//! Next: `sync/`, where no value goes along.

use std::error::Error;
use std::fmt;

/// The channel is closed; the value comes back.
///
/// ```
/// use onecook::channel::mpmc::{self, SendError};
///
/// let (sender, receiver) = mpmc::bounded(1);
/// drop(receiver);
/// onecook::block_on(async {
///     assert_eq!(sender.send("egg").await, Err(SendError("egg")));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T = ()>(pub T);

impl<T> SendError<T> {
    /// The value that was not sent.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// drop(receiver);
    /// let error = onecook::block_on(sender.send("egg")).unwrap_err();
    /// assert_eq!(error.into_inner(), "egg");
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed: the value was not sent")
    }
}

impl<T> Error for SendError<T> {}

/// There is no room for a value now, or never again; it comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// Every slot is filled or reserved.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// drop(receiver);
    /// let error = sender.try_send("egg").unwrap_err();
    /// assert_eq!(error.into_inner(), "egg");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            TrySendError::Full(value) | TrySendError::Closed(value) => value,
        }
    }

    /// Whether there may be room later.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, _receiver) = mpmc::bounded(1);
    /// sender.try_send("A").unwrap();
    /// assert!(sender.try_send("B").unwrap_err().is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, TrySendError::Full(_))
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// # use onecook::channel::mpmc;
    /// let (sender, receiver) = mpmc::bounded(1);
    /// drop(receiver);
    /// assert!(sender.try_send("egg").unwrap_err().is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, TrySendError::Closed(_))
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrySendError::Full(_) => f.write_str("Full(..)"),
            TrySendError::Closed(_) => f.write_str("Closed(..)"),
        }
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySendError::Full(_) => "the channel is full",
            TrySendError::Closed(_) => "the channel is closed",
        })
    }
}

impl<T> Error for TrySendError<T> {}

/// There is no slot now, or never again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryReserveError {
    /// Every slot is filled or reserved.
    Full,
    /// The channel is closed.
    Closed,
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryReserveError::Full => "the channel is full",
            TryReserveError::Closed => "the channel is closed",
        })
    }
}

impl Error for TryReserveError {}

/// The channel is closed and empty: no value will come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecvError;

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed and empty: no value will come")
    }
}

impl Error for RecvError {}

/// There is no value now, or never again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryRecvError {
    /// There is none that was not given to another receiver.
    Empty,
    /// The channel is closed and empty.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "the channel is empty",
            TryRecvError::Closed => {
                "the channel is closed and empty: no value will come"
            }
        })
    }
}

impl Error for TryRecvError {}
