//! Why a scope has no value.
//!
//! Next: `../bridge.rs`, callbacks become futures.

use std::error::Error;
use std::fmt;
use std::io;

/// A scope was ended before its body had a value.
///
/// ```
/// use onecook::scope::Cancelled;
/// use std::io::{Error, ErrorKind};
///
/// assert_eq!(Error::from(Cancelled::Elapsed).kind(), ErrorKind::TimedOut);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cancelled {
    /// Somebody called `cancel`.
    ByCall,
    /// Its deadline passed.
    Elapsed,
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cancelled::ByCall => "the scope was cancelled",
            Cancelled::Elapsed => "the scope was cancelled: its time was over",
        })
    }
}

impl Error for Cancelled {}

impl From<Cancelled> for io::Error {
    fn from(cancelled: Cancelled) -> io::Error {
        let kind = match cancelled {
            Cancelled::ByCall => io::ErrorKind::Interrupted,
            Cancelled::Elapsed => io::ErrorKind::TimedOut,
        };
        io::Error::new(kind, cancelled)
    }
}

/// Why a [`try_scope`](super::try_scope) failed: every error that there was.
///
/// ```
/// # onecook::block_on(async {
/// let error = onecook::try_scope(async |s| {
///     drop(s.spawn(async { Err::<(), _>("the pan is cold") }));
///     drop(s.spawn(async { Err::<(), _>("the egg is broken") }));
///     Ok(())
/// });
/// let error = error.await.unwrap_err();
/// assert_eq!(error.first, "the pan is cold");
/// assert_eq!(error.others, ["the egg is broken"]);
/// let text = "the pan is cold (and then: the egg is broken)";
/// assert_eq!(error.to_string(), text);
/// # });
/// ```
#[doc(alias = "ExceptionGroup")]
#[doc(alias = "AggregateError")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeError<E> {
    /// The first in time: it cancelled the others.
    pub first: E,
    /// Those that came before the cancel was complete, in order.
    pub others: Vec<E>,
}

impl<E> ScopeError<E> {
    /// All of them, the first one first.
    ///
    /// ```
    /// use onecook::scope::ScopeError;
    ///
    /// let error = ScopeError { first: 1, others: vec![2, 3] };
    /// assert_eq!(error.iter().sum::<i32>(), 6);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl<E: fmt::Display> fmt::Display for ScopeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        let Some((next, others)) = self.others.split_first() else {
            return Ok(());
        };
        write!(f, " (and then: {next}")?;
        for other in others {
            write!(f, "; {other}")?;
        }
        f.write_str(")")
    }
}

impl<E: Error + 'static> Error for ScopeError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.first)
    }
}
