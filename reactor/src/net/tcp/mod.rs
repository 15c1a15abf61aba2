//! TCP: [`TcpListener`] and [`TcpStream`].
//!
//! Next: `tcp/listener.rs`.

pub(crate) mod bind;
mod connect;
mod listener;
mod stream;

pub use crate::net::accept::Accept;
pub use crate::net::split::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub use bind::Bind;
pub use connect::Connect;
pub use listener::TcpListener;
pub use stream::TcpStream;
