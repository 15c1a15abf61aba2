//! Unix sockets: [`UnixListener`], [`UnixStream`] and [`UnixDatagram`].
//!
//! Next: `unix/listener.rs`.

mod connect;
mod datagram;
mod listener;
mod stream;

pub use connect::Connect;
pub use datagram::{SendTo, UnixDatagram};
pub use listener::UnixListener;
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;

/// The future of [`UnixListener::accept`].
pub type Accept<'a> = crate::net::accept::Accept<'a, UnixListener>;

/// The half of a Unix stream that reads.
pub type OwnedReadHalf = crate::net::split::OwnedReadHalf<UnixStream>;

/// The half of a Unix stream that writes.
pub type OwnedWriteHalf = crate::net::split::OwnedWriteHalf<UnixStream>;
