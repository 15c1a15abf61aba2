//! The compiler's states against ours.

use crate::debug_info::{Machine, State};
use crate::table::{AWAITED, Difference, KeptBy, Table};

/// What the compiler keeps in a state, what we keep, and what stands for what.
#[derive(Clone, Debug, Default)]
pub struct Both {
    /// Our name of the state.
    pub state: String,
    /// The line of the `.await`.
    pub line: u64,
    /// Kept by both, under one name.
    pub same: Vec<String>,
    /// The type of what is awaited.
    pub awaited: String,
    /// Our fields that stand for it.
    pub stand_for_it: Vec<String>,
    /// So many flags that say whether something is still there to be dropped.
    pub flags: usize,
    /// Kept by one of them.
    pub only: Vec<(KeptBy, String)>,
}

/// What two machines have in common and in what they differ, from `Start` to
/// `Done`.
pub struct Compared {
    /// State by state.
    pub states: Vec<Both>,
    /// What is not as the table says.
    pub problems: Vec<String>,
}

/// Compares two machines, as the table says; `strict` finds also what the
/// table lists and is not there.
pub fn compare(
    table: &Table,
    theirs: &Machine,
    ours: &Machine,
    strict: bool,
) -> Compared {
    let suspended = suspended(theirs);
    let waiting = waiting(table, ours);
    let mut problems = in_number_or_order(table, &suspended, &waiting);

    let arguments = named(&theirs.states, "Unresumed");
    let mut states = vec![ends(table.start, &names_of(&arguments), ours)];
    for ((theirs, ours), wait) in
        suspended.iter().zip(&waiting).zip(table.waits)
    {
        let saved = saved(theirs, &arguments, &mut problems);
        states.push(wait_of(&saved, ours, wait.awaits));
        problems.extend(missing(ours, wait.awaits));
    }
    states.push(ends("Done", &[], ours));
    if !named(&ours.states, "Moving").fields.is_empty() {
        problems.push("`Moving` keeps something".to_owned());
    }

    problems.extend(unexplained(table.differences, &states));
    if strict {
        problems.extend(stale(table.differences, &states));
    }
    let of_whom = |problem| format!("`{}`: {problem}", table.name);
    let problems = problems.into_iter().map(of_whom).collect();
    Compared { states, problems }
}

fn suspended(theirs: &Machine) -> Vec<&State> {
    let is_suspended = |it: &&State| it.name.starts_with("Suspend");
    theirs.states.iter().filter(is_suspended).collect()
}

fn waiting<'m>(table: &Table, ours: &'m Machine) -> Vec<&'m State> {
    let others = [table.start, "Moving", "Done"];
    let waits = |it: &&State| !others.contains(&it.name.as_str());
    ours.states.iter().filter(waits).collect()
}

fn in_number_or_order(
    table: &Table,
    suspended: &[&State],
    waiting: &[&State],
) -> Vec<String> {
    let mut problems = Vec::new();
    let names: Vec<&str> = waiting.iter().map(|it| &*it.name).collect();
    let listed: Vec<&str> = table.waits.iter().map(|it| it.state).collect();
    if names != listed {
        problems.push(format!("waits in {names:?}, the table: {listed:?}"));
    }
    let (awaits, waits) = (suspended.len(), waiting.len());
    if awaits != waits {
        problems.push(format!("{awaits} awaits, but {waits} states wait"));
    }
    let lines: Vec<_> = suspended.iter().map(|it| it.line).collect();
    if !lines.is_sorted() || lines.contains(&None) {
        problems.push(format!("the awaits are not in order: {lines:?}"));
    }
    problems
}

/// Fields that the table names and the state has not.
fn missing(ours: &State, awaits: &[&str]) -> Vec<String> {
    let names = names_of(ours);
    awaits
        .iter()
        .filter(|field| !names.iter().any(|name| name == *field))
        .map(|field| format!("{}: no field `{field}`", ours.name))
        .collect()
}

fn named(states: &[State], name: &str) -> State {
    let found = states.iter().find(|state| state.name == name);
    found.cloned().unwrap_or_default()
}

fn names_of(state: &State) -> Vec<String> {
    state.fields.iter().map(|field| field.name.clone()).collect()
}

