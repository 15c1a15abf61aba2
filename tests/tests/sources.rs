//! The promises about the sources themselves, read from the sources.
//!
//! design promises 1, 2

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All sources of the two crates.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for floor in ["reactor/src", "runtime/src"] {
        collect(&root().join(floor), &mut files);
    }
    files.sort();
    files
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

/// Words that must not stand in code, with the lines in which they do.
/// Comments are no tokens; strings and doc comments are literals.
fn forbidden(text: &str) -> Vec<(usize, String)> {
    let tokens: TokenStream = text.parse().expect("Rust code");
    let mut found = Vec::new();
    look(tokens, &mut found);
    found
}

fn look(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let word = match token {
            TokenTree::Group(group) => {
                look(group.stream(), found);
                continue;
            }
            TokenTree::Ident(word) => word,
            _ => continue,
        };
        let is_call = matches!(
            tokens.peek(),
            Some(TokenTree::Punct(mark)) if mark.as_char() == '!'
        );
        let text = word.to_string();
        let forbidden = match text.as_str() {
            "unsafe" | "async" | "await" => true,
            "todo" | "unimplemented" => is_call,
            _ => false,
        };
        if forbidden {
            found.push((word.span().start().line, text));
        }
    }
}

#[test]
fn there_is_no_unsafe_no_async_and_nothing_left_to_do_in_the_two_crates() {
    let mut all = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        for (line, word) in forbidden(&text) {
            all.push(format!("{}:{line}: {word}", file.display()));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(sources().len() > 30, "the sources were not found");
}

#[test]
fn unsafe_code_is_forbidden_in_both_crates() {
    for floor in ["reactor", "runtime"] {
        let file = root().join(floor).join("src/lib.rs");
        let text = fs::read_to_string(file).unwrap();
        let tokens: TokenStream = text.parse().unwrap();
        let text = tokens.to_string().replace(' ', "");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{floor}");
    }
}

#[test]
fn what_must_not_stand_there_is_found_where_it_does() {
    let text = "fn f() {\n    unsafe {}\n    let g = async {};\n    \
                g.await;\n    todo!();\n    unimplemented!()\n}";
    let words: Vec<_> = forbidden(text);
    let expected = [
        (2, "unsafe"),
        (3, "async"),
        (4, "await"),
        (5, "todo"),
        (6, "unimplemented"),
    ];
    let expected = expected.map(|(line, word)| (line, word.to_owned()));
    assert_eq!(words, expected);
}

#[test]
fn comments_strings_and_doc_examples_are_no_code() {
    let text = "//! async\n#![forbid(unsafe_code)]\n/// `x.await` unsafe\n\
                // todo!()\n/* unsafe */\nfn todo() -> &'static str {\n    \
                r#\"async \"unsafe\" { x.await }\"#\n}";
    assert_eq!(forbidden(text), []);
}

#[test]
fn no_line_of_ours_is_wider_than_80_columns() {
    let mut all = Vec::new();
    let mut files = sources();
    collect(&root().join("tests/src"), &mut files);
    collect(&root().join("tests/tests"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > 80 {
                all.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_source_says_which_file_to_read_next() {
    let mut all = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let doc: Vec<_> =
            text.lines().filter(|line| line.starts_with("//!")).collect();
        let is_part = doc.is_empty() || file.ends_with("tests.rs");
        let root = file.ends_with("lib.rs");
        let says = doc
            .iter()
            .any(|line| line.contains("Next: ") || line.contains("Back to "));
        if !(says || root || is_part) {
            all.push(file.display().to_string());
        }
    }
    // Files of one future each lead back by their module.
    all.retain(|file| {
        let parts = ["/future/", "/net/", "/time/", "/stream/", "/channel/"];
        !parts.iter().any(|part| file.contains(part))
    });
    assert!(all.is_empty(), "{}", all.join("\n"));
}
