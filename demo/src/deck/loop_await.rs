//! Slide 25, "Let's talk about JavaScript!": await in a loop: one egg after another.
//!
//! Next: `under_the_hood.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[25],
    public: &[43],
    slug: "loop-await",
    title: "Let's talk about JavaScript!",
    about: "await in a loop: one egg after another",
    parts: &[],
};
