//! What a debugger needs from the code: gdb, without any script, run over the
//! `eggs` binary while it fries.
//!
//! The dev build is always tried; with `ONECOOK_ALL_BUILDS` set in the
//! environment also release code with debug information, plain and after fat
//! link-time optimization (they take minutes to build). Where there is no gdb,
//! the tests say so and pass.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What tells which task is polled, whatever std's atomics look like inside.
const POLLING: &str = "*(&onecook::anchor::RUNTIMES[0].polling as *mut u64)";

/// The first task of the runtime in the first place.
const FIND_TASK: &str = "
set $executor = *(*(&onecook::anchor::RUNTIMES[0].executor \
    as *mut *mut onecook::executor::Executor))
set $slab = $executor.tasks.value.value
set $entry = $slab.entries.buf.inner.ptr.pointer.pointer \
    as *mut slab::Entry<onecook::task::Task>
set $task = (*$entry).0
";

/// The first socket of its reactor, and the first who waits to read it.
const FIND_SOURCE: &str = "
set $reactor = (*$executor.reactor.ptr.pointer).value
set $slab = $reactor.sources.value.value
set $entry = $slab.entries.buf.inner.ptr.pointer.pointer \
    as *mut slab::Entry<alloc::rc::Rc<onecook_reactor::source::Source, \
        alloc::alloc::Global>>
set $source = (*(*$entry).0.ptr.pointer).value
set $waiter = $source.read.waiters.value.value.first.0
";

fn there_is_gdb() -> bool {
    let found = Command::new("gdb")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        println!("skipped: there is no gdb on this machine");
    }
    found
}

/// Where this test program was built: `target`.
fn target() -> PathBuf {
    let program = env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// Builds `eggs` (it mostly is, already); its path.
fn eggs(target: &Path, profile: &str, more: &[&str]) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let built = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--bin", "eggs", "--profile", profile])
        .args(more)
        .arg("--target-dir")
        .arg(target)
        .status()
        .unwrap();
    assert!(built.success(), "`eggs` does not compile");
    let folder = if profile == "dev" { "debug" } else { profile };
    target.join(folder).join("eggs")
}

fn dev_eggs() -> PathBuf {
    eggs(&target(), "dev", &[])
}

/// Runs `eggs fry A B` under gdb; what gdb printed.
fn gdb(eggs: &Path, script: &str) -> String {
    let script = script.replace("\\\n", "").replace("POLLING", POLLING);
    let mut command = Command::new("timeout");
    command.args(["120", "gdb", "-q", "-nx", "-batch"]);
    let first = [
        "set pagination off",
        "set confirm off",
        "set debuginfod enabled off",
        "set auto-load no",
        "set print thread-events off",
        "set language rust",
        "set args fry A B --cook-time 500ms --plain",
    ];
    for line in first.into_iter().chain(script.lines()) {
        command.args(["-ex", line]);
    }
    let output = command.arg(eggs).stdin(Stdio::null()).output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// The value that `print` showed after `echo name=`.
#[track_caller]
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("\n{name}=$"));
    let Some(start) = start else { panic!("no `{name}` in:\n{text}") };
    let line = text[start + 1..].lines().next().unwrap();
    line.split_once(" = ").unwrap().1
}

/// Lines that print `expressions` so that [`value`] finds them.
fn show(expressions: &[(&str, &str)]) -> String {
    let lines = expressions.iter().map(|(name, expression)| {
        format!("echo \\n{name}=\nprint {expression}\n")
    });
    lines.collect()
}

#[track_caller]
fn expect(text: &str, part: &str) {
    assert!(text.contains(part), "no `{part}` in:\n{text}");
}

/// Stops in the kernel's wait, with egg A in the pan.
const STOP_ASLEEP: &str = "
tbreak onecook_demo::fry_egg::FryEgg::poll_reading if POLLING == 1
run
tbreak epoll_wait thread 1
continue
set language rust
";

#[test]
fn gdb_finds_the_runtimes_by_their_full_path() {
    if !there_is_gdb() {
        return;
    }
    let mut builds = vec![dev_eggs()];
    if env::var_os("ONECOOK_ALL_BUILDS").is_some() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let fat = "profile.release-debug.lto=\"fat\"";
        let plain = folder.join("debugger");
        builds.push(eggs(&plain, "release-debug", &[]));
        let folder = folder.join("debugger-fat");
        builds.push(eggs(&folder, "release-debug", &["--config", fat]));
    }
    for eggs in builds {
        println!("{}", eggs.display());
        let anchor = "onecook::anchor::RUNTIMES[0]";
        let script = format!(
            "tbreak main\nrun\ntbreak epoll_wait thread 1\ncontinue\n\
             set language rust\n{FIND_TASK}{}",
            show(&[
                ("anchor", anchor),
                ("polling", "POLLING"),
                (
                    "thread",
                    "*(&onecook::anchor::RUNTIMES[0].thread as *mut u64)"
                ),
                ("tasks", "$executor.tasks.value.value.len"),
                ("task", "$task"),
            ])
        );
        let text = gdb(&eggs, &script);
        assert!(!value(&text, "anchor").contains("value: 0x0"), "{text}");
        assert_eq!(value(&text, "polling"), u64::MAX.to_string(), "{text}");
        assert_ne!(value(&text, "thread"), "0", "{text}");
        assert_eq!(value(&text, "tasks"), "2", "{text}");
        expect(value(&text, "task"), "onecook::task::Task {number: 1, ");
    }
}

