//! Slide 35, "Streams": eggs one by one, buffered, filtered, in chunks, page by page.
//!
//! Next: `gotchas.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[35],
    public: &[33],
    slug: "streams",
    title: "Streams",
    about: "eggs one by one, buffered, filtered, in chunks, page by page",
    parts: &[],
};
