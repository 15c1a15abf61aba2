//! Slide 19, "Coroutines, green threads": code that looks blocking on small stacks, and a wait group.
//!
//! Next: `actors.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[19],
    public: &[19],
    slug: "green-threads",
    title: "Coroutines, green threads",
    about: "code that looks blocking on small stacks, and a wait group",
    parts: &[],
};
