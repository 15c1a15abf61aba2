//! Slide 23, "Async-await": four eggs joined, in the time of one.
//!
//! Next: `loop_then.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[23],
    public: &[23],
    slug: "async-await",
    title: "Async-await",
    about: "four eggs joined, in the time of one",
    parts: &[],
};
