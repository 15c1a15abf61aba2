//! The user's input as a stream of lines.
//!
//! Reading from a terminal blocks, and nothing can call a blocked read off. So
//! a detached thread of its own reads, one for the whole process. It reads
//! **only while somebody asks for a line**: a program that stopped asking eats
//! no input, and reads the rest with `std::io::stdin` if it likes.
//!
//! **What quitting does to it.** Nothing waits for that thread: not the end of
//! `block_on`, not `Runtime::shutdown_timeout`, not the end of `main`. At the
//! end of the process a thread that is blocked in its read dies with it. A
//! line half typed stays with the terminal, for whoever reads from it next;
//! of a pipe, what was read ahead is gone.
//!
//! **What waiting does.** Whoever waits for a line counts as a blocking call
//! in flight: nobody takes the program for deadlocked because its user thinks,
//! and virtual time stands still.
//!
//! Next: `input.rs`, the thread that reads.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::input::Place;

/// The user's input, line by line.
///
/// All of them read from the one input of the process: a line goes to whoever
/// takes it first, and to nobody else.
///
/// ```no_run
/// # // Whoever runs the examples may sit at a terminal.
/// use onecook::io;
///
/// onecook::block_on(async {
///     let mut stdin = io::stdin();
///     while let Some(order) = stdin.next_line().await? {
///         println!("frying {order}");
///     }
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "readline")]
#[doc(alias = "input")]
pub fn stdin() -> Stdin {
    Stdin { place: Place::new() }
}

/// The user's input. Made by [`stdin`]. It is a [`Stream`] of lines too.
#[must_use = "nothing is read unless somebody asks for a line"]
pub struct Stdin {
    place: Place,
}

impl Stdin {
    /// The next line, without its line break (`\n` or `\r\n`), or `None` at
    /// the end of the input.
    ///
    /// At a terminal the end (ctrl-d) is not final: asked once more, it waits
    /// for another line. A file or a pipe just answers with the end again.
    ///
    /// ```no_run
    /// # // Whoever runs the examples may sit at a terminal.
    /// # onecook::block_on(async {
    /// let mut stdin = onecook::io::stdin();
    /// let order = stdin.next_line().await?.unwrap_or_default();
    /// println!("frying {order}");
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// What the operating system says. `InvalidData` for a line that is not
    /// UTF-8: that line is dropped, and the next call goes on behind it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a line that comes after the future was dropped is
    /// there for whoever asks next.
    pub fn next_line(&mut self) -> NextLine<'_> {
        NextLine { state: State::Waiting { stdin: self } }
    }

    /// Takes the next line, or asks for it; the task is woken when it came.
    /// One task at a time: the last waker counts. For hand-written machines.
    ///
    /// Whoever asked waits until a line came, or this `Stdin` is dropped.
    ///
    /// ```no_run
    /// # // Whoever runs the examples may sit at a terminal.
    /// # onecook::block_on(async {
    /// let mut stdin = onecook::io::stdin();
    /// let line = std::future::poll_fn(|cx| stdin.poll_next_line(cx)).await?;
    /// # drop(line);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_line`](Stdin::next_line).
    pub fn poll_next_line(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        self.place.poll_line(cx)
    }
}

impl Stream for Stdin {
    type Item = io::Result<String>;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_line(cx).map(Result::transpose)
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stdin = f.debug_struct("Stdin");
        stdin.field("waits", &self.place.is_waiting()).finish()
    }
}

/// The future of [`Stdin::next_line`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct NextLine<'a> {
    state: State<'a>,
}

#[derive(Debug)]
enum State<'a> {
    Waiting { stdin: &'a mut Stdin },
    Done,
}

impl Future for NextLine<'_> {
    type Output = io::Result<Option<String>>;

    /// # Panics
    ///
    /// When polled after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let State::Waiting { stdin } = &mut this.state else {
            panic!("`NextLine` polled after it was done");
        };
        let line = ready!(stdin.poll_next_line(cx));
        this.state = State::Done;
        Poll::Ready(line)
    }
}

impl Drop for NextLine<'_> {
    fn drop(&mut self) {
        if let State::Waiting { stdin } = &mut self.state {
            stdin.place.leave();
        }
    }
}
