//! An independent witness: what the server saw of a part.
//!
//! It is asked over a blocking socket of the standard library, so that
//! nothing that is on trial gives evidence.
//!
//! Next: `deck/mod.rs`, what is on trial.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deck::expected::{Expected, Measured};
use crate::egg::Order;
use crate::http::reply::Reply;

/// Who says nothing for so long says nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The server hears of a guest who left a little later than the guest.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// What a server counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Evidence {
    /// Eggs served.
    pub served: u64,
    /// Eggs in the pan.
    pub in_pan: u64,
    /// The most eggs in the pan at once.
    pub most_in_pan: u64,
    /// Guests who left while their egg was in the pan.
    pub left: u64,
}

/// The server, before a part begins.
#[derive(Debug)]
pub struct Witness {
    server: SocketAddr,
    before: Evidence,
}

impl Witness {
    /// Asks the server to count anew. `None`: it does not count.
    #[must_use]
    pub fn call(server: SocketAddr) -> Option<Witness> {
        let before = ask(server, "/-/stats?reset")?;
        Some(Witness { server, before })
    }

    /// Whether a server is there at all: then it is another one than ours.
    #[must_use]
    pub fn is_a_stranger(server: SocketAddr) -> bool {
        TcpStream::connect_timeout(&server, PATIENCE).is_ok()
    }

    /// Adds to `measured` what the server saw. What is expected and has not
    /// been seen yet is waited for, but not for long.
    pub fn testify(&self, measured: &mut Measured, expected: &Expected) {
        let began = Instant::now();
        while let Some(now) = ask(self.server, "/-/stats") {
            measured.in_pan = Some(now.most_in_pan);
            // A server that was started anew meanwhile knows less than before.
            measured.served = now.served.checked_sub(self.before.served);
            measured.left = now.left.checked_sub(self.before.left);
            let served =
                expected.served.is_none_or(|it| measured.served >= Some(it));
            let left = expected.left.is_none_or(|it| measured.left >= Some(it));
            if served && left || began.elapsed() > PATIENCE {
                return;
            }
            thread::sleep(BETWEEN_LOOKS); // another thread's, or process's
        }
    }
}

/// The statistics at `target`, if the server has any.
fn ask(server: SocketAddr, target: &str) -> Option<Evidence> {
    let order = Order::at("stats", server, &server.to_string(), target);
    let body = exchange(server, &order.request)?;
    let stats: Value = serde_json::from_slice(&body).ok()?;
    let count = |name: &str| stats.get(name)?.as_u64();
    Some(Evidence {
        served: count("served")?,
        in_pan: count("in_pan")?,
        most_in_pan: count("most_in_pan")?,
        left: count("left")?,
    })
}

fn exchange(server: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request).ok()?;
    let mut reply = Reply::default();
    loop {
        let count = stream.read(reply.space()).ok()?;
        if let Some(answer) = reply.received(count).ok()? {
            return (answer.status == 200).then_some(answer.body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers a question with each of `served`, and then is gone.
    fn a_server_that_counts(served: [u64; 2]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        thread::spawn(move || {
            for served in served {
                let (mut guest, _) = listener.accept().unwrap();
                let _request = guest.read(&mut [0; 1_024]).unwrap();
                let body = format!(
                    "{{\"served\":{served},\"in_pan\":0,\"most_in_pan\":1,\
                     \"left\":{served}}}"
                );
                let length = body.len();
                write!(
                    guest,
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
                )
                .unwrap();
            }
        });
        addr
    }

    fn evidence(served: [u64; 2]) -> Measured {
        let witness = Witness::call(a_server_that_counts(served)).unwrap();
        let mut measured = Measured::default();
        witness.testify(&mut measured, &Expected::any_time());
        measured
    }

    #[test]
    fn only_what_was_served_since_counts() {
        let measured = evidence([5, 9]);
        assert_eq!((measured.served, measured.left), (Some(4), Some(4)));
        assert_eq!(measured.in_pan, Some(1));
    }

    #[test]
    fn a_server_that_was_started_anew_is_not_believed() {
        let measured = evidence([5, 1]);
        assert_eq!((measured.served, measured.left), (None, None));
    }
}
