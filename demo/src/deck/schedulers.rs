//! Slide 9, "Schedulers": the executor's own loop, counted: it sleeps, it never spins.
//!
//! Next: `sequential.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[9],
    public: &[9],
    slug: "schedulers",
    title: "Schedulers",
    about: "the executor's own loop, counted: it sleeps, it never spins",
    parts: &[],
};
