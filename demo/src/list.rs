//! `eggs list`: which slides show a program, and what to expect of it.
//!
//! Next: `run.rs`, running them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli::ListArgs;
use crate::deck::slide::Slide;
use crate::deck::{SLIDES, file_of};
use crate::style::{BOLD, DIM, paint, print};
use crate::words::pad;

/// Lists the slides.
///
/// # Errors
///
/// When stdout cannot be written to.
pub fn list(args: &ListArgs) -> Result<(), String> {
    if args.json {
        let slides: Vec<Value> = SLIDES.iter().map(object).collect();
        return print(&format!("{:#}\n", json!(slides)));
    }
    let rows: String = SLIDES.iter().map(row).collect();
    let header = "\n   slide  slug             title, and what it shows\n";
    print(&format!("{}{rows}{}", paint(DIM, header), paint(DIM, FOOTER)))
}

const FOOTER: &str = "
  times in cook times (D, 2 s); in brackets the number in the public version

  eggs run SLUG        run one; its number does as well: eggs run 31
  eggs run --all       run all, and say which differ from what is expected
";

fn row(slide: &Slide) -> String {
    let numbers = number_words(slide);
    format!(
        "  {}  {}  {}\n{}{}\n{}{}\n",
        pad(&numbers, 8),
        paint(BOLD, &pad(slide.slug, 15)),
        slide.title,
        " ".repeat(29),
        slide.about,
        " ".repeat(29),
        paint(DIM, &format!("{}  {}", time_words(slide), file_of(slide))),
    )
}

/// `42` or `26-27`, and the public number where it differs: `24 (42)`.
#[must_use]
pub fn number_words(slide: &Slide) -> String {
    let words = |numbers: &[u16]| match numbers {
        [first, .., last] => format!("{first}-{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    };
    let (own, public) = (words(slide.numbers), words(slide.public));
    if own == public { own } else { format!("{own} ({public})") }
}

/// What its parts take: `4 D, D`, each once.
#[must_use]
pub fn time_words(slide: &Slide) -> String {
    let mut seen = BTreeSet::new();
    let times = slide.parts.iter().map(|part| part.expected.time_words());
    let times: Vec<_> =
        times.filter(|words| seen.insert(words.clone())).collect();
    times.join(", ")
}

fn object(slide: &Slide) -> Value {
    let parts = slide.parts.iter().map(|part| {
        json!({
            "name": part.name,
            "machine": part.machine,
            "cook_times": part.expected.cook_times,
        })
    });
    json!({
        "numbers": slide.numbers,
        "public_numbers": slide.public,
        "slug": slide.slug,
        "title": slide.title,
        "about": slide.about,
        "file": file_of(slide),
        "parts": parts.collect::<Vec<_>>(),
    })
}
