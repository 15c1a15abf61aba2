//! Servers. The clients are the same for all: `echo_client.rs`,
//! `accept_client.rs`, `datagram_client.rs`.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{case, rt};
use crate::accept_client::{self, ARRIVED};
use crate::case::Case;
use crate::datagram_client;
use crate::echo_client::{self, ECHOES, Echo, MESSAGE, buffer_for};
use crate::signal::Signal;

pub(super) fn cases() -> Vec<Case> {
    let echoes = ECHOES.iter().map(|it| {
        case(it.name, it.round_trips, move |n| rt::spawn(echo(it, n)))
    });
    let others = [
        case(accept_client::STREAM, accept_client::CONNECTIONS, |n| {
            rt::spawn(accept(n))
        }),
        case(accept_client::BURST, accept_client::CONNECTIONS, |n| {
            rt::spawn(accept_bursts(n))
        }),
        case(datagram_client::NAME, datagram_client::DATAGRAMS, |n| {
            rt::spawn(datagrams(n))
        }),
    ];
    echoes.chain(others).collect()
}

async fn echo(echo: &Echo, round_trips: u64) -> Duration {
    let Echo { connections, message, .. } = *echo;
    let listener = rt::listen().await;
    let address = listener.local_addr().expect("an address");
    let client = thread::spawn(move || {
        echo_client::run(address, connections, message, round_trips)
    });
    serve(&listener, connections, buffer_for(message)).await;
    client.join().expect("the client does not panic")
}

/// A thread connects all the time; each connection gets a task, which reads
/// to the end.
async fn accept(connections: u64) -> Duration {
    let listener = rt::listen().await;
    let address = listener.local_addr().expect("an address");
    let is_over = Arc::new(Signal::default());
    let says_so = is_over.clone();
    let client = thread::spawn(move || {
        let took = accept_client::run(address, connections);
        says_so.set();
        took
    });
    serve(&listener, connections as usize, buffer_for(MESSAGE)).await;
    is_over.wait().await; // who has a ring closes by it, a little later
    client.join().expect("the client does not panic")
}

/// The same; but the clock runs while those who have connected are served.
async fn accept_bursts(connections: u64) -> Duration {
    let listener = rt::listen().await;
    let address = listener.local_addr().expect("an address");
    let mut took = Duration::ZERO;
    for _ in 0..connections / ARRIVED as u64 {
        let arrived = accept_client::arrive(address, ARRIVED);
        let start = Instant::now();
        serve(&listener, arrived.len(), buffer_for(MESSAGE)).await;
        took += start.elapsed();
    }
    took
}

async fn datagrams(count: u64) -> Duration {
    let socket = rt::bind_udp().await;
    let address = socket.local_addr().expect("an address");
    let client = thread::spawn(move || datagram_client::run(address, count));
    rt::answer(socket, count).await;
    client.join().expect("the client does not panic")
}

/// Serves so many connections, until the last is closed.
async fn serve(listener: &rt::TcpListener, connections: usize, buffer: usize) {
    let mut handles = Vec::new();
    for _ in 0..connections {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("an open socket");
        handles.push(rt::spawn(rt::echo_back(stream, buffer)));
    }
    for handle in handles {
        handle.await.expect("it does not panic");
    }
}

async fn serve_and_say_where(connections: usize) {
    let listener = rt::listen().await;
    println!("{}", listener.local_addr().expect("an address"));
    serve(&listener, connections, buffer_for(MESSAGE)).await;
}

/// Prints its address, then echoes over so many connections.
pub fn serve_echo(connections: usize) {
    rt::Runtime::new().block_on(async {
        let server = rt::spawn(serve_and_say_where(connections));
        server.await.expect("it does not panic");
    });
}
