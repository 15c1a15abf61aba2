//! Slides 42 and 43, "Structured concurrency": a scope: when it returns, everything below is over.
//!
//! Next: `bridge.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[42, 43],
    public: &[40, 41],
    slug: "structured",
    title: "Structured concurrency",
    about: "a scope: when it returns, everything below is over",
    parts: &[],
};
