//! Slide 8, "Scheduling": a greedy task goes on to its end, a polite one lets others in.
//!
//! Next: `schedulers.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[8],
    public: &[8],
    slug: "scheduling",
    title: "Scheduling",
    about: "a greedy task goes on to its end, a polite one lets others in",
    parts: &[],
};
