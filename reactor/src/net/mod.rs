//! Sockets.
//!
//! Each socket is a mio socket beside its registration with the reactor, and
//! offers every operation in three forms, each built on the one before:
//!
//! - `try_read` asks the kernel once and never waits;
//! - `poll_read` waits: for hand-written machines that own their socket. Like
//!   the futures-io traits it has **one place per direction**, and the last
//!   waker wins: two tasks that call `poll_read` on one socket take each
//!   other's wake-ups;
//! - `read` returns a named future, [`Read`]. Each has a place of its own, so
//!   several tasks may wait for one direction; an event wakes all of them, in
//!   the order in which they began to wait.
//!
//! ```text
//!   addr.rs      names become addresses (on a thread of their own)
//!   waiting.rs   what every named future below consists of
//!   stream.rs    Read, Write, ...    of TcpStream and UnixStream
//!   datagram.rs  Recv, RecvFrom, ... of UdpSocket and UnixDatagram
//!   accept.rs    Accept              of TcpListener and UnixListener
//!   split.rs     a stream in two owned halves
//!   tcp/  udp.rs  unix/              the sockets themselves
//! ```
//!
//! A socket belongs to the reactor that was entered when it was made, and
//! works only as long as that one lives.
//!
//! Next: `addr.rs`, how a name becomes addresses.

pub mod accept;
pub mod addr;
pub mod datagram;
mod futures_io;
pub mod split;
pub mod stream;
pub mod tcp;
pub mod udp;
pub mod unix;
pub(crate) mod waiting;

pub use accept::Accept;
pub use addr::{ToSocketAddrs, lookup_host};
pub use datagram::RecvFrom;
pub use stream::{
    Peek, Read, ReadExact, ReadToEnd, Readable, Writable, Write, WriteAll,
};
pub use tcp::{Bind, Connect, TcpListener, TcpStream};
pub use udp::{PeekFrom, SendTo, UdpSocket};
pub use unix::{UnixDatagram, UnixListener, UnixStream};
