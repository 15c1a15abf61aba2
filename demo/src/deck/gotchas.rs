//! Slide 36, "Gotchas": six ways to do it wrong, and their cures.
//!
//! Next: `structured.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[36],
    public: &[34],
    slug: "gotchas",
    title: "Gotchas",
    about: "six ways to do it wrong, and their cures",
    parts: &[],
};
