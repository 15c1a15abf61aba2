//! Tests of what ends a process, or prints to its stderr: the body of such a
//! test runs in a process of its own.
//!
//! ```no_run
//! use onecook_tests::child;
//!
//! #[test]
//! fn the_body_runs_in_a_process_of_its_own() {
//!     let name = "the_body_runs_in_a_process_of_its_own";
//!     let child = child::run(name, || eprintln!("from the child"));
//!     assert!(child.success());
//!     assert!(child.stderr.contains("from the child"));
//! }
//! ```

use std::env;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio, exit};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::within::recv_patiently;

/// Tells the child which test it is to run.
const VARIABLE: &str = "ONECOOK_TEST_CHILD";

/// So long that only what hangs takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// How a child ended, and what it printed.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed as its output; the test harness prints here too.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
}

impl Outcome {
    /// Whether the body returned, without a panic or worse.
    #[must_use]
    pub fn success(&self) -> bool {
        self.status.success()
    }
}

/// Runs `body` in a child process: this test program once more, with only the
/// test of that name. There, this call does not return.
///
/// # Panics
///
/// If there can be no child, or it hangs for 30 seconds.
#[track_caller]
#[must_use]
pub fn run(test: &str, body: impl FnOnce()) -> Outcome {
    let program = env::current_exe().expect("the path of this program");
    run_by(Command::new(program), test, body)
}

/// [`run`], in a process that may open so many files and no more.
///
/// # Panics
///
/// As [`run`].
#[track_caller]
#[must_use]
pub fn run_with_files(
    files: usize,
    test: &str,
    body: impl FnOnce(),
) -> Outcome {
    let program = env::current_exe().expect("the path of this program");
    let mut shell = Command::new("sh");
    let limit = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    shell.args(["-c", &limit]).arg(program);
    run_by(shell, test, body)
}

#[track_caller]
fn run_by(mut program: Command, test: &str, body: impl FnOnce()) -> Outcome {
    if env::var(VARIABLE).as_deref() == Ok(test) {
        body();
        exit(0);
    }
    let mut child = program
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, test)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child process");
    let stdout = read_all(child.stdout.take());
    let stderr = read_all(child.stderr.take());
    let stdout = text_or_kill(&mut child, &stdout);
    let stderr = text_or_kill(&mut child, &stderr);
    let status = child.wait().expect("the status of the child");
    assert!(
        !stdout.contains("running 0 tests"),
        "there is no test named `{test}`"
    );
    Outcome { status, stdout, stderr }
}

fn read_all<R>(pipe: Option<R>) -> mpsc::Receiver<String>
where
    R: Read + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut text);
        }
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
    receiver
}

#[track_caller]
fn text_or_kill(child: &mut Child, text: &mpsc::Receiver<String>) -> String {
    recv_patiently(text, LIMIT).unwrap_or_else(|_| {
        let _ = child.kill();
        let said = text.recv().unwrap_or_default();
        panic!("the child hangs; it said:\n{said}")
    })
}
