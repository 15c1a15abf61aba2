//! Slides 26 and 27, "Async under the hood": one await, one state that waits: what it holds and what not.
//!
//! Next: `lost_state.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[26, 27],
    public: &[24, 25],
    slug: "under-the-hood",
    title: "Async under the hood",
    about: "one await, one state that waits: what it holds and what not",
    parts: &[],
};
