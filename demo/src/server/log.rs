//! The log: lines are collected, and written when everybody else had a turn.
//!
//! A write per line would be a system call per request. The task that writes
//! is woken by the first line and stands at the end of the ready queue, so it
//! finds the lines of a whole batch.
//!
//! Next: `connection.rs`, one guest.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Lines on their way to stdout.
#[derive(Debug, Default)]
pub struct Log {
    lines: RefCell<String>,
    writer: RefCell<Option<Waker>>,
    is_gone: Cell<bool>,
}

impl Log {
    /// Adds a line; its end is added here.
    pub fn add(&self, line: &str) {
        if self.is_gone.get() {
            return;
        }
        let mut lines = self.lines.borrow_mut();
        lines.push_str(line);
        lines.push('\n');
        drop(lines);
        let writer = self.writer.take();
        if let Some(waker) = writer {
            waker.wake(); // with nothing borrowed
        }
    }

    /// Writes what there is. When nobody reads it any more (`| head`), the
    /// server goes on without a log.
    pub fn flush(&self) {
        let lines = self.lines.take();
        let mut stdout = anstream::stdout().lock();
        let written = stdout.write_all(lines.as_bytes());
        if written.and_then(|()| stdout.flush()).is_err() {
            self.is_gone.set(true);
        }
    }

    fn poll_write(&self, cx: &Context<'_>) -> Poll<()> {
        if !self.lines.borrow().is_empty() {
            self.flush();
        }
        let waker = cx.waker().clone();
        drop(self.writer.replace(Some(waker)));
        Poll::Pending
    }
}

/// Writes the log until it is aborted.
pub async fn write_log(log: Rc<Log>) {
    poll_fn(|cx| log.poll_write(cx)).await;
}
