//! Each machine has the states of its `async fn`, and keeps in them what is
//! saved there; what does not agree has a reason, in `docs/desugaring.md`.

mod compare;
mod debug_info;
mod page;
mod table;

use std::collections::HashMap;
use std::fs;
use std::sync::LazyLock;

use debug_info::Machine;
use onecook_demo::deck::SLIDES;
use onecook_demo::deck::slide::Slide;
use onecook_twins::{broken, pairs};
use table::{Difference, KeptBy, SIMMER, TABLES, Table};

/// What this program says about itself; `None` if it says nothing.
fn debug_info() -> Option<&'static debug_info::Found> {
    static FOUND: LazyLock<Option<debug_info::Found>> =
        LazyLock::new(|| debug_info::of_this_program("twins/src/lib.rs"));
    if FOUND.is_none() {
        println!("skipped: no debug information in this program");
    }
    FOUND.as_ref()
}

type Machines = HashMap<String, Machine>;

fn async_fn<'m>(all: &'m Machines, table: &Table) -> &'m Machine {
    let path = table.async_fn;
    let path = format!("onecook_twins::{path}::{{async_fn_env#0}}");
    all.get(&path).unwrap_or_else(|| panic!("no `{path}` in here"))
}

fn machine<'m>(all: &'m Machines, path: &str) -> &'m Machine {
    let path = format!("onecook_twins::{path}");
    all.get(&path).unwrap_or_else(|| panic!("no `{path}` in here"))
}

/// The page as it is, and the compiler it was made by, if it says so.
fn page() -> (String, Option<String>) {
    let page = fs::read_to_string(page::path()).unwrap_or_default();
    let by = page.lines().find_map(|it| it.strip_prefix("Compiled by "));
    let by = by.map(|by| by.trim_end_matches('.').to_owned());
    (page, by)
}

#[test]
fn every_machine_has_the_states_that_the_compiler_makes() {
    let Some(found) = debug_info() else { return };
    let (page, by) = page();
    let blesses = std::env::var_os("EGGS_BLESS").is_some();
    let by = by.unwrap_or_else(|| found.compiler.clone());
    let same_compiler = by == found.compiler || blesses;
    let mut made = page::opening(&found.compiler);
    let mut problems = Vec::new();
    for (table, sizes) in TABLES.iter().zip(onecook_twins_plain::sizes()) {
        assert_eq!(table.name, sizes.name, "one table for each pair, in order");
        let theirs = async_fn(&found.machines, table);
        let ours = machine(&found.machines, table.machine);
        let compared = compare::compare(table, theirs, ours, same_compiler);
        made += &page::section(table, &compared, sizes);
        problems.extend(compared.problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    if blesses {
        fs::write(page::path(), made).unwrap();
    } else if same_compiler {
        assert!(
            page == made,
            "docs/desugaring.md is stale; it should be:\n{made}\n\
             `EGGS_BLESS=1 cargo test -p onecook-twins --test states` writes it"
        );
    } else {
        let now = &found.compiler;
        println!("skipped: the page was made by {by}, this is {now}");
    }
}

#[test]
fn there_is_a_table_for_every_pair() {
    let tables: Vec<&str> = TABLES.iter().map(|it| it.name).collect();
    let all = pairs::all();
    let pairs: Vec<&str> = all.iter().map(|it| it.name).collect();
    assert_eq!(tables, pairs);
}

#[test]
fn every_machine_of_the_deck_is_compared() {
    let machines = SLIDES.iter().flat_map(Slide::twins);
    for machine in machines.filter_map(|part| part.machine) {
        let is_there = TABLES.iter().any(|table| table.name == machine);
        assert!(is_there, "`{machine}` is in no pair");
    }
}

#[test]
fn every_await_is_where_the_compiler_says() {
    let Some(found) = debug_info() else { return };
    for table in TABLES {
        let code = page::source_of(table);
        for state in &async_fn(&found.machines, table).states {
            if state.name.starts_with("Suspend") {
                let line = state.line.expect("a line");
                let found = page::await_in(&code, line);
                assert!(found.is_some(), "{}: line {line}", table.async_fn);
            }
        }
    }
}

#[test]
fn no_machine_is_larger_than_the_compilers() {
    for sizes in onecook_twins_plain::sizes() {
        println!("{sizes:?}");
        let name = sizes.name;
        assert!(sizes.plain <= sizes.by_async, "{name}: {sizes:?}");
    }
}

/// What is found wrong with `ours` beside `simmer`.
fn wrong_with(found: &debug_info::Found, ours: &Machine) -> String {
    let theirs = async_fn(&found.machines, &SIMMER);
    compare::compare(&SIMMER, theirs, ours, true).problems.join("\n")
}

#[test]
fn a_fault_in_the_states_is_seen() {
    let Some(found) = debug_info() else { return };
    let right = machine(&found.machines, SIMMER.machine);
    assert_eq!(wrong_with(found, right), "");

    drop(broken::all()); // they have to be in this program
    let late = machine(&found.machines, "broken::SimmerLate");
    let wrong = wrong_with(found, late);
    assert!(wrong.contains("Frying: only we keep `heated`"), "{wrong}");

    let more = machine(&found.machines, "broken::SimmerMore");
    let wrong = wrong_with(found, more);
    assert!(wrong.contains("3 awaits, but 4 states wait"), "{wrong}");

    let mut without = right.clone();
    let frying = &mut without.states[2];
    assert_eq!(frying.name, "Frying");
    frying.fields.retain(|field| field.name != "time");
    let wrong = wrong_with(found, &without);
    assert!(wrong.contains("only the compiler keeps `time`"), "{wrong}");

    let mut swapped = right.clone();
    swapped.states.swap(1, 2);
    let wrong = wrong_with(found, &swapped);
    assert!(wrong.contains("waits in [\"Frying\", \"Heating\""), "{wrong}");
}

#[test]
fn a_reason_for_a_difference_that_is_gone_is_seen() {
    const GONE: Difference = Difference {
        state: "Frying",
        kept_by: KeptBy::Us,
        name: "heated",
        why: "it was there once",
    };
    let Some(found) = debug_info() else { return };
    let table = Table { differences: &[GONE], ..SIMMER };
    let theirs = async_fn(&found.machines, &table);
    let ours = machine(&found.machines, table.machine);
    let strict = compare::compare(&table, theirs, ours, true).problems;
    assert_eq!(strict, ["`Simmer`: Frying: not true: only we keep `heated`"]);
    let lenient = compare::compare(&table, theirs, ours, false).problems;
    assert!(lenient.is_empty(), "{lenient:?}");
}
