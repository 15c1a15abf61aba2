//! The network with no runtime: loops of callbacks around mio.
//!
//! Next: `echo_client.rs`.

use std::thread;
use std::time::{Duration, Instant};

use crate::accept_client::{self, ARRIVED};
use crate::case::Case;
use crate::datagram_client;
use crate::echo_client::{self, ECHOES, Echo, MESSAGE, buffer_for};
use crate::raw_datagrams;
use crate::raw_echo::Server;

/// The least that a server on epoll has to do.
#[must_use]
pub fn cases() -> Vec<Case> {
    let echoes = ECHOES
        .iter()
        .map(|it| case(it.name, it.round_trips, move |n| echo(it, n)));
    let others = [
        case(accept_client::STREAM, accept_client::CONNECTIONS, accept),
        case(accept_client::BURST, accept_client::CONNECTIONS, accept_bursts),
        case(datagram_client::NAME, datagram_client::DATAGRAMS, datagrams),
    ];
    echoes.chain(others).collect()
}

fn case(
    name: &'static str,
    operations: u64,
    work: impl Fn(u64) -> Duration + Copy + 'static,
) -> Case {
    Case::new(name, operations, move |operations| {
        Box::new(move || work(operations))
    })
}

fn echo(echo: &Echo, round_trips: u64) -> Duration {
    let Echo { connections, message, .. } = *echo;
    let mut server = Server::bind(buffer_for(message)).expect("a port");
    let address = server.local_addr().expect("an address");
    let client = thread::spawn(move || {
        echo_client::run(address, connections, message, round_trips)
    });
    server.serve(connections).expect("no error");
    client.join().expect("the client does not panic")
}

/// A thread connects all the time.
fn accept(connections: u64) -> Duration {
    let mut server = Server::bind(buffer_for(MESSAGE)).expect("a port");
    let address = server.local_addr().expect("an address");
    let client =
        thread::spawn(move || accept_client::run(address, connections));
    server.serve(connections as usize).expect("no error");
    client.join().expect("the client does not panic")
}

/// The clock runs while those who have connected are served.
fn accept_bursts(connections: u64) -> Duration {
    let mut server = Server::bind(buffer_for(MESSAGE)).expect("a port");
    let address = server.local_addr().expect("an address");
    let mut took = Duration::ZERO;
    for _ in 0..connections / ARRIVED as u64 {
        let arrived = accept_client::arrive(address, ARRIVED);
        let start = Instant::now();
        server.serve(arrived.len()).expect("no error");
        took += start.elapsed();
    }
    took
}

fn datagrams(count: u64) -> Duration {
    let mut server = raw_datagrams::Server::bind().expect("a port");
    let address = server.local_addr().expect("an address");
    let client = thread::spawn(move || datagram_client::run(address, count));
    server.answer(count).expect("no error");
    client.join().expect("the client does not panic")
}

/// Prints its address, then echoes over so many connections.
///
/// # Panics
///
/// If a connection breaks.
pub fn serve_echo(connections: usize) {
    let mut server = Server::bind(buffer_for(MESSAGE)).expect("a port");
    println!("{}", server.local_addr().expect("an address"));
    server.serve(connections).expect("no error");
}
