//! Slide 4, "Concurrency is not parallelism": one cook who waits, four cooks, one who does not, two of those.
//!
//! Next: `cpu_vs_io.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[4],
    public: &[4],
    slug: "four-ways",
    title: "Concurrency is not parallelism",
    about: "one cook who waits, four cooks, one who does not, two of those",
    parts: &[],
};
