//! What is taken of the allocator: per task, message, connection, child.
//!
//! Nothing here is timed, and nothing depends on the machine: the test
//! `counts` holds it against `counts.txt`.

use onecook::channel::{mpsc, oneshot};
use onecook::future::join;
use onecook::net::TcpStream;

use crate::case::Memory;
use crate::catalogue::contestants;
use crate::children::YieldOnce;
use crate::counting;
use crate::echo_client::{MESSAGE, buffer_for};
use crate::runtimes::onecook::rt;

/// What one task, message or child takes.
struct Taken {
    allocations: f64,
    /// Bytes that are kept; or if none are, the most that there were.
    bytes: f64,
}

/// Everything counted, each with its name: of tasks on any runtime, and the
/// rest on ours.
#[must_use]
pub fn counts(runtime: &str) -> Vec<(String, f64)> {
    let mut counts = Vec::new();
    let mut contestants = contestants().into_iter();
    let found = contestants.find(|it| it.name == runtime);
    for case in found.into_iter().flat_map(|it| it.memory) {
        counts.extend(told(case.name, &taken(&(case.run)())));
    }
    if runtime == rt::NAME {
        let others = rt::Runtime::new().block_on(others());
        counts.extend(others.iter().flat_map(|it| told(it.0, &it.1)));
    }
    counts
}

fn taken(memory: &Memory) -> Taken {
    let kept = memory.bytes > memory.count;
    let bytes = if kept { memory.bytes } else { memory.peak };
    let each = |amount: usize| amount as f64 / memory.count as f64;
    Taken { allocations: each(memory.calls), bytes: each(bytes) }
}

fn told(name: &str, taken: &Taken) -> [(String, f64); 2] {
    [
        (format!("{name}: allocations"), taken.allocations),
        (format!("{name}: bytes"), taken.bytes),
    ]
}

async fn others() -> Vec<(&'static str, Taken)> {
    let (sender, mut receiver) = mpsc::channel(16);
    let bounded = again(1, async || {
        sender.send(1).await.expect("there is a receiver");
        receiver.recv().await.expect("it was sent");
    });
    let (unbounded_sender, mut unbounded_receiver) = mpsc::unbounded_channel();
    let unbounded = again(1, async || {
        unbounded_sender.send(1).expect("there is a receiver");
        unbounded_receiver.recv().await.expect("it was sent");
    });
    let oneshot = again(1, async || {
        let (sender, receiver) = oneshot::channel();
        sender.send(1).expect("there is a receiver");
        receiver.await.expect("it was sent");
    });
    let (connections, client) = connections(100).await;
    let mut buffer = [0; buffer_for(MESSAGE)];
    let echo = again(1, async || {
        client.write_all(&[b'e'; MESSAGE]).await.expect("it is open");
        client.read(&mut buffer).await.expect("it is open");
    });
    vec![
        ("message by mpsc, bounded", bounded.await),
        ("message by mpsc, unbounded", unbounded.await),
        ("oneshot and its message", oneshot.await),
        ("TCP connection, with a task", connections),
        ("TCP message, and its echo", echo.await),
        ("child of a join of 10", again(10, || join_of(10)).await),
        ("child of a join of 100", again(100, || join_of(100)).await),
    ]
}

/// Counts what `work` takes once everything is as large as it will be. `count`
/// is how much it does at once.
async fn again(count: usize, mut work: impl AsyncFnMut()) -> Taken {
    const ROUNDS: usize = 1000;
    for _ in 0..2 {
        work().await; // twice: a queue is two lists
    }
    let before = counting::begin();
    for _ in 0..ROUNDS {
        work().await;
    }
    let calls = counting::calls() - before.calls;
    let most = counting::peak() - before.bytes;
    Taken {
        allocations: calls as f64 / (ROUNDS * count) as f64,
        bytes: most as f64 / count as f64,
    }
}

async fn join_of(children: u64) {
    let children: Vec<_> = (0..children).map(YieldOnce::new).collect();
    join(children).await;
}

/// So many, each with a task that echoes; and one end of the last.
async fn connections(count: usize) -> (Taken, TcpStream) {
    let listener = rt::listen().await;
    let address = listener.local_addr().expect("an address");
    let mut clients = Vec::with_capacity(count);
    let before = counting::begin();
    for _ in 0..count {
        let client = TcpStream::connect(address).await;
        clients.push(client.expect("a connection"));
        let (server, _) = listener.accept().await.expect("a connection");
        rt::detach(rt::spawn(rt::echo_back(server, buffer_for(MESSAGE))));
        rt::yield_now().await;
    }
    let (calls, bytes) = (counting::calls(), counting::bytes());
    let taken = Taken {
        allocations: (calls - before.calls) as f64 / count as f64,
        bytes: (bytes - before.bytes) as f64 / count as f64,
    };
    (taken, clients.pop().expect("there are some"))
}
