//! A slide, and the programs that it shows: its parts.
//!
//! Next: `expected.rs`, what a part must show.

use super::expected::Expected;
use super::griddle::Griddle;
use crate::egg::FryError;

/// A slide that shows a program.
#[derive(Debug)]
pub struct Slide {
    /// Its number, as Slidev counts; of two slides that belong together both.
    pub numbers: &'static [u16],
    /// Its number in the deck's public version.
    pub public: &'static [u16],
    /// What it is called on the command line, and what its file is called.
    pub slug: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What its programs show, in one line.
    pub about: &'static str,
    /// The programs, in the order in which they run.
    pub parts: &'static [Part],
}

/// One program of a slide.
#[derive(Debug)]
pub struct Part {
    /// Which of the slide's programs, in a word or two.
    pub name: &'static str,
    /// The machine written by hand that stands beside its `async fn`, if it
    /// has one: then [`Griddle::by`] says which of the two shall run.
    pub machine: Option<&'static str>,
    /// What it must show.
    pub expected: Expected,
    /// The program. An error is what one would see who ran it: it ends it.
    pub run: fn(&Griddle) -> Result<(), FryError>,
}

/// Slides are told apart by their slugs.
impl PartialEq for Slide {
    fn eq(&self, other: &Slide) -> bool {
        self.slug == other.slug
    }
}

impl Slide {
    /// The parts with a machine beside their `async fn`.
    pub fn twins(&self) -> impl Iterator<Item = &'static Part> {
        self.parts.iter().filter(|part| part.machine.is_some())
    }
}
