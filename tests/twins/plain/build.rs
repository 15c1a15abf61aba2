//! Copies the twins' sources, without the `repr(u8)` of the machines.
//!
//! That is there for a debugger (see `demo/src/fry_egg.rs`), and costs a few
//! bytes that the compiler's own machines need not pay. So that sizes can be
//! compared, they are compiled once more without it. Nothing else is changed
//! but the root of their paths: two of them live in this crate.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What of the demo the twins are made of.
const FILES: [&str; 4] = ["by.rs", "egg.rs", "fry_egg.rs", "words.rs"];

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let demo = here.join("../../../demo/src");
    let twins = here.join("../src");

    let plain = out.join("plain");
    for file in FILES {
        copy(&demo.join(file), &plain.join(file), "plain");
    }
    for folder in ["http", "deck"] {
        for file in fs::read_dir(demo.join(folder)).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap();
            copy(&file, &plain.join(folder).join(name), "plain");
        }
    }
    // Not the demo's list of modules, but the twins': those with a machine.
    copy(&twins.join("deck/mod.rs"), &plain.join("deck/mod.rs"), "plain");
    for tree in ["plain", "shown"] {
        let pairs = out.join(tree).join("pairs.rs");
        copy(&twins.join("pairs.rs"), &pairs, tree);
        let root = here.join("src").join(format!("{tree}.rs"));
        copy(&root, &out.join(tree).join("mod.rs"), tree);
    }
    let modules = ["plain", "shown"].map(|tree| {
        let root = out.join(tree).join("mod.rs");
        // Clippy looks at them where they are shown.
        let allowed = "#[allow(clippy::all, clippy::pedantic)]";
        let root = root.display();
        format!("{allowed}\n#[path = \"{root}\"]\npub mod {tree};\n")
    });
    fs::write(out.join("modules.rs"), modules.concat()).unwrap();
}

fn copy(from: &Path, to: &Path, tree: &str) {
    println!("cargo::rerun-if-changed={}", from.display());
    let text = fs::read_to_string(from).unwrap();
    let keeps = |line: &&str| {
        let line = line.trim();
        line != "#[repr(u8)]" && !line.starts_with("#[path = ")
    };
    let lines = text.lines().filter(keeps).collect::<Vec<_>>().join("\n");
    let text = lines.replace("crate::", &format!("crate::{tree}::"));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(to, text + "\n").unwrap();
}
