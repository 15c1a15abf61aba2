//! Slide 31, "join/try_join": two pages joined: the time of one; an error drops the other.
//!
//! Next: `select.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[31],
    public: &[29],
    slug: "join-right",
    title: "join/try_join",
    about: "two pages joined: the time of one; an error drops the other",
    parts: &[],
};
