//! Slide 44, "Let's talk about JavaScript!": a callback becomes a future.
//!
//! Back to `mod.rs` for the list.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[44],
    public: &[44],
    slug: "bridge",
    title: "Let's talk about JavaScript!",
    about: "a callback becomes a future",
    parts: &[],
};
