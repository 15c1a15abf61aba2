//! Slide 17, "Event-driven programming": an event loop that calls back: the machine by hand, no future.
//!
//! Next: `green_threads.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[17],
    public: &[17],
    slug: "callbacks",
    title: "Event-driven programming",
    about: "an event loop that calls back: the machine by hand, no future",
    parts: &[],
};
