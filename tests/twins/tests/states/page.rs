//! `docs/desugaring.md`, made from what was found.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use onecook_twins_plain::Sizes;

use crate::compare::{Both, Compared, reason, who};
use crate::table::{AWAITED, Table};

/// How wide a line may be.
const WIDTH: usize = 80;

/// Where the page is.
pub fn path() -> PathBuf {
    root().join("docs/desugaring.md")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands before the first pair.
pub fn opening(compiler: &str) -> String {
    let opening = include_str!("opening.md");
    opening.replace("COMPILER", compiler)
}

/// The section of one pair.
pub fn section(table: &Table, compared: &Compared, sizes: Sizes) -> String {
    let mut text = String::new();
    let function = table.async_fn.rsplit("::").next().unwrap_or_default();
    let name = table.name;
    let Sizes { by_async, shown, plain, .. } = sizes;
    let _ = writeln!(text, "\n## {}\n", table.name);
    let size = if shown == plain {
        format!("ours {plain}")
    } else {
        format!("ours {plain}, with `repr(u8)` {shown}")
    };
    let (here, there) = (source(table.async_fn), source(table.machine));
    let place = if here == there {
        format!("`async fn {function}` and `{name}` in `{here}`")
    } else {
        format!("`async fn {function}` in `{here}`, `{name}` in `{there}`")
    };
    let about = format!(
        "{place}. The compiler's machine takes {by_async} bytes, {size}."
    );
    text += &wrapped(&about, "", "");
    text += "\n```text\n";
    let code = source_of(table);
    for both in &compared.states {
        text += &state(both, &code);
    }
    text += "```\n";
    let mut bullets = String::new();
    for both in &compared.states {
        for (kept_by, name) in &both.only {
            let why = reason(table.differences, &both.state, *kept_by, name);
            let who = who(*kept_by);
            let name = match name.as_str() {
                AWAITED => format!("the awaited `{}`", both.awaited),
                name => format!("`{name}`"),
            };
            let why = why.unwrap_or("no reason is known");
            let line = format!("`{}`: {who} {name}: {why}.", both.state);
            bullets += &wrapped(&line, "- ", "  ");
        }
    }
    if !bullets.is_empty() {
        text += "\n";
        text += &bullets;
    }
    text
}

/// The text of the file that the `async fn` stands in.
pub fn source_of(table: &Table) -> String {
    fs::read_to_string(root().join(source(table.async_fn))).unwrap()
}

/// The file in which something stands that has this path.
fn source(path: &str) -> String {
    let path = path.split('<').next().unwrap_or(path);
    let (module, _) = path.rsplit_once("::").unwrap_or_default();
    format!("demo/src/{}.rs", module.replace("::", "/"))
}

/// One state: where it waits, and what is kept there.
fn state(both: &Both, code: &str) -> String {
    let mut text = both.state.clone();
    if both.line > 0 {
        let line = await_in(code, both.line).unwrap_or_default();
        let line = format!("{:14}{line}", both.state);
        text = line.chars().take(WIDTH).collect();
    }
    text = text.trim_end().to_owned() + "\n";
    if !both.same.is_empty() {
        let same = both.same.join(", ");
        text += &wrapped(&same, "  both keep   ", "              ");
    }
    if !both.awaited.is_empty() {
        let ours = match both.stand_for_it.len() {
            0 => "nothing".to_owned(),
            _ => both.stand_for_it.join(", "),
        };
        let awaited = format!("{}; ours: {ours}", both.awaited);
        text += &wrapped(&awaited, "  awaited     ", "              ");
    }
    if both.flags > 0 {
        let _ = writeln!(text, "  drop flags  {}", both.flags);
    }
    text
}

/// The first `.await` from line `line` on, if it is of the same statement.
pub fn await_in(code: &str, line: u64) -> Option<&str> {
    let from = usize::try_from(line).ok()?.checked_sub(1)?;
    let lines = code.lines().skip(from).take(6).map(str::trim);
    let mut statement = lines.scan(false, |ended, line| {
        let before = std::mem::replace(ended, line.ends_with(';'));
        (!before).then_some(line)
    });
    statement.find(|line| line.contains(".await"))
}

/// Words in lines that are not too long.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut all = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            all += &line;
            all += "\n";
            next.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line += " ";
        }
        line += word;
        empty = false;
    }
    all + &line + "\n"
}
