//! Slide 6, "CPU-bound vs. IO-bound": cracking eggs is work, frying is waiting: join helps only one.
//!
//! Next: `scheduling.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[6],
    public: &[6],
    slug: "cpu-vs-io",
    title: "CPU-bound vs. IO-bound",
    about: "cracking eggs is work, frying is waiting: join helps only one",
    parts: &[],
};
