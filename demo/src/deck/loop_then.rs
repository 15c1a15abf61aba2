//! Slide 24, "Let's talk about JavaScript!": start all, then wait; and futures that nobody polls.
//!
//! Next: `loop_await.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[24],
    public: &[42],
    slug: "loop-then",
    title: "Let's talk about JavaScript!",
    about: "start all, then wait; and futures that nobody polls",
    parts: &[],
};
