//! `docs/deck.md` is made of the sources: what it says of a slide is the
//! slide's own text, and the code it quotes is the code that runs. This test
//! makes it anew and compares.
//!
//! ```text
//! eggs run --all --by both > docs/deck-measured.txt     # what was measured
//! EGGS_BLESS=1 cargo test -p onecook-demo --test deck_page
//! ```

mod quote;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use onecook_demo::deck::slide::{Part, Slide};
use onecook_demo::deck::{SLIDES, file_of};
use onecook_demo::list::number_words;
use quote::Source;

const OPENING: &str = include_str!("deck_page_opening.md");

fn root(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

fn read(path: &str) -> String {
    let file = root(path);
    fs::read_to_string(&file).unwrap_or_else(|why| {
        panic!("{path}: {why}; the head of this test says how to make it")
    })
}

fn source(slide: &Slide) -> Source {
    let file = file_of(slide);
    Source::parse(&file, &read(&file))
}

/// The whole page.
fn page() -> String {
    let measured = read("docs/deck-measured.txt");
    let mut page = OPENING.to_owned();
    for slide in &SLIDES {
        let (slug, about) = (slide.slug, slide.about);
        let number = numbers(slide);
        let _ = writeln!(page, "- {number}: [{slug}](#{slug})\n  {about}");
    }
    for slide in &SLIDES {
        page += &section(slide, &measured);
    }
    page
}

fn section(slide: &Slide, measured: &str) -> String {
    let (source, slug) = (source(slide), slide.slug);
    let file = file_of(slide);
    let mut text = format!(
        "\n## {slug}\n\n{}, \"{}\": `eggs run {slug}`,\n[{file}](../{file})\n\n",
        numbers(slide),
        slide.title,
    );
    text += &source.story();
    text += "\n";
    text += &table(slide, measured);
    for quote in source.quotes() {
        let (name, code) = (&quote.name, &quote.code);
        let _ = write!(text, "\n`{file}#{name}`\n\n```rust\n{code}```\n");
    }
    let stops = breakpoints(slide, &source);
    let _ = write!(text, "\nStop there:\n\n```text\n");
    for stop in stops {
        let _ = writeln!(text, "break {stop}");
    }
    text + "```\n"
}

/// `Slide 30 (public 28)`.
fn numbers(slide: &Slide) -> String {
    let (numbers, public) = (slide.numbers, slide.public);
    let word = if numbers.len() == 1 { "Slide" } else { "Slides" };
    let number = number_words(numbers);
    if numbers == public {
        return format!("{word} {number}");
    }
    format!("{word} {number} (public {})", number_words(public))
}

/// What each program must show, and what was measured.
fn table(slide: &Slide, measured: &str) -> String {
    let mut text = String::from(
        "| program | machine | takes | pan | measured | `async fn` |\n\
         |---|---|---|---|---|---|\n",
    );
    for part in slide.parts {
        let machine = part.machine.map_or("–".into(), |it| format!("`{it}`"));
        let pan =
            part.expected.in_pan.map_or("–".into(), |it| it.to_string());
        let (takes, seen) =
            (part.expected.time_words(), rows(slide, part, measured));
        let name = part.name;
        let by_async = seen.get(1).map_or("–", String::as_str);
        let _ = writeln!(
            text,
            "| {name} | {machine} | {takes} | {pan} | {} | {by_async} |",
            seen[0]
        );
    }
    text
}

/// The times in the rows of that program: by its machine, by its `async fn`.
fn rows(slide: &Slide, part: &Part, measured: &str) -> Vec<String> {
    let rows = measured.lines().filter(|line| {
        let line = line.trim_start();
        let Some(rest) = line.strip_prefix(slide.slug) else { return false };
        let name = rest.strip_prefix("  ").map(str::trim_start);
        name.is_some_and(|it| it.starts_with(&format!("{}  ", part.name)))
    });
    let times = rows.map(|row| {
        assert!(row.contains("  ok"), "not as expected: {row}");
        let words: Vec<&str> = row.split_whitespace().collect();
        let unit = |it: &&str| ["s", "ms", "µs"].contains(it);
        let at = words.iter().position(unit).expect(row);
        format!("{} {}", words[at - 1], words[at])
    });
    let times: Vec<String> = times.collect();
    let wanted = if part.machine.is_some() { 2 } else { 1 };
    assert_eq!(
        times.len(),
        wanted,
        "docs/deck-measured.txt is stale: {}, {}",
        slide.slug,
        part.name
    );
    times
}

/// Where to stop: in each state that waits, or where the program begins.
fn breakpoints(slide: &Slide, source: &Source) -> Vec<String> {
    let module = slide.slug.replace('-', "_");
    let path = |name: &String| format!("onecook_demo::deck::{module}::{name}");
    source.stops().iter().map(path).collect()
}

#[test]
fn the_page_of_the_deck_is_what_the_sources_say() {
    let (page, file) = (page(), root("docs/deck.md"));
    if std::env::var_os("EGGS_BLESS").is_some() {
        fs::write(&file, &page).expect("written");
    }
    let written = read("docs/deck.md");
    let mut lines = page.lines().zip(written.lines()).zip(1..);
    let stale = lines.find(|((made, written), _)| made != written);
    if let Some(((made, written), number)) = stale {
        panic!(
            "docs/deck.md is stale in line {number}:\n  is  {written}\n  not \
             {made}\n`EGGS_BLESS=1 cargo test -p onecook-demo --test \
             deck_page` makes it anew"
        );
    }
    assert_eq!(page.lines().count(), written.lines().count());
}

#[test]
fn every_machine_of_the_deck_is_quoted() {
    let quotes = SLIDES.iter().flat_map(|slide| source(slide).quotes());
    let mut quoted: BTreeSet<String> = quotes.map(|it| it.name).collect();
    quoted.insert("FryEgg".to_owned()); // the leaf has a file of its own
    for slide in &SLIDES {
        for part in slide.twins() {
            let machine = part.machine.expect("a twin has one");
            assert!(quoted.contains(machine), "{}: {machine}", slide.slug);
        }
    }
}

#[test]
fn a_debugger_finds_every_breakpoint_of_the_page() {
    if Command::new("gdb").arg("--version").output().is_err() {
        println!("skipped: no gdb");
        return;
    }
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", "set breakpoint pending off"]);
    let mut stops = 0;
    for slide in &SLIDES {
        for stop in breakpoints(slide, &source(slide)) {
            gdb.arg("-ex").arg(format!("break {stop}"));
            stops += 1;
        }
    }
    gdb.arg(env!("CARGO_BIN_EXE_eggs"));
    let output = gdb.output().expect("gdb runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let lost: Vec<&str> =
        errors.lines().filter(|it| it.contains("not defined")).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    let set = String::from_utf8_lossy(&output.stdout);
    let set = set.lines().filter(|it| it.starts_with("Breakpoint ")).count();
    assert_eq!(set, stops, "{errors}");
}
