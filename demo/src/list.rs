//! `eggs list`: which slides show a program, and what to expect of it.
//!
//! Next: `run.rs`, running them.

use serde_json::{Value, json};

use crate::cli::ListArgs;
use crate::deck::expected::Expected;
use crate::deck::slide::Slide;
use crate::deck::{SLIDES, file_of};
use crate::show::style::{BOLD, DIM, paint, print};
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
    let (header, footer) = (paint(DIM, HEADER), paint(DIM, FOOTER));
    print(&format!("{header}{rows}{footer}"))
}

const HEADER: &str = "
  slide  public  slug            title                           takes
";

const FOOTER: &str = "
  Slides are numbered as Slidev counts; public: in the deck's public version.
  D is the time that an egg takes: 2 s, or --cook-time. The program of a slide
  is demo/src/deck/SLUG.rs; docs/deck.md has all of them.

  eggs run async-await     run one; its number does as well: eggs run 23
  eggs run --all           run all, and say which are not as expected
";

fn row(slide: &Slide) -> String {
    let line = format!(
        "  {:>5}  {:>6}  {}  {}  {}",
        number_words(slide.numbers),
        number_words(slide.public),
        paint(BOLD, &pad(slide.slug, 14)),
        pad(slide.title, 30),
        time_words(slide),
    );
    let about = paint(DIM, slide.about);
    format!("{}\n{}{about}\n", line.trim_end(), " ".repeat(17))
}

/// `42`, or `26-27`.
#[must_use]
pub fn number_words(numbers: &[u16]) -> String {
    match numbers {
        [first, .., last] => format!("{first}-{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    }
}

/// What its parts take: `D, 4 D`, or, of many different times, `D to 4 D`.
#[must_use]
pub fn time_words(slide: &Slide) -> String {
    let times = slide.parts.iter().map(|part| part.expected);
    let mut times: Vec<Expected> =
        times.filter(|it| it.cook_times.is_some()).collect();
    times.sort_by(|a, b| {
        a.cook_times.partial_cmp(&b.cook_times).expect("no NaN")
    });
    times.dedup_by_key(|it| it.cook_times);
    let words: Vec<String> = times.iter().map(Expected::time_words).collect();
    match &words[..] {
        [first, _, .., last] if words.len() > 3 => format!("{first} to {last}"),
        _ => words.join(", "),
    }
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
