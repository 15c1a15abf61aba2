//! An echo server. The client is the same for all: `echo_client.rs`.

use std::thread;
use std::time::Duration;

use super::{case, rt};
use crate::case::Case;
use crate::echo_client;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("TCP echo, 64 B, 1 connection", 20_000, |n| rt::spawn(echo(1, n))),
        case("TCP echo, 64 B, 100 connections", 100_000, |n| {
            rt::spawn(echo(100, n))
        }),
    ]
}

async fn echo(connections: usize, round_trips: u64) -> Duration {
    let listener = rt::listen().await;
    let address = listener.local_addr().expect("an address");
    let client = thread::spawn(move || {
        echo_client::run(address, connections, round_trips)
    });
    serve(&listener, connections).await;
    client.join().expect("the client does not panic")
}

/// Serves so many connections, until the last is closed.
async fn serve(listener: &rt::TcpListener, connections: usize) {
    let mut handles = Vec::new();
    for _ in 0..connections {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("an open socket");
        handles.push(rt::spawn(rt::echo_back(stream)));
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
}

async fn serve_and_say_where(connections: usize) {
    let listener = rt::listen().await;
    println!("{}", listener.local_addr().expect("an address"));
    serve(&listener, connections).await;
}

/// Prints its address, then echoes over so many connections.
pub fn serve_echo(connections: usize) {
    rt::Runtime::new().block_on(async {
        let server = rt::spawn(serve_and_say_where(connections));
        server.await.expect("it does not panic");
    });
}
