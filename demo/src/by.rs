//! Who wrote the machine: a person, or the compiler.
//!
//! Next: `egg.rs`, what is ordered.

use clap::ValueEnum;

/// Who wrote the machine that fries.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// `enum FryEgg`, written by hand.
    #[default]
    Machine,
    /// `async fn fry_egg`, from which the compiler makes one.
    Async,
}

impl By {
    /// In a word: `machine`, `async`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            By::Machine => "machine",
            By::Async => "async",
        }
    }
}
