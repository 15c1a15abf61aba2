//! Signals, as the kernel sends them to the process: ctrl-c and friends.
//!
//! ```no_run
//! use onecook::signal::{SignalKind, ctrl_c, signal};
//!
//! onecook::block_on(async {
//!     let mut reload = signal(SignalKind::hangup())?;
//!     onecook::spawn(async move {
//!         while reload.recv().await.is_some() {
//!             println!("reading the configuration again");
//!         }
//!     });
//!     ctrl_c().await
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Each [`Signal`] has a pipe of its own. The handler (`signal-hook`'s, since
//! installing one is not safe code) writes a byte into the pipe of everybody
//! who listens, and the reactor watches the other end like any socket. So
//! several may listen for the same signal, on several threads, and each sees
//! it.
//!
//! **The first listener changes the process for good.** From then on the
//! signal no longer does what it does by default, such as ending the process,
//! also after the last listener was dropped: then it does nothing at all.
//!
//! The weakness: each listener costs two file descriptors.
//!
//! Next: `blocking.rs`, a pool of threads for calls that block.

use std::fmt;
use std::future::Future;
use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use mio::net::UnixStream;
use signal_hook::SigId;
use signal_hook::consts::{self, FORBIDDEN};
use signal_hook::low_level::{self, pipe};

use crate::context;
use crate::registration::Registration;
use crate::source::{Direction, SourceKind, WaiterKey};

/// Which signal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalKind(i32);

impl SignalKind {
    /// The signal of that number on this platform.
    #[must_use]
    pub const fn from_raw(number: i32) -> SignalKind {
        SignalKind(number)
    }

    /// Its number on this platform.
    #[must_use]
    pub const fn as_raw_value(self) -> i32 {
        self.0
    }

    /// `SIGALRM`: a timer of the process was due. Ends it by default.
    #[must_use]
    pub const fn alarm() -> SignalKind {
        SignalKind(consts::SIGALRM)
    }

    /// `SIGCHLD`: a child process ended or stopped. Ignored by default.
    #[must_use]
    pub const fn child() -> SignalKind {
        SignalKind(consts::SIGCHLD)
    }

    /// `SIGHUP`: the terminal was closed; to a service, read the configuration
    /// again. Ends the process by default.
    #[must_use]
    pub const fn hangup() -> SignalKind {
        SignalKind(consts::SIGHUP)
    }

    /// `SIGINT`: ctrl-c. Ends the process by default.
    #[must_use]
    pub const fn interrupt() -> SignalKind {
        SignalKind(consts::SIGINT)
    }

    /// `SIGIO`: input or output is possible. Ends the process by default.
    #[must_use]
    pub const fn io() -> SignalKind {
        SignalKind(consts::SIGIO)
    }

    /// `SIGPIPE`: nobody reads the pipe written to. Rust programs ignore it
    /// and get an error from the write instead.
    #[must_use]
    pub const fn pipe() -> SignalKind {
        SignalKind(consts::SIGPIPE)
    }

    /// `SIGQUIT`: ctrl-\. Ends the process by default, with a core file.
    #[must_use]
    pub const fn quit() -> SignalKind {
        SignalKind(consts::SIGQUIT)
    }

    /// `SIGTERM`: please end. What `kill` and service managers send.
    #[must_use]
    pub const fn terminate() -> SignalKind {
        SignalKind(consts::SIGTERM)
    }

    /// `SIGUSR1`: means what you say it means. Ends the process by default.
    #[must_use]
    pub const fn user_defined1() -> SignalKind {
        SignalKind(consts::SIGUSR1)
    }

    /// `SIGUSR2`: means what you say it means. Ends the process by default.
    #[must_use]
    pub const fn user_defined2() -> SignalKind {
        SignalKind(consts::SIGUSR2)
    }

    /// `SIGWINCH`: the terminal's window changed its size. Ignored by default.
    #[must_use]
    pub const fn window_change() -> SignalKind {
        SignalKind(consts::SIGWINCH)
    }
}

impl fmt::Debug for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match low_level::signal_name(self.0) {
            Some(name) => write!(f, "SignalKind({name})"),
            None => write!(f, "SignalKind({})", self.0),
        }
    }
}

impl From<i32> for SignalKind {
    fn from(number: i32) -> SignalKind {
        SignalKind(number)
    }
}

impl From<SignalKind> for i32 {
    fn from(kind: SignalKind) -> i32 {
        kind.0
    }
}