#[test]
fn gdb_stops_by_name_at_every_step_of_a_poll() {
    if !there_is_gdb() {
        return;
    }
    let steps =
        ["poll_task", "take_out", "before_poll", "after_poll", "put_back"];
    let mut script = String::from("break onecook_demo::fry::run\nrun\n");
    for step in steps {
        let step = format!("onecook::executor::Executor::{step}");
        script = format!("{script}tbreak {step}\ncontinue\n");
    }
    let text = gdb(&dev_eggs(), &script);
    for step in steps {
        expect(&text, &format!(", onecook::executor::Executor::{step} (self="));
    }
}

#[test]
fn gdb_stops_in_a_state_of_one_task_and_prints_its_fields() {
    if !there_is_gdb() {
        return;
    }
    let script = "
tbreak onecook_demo::fry_egg::FryEgg::poll_reading if POLLING == 2
run
echo \\nself=
print *self
echo \\npolling=
print POLLING
backtrace
";
    let text = gdb(&dev_eggs(), script);
    assert_eq!(value(&text, "polling"), "2", "{text}");
    let machine = value(&text, "self");
    expect(machine, "onecook_demo::fry_egg::FryEgg::Reading{");
    expect(machine, "order: ");
    expect(machine, "connection: onecook_reactor::net::tcp::stream::TcpStream");
    expect(machine, "reply: ");
    for frame in ["poll_states", "poll_cell", "poll_task", "run_batch"] {
        expect(&text, &format!("::{frame} (self="));
    }
    expect(&text, "::block_on<onecook_demo::cook::Cook>");
}

#[test]
fn gdb_walks_from_the_executor_to_a_task_and_its_future() {
    if !there_is_gdb() {
        return;
    }
    let fields = show(&[
        ("number", "$task.number"),
        ("name", "(*$task.name.0.ptr.pointer).value"),
        ("line", "(*$task.site).line"),
        ("polls", "$task.polls"),
        ("future", "*$task.cell.0.pointer"),
        ("waker", "(*$task.node.0.task_waker.ptr.pointer).data"),
        ("holders", "(*$task.node.0.task_waker.ptr.pointer).strong"),
    ]);
    let script = format!("{STOP_ASLEEP}{FIND_TASK}{fields}");
    let text = gdb(&dev_eggs(), &script);
    assert_eq!(value(&text, "number"), "1", "{text}");
    expect(value(&text, "name"), "alloc::string::String");
    assert!(value(&text, "line").parse::<u32>().is_ok(), "{text}");
    assert!(value(&text, "polls").parse::<u64>().is_ok(), "{text}");
    let future = value(&text, "future");
    expect(future, "onecook::task::FutureCell<onecook_demo::fry_egg::FryEgg>");
    expect(future, "onecook_demo::fry_egg::FryEgg::Reading{");
    expect(value(&text, "waker"), "scheduled: ");
    expect(value(&text, "holders"), "value: 3"); // ours, and the socket's
}

#[test]
fn gdb_walks_from_the_reactor_to_a_socket_and_who_waits_for_it() {
    if !there_is_gdb() {
        return;
    }
    let fields = show(&[
        ("fd", "$source.fd"),
        ("kind", "$source.kind"),
        ("level", "$source.read.level.value.value"),
        ("others", "$source.read.waiters.value.value.others.len"),
        ("tag", "$waiter.tag"),
        (
            "waker",
            "*($waiter.waker.waker.data as *mut onecook::waker::TaskWaker)",
        ),
    ]);
    let script = format!("{STOP_ASLEEP}{FIND_TASK}{FIND_SOURCE}{fields}");
    let text = gdb(&dev_eggs(), &script);
    assert!(value(&text, "fd").parse::<i32>().unwrap() > 2, "{text}");
    assert!(value(&text, "kind").ends_with("::TcpStream"), "{text}");
    assert!(value(&text, "level").ends_with("::Unready"), "{text}");
    assert_eq!(value(&text, "others"), "0", "{text}");
    expect(value(&text, "tag"), "Tag (1)");
    expect(value(&text, "waker"), "onecook::waker::TaskWaker {number: ");
}

/// How often one has to `step` from `poll_future` to a state's own code. (From
/// `poll_task` nobody gets there: `step` goes over `catch_unwind`.)
#[test]
fn from_poll_future_to_a_state_it_takes_few_steps() {
    if !there_is_gdb() {
        return;
    }
    let steps = "step\n".repeat(60);
    let script = format!(
        "skip -gfi \"/rustc/*\"\n\
         skip -rfu ^(core|alloc|std|slab|mio)::\n\
         skip -rfu ^onecook::(trace::|task::.*::project)\n\
         tbreak onecook_demo::fry_egg::FryEgg::poll_reading if POLLING == 1\n\
         run\ntbreak onecook::executor::poll_future thread 1\n\
         continue\necho \\nbegin\\n\n{steps}"
    );
    let text = gdb(&dev_eggs(), &script);
    let stepped = text.split_once("\nbegin\n").unwrap().1;
    // The first state that it comes to, whichever it is.
    let states = ["connecting", "writing", "reading"];
    let arrived = states.iter().filter_map(|state| {
        stepped.find(&format!("onecook_demo::fry_egg::FryEgg::poll_{state} ("))
    });
    let arrived = arrived.min();
    let Some(arrived) = arrived else { panic!("never arrived:\n{text}") };
    // Each step shows one line, `283<tab>let Some(..)`.
    let shown = |line: &&str| line.starts_with(|it: char| it.is_ascii_digit());
    let count = stepped[..arrived].lines().filter(shown).count() + 1;
    println!("{count} steps");
    assert!(count <= 25, "{count} steps:\n{stepped}");
}
