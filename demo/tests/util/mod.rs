//! Real processes and raw sockets: what the tests of `eggs` are made of.
#![allow(dead_code)] // each test file uses some of it

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What no test has any reason to take.
const TOO_LONG: Duration = Duration::from_secs(60);

/// `eggs` with these arguments.
pub fn eggs(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eggs"));
    command.args(arguments).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// What a run of `eggs` left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

/// Runs `eggs` to its end.
#[track_caller]
pub fn run(arguments: &[&str]) -> Ran {
    let began = Instant::now();
    let output = eggs(arguments).output().expect("eggs runs");
    let took = began.elapsed();
    assert!(took < TOO_LONG, "{arguments:?} took {took:?}");
    ran(&output, took)
}

fn ran(output: &Output, took: Duration) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        took,
    }
}

/// A running `eggs serve`; killed when dropped.
pub struct Served {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    pub addr: String,
}

impl Served {
    /// Starts it on a free port.
    pub fn start(arguments: &[&str]) -> Served {
        let mut all = vec!["serve", "--addr", "127.0.0.1:0"];
        all.extend(arguments);
        Served::spawn(&mut eggs(&all))
    }

    /// Starts `command`, which must be an `eggs serve`.
    pub fn spawn(command: &mut Command) -> Served {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("eggs serve starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a first line");
        let addr = line.split_once("http://").expect(&line).1;
        let addr = addr.split_once(',').expect(&line).0.to_owned();
        Served { child, stdout: Some(stdout), addr }
    }

    pub fn connect(&self) -> TcpStream {
        connect(&self.addr)
    }

    /// Sends `text` as it is, and returns all that comes until the end.
    pub fn exchange(&self, text: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).expect("sent");
        read_all(&mut stream)
    }

    /// GETs `target` on a connection of its own: head and body.
    pub fn get(&self, target: &str) -> (String, String) {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        let reply = self.exchange(&request);
        let (head, body) = reply.split_once("\r\n\r\n").expect(&reply);
        (head.to_owned(), body.to_owned())
    }

    /// The status and the body.
    pub fn status(&self, target: &str) -> (u16, String) {
        let (head, body) = self.get(target);
        (head[9..12].parse().expect(&head), body)
    }

    pub fn stats(&self) -> serde_json::Value {
        serde_json::from_str(&self.get("/-/stats").1).expect("JSON")
    }

    /// Waits until `condition` holds for the statistics.
    #[track_caller]
    pub fn wait_for(&self, condition: impl Fn(&serde_json::Value) -> bool) {
        let began = Instant::now();
        while !condition(&self.stats()) {
            assert!(began.elapsed() < TOO_LONG, "{}", self.stats());
            thread::sleep(Duration::from_millis(5)); // another process
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end: exit code, and the rest of stdout and stderr.
    pub fn end(mut self) -> (i32, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        let mut stdout = self.stdout.take().expect("not taken");
        stdout.read_to_string(&mut out).expect("read");
        let mut stderr = self.child.stderr.take().expect("piped");
        stderr.read_to_string(&mut err).expect("read");
        let status = self.child.wait().expect("it ended");
        (status.code().unwrap_or(-1), out, err)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Connects, and never waits for ever.
pub fn connect(addr: &str) -> TcpStream {
    let stream = TcpStream::connect(addr).expect("connected");
    stream.set_read_timeout(Some(TOO_LONG)).expect("a limit");
    stream
}

/// Everything until the end of the connection; a reset is an end as well.
pub fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one request, as far as its empty line.
pub fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => text.push(char::from(byte[0])),
            _ => break,
        }
    }
    text
}

/// A server that does with each connection what `serve` says. It ends with
/// the test's process.
pub fn fake_server(
    serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    addr
}

/// A server that reads the request, answers `reply`, and closes.
pub fn replying(reply: impl Into<Vec<u8>>) -> SocketAddr {
    let reply = reply.into();
    fake_server(move |mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(&reply);
    })
}

/// An address where nobody listens.
pub fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}