/// Listens for a signal, from now on.
///
/// From the first time in the life of the process, the signal's default action
/// is off for good; see the module's text.
///
/// # Errors
///
/// If the signal cannot be caught (`SIGKILL`, `SIGSTOP`, and those after which
/// no program can go on), if there is none of that number, or if there is no
/// file descriptor left.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let _ = context::expect_current("a signal");
    if FORBIDDEN.contains(&kind.0) {
        return Err(cannot_be_caught(kind));
    }
    let (ours, handlers) = StdUnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let pipe = UnixStream::from_std(ours);
    let registration = Registration::new(&pipe, SourceKind::Signals);
    let id = pipe::register(kind.0, handlers)?;
    Ok(Signal { registration, pipe, kind, id })
}

fn cannot_be_caught(kind: SignalKind) -> io::Error {
    let text = format!(
        "{kind:?} cannot be listened for: the kernel does not allow it, or no \
         program can go on after it"
    );
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Listens for one kind of signal. Made by [`signal()`].
///
/// It is a [`Stream`] too. Signals that come faster than they are taken may
/// be merged into one, as the kernel does itself.
pub struct Signal {
    // In this order: the socket leaves the reactor before it is closed.
    registration: Registration,
    pipe: UnixStream,
    kind: SignalKind,
    id: SigId,
}

impl Signal {
    /// Waits for the next signal. `None` only when the runtime in which the
    /// listener was made is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a signal that came is there for the next call.
    pub fn recv(&mut self) -> Recv<'_> {
        Recv { signal: self, key: None, done: false }
    }

    /// Looks whether a signal came; if none has, the task is woken by the
    /// next. One task at a time: the last waker counts.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let received = self.poll_pipe(cx, &mut Some(WaiterKey::SLOT));
        received.map(Result::ok)
    }

    /// Which signal it listens for.
    #[must_use]
    pub fn kind(&self) -> SignalKind {
        self.kind
    }

    fn poll_pipe(
        &self,
        cx: &mut Context<'_>,
        key: &mut Option<WaiterKey>,
    ) -> Poll<io::Result<()>> {
        let read = || {
            // One byte for each signal that came; so many are merged.
            let mut bytes = [0; 256];
            (&self.pipe).read(&mut bytes)
        };
        let read = self.registration.poll_io(cx, Direction::Read, key, read);
        read.map_ok(|_| ())
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        low_level::unregister(self.id);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("kind", &self.kind)
            .field("registration", &self.registration)
            .finish_non_exhaustive()
    }
}

impl Stream for Signal {
    type Item = ();

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<()>> {
        self.get_mut().poll_recv(cx)
    }
}

/// The future of [`Signal::recv`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited or polled"]
pub struct Recv<'a> {
    signal: &'a mut Signal,
    key: Option<WaiterKey>,
    done: bool,
}

impl Future for Recv<'_> {
    type Output = Option<()>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let this = self.get_mut();
        assert!(!this.done, "`Recv` polled after it was done");
        let received = ready!(this.signal.poll_pipe(cx, &mut this.key));
        this.done = true;
        Poll::Ready(received.ok())
    }
}

impl Drop for Recv<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.signal.registration.forget(Direction::Read, key);
        }
    }
}

/// Waits for ctrl-c (`SIGINT`), from this call on, not from the first poll.
///
/// **After the first call, ctrl-c no longer ends the process by itself, for
/// good**, also once the future is done or dropped: end it yourself, or listen
/// again. To see every ctrl-c, use [`signal`] with
/// [`SignalKind::interrupt`].
///
/// # Errors
///
/// As with [`signal`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Cancel safety
///
/// A ctrl-c that comes between two calls is not seen by the second.
#[track_caller]
pub fn ctrl_c() -> CtrlC {
    match signal(SignalKind::interrupt()) {
        Ok(signal) => CtrlC { state: State::Waiting { signal } },
        Err(error) => CtrlC { state: State::Failed { error } },
    }
}

/// The future of [`ctrl_c`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited or polled"]
pub struct CtrlC {
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting { signal: Signal },
    Failed { error: io::Error },
    Done,
}

impl Future for CtrlC {
    type Output = io::Result<()>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let State::Waiting { signal } = &this.state {
            let slot = &mut Some(WaiterKey::SLOT);
            let received = ready!(signal.poll_pipe(cx, slot));
            this.state = State::Done;
            return Poll::Ready(received);
        }
        match std::mem::replace(&mut this.state, State::Done) {
            State::Failed { error } => Poll::Ready(Err(error)),
            _ => panic!("`CtrlC` polled after it was done"),
        }
    }
}
