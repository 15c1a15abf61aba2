//! How large the twins are, over the real Onecook.
//!
//! Once as they are shown, and once without `repr(u8)`: see `build.rs`. The
//! list of pairs is the checker's own, compiled against a `Pair` that looks at
//! the sizes and does nothing.
#![forbid(unsafe_code)]

pub mod compare;
pub mod orders;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// How large two twins are, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// The machine's name.
    pub name: &'static str,
    /// What the compiler makes of the `async fn`.
    pub by_async: usize,
    /// The machine, as it is shown.
    pub shown: usize,
    /// The machine, without `repr(u8)`.
    pub plain: usize,
}

/// The sizes of all pairs, in their order.
#[must_use]
pub fn sizes() -> Vec<Sizes> {
    let both = shown::pairs::all().into_iter().zip(plain::pairs::all());
    both.map(|(shown, plain)| Sizes {
        name: shown.name,
        by_async: shown.by_async,
        shown: shown.by_machine,
        plain: plain.by_machine,
    })
    .collect()
}
