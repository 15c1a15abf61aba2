//! Slide 13, "OS threads": a thread per egg, joined in order.
//!
//! Next: `scoped_threads.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[13],
    public: &[13],
    slug: "threads",
    title: "OS threads",
    about: "a thread per egg, joined in order",
    parts: &[],
};
