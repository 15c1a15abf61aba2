//! All the errors, where one value would have done.
//!
//! Next: `either.rs`, the first of two that differ.

use std::error::Error;
use std::fmt;
use std::ops::Index;
use std::slice;
use std::vec;

/// Why no future of a [`race_ok`](super::race_ok()) ended well: the error of
/// each, in the order in which the futures were given.
///
/// ```
/// use std::future::ready;
/// use onecook::future::race_ok;
///
/// let pans = [ready(Err::<(), _>("too cold")), ready(Err("no oil"))];
/// let error = onecook::block_on(race_ok(pans)).unwrap_err();
/// assert_eq!(error[1], "no oil");
/// assert_eq!(error.to_string(), "all 2 failed: too cold; no oil");
/// for reason in error {
///     println!("{reason}");
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AggregateError<E> {
    errors: Vec<E>,
}

impl<E> AggregateError<E> {
    pub(super) fn new(errors: Vec<E>) -> AggregateError<E> {
        AggregateError { errors }
    }

    /// The errors, in the order of the futures. None, if there was no future.
    ///
    /// ```
    /// # use std::future::ready;
    /// # use onecook::future::race_ok;
    /// let pans = [ready(Err::<(), _>("too cold")), ready(Err("no oil"))];
    /// let error = onecook::block_on(race_ok(pans)).unwrap_err();
    /// assert_eq!(error.errors(), ["too cold", "no oil"]);
    /// ```
    #[must_use]
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// The errors, to have.
    ///
    /// ```
    /// # use std::future::ready;
    /// # use onecook::future::race_ok;
    /// let pans = [ready(Err::<(), _>("too cold")), ready(Err("no oil"))];
    /// let error = onecook::block_on(race_ok(pans)).unwrap_err();
    /// assert_eq!(error.into_errors().pop(), Some("no oil"));
    /// ```
    #[must_use]
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }

    /// Each error.
    ///
    /// ```
    /// # use std::future::ready;
    /// # use onecook::future::race_ok;
    /// let pans = [ready(Err::<(), _>("too cold")), ready(Err("no oil"))];
    /// let error = onecook::block_on(race_ok(pans)).unwrap_err();
    /// assert!(error.iter().any(|reason| *reason == "no oil"));
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, E> {
        self.errors.iter()
    }
}

impl<E: fmt::Display> fmt::Display for AggregateError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, others)) = self.errors.split_first() else {
            return f.write_str("there was no future that could end well");
        };
        write!(f, "all {} failed: {first}", self.errors.len())?;
        others.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

/// Its text lists the errors, so none of them is its `source`.
impl<E: fmt::Display + fmt::Debug> Error for AggregateError<E> {}

impl<E> Index<usize> for AggregateError<E> {
    type Output = E;

    fn index(&self, place: usize) -> &E {
        &self.errors[place]
    }
}

impl<E> IntoIterator for AggregateError<E> {
    type Item = E;
    type IntoIter = vec::IntoIter<E>;

    fn into_iter(self) -> vec::IntoIter<E> {
        self.errors.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a AggregateError<E> {
    type Item = &'a E;
    type IntoIter = slice::Iter<'a, E>;

    fn into_iter(self) -> slice::Iter<'a, E> {
        self.iter()
    }
}

/// The errors of all children, whatever the shape they come in.
pub trait IntoErrors {
    /// They are of one type.
    type Error;

    /// Adds them to the others.
    fn add_to(self, errors: &mut Vec<Self::Error>);

    /// In the order of the futures.
    fn into_errors(self) -> Vec<Self::Error>
    where
        Self: Sized,
    {
        let mut errors = Vec::new();
        self.add_to(&mut errors);
        errors
    }
}

impl<E> IntoErrors for Vec<E> {
    type Error = E;

    fn add_to(self, errors: &mut Vec<E>) {
        errors.extend(self);
    }

    fn into_errors(self) -> Vec<E> {
        self
    }
}

impl<E, const N: usize> IntoErrors for [E; N] {
    type Error = E;

    fn add_to(self, errors: &mut Vec<E>) {
        errors.extend(self);
    }
}

impl<E> IntoErrors for (E,) {
    type Error = E;

    fn add_to(self, errors: &mut Vec<E>) {
        errors.push(self.0);
    }
}

impl<E, T: IntoErrors<Error = E>> IntoErrors for (E, T) {
    type Error = E;

    fn add_to(self, errors: &mut Vec<E>) {
        errors.push(self.0);
        self.1.add_to(errors);
    }
}
