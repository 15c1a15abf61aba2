//! What a task and a connection take, from a thousand of them to a million.
//!
//! Each measurement is a process of its own, `bin/growth.rs`, so that none
//! finds what another has left.
//!
//! Next: `rounds.rs`.

use std::env;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use socket2::{Domain, Socket, Type};

use crate::catalogue::contestants;
use crate::echo_client;

/// What the process with the clients' ends is asked for.
pub const CLIENTS: &str = "clients";

/// How many.
pub const COUNTS: [usize; 4] = [1000, 10_000, 100_000, 1_000_000];

/// Of what.
pub const KINDS: [&str; 2] = ["task", "connection"];

/// What so many took, each.
#[derive(Clone, Debug)]
pub struct Grown {
    /// Which runtime.
    pub runtime: String,
    /// Of what.
    pub kind: String,
    /// How many.
    pub count: usize,
    /// Bytes each; or why there are none.
    pub bytes: Result<f64, String>,
}

/// Measures up to so many, on each runtime that counts its memory. Of tokio's
/// three ways the first stands for all.
///
/// # Errors
///
/// If `growth` cannot be started.
pub fn measure(growth: &Path, most: usize) -> io::Result<Vec<Grown>> {
    let mut grown = Vec::new();
    for kind in KINDS {
        for runtime in runtimes() {
            for count in COUNTS.into_iter().filter(|it| *it <= most) {
                let bytes = run(growth, runtime, kind, count)?;
                let (runtime, kind) = (runtime.to_owned(), kind.to_owned());
                grown.push(Grown { runtime, kind, count, bytes });
            }
        }
    }
    Ok(grown)
}

/// Those whose growth is measured.
#[must_use]
pub fn runtimes() -> Vec<&'static str> {
    let all = contestants().into_iter();
    let counted = all.filter(|it| it.grow.is_some()).map(|it| it.name);
    counted.filter(|it| !it.starts_with("tokio Local")).collect()
}

/// A process that holds the clients' ends, until this is dropped.
pub struct Clients {
    process: Child,
    is_over: Arc<AtomicBool>,
}

impl Clients {
    /// Starts this program once more, as a client. If that fails, so does this
    /// process: nobody else would tell the server, which waits for clients.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn start(server: SocketAddr, count: usize) -> Clients {
        let program = env::current_exe().expect("a path");
        let process = Command::new(program)
            .args([CLIENTS, &server.to_string(), &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = process.expect("it can be started");
        let mut said = process.stdout.take().expect("it is piped");
        let is_over = Arc::new(AtomicBool::new(false));
        let was_wanted = is_over.clone();
        thread::spawn(move || {
            let _ = said.read(&mut [0]); // it says nothing, and ends
            if !was_wanted.load(Ordering::Acquire) {
                process::exit(1);
            }
        });
        Clients { process, is_over }
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        drop(self.process.stdin.take()); // that is how it learns of the end
        let _ = self.process.wait();
    }
}

/// Connects so often, and keeps the connections until its input ends. 20,000
/// come from each address, and from ports that are named: to look for a free
/// one among so many takes the kernel a millisecond each.
///
/// # Errors
///
/// If there is no descriptor or port left, or nobody answers.
pub fn hold(server: SocketAddr, count: usize) -> io::Result<()> {
    let mut open = Vec::with_capacity(count);
    for number in 0..count {
        let host = (number / 20_000) as u8 + 1;
        let port = 10_000 + (number % 20_000) as u16;
        let client = SocketAddr::from(([127, 0, 1, host], port));
        let mut stream = connect(client, server).map_err(|error| {
            let text = format!("client {number}, {client}: {error}");
            io::Error::new(error.kind(), text)
        })?;
        echo_client::wait_for_acceptance(&mut stream, number + 1);
        open.push(stream);
    }
    let _ = io::stdin().read(&mut [0]);
    Ok(())
}

fn connect(client: SocketAddr, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&client.into())?;
    socket.connect(&server.into())?;
    Ok(TcpStream::from(socket))
}

fn run(
    growth: &Path,
    runtime: &str,
    kind: &str,
    count: usize,
) -> io::Result<Result<f64, String>> {
    let mut growth = Command::new(growth);
    let output = growth.args([runtime, kind, &count.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why.lines().next().unwrap_or("it says nothing");
    Ok(said.trim().parse().map_err(|_| why.to_owned()))
}
