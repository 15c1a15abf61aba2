//! Slide 28, "Async under the hood": a decision kept in a local of poll is lost at the next poll.
//!
//! Next: `control_flow.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[28],
    public: &[26],
    slug: "lost-state",
    title: "Async under the hood",
    about: "a decision kept in a local of poll is lost at the next poll",
    parts: &[],
};
