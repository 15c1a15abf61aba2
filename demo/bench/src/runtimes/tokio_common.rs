//! What the three ways of running tokio on one thread share.

use std::future::Future;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;

pub use tokio::net::{TcpListener, TcpStream};
pub use tokio::sync::{broadcast, mpsc, oneshot, watch};
pub use tokio::task::{JoinHandle, JoinSet as TaskSet, yield_now};
pub use tokio::time::{Instant, sleep, sleep_until};

pub(crate) fn builder() -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    builder
}

pub(crate) fn read<'a>(
    stream: &'a mut TcpStream,
    buffer: &'a mut [u8],
) -> impl Future<Output = io::Result<usize>> + 'a {
    stream.read(buffer)
}

pub(crate) fn write_all<'a>(
    stream: &'a mut TcpStream,
    bytes: &'a [u8],
) -> impl Future<Output = io::Result<()>> + 'a {
    stream.write_all(bytes)
}
