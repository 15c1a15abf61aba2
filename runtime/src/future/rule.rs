//! A combinator's rule: what a child's output means to it.
//!
//! Either the output is kept until the others have ended too, or it ends them
//! all. That is all in which `join`, `try_join`, `race` and `race_ok` differ,
//! so everything else is shared.
//!
//! Next: `combinator.rs`, who goes by the rule.

use std::convert::Infallible;
use std::ops::ControlFlow;

/// Keep it, or end with it.
pub trait Rule<O> {
    /// What is kept of an output until all children have ended.
    type Kept;
    /// What ends all of them.
    type End;

    /// Keep (`Continue`), or end (`Break`)?
    fn judge(output: O) -> ControlFlow<Self::End, Self::Kept>;
}

/// The rule of `join`: every output is kept.
#[derive(Debug)]
pub struct All;

impl<T> Rule<T> for All {
    type Kept = T;
    type End = Infallible;

    #[inline]
    fn judge(output: T) -> ControlFlow<Infallible, T> {
        ControlFlow::Continue(output)
    }
}

/// The rule of `try_join`: values are kept, an error ends.
#[derive(Debug)]
pub struct AllOk;

impl<T, E> Rule<Result<T, E>> for AllOk {
    type Kept = T;
    type End = E;

    #[inline]
    fn judge(output: Result<T, E>) -> ControlFlow<E, T> {
        match output {
            Ok(value) => ControlFlow::Continue(value),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The rule of `race`: any output ends.
#[derive(Debug)]
pub struct First;

impl<T> Rule<T> for First {
    type Kept = Infallible;
    type End = T;

    #[inline]
    fn judge(output: T) -> ControlFlow<T, Infallible> {
        ControlFlow::Break(output)
    }
}

/// The rule of `race_ok`: errors are kept, a value ends.
#[derive(Debug)]
pub struct FirstOk;

impl<T, E> Rule<Result<T, E>> for FirstOk {
    type Kept = E;
    type End = T;

    #[inline]
    fn judge(output: Result<T, E>) -> ControlFlow<T, E> {
        match output {
            Ok(value) => ControlFlow::Break(value),
            Err(error) => ControlFlow::Continue(error),
        }
    }
}
