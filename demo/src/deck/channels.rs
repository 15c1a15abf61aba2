//! Slides 33 and 34, "Channels": 1:1, 1:N, N:1, N:M; bounded, unbounded; an egg or a timeout.
//!
//! Next: `streams.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[33, 34],
    public: &[31, 32],
    slug: "channels",
    title: "Channels",
    about: "1:1, 1:N, N:1, N:M; bounded, unbounded; an egg or a timeout",
    parts: &[],
};
