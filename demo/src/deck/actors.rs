//! Slide 21, "Actor model": four actors send their eggs to the caller's mailbox.
//!
//! Next: `async_await.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[21],
    public: &[21],
    slug: "actors",
    title: "Actor model",
    about: "four actors send their eggs to the caller's mailbox",
    parts: &[],
};
