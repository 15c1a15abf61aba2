//! Slide 14, "OS threads": a thread per egg, in a scope: they may borrow.
//!
//! Next: `callbacks.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[14],
    public: &[14],
    slug: "scoped-threads",
    title: "OS threads",
    about: "a thread per egg, in a scope: they may borrow",
    parts: &[],
};
