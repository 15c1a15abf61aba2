//! Slide 29, "Control flow": all or the first, whatever happens or until an error: 2 x 2.
//!
//! Next: `join_wrong.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[29],
    public: &[27],
    slug: "control-flow",
    title: "Control flow",
    about: "all or the first, whatever happens or until an error: 2 x 2",
    parts: &[],
};
