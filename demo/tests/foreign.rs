//! Other people's clients and servers, where they are installed.

mod util;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use util::{Served, run};

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

#[test]
fn python_requests_gets_its_eggs() {
    let server = Served::start(&["--cook-time", "50ms"]);
    let program = format!(
        "import requests\n\
         session = requests.Session()\n\
         for name in 'ABCD':\n    \
         print(session.get('http://{}/' + name).text)\n",
        server.addr
    );
    if let Some(text) = output("python3", &["-c", &program]) {
        assert_eq!(text, "A\nB\nC\nD\n");
    }
}

#[test]
fn node_fetch_gets_its_eggs_all_at_once() {
    let server = Served::start(&["--cook-time", "100ms"]);
    let program = format!(
        "const get = async name => (await fetch('http://{}/' + name)).text();\
         Promise.all(['A', 'B', 'C', 'D'].map(get))\
         .then(eggs => console.log(eggs.join(' ')))",
        server.addr
    );
    if let Some(text) = output("node", &["-e", &program]) {
        assert_eq!(text, "A B C D\n");
        assert_eq!(server.stats()["most_in_pan"], 4);
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
