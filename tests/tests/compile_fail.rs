//! What must not compile, and its twin that does.
//!
//! semantics 36; issue: structured concurrency
//!
//! The compiler is called with the library that this test is linked with: a
//! doctest with `compile_fail` would pass for any error (its error code is
//! looked at by nightly compilers only), and one more dependency for these few
//! programs would cost more than it gives. Each program has a twin that
//! differs in the one thing, and compiles; and the first line of its one error
//! is known: so it fails for that reason.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// The compiler beside the cargo that runs this test.
fn rustc() -> PathBuf {
    let cargo = env::var_os("CARGO").map(PathBuf::from);
    let beside = cargo.map(|cargo| cargo.with_file_name("rustc"));
    beside.filter(|it| it.exists()).unwrap_or_else(|| "rustc".into())
}

/// The directory of the libraries: this test lies there too.
fn libraries() -> PathBuf {
    let test = env::current_exe().expect("the path of this program");
    test.parent().expect("its directory").to_path_buf()
}

/// All builds of `onecook` there, the newest first: with other features, or of
/// another compiler, there may be several.
fn builds(libraries: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(libraries).expect("the libraries");
    let paths = files.flatten().map(|file| file.path());
    let is_build = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
        let is_library = path.extension() == Some(OsStr::new("rlib"));
        is_library && name.starts_with("libonecook-")
    };
    let mut builds: Vec<_> = paths.filter(is_build).collect();
    let age = |path: &PathBuf| {
        let made = path.metadata().and_then(|it| it.modified());
        made.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    builds.sort_by_key(|path| std::cmp::Reverse(age(path)));
    builds
}

fn compile(name: &str, source: &str, build: &Path) -> Output {
    let directory = env::temp_dir()
        .join(format!("onecook-compile-fail-{}-{name}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join("program.rs");
    fs::write(&file, source).expect("the program");
    let output = Command::new(rustc())
        .args(["--edition=2024", "--emit=metadata", "--crate-type=bin"])
        .arg("--out-dir")
        .arg(&directory)
        .arg("-L")
        .arg(format!("dependency={}", libraries().display()))
        .arg("--extern")
        .arg(format!("onecook={}", build.display()))
        .arg(&file)
        .output()
        .expect("the compiler");
    let _ = fs::remove_dir_all(&directory);
    output
}

/// Expects that `body`, with `good` in its place marked `HERE`, compiles, and
/// with `bad` does not, with that error and no other.
#[track_caller]
fn expect_error(name: &str, error: &str, body: &str, good: &str, bad: &str) {
    let program = |line: &str| {
        format!(
            "#![allow(unused)]\nuse onecook::*;\nuse std::rc::Rc;\n\
             use std::sync::Arc;\nfn main() {{\n{}\n}}\n",
            body.replace("HERE", line)
        )
    };
    let mut complaints = String::new();
    for build in builds(&libraries()) {
        let twin = compile(name, &program(good), &build);
        if !twin.status.success() {
            complaints += &String::from_utf8_lossy(&twin.stderr);
            continue; // a build of another time
        }
        let output = compile(name, &program(bad), &build);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "it compiles");
        assert!(errors.starts_with(&format!("error[{error}")), "{errors}");
        assert_eq!(errors.matches("\nerror[").count(), 0, "{errors}");
        return;
    }
    panic!("the twin does not compile:\n{complaints}");
}

#[test]
fn a_child_cannot_borrow_a_local_of_the_body() {
    expect_error(
        "local-of-body",
        "E0597]: `inner` does not live long enough",
        "let outer = String::new();
         let outer = &outer;
         let waits = scope(|s| async move {
             let inner = String::new();
             let egg = HERE;
             drop(s.spawn(async move { egg.len() }));
         });
         block_on(waits).unwrap();",
        "outer",
        "&inner",
    );
}

#[test]
fn a_child_cannot_outlive_what_it_borrows() {
    expect_error(
        "outlives",
        "E0597]: `inner` does not live long enough",
        "let outer = String::new();
         let waits;
         {
             let inner = String::new();
             let egg = HERE;
             waits = scope(|s| async move {
                 drop(s.spawn(async move { egg.len() }));
             });
         }
         block_on(waits).unwrap();",
        "&outer",
        "&inner",
    );
}

#[test]
fn a_child_cannot_borrow_the_handle_of_its_scope() {
    expect_error(
        "borrows-scope",
        "E0597]: `s` does not live long enough",
        "let waits = scope(|s| async move {
             let inner = HERE;
             drop(s.spawn(async move { inner.cancel() }));
         });
         block_on(waits).unwrap();",
        "s.clone()",
        "&s",
    );
}

#[test]
fn what_children_change_cannot_be_touched_while_the_scope_lives() {
    expect_error(
        "mutable",
        "E0503]: cannot use `eggs` because it was mutably borrowed",
        "let (mut eggs, mut other) = (0, 0);
         let waits = scope(async |s| {
             let eggs = &mut eggs;
             drop(s.spawn(async move { *eggs += 1 }));
         });
         HERE += 1;
         block_on(waits).unwrap();",
        "other",
        "eggs",
    );
}

#[test]
fn a_task_cannot_borrow_a_local() {
    expect_error(
        "task-borrows",
        "E0597]: `egg` does not live long enough",
        "block_on(async {
             let egg = String::new();
             let egg = HERE;
             spawn(async move { egg.len() }).await.unwrap();
         });",
        "egg",
        "&egg",
    );
}

#[test]
fn a_value_that_is_not_send_cannot_go_to_the_runtime_of_another_thread() {
    expect_error(
        "not-send",
        "E0277]: `Rc<i32>` cannot be sent between threads safely",
        "let runtime = Runtime::new().unwrap();
         let egg = HERE;
         drop(runtime.handle().spawn(move || async move { drop(egg) }));",
        "Arc::new(1)",
        "Rc::new(1)",
    );
}

#[test]
fn a_scope_cannot_go_to_another_thread() {
    expect_error(
        "scope-to-thread",
        "E0277]: `Rc<",
        "let waits = scope(async |s| {
             let carried = HERE;
             std::thread::spawn(move || drop(carried)).join().unwrap();
         });
         block_on(waits).unwrap();",
        "s.children()",
        "s.clone()",
    );
}
