//! Slide 32, "select/try_select": a page or an abort, a timeout, a hedge, a shutdown, a user.
//!
//! Next: `channels.rs`.

use super::slide::Slide;

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[32],
    public: &[30],
    slug: "select",
    title: "select/try_select",
    about: "a page or an abort, a timeout, a hedge, a shutdown, a user",
    parts: &[],
};
