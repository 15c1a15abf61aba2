//! Servers. The clients are the same for all: `echo_client.rs`.

use std::thread;
use std::time::Duration;

use super::{case, rt};
use crate::case::Case;
use crate::echo_client::{self, ECHOES, Echo, MESSAGE, buffer_for};

pub(super) fn cases() -> Vec<Case> {
    let echoes = ECHOES.iter().map(|it| {
        case(it.name, it.round_trips, move |n| rt::spawn(echo(it, n)))
    });
    echoes.collect()
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
