//! Other people's clients and servers, where they are installed.

mod util;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use util::{Served, nobody, run};

/// Runs `program`; `None`, and a word about it, if it is not installed.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output();
    let Ok(output) = output else {
        eprintln!("skipped: no {program}");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && stderr.contains("ModuleNotFoundError") {
        eprintln!("skipped: {program} lacks a module");
        return None;
    }
    assert!(output.status.success(), "{stderr}");
    Some(text)
}

#[test]
fn curl_gets_its_eggs_over_one_connection() {
    let server = Served::start(&["--cook-time", "50ms"]);
    let url = |name| format!("http://{}/{name}", server.addr);
    let (a, b) = (url("A"), url("Spiegel%20Ei"));
    if let Some(text) = output("curl", &["-sS", &a, &b]) {
        assert_eq!(text, "ASpiegel Ei");
    }
    let format = "%{http_code} %{num_connects}\n";
    let fast = url("fast/A");
    let arguments = ["-sSI", "-o", "/dev/null", "-w", format, &fast, &fast];
    if let Some(text) = output("curl", &arguments) {
        assert!(text.starts_with("200 1\n"), "{text}");
    }
}

/// How long an egg takes here.
const D: Duration = Duration::from_millis(500);

/// A script of `demo/foreign`.
struct Script {
    file: &'static str,
    cook_times: u32,
    most_in_pan: u64,
    /// How many eggs it prints: all of them, or only the first.
    prints: usize,
    in_order: bool,
}

const ALL: &[&str] = &["A", "B", "C", "D"];

const SCRIPTS: [Script; 9] = [
    script("sequential.py", 4, 1, true),
    script("threads.py", 1, 4, true),
    script("callbacks.js", 1, 4, false),
    script("goroutines.go", 1, 4, false),
    script("actors.exs", 1, 4, false),
    script("promise_all.js", 1, 4, true),
    script("loop_then.js", 1, 4, false),
    script("loop_await.js", 4, 1, true),
    Script { prints: 1, ..script("first_egg.go", 1, 4, false) },
];

const fn script(
    file: &'static str,
    cook_times: u32,
    most_in_pan: u64,
    in_order: bool,
) -> Script {
    Script { file, cook_times, most_in_pan, prints: ALL.len(), in_order }
}

impl Script {
    /// Runs it; `None`, and a word about it, where its language is missing.
    fn run(&self, server: &Served) -> Option<String> {
        let path =
            format!("{}/foreign/{}", env!("CARGO_MANIFEST_DIR"), self.file);
        let url = format!("http://{}", server.addr);
        let (_, language) = self.file.rsplit_once('.').expect(self.file);
        match language {
            "py" => output("python3", &[&path, &url]),
            "js" => output("node", &[&path, &url]),
            "exs" => output("elixir", &[&path, &url]),
            _ => run_go(&path, &url),
        }
    }

    /// The class of its time, its lines, and what the server saw.
    fn check(&self, printed: &str, server: &Served) {
        let name = self.file;
        let mut lines: Vec<&str> = printed.lines().collect();
        let took = lines.pop().expect(name);
        let millis = took.split(' ').nth(1).and_then(|it| it.parse().ok());
        let took = Duration::from_millis(millis.expect(took));
        let least = D * self.cook_times;
        assert!(took + Duration::from_millis(2) >= least, "{name}: {took:?}");
        assert!(took < least + D * 2, "{name}: {took:?}");
        if !self.in_order {
            lines.sort_unstable();
        }
        assert_eq!(lines.len(), self.prints, "{name}: {lines:?}");
        let of_them = ALL.iter().filter(|egg| lines.contains(egg));
        assert!(of_them.eq(&lines), "{name}: {lines:?}");
        assert_eq!(server.stats()["most_in_pan"], self.most_in_pan, "{name}");
    }
}

/// What is compiled is not what is timed.
fn run_go(path: &str, url: &str) -> Option<String> {
    let program = std::env::temp_dir()
        .join(format!("eggs-foreign-go-{}", std::process::id()));
    let program = program.to_str().expect("a path in UTF-8");
    output("go", &["build", "-o", program, path])?;
    let printed = output(program, &[url]);
    let _ = std::fs::remove_file(program);
    printed
}

#[test]
fn the_scripts_of_other_languages_take_the_time_their_slides_say() {
    let (mut ran, mut skipped) = (Vec::new(), Vec::new());
    for script in &SCRIPTS {
        let server = Served::start(&["--cook-time", "500ms"]);
        match script.run(&server) {
            Some(printed) => {
                script.check(&printed, &server);
                ran.push(script.file);
            }
            None => skipped.push(script.file),
        }
    }
    eprintln!("ran {ran:?}, skipped {skipped:?}");
}

#[test]
fn a_script_says_which_eggs_failed_when_the_server_is_gone() {
    let script = script("callbacks.js", 0, 0, true);
    let path =
        format!("{}/foreign/{}", env!("CARGO_MANIFEST_DIR"), script.file);
    let url = format!("http://{}", nobody());
    if let Some(printed) = output("node", &[&path, &url]) {
        let refused = printed.matches("ECONNREFUSED").count();
        assert_eq!(refused, 4, "{printed}");
    }
}

/// `python3 -m http.server`, killed when dropped.
struct PythonServer(Child);

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_file_of_pythons_server_is_fried() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let child = Command::new("python3")
        .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no python3");
        return;
    };
    let stdout = child.stdout.take().expect("piped");
    let _server = PythonServer(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a first line");
    let port = line.split(' ').nth(5).expect(&line);
    let addr = format!("127.0.0.1:{port}");
    let ran = run(&[
        "fry",
        "Cargo.toml",
        "src/main.rs",
        "--plain",
        "--server",
        &addr,
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("name = \"onecook-demo\""));
    assert!(ran.stdout.contains("fn main()"));
    let ran = run(&["fry", "no-such-egg", "--plain", "--server", &addr]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("answered 404"), "{}", ran.stderr);
}