/// What the compiler saves in a state: behind it stand the arguments, each in
/// a place of its own, whatever became of it.
fn saved(
    state: &State,
    arguments: &State,
    problems: &mut Vec<String>,
) -> State {
    let mut saved = state.clone();
    let first = state.fields.len().checked_sub(arguments.fields.len());
    let behind = first.map(|first| saved.fields.split_off(first));
    let behind: Vec<String> =
        behind.into_iter().flatten().map(|field| field.name).collect();
    if behind != names_of(arguments) {
        let state = &state.name;
        problems.push(format!("{state}: {behind:?} instead of the arguments"));
    }
    saved
}

fn wait_of(saved: &State, ours: &State, awaits: &[&str]) -> Both {
    let (state, line) = (ours.name.clone(), saved.line.unwrap_or_default());
    let mut both = Both { state, line, ..Both::default() };
    let of = |name: &str| {
        let field = ours.fields.iter().find(|field| field.name == name);
        field.map(|field| field.of.as_str()).unwrap_or_default()
    };
    let ours: Vec<String> = names_of(ours);
    let stands = |name: &String| awaits.contains(&name.as_str());
    both.stand_for_it = ours.iter().filter(|it| stands(it)).cloned().collect();
    for field in &saved.fields {
        let name = &field.name;
        if name == AWAITED {
            both.awaited = last_of(&field.of);
            if awaits.is_empty() {
                both.only.push((KeptBy::Compiler, name.clone()));
            }
        } else if name.starts_with("__") && field.of == "bool" {
            both.flags += 1;
        } else if ours.contains(name) && !stands(name) {
            both.same.push(name.clone());
            if field.of != of(name) && !field.of.contains("{async_fn_env") {
                both.only.push((KeptBy::Otherwise, name.clone()));
            }
        } else {
            both.only.push((KeptBy::Compiler, name.clone()));
        }
    }
    for name in ours {
        if !stands(&name) && !both.same.contains(&name) {
            both.only.push((KeptBy::Us, name));
        }
    }
    both
}

/// `Start` and `Done`, which wait for nothing.
fn ends(state: &str, theirs: &[String], ours: &Machine) -> Both {
    let ours = names_of(&named(&ours.states, state));
    let (same, only): (Vec<String>, Vec<String>) =
        theirs.iter().cloned().partition(|name| ours.contains(name));
    let only = only.into_iter().map(|name| (KeptBy::Compiler, name));
    let more = ours.into_iter().filter(|name| !theirs.contains(name));
    let only = only.chain(more.map(|name| (KeptBy::Us, name))).collect();
    Both { state: state.to_owned(), same, only, ..Both::default() }
}

fn unexplained(listed: &[Difference], states: &[Both]) -> Vec<String> {
    let mut all = Vec::new();
    for both in states {
        for (kept_by, name) in &both.only {
            if reason(listed, &both.state, *kept_by, name).is_none() {
                let (who, state) = (who(*kept_by), &both.state);
                all.push(format!("{state}: {who} `{name}`, and no reason"));
            }
        }
    }
    all
}

fn stale(listed: &[Difference], states: &[Both]) -> Vec<String> {
    let is_there = |it: &&Difference| {
        states.iter().any(|both| {
            let only = (it.kept_by, it.name.to_owned());
            both.state == it.state && both.only.contains(&only)
        })
    };
    listed
        .iter()
        .filter(|it| !is_there(it))
        .map(|it| {
            let who = who(it.kept_by);
            format!("{}: not true: {who} `{}`", it.state, it.name)
        })
        .collect()
}

/// Why only one of them keeps it.
pub fn reason(
    listed: &[Difference],
    state: &str,
    kept_by: KeptBy,
    name: &str,
) -> Option<&'static str> {
    let same = |it: &&Difference| {
        it.state == state && it.kept_by == kept_by && it.name == name
    };
    listed.iter().find(same).map(|it| it.why)
}

/// In words.
pub fn who(kept_by: KeptBy) -> &'static str {
    match kept_by {
        KeptBy::Compiler => "only the compiler keeps",
        KeptBy::Us => "only we keep",
        KeptBy::Otherwise => "we keep otherwise",
    }
}

/// The last part of a path: `Sleep`; of an `async fn`, its name: `fry_egg`.
fn last_of(path: &str) -> String {
    let head = path.split('<').next().unwrap_or(path);
    let head = head.split("::{async_fn_env").next().unwrap_or(head);
    head.rsplit("::").next().unwrap_or(head).to_owned()
}
