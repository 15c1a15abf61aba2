//! The deck's server: one task per connection, one thread for all.
//!
//! ```text
//!   accept_loop ── spawns ──▶ connection.rs  read a request, answer, again
//!                                │      └──▶ route.rs  what to answer
//!                                ▼
//!                             kitchen.rs     the pan and the guests; log.rs
//! ```
//!
//! Next: `kitchen.rs`, what the connections share.

pub mod connection;
pub mod kitchen;
pub mod log;
pub mod route;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use onecook::net::TcpListener;
use onecook::shutdown::Unfinished;
use onecook::{CancellationToken, Runtime, spawn_named, time};
use socket2::{Domain, Protocol, Socket, Type};

use connection::serve_connection;
use kitchen::{Kitchen, Menu, PanLog};
use log::write_log;

/// So many connections may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// Listens at `addr`.
///
/// # Errors
///
/// When the address is taken, or is none of this machine's.
pub fn listen(addr: SocketAddr) -> io::Result<StdTcpListener> {
    let domain = Domain::for_address(addr);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves until `stop` is done, then takes no more orders and finishes those
/// in the pan, as far as the time of grace goes: who was left all the same is
/// returned. Runs inside a runtime.
///
/// # Errors
///
/// When the listener cannot be registered.
pub async fn serve(
    listener: StdTcpListener,
    kitchen: Rc<Kitchen>,
    stop: impl Future,
) -> io::Result<Option<Unfinished>> {
    let listener = TcpListener::from_std(listener)?;
    drop(spawn_named("log", write_log(kitchen.log.clone())));
    let accepting =
        spawn_named("accept", accept_loop(listener, kitchen.clone()));
    stop.await;
    accepting.abort();
    let _ = accepting.await; // the listener is closed by now
    let ended = kitchen.graceful().shutdown(kitchen.menu.grace).await;
    kitchen.log.flush();
    Ok(ended.err())
}

async fn accept_loop(listener: TcpListener, kitchen: Rc<Kitchen>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let guest = kitchen.welcome(peer);
                let key = guest.key();
                let serving = serve_connection(stream, guest);
                let name = format!("guest {peer}");
                let task = kitchen.graceful().spawn(name, serving);
                kitchen.seat(key, &task);
            }
            Err(error) => {
                kitchen.complain(&format!("cannot accept: {error}"));
                time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A server on a thread of its own, with a runtime of its own.
pub struct Embedded {
    addr: SocketAddr,
    stop: CancellationToken,
    thread: thread::JoinHandle<io::Result<()>>,
}

impl Embedded {
    /// Starts to serve on a free port of this machine, as soon as the other
    /// end of `door` is dropped; notes in `log` how many eggs are in the pan.
    /// Who connects earlier waits in the kernel.
    ///
    /// # Errors
    ///
    /// When there is no port, or no thread, to be had.
    pub fn start(
        menu: Menu,
        door: Receiver<Infallible>,
        log: PanLog,
    ) -> io::Result<Embedded> {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let addr = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let builder = thread::Builder::new().name("server".to_owned());
        let thread = builder.spawn(move || {
            let _ = door.recv();
            let kitchen = Kitchen::logging(menu, log);
            let serving = serve(listener, kitchen, stopped);
            Runtime::new()?.block_on(serving).map(drop)
        })?;
        Ok(Embedded { addr, stop, thread })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Finishes the eggs in the pan, and ends.
    ///
    /// # Errors
    ///
    /// When the server had failed.
    pub fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.thread.join().unwrap_or_else(|_| {
            Err(io::Error::other("the server's thread panicked"))
        })
    }
}
