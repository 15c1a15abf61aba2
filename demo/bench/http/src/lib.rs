//! The servers that `eggs serve` is compared with over HTTP, by `http.sh`.
//!
//! `bin/tokio-eggs.rs` has the same parser, the same routes and the same
//! replies, and reads and writes by tokio; `bin/axum-eggs.rs` is what one
//! writes who does not care how it works.

use std::net::SocketAddr;

/// Where to listen: the only argument.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn address() -> SocketAddr {
    let argument = std::env::args().nth(1).expect("usage: SERVER ADDRESS");
    argument.parse().expect("an address, such as 127.0.0.1:3001")
}
