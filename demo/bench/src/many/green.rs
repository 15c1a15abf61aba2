//! Green threads: a stack each, on which code that looks blocking leaves its
//! place to the others. The slide on them (`demo/src/deck/green_threads.rs`)
//! tells how it works.
//!
//! Next: `measure.rs`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};

use corosensei::{Coroutine, CoroutineResult, Yielder};
use onecook::net::TcpStream;

use super::techniques::check;
use crate::eggs::REQUEST;

pub(super) fn threads(server: SocketAddr, count: usize) -> io::Result<()> {
    onecook::block_on(async move {
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            let egg = green_thread(move |green| fry_egg(green, server));
            handles.push(onecook::spawn(egg));
        }
        for handle in handles {
            handle.await.expect("it does not panic")?;
        }
        Ok(())
    })
}

/// Looks as if it blocked.
fn fry_egg(green: &Green<'_>, server: SocketAddr) -> io::Result<()> {
    let connection = TcpStream::start_connect(server)?;
    green.wait(|cx| connection.poll_connect(cx))?;
    let mut rest = REQUEST;
    while !rest.is_empty() {
        let count = green.wait(|cx| connection.poll_write(cx, rest))?;
        rest = &rest[count..];
    }
    let (mut reply, mut chunk) = (Vec::new(), [0; 256]);
    loop {
        match green.wait(|cx| connection.poll_read(cx, &mut chunk))? {
            0 => return check(&reply),
            count => reply.extend_from_slice(&chunk[..count]),
        }
    }
}

/// A green thread, as the executor sees it: a future.
fn green_thread<T: 'static>(
    body: impl FnOnce(&Green<'_>) -> T + 'static,
) -> impl Future<Output = T> {
    let mut stack = Coroutine::new(move |yielder, waker| {
        body(&Green { yielder, waker: RefCell::new(waker) })
    });
    poll_fn(move |cx| match stack.resume(cx.waker().clone()) {
        CoroutineResult::Yield(()) => Poll::Pending,
        CoroutineResult::Return(output) => Poll::Ready(output),
    })
}

/// A green thread, as it sees itself: it can wait.
struct Green<'a> {
    yielder: &'a Yielder<Waker, ()>,
    waker: RefCell<Waker>,
}

impl Green<'_> {
    fn wait<T>(&self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        loop {
            let waker = self.waker.borrow().clone();
            let polled = poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(output) = polled {
                return output;
            }
            self.waker.replace(self.yielder.suspend(()));
        }
    }
}
