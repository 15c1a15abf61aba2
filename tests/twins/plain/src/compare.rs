//! A pair of which one knows the sizes.

use std::future::Future;

use onecook::stream::Stream;

/// The double of the checker's `Pair`.
pub struct Pair {
    /// What the machine is called.
    pub name: &'static str,
    /// How large the compiler's is.
    pub by_async: usize,
    /// How large ours is.
    pub by_machine: usize,
}

impl Pair {
    /// Looks at the types; nothing is called.
    pub fn new<A, M>(
        name: &'static str,
        _: impl Fn() -> A,
        _: impl Fn() -> M,
        _: impl Fn(A::Output) -> String,
    ) -> Pair
    where
        A: Future,
        M: Future<Output = A::Output>,
    {
        Pair { name, by_async: size_of::<A>(), by_machine: size_of::<M>() }
    }

    /// The same of streams.
    pub fn of_streams<A, M>(
        name: &'static str,
        _: impl Fn() -> A,
        _: impl Fn() -> M,
        _: impl Fn(A::Item) -> String,
    ) -> Pair
    where
        A: Stream,
        M: Stream<Item = A::Item>,
    {
        Pair { name, by_async: size_of::<A>(), by_machine: size_of::<M>() }
    }

    /// None is run, so nothing goes wrong.
    #[must_use]
    pub fn faults(self, _: usize) -> Pair {
        self
    }
}
