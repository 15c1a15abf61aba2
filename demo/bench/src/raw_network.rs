//! The network with no runtime: loops of callbacks around mio.
//!
//! Next: `echo_client.rs`.

use std::thread;
use std::time::Duration;

use crate::case::Case;
use crate::echo_client::{self, ECHOES, Echo, MESSAGE, buffer_for};
use crate::raw_echo::Server;

/// The least that a server on epoll has to do.
#[must_use]
pub fn cases() -> Vec<Case> {
    let echoes = ECHOES.iter().map(|it| {
        let round = move |n| -> Box<dyn FnMut() -> Duration> {
            Box::new(move || echo(it, n))
        };
        Case::new(it.name, it.round_trips, round)
    });
    echoes.collect()
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
