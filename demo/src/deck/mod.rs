//! The deck, slide by slide: a module for each slide that shows a program.
//!
//! Each stands alone and reads from top to bottom: what the slide says, the
//! program as one writes it, the machine that the compiler would make of it,
//! and what must be seen when it runs. `../fry_egg.rs` is the leaf that all of
//! them share.
//!
//! Next: `slide.rs`, what a slide is.

#![allow(clippy::disallowed_names)] // the slides' own pages: foo and bar

pub mod slide;

pub mod expected;
pub mod griddle;
pub mod seen;

pub mod four_ways;
pub mod cpu_vs_io;
pub mod scheduling;
pub mod schedulers;
pub mod sequential;
pub mod threads;
pub mod scoped_threads;
pub mod callbacks;
pub mod green_threads;
pub mod actors;
pub mod async_await;
pub mod loop_then;
pub mod loop_await;
pub mod under_the_hood;
pub mod lost_state;
pub mod control_flow;
pub mod join_wrong;
pub mod join_right;
pub mod select;
pub mod channels;
pub mod streams;
pub mod gotchas;
pub mod structured;
pub mod bridge;

use slide::Slide;

/// The slides with a program, in their order.
pub static SLIDES: [Slide; 24] = [
    four_ways::SLIDE,
    cpu_vs_io::SLIDE,
    scheduling::SLIDE,
    schedulers::SLIDE,
    sequential::SLIDE,
    threads::SLIDE,
    scoped_threads::SLIDE,
    callbacks::SLIDE,
    green_threads::SLIDE,
    actors::SLIDE,
    async_await::SLIDE,
    loop_then::SLIDE,
    loop_await::SLIDE,
    under_the_hood::SLIDE,
    lost_state::SLIDE,
    control_flow::SLIDE,
    join_wrong::SLIDE,
    join_right::SLIDE,
    select::SLIDE,
    channels::SLIDE,
    streams::SLIDE,
    gotchas::SLIDE,
    structured::SLIDE,
    bridge::SLIDE,
];

/// The slide that is called so, by its slug or by its number.
#[must_use]
pub fn find(word: &str) -> Option<&'static Slide> {
    let number: Option<u16> = word.parse().ok();
    SLIDES.iter().find(|slide| {
        let named = number.is_some_and(|it| slide.numbers.contains(&it));
        named || slide.slug == word
    })
}

/// Where the slide's module is, in the sources.
#[must_use]
pub fn file_of(slide: &Slide) -> String {
    format!("demo/src/deck/{}.rs", slide.slug.replace('-', "_"))
}

/// The slugs that resemble `word` most, the nearest first.
#[must_use]
pub fn nearest(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase().replace(['_', ' '], "-");
    let mut near: Vec<(f64, &str)> = SLIDES
        .iter()
        .map(|slide| (strsim::jaro_winkler(slide.slug, &word), slide.slug))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, slug)| slug).collect()
}

/// Less alike than this, of 1, and a name is no help.
const ALIKE: f64 = 0.7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slide_is_found_by_its_slug_and_by_its_number() {
        assert_eq!(find("join-right").unwrap().numbers, [31]);
        assert_eq!(find("31").unwrap().slug, "join-right");
        assert_eq!(find("43").unwrap().slug, "structured");
        assert!(find("41").is_none() && find("join").is_none());
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        assert_eq!(nearest("join_wrng")[0], "join-wrong");
        assert_eq!(nearest("stream")[0], "streams");
        assert!(nearest("qqqq").is_empty());
    }

    #[test]
    fn slugs_and_numbers_are_unique_and_in_order() {
        let slugs: std::collections::HashSet<_> =
            SLIDES.iter().map(|slide| slide.slug).collect();
        assert_eq!(slugs.len(), SLIDES.len());
        let numbers: Vec<u16> = SLIDES
            .iter()
            .flat_map(|slide| slide.numbers.iter().copied())
            .collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }
}
