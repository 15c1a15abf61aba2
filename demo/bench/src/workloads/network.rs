//! An echo server. The client is the same for all: `echo_client.rs`.

use std::thread;
use std::time::Duration;

use super::{case, rt};
use crate::case::Case;
use crate::echo_client::{self, MESSAGE};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("TCP echo, 64 B, 1 connection", 20_000, |n| rt::spawn(echo(1, n))),
        case("TCP echo, 64 B, 100 connections", 100_000, |n| {
            rt::spawn(echo(100, n))
        }),
    ]
}

async fn echo(connections: usize, round_trips: u64) -> Duration {
    let listener = rt::TcpListener::bind("127.0.0.1:0").await.expect("a port");
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
        handles.push(rt::spawn(echo_back(stream)));
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
}

pub(super) async fn serve_and_say_where(connections: usize) {
    let listener = rt::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    serve(&listener, connections).await;
}

/// The buffer is larger than a message: a short read says that no more is
/// there.
async fn echo_back(mut stream: rt::TcpStream) {
    let mut buffer = [0; 4 * MESSAGE];
    loop {
        match rt::read(&mut stream, &mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => rt::write_all(&mut stream, &buffer[..count])
                .await
                .expect("the client reads"),
        }
    }
}
